"""Confirmation rows beside those of earlier runs: the same again, or a correction (SPEC §4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.reconcile.line_locations import format_locations
from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import TIMESTAMP, Array

_ITEM_COLUMNS = ("order_id", "order_item_id", "quantity")
_SHIPMENT_COLUMNS = ("ship_date", "carrier_code", "carrier_name", "tracking_number")
_UPLOAD_NAMES = {"order_item_id": "order-item-id"}  # as the row gave it: empty for a whole order


def mark_repeats(rows: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The rows with ``already_published_at`` and ``corrects_published_at``, both instants, null where nothing was.

    The first is when the same row was published, the second when the same item and quantity was.

    ``published`` are the rows of earlier runs that Amazon has not refused, with ``given_item`` and ``published_at``.
    A row that repeats one corrects none.
    """
    null_times = arrow.to_series(pa.nulls(len(rows), TIMESTAMP))
    if not len(published):
        return rows.assign(already_published_at=null_times, corrects_published_at=null_times)
    combined = arrow.concat_frames(
        [_identity_columns(rows, _UPLOAD_NAMES), _identity_columns(published, {"order_item_id": "given_item"})]
    )
    item_code = groups.factorize_rows(combined, _ITEM_COLUMNS)
    row_code = groups.factorize_rows(
        combined,
        (*_ITEM_COLUMNS, *_SHIPMENT_COLUMNS),
    )
    published_at = arrow.to_int64(published["published_at"])
    readable = arrow.is_valid(rows["order_key"]) & ~arrow.to_bool(rows["unreadable"])
    same_row = _latest_equal(row_code, len(rows), published_at)
    same_item = _latest_equal(item_code, len(rows), published_at)
    is_repeat = (same_row >= 0) & readable
    is_correction = (same_item >= 0) & readable & ~is_repeat
    return rows.assign(
        already_published_at=arrow.to_series(
            dtypes.to_timestamps(np.where(is_repeat, published_at[same_row], dtypes.NEVER))
        ),
        corrects_published_at=arrow.to_series(
            dtypes.to_timestamps(np.where(is_correction, published_at[same_item], dtypes.NEVER))
        ),
    )


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
    columns = {
        name: arrow.to_arrow(rows[source_names.get(name, name)]) for name in (*_ITEM_COLUMNS, *_SHIPMENT_COLUMNS)
    }
    return arrow.to_frame(pa.table(columns))


def _latest_equal(code: Array, size: int, published_at: Array) -> Array:
    """For each of the first ``size`` codes where among the others its latest equal stands, −1 where there is none."""
    by_time = np.argsort(published_at, kind="stable")
    latest = np.full(int(code.max(initial=-1)) + 1, -1)
    latest[code[size:][by_time]] = by_time
    return latest[code[:size]]


_COPY_COLUMNS = ("order-item-id", "quantity", "ship_date", "carrier_code", "carrier-name", "tracking-number")


def find_copies(rows: pd.DataFrame, unreadable: Array, file_names: Sequence[str]) -> pd.Series[Any]:
    """For each row the address of the first earlier line with the same content, null where there is none (SPEC §4).

    Rows come by file name, then line. A row with an ``unreadable`` value of those compared equals nothing.
    """
    order_key = arrow.to_int64(rows["order_key"])
    first_copy = np.full(len(rows), -1)
    candidates = np.flatnonzero(~unreadable & dtypes.is_known(order_key))
    candidates = candidates[pd.Series(order_key[candidates]).duplicated(keep=False).to_numpy()]
    if candidates.size:
        content_group = pd.factorize(order_key[candidates])[0]
        for name in _COPY_COLUMNS:
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
