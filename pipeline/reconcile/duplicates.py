"""Confirmation rows that say again what an earlier run has published, or an earlier line of this one (SPEC §4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.reconcile import published_parts
from pipeline.reconcile.line_locations import format_locations
from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array
from schemas.confirmation import COPY_COLUMNS

_IDENTITY_COLUMNS = (
    *("order_id", "order_item_id", "quantity"),
    *("ship_date", "carrier_code", "carrier_name", "tracking_number"),
)
_UPLOAD_NAMES = {"order_item_id": "order-item-id"}  # as the row gave it: empty for a whole order
_LEDGER_NAMES = {"order_item_id": "given_item"}


def mark_repeats(rows: pd.DataFrame, published: pd.DataFrame) -> tuple[pd.DataFrame, Array]:
    """The rows with what was published before, and which of the published confirmations any of them repeats (bool).

    ``already_published_at`` is when the same row was published, null where none was that is still in force for all
    items it was for. ``published`` are all rows of earlier runs of these orders, with ``given_item``, ``published_at``,
    ``in_force``, and ``upload_state``, what became of their part.
    """
    published_at = arrow.to_int64(published["published_at"])
    repeated, is_repeated = np.full(len(rows), -1), np.zeros(len(published), bool)
    if len(published):
        combined = arrow.concat_frames(
            [_identity_columns(rows, _UPLOAD_NAMES), _identity_columns(published, _LEDGER_NAMES)]
        )
        identity = groups.factorize_rows(combined, _IDENTITY_COLUMNS)
        readable = arrow.is_valid(rows["order_key"]) & ~arrow.to_bool(rows["unreadable"])
        in_force = np.flatnonzero(_is_wholly_in_force(published))
        published_identity = identity[len(rows) :][in_force]
        latest = _latest_equal(published_identity, identity[: len(rows)], published_at[in_force])
        is_repeat = (latest >= 0) & readable
        repeated[is_repeat] = in_force[latest[is_repeat]]
        is_repeated[in_force] = np.isin(published_identity, identity[: len(rows)][is_repeat])
    return rows.assign(**published_parts.describe_repeated(published, repeated)), is_repeated


def _is_wholly_in_force(published: pd.DataFrame) -> Array:
    """Which published confirmations belong to a record that is in force for every item it was for, bool."""
    record = groups.factorize_rows(published, ("run", "feed", "record"))
    return ~np.isin(record, record[~arrow.to_bool(published["in_force"])])


def may_repeat(rows: pd.DataFrame, pairs: RowItemPairs, items: pd.DataFrame, published: pd.DataFrame) -> Array:
    """Which rows with an unreadable value may repeat or correct what an earlier run published, bool: it is unknown.

    These are the rows that stand for an item of which something is ``published``.
    """
    unreadable = pairs.filter(arrow.to_bool(rows["unreadable"])[pairs.row_index])
    if not len(published) or not len(unreadable.item_index):
        return np.zeros(len(rows), bool)
    stands_for = arrow.take_rows(items[["order_key", "item_key"]], unreadable.item_index)
    item_keys, published_keys = (
        pd.MultiIndex.from_arrays([arrow.to_int64(part[name]) for name in ("order_key", "item_key")])
        for part in (stands_for, published)
    )
    return unreadable.any_by_row(item_keys.isin(published_keys))


def _identity_columns(rows: pd.DataFrame, source_names: dict[str, str]) -> pd.DataFrame:
    columns = {name: arrow.to_arrow(rows[source_names.get(name, name)]) for name in _IDENTITY_COLUMNS}
    return arrow.to_frame(pa.table(columns))


def _latest_equal(codes: Array, wanted: Array, published_at: Array) -> Array:
    """For each code that is wanted where among the codes its latest equal stands, −1 where there is none."""
    by_time = np.argsort(published_at, kind="stable")
    latest = np.full(int(max(codes.max(initial=-1), wanted.max(initial=-1))) + 1, -1)
    latest[codes[by_time]] = by_time
    return latest[wanted]


def find_copies(rows: pd.DataFrame, unreadable: Array, file_names: Sequence[str]) -> pd.Series[Any]:
    """For each row the address of the first earlier line with the same content, null where there is none (SPEC §4).

    Rows come by file name, then line. A row with an ``unreadable`` value of those compared equals nothing.
    """
    order_key = arrow.to_int64(rows["order_key"])
    first_copy = np.full(len(rows), -1)
    candidates = np.flatnonzero(~unreadable)
    candidates = candidates[pd.Series(order_key[candidates]).duplicated(keep=False).to_numpy()]
    if candidates.size:
        content_group = pd.factorize(order_key[candidates])[0]
        for name in COPY_COLUMNS:
            if name in rows:
                content_group = pd.factorize(
                    content_group * (len(candidates) + 2) + _encode_values(rows[name].take(candidates))
                )[0]
        first_in_group = np.full(content_group.max() + 1, len(content_group))
        np.minimum.at(first_in_group, content_group, np.arange(len(content_group)))
        first_copy[candidates] = candidates[first_in_group[content_group]]
    is_copy = (first_copy >= 0) & (first_copy != np.arange(len(rows)))
    return arrow.to_series(format_locations(rows, file_names, np.where(is_copy, first_copy, 0), ~is_copy))


def _encode_values(values: pd.Series[Any]) -> Array:
    return pd.factorize(arrow.to_int64(values))[0] if values.name == "ship_date" else groups.factorize_text(values)
