"""Reopens the items whose confirmation Amazon refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.lifecycle.carry_forward import constant_int64
from pipeline.lifecycle.columns import REOPENED_ITEMS
from pipeline.model.columns import verified
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts


def reopen_items(items: pd.DataFrame, refused: pd.DataFrame, in_force: pd.DataFrame) -> pd.DataFrame:
    """The items without what Amazon refused, and with ``confirmed_after`` their report (int64 units).

    ``refused`` and ``in_force`` name order key, item key and units: what was refused in this run, and of the published
    confirmations of such orders, and of those partly reported, all that is not refused.
    """
    if not len(refused) and not len(in_force):
        return verified(items.assign(confirmed_after=constant_int64(len(items), 0)), REOPENED_ITEMS)
    positions = _ItemPositions(items, refused, in_force)
    refused_units = _sum_units(positions, refused, np.ones(len(refused), bool))
    no_rows = np.zeros(0, np.int64)
    published_at = MaskedInts.from_column(in_force["published_at"]) if len(in_force) else MaskedInts(no_rows)
    item_index = positions.locate_items(in_force) if len(in_force) else no_rows
    after_report = (item_index >= 0) & (
        published_at >= MaskedInts.from_column(items["counted_at"]).take(item_index)
    )  # what a run publishes is sent after it
    confirmed = np.maximum(arrow.to_int64(items["quantity_confirmed"]) - refused_units, 0)
    made = items.assign(
        quantity_confirmed=arrow.to_series(confirmed),
        confirmed_after=arrow.to_series(_sum_units(positions, in_force, after_report)),
    )
    was_refused = (
        np.isin(np.arange(len(items)), positions.locate_items(refused)) if len(refused) else np.zeros(len(items), bool)
    )
    if was_refused.any():
        made = _restore_confirmation(made, was_refused, item_index, in_force)
    return verified(made, REOPENED_ITEMS)


def _restore_confirmation(
    items: pd.DataFrame, was_refused: Array, item_index: Array, in_force: pd.DataFrame
) -> pd.DataFrame:
    """The items that were hit by a refusal with when they were first confirmed, and whether tracked, without it.

    ``item_index`` is the item of each standing confirmation; these come by run, feed and record.
    """
    first, last = np.full(len(items), -1), np.full(len(items), -1)
    rows = np.flatnonzero(item_index >= 0)
    first[item_index[rows][::-1]], last[item_index[rows]] = rows[::-1], rows
    names = {"confirmed_at": ("published_at", first), "tracked": ("tracked", last)}
    columns = {}
    for name, (source, row_index) in names.items():
        values = arrow.to_arrow(in_force[source]).take(pa.array(row_index, mask=first < 0)) if len(in_force) else None
        dtype = arrow.to_arrow(items[name]).type
        restored = pa.nulls(len(items), dtype) if values is None else values.cast(dtype)
        columns[name] = arrow.to_series(pc.if_else(pa.array(was_refused), restored, arrow.to_arrow(items[name])))
    return items.assign(**columns)


def partly_reported_orders(items: pd.DataFrame) -> Array:
    """The orders (keys) of items whose report counts shipments, though not all, and of which we confirmed some."""
    reported, purchased = (arrow.to_int64(items[name], 0) for name in ("quantity_shipped", "quantity_purchased"))
    partly = (reported > 0) & (reported < purchased) & (arrow.to_int64(items["quantity_confirmed"], 0) > 0)
    return np.unique(arrow.to_int64(items["order_key"])[partly])


class _ItemPositions:
    """Where among the items those of a few orders stand."""

    def __init__(self, items: pd.DataFrame, *subsets: pd.DataFrame) -> None:
        orders = np.concatenate([arrow.to_int64(rows["order_key"]) for rows in subsets if len(rows)])
        self.size = len(items)
        self._at = np.flatnonzero(groups.is_in(arrow.to_int64(items["order_key"]), orders))
        self._keys = _item_keys(arrow.take_rows(items[["order_key", "item_key"]], self._at))

    def locate_items(self, rows: pd.DataFrame) -> Array:
        """The position of each row's item, −1 for none."""
        position = self._keys.get_indexer(_item_keys(rows))
        return np.where(position >= 0, self._at[position], -1) if len(self._at) else position


def _item_keys(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([arrow.to_int64(rows[name]) for name in ("order_key", "item_key")])


def _sum_units(positions: _ItemPositions, rows: pd.DataFrame, counted: Array) -> Array:
    if not len(rows):
        return np.zeros(positions.size, np.int64)
    item_index = positions.locate_items(rows)
    selected = (item_index >= 0) & counted
    return np.bincount(
        item_index[selected], weights=arrow.to_int64(rows["units"], 0)[selected], minlength=positions.size
    ).astype(np.int64)
