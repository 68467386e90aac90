"""Reopens the items whose confirmation Amazon refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.lifecycle.columns import CARRIED_ITEMS
from pipeline.model.columns import verified
from pipeline.model.published_parcels import locate_items
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


def reopen_items(items: pd.DataFrame, refused: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The items, of those hit by a refusal what is confirmed, since when, and whether tracked, without it.

    ``refused`` names order key and item key of what was refused in this run, ``published`` are all published
    confirmations of such orders by run, feed and record, with ``refused``, ``in_force`` and ``parcel_units``.
    """
    if not len(refused):
        return items
    item_index = locate_items(items, published)
    was_refused = np.isin(np.arange(len(items)), locate_items(items, refused))
    in_force = np.flatnonzero(arrow.to_bool(published["in_force"]) & (item_index >= 0))
    units = arrow.to_int64(published["parcel_units"])[in_force]
    confirmed = np.bincount(item_index[in_force], weights=units, minlength=len(items)).astype(np.int64)
    confirmed = np.where(was_refused, confirmed, arrow.to_int64(items["quantity_confirmed"]))
    items = items.assign(quantity_confirmed=arrow.to_series(confirmed))
    return verified(_restore_confirmation(items, was_refused, item_index, published), CARRIED_ITEMS)


def _restore_confirmation(
    items: pd.DataFrame, was_refused: Array, item_index: Array, published: pd.DataFrame
) -> pd.DataFrame:
    """The items that were hit by a refusal with when they were first confirmed, and whether tracked, without it.

    ``item_index`` is the item of each published confirmation.
    """
    first, last = np.full(len(items), -1), np.full(len(items), -1)
    rows = np.flatnonzero((item_index >= 0) & ~arrow.to_bool(published["refused"]))
    first[item_index[rows][::-1]], last[item_index[rows]] = rows[::-1], rows
    names = {"confirmed_at": ("published_at", first), "tracked": ("tracked", last)}
    columns = {}
    for name, (source, row_index) in names.items():
        restored = arrow.to_arrow(published[source]).take(pa.array(row_index, mask=first < 0))
        columns[name] = arrow.to_series(pc.if_else(pa.array(was_refused), restored, arrow.to_arrow(items[name])))
    return items.assign(**columns)
