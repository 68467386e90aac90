"""What earlier nights knew of each order item, laid under what this run's reports say of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.lifecycle.columns import CARRIED_ITEMS
from pipeline.model.columns import verified
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import NEVER, TIMESTAMP, Array

_EVER_FLAGS = ("listed", "canceled_seen", "called_off", "seller_canceled")  # true once any night has seen it
_BEFORE_COLUMNS = {  # the ledger's word, kept beside this run's
    "state_before": "state",
    "purchased_before": "quantity_purchased",
    "estimate_before": "delivery_estimate",
    "latest_delivery_before": "latest_delivery_date",
    "last_seen_before": "last_seen",
    "status_before": "status",
    "confirmed_before": "quantity_confirmed",
    "delisted_before": "delisted",
}
_EVIDENCE = {  # what the ledger knows of each item, before the reports of this run add to it
    "pending_at": TIMESTAMP,
    "not_pending_at": TIMESTAMP,
    "unshipped_at": TIMESTAMP,
    "canceled_at": TIMESTAMP,
    "called_off_at": TIMESTAMP,
    "delisted": pa.bool_(),
    "not_arrived": pa.bool_(),
    "unaccepted": pa.int64(),
}
_LEDGER_ONLY = ("first_seen", "confirmed_at", "tracked", "shipped_before_us", *_EVIDENCE)  # only the ledger knows them
_LEDGER_TYPES = {
    "state_before": pa.string(),
    "status_before": pa.string(),
    "purchased_before": pa.int64(),
    "confirmed_before": pa.int64(),
    "estimate_before": TIMESTAMP,
    "latest_delivery_before": TIMESTAMP,
    "last_seen_before": TIMESTAMP,
    "first_seen": TIMESTAMP,
    "confirmed_at": TIMESTAMP,
    "tracked": pa.bool_(),
    "shipped_before_us": pa.int64(),
    "delisted_before": pa.bool_(),
    **_EVIDENCE,
}
_RECOMPUTED = {
    "state",
    "confirm_by",
    "delivery_estimate",
    "estimate_renewed",
    "last_seen",
    "seq",
    "month",
}  # of each run
_COMPUTED_APART = {
    *_EVER_FLAGS,
    *_BEFORE_COLUMNS,
    *_RECOMPUTED,
    *_LEDGER_ONLY,
    "order_key",
    "item_key",
    "reported",
    "released",
    "in_this_run",
    "renewed",
    "quantity_confirmed",
    "report_group",
}


class _MatchedItems(NamedTuple):
    """The run's items and the ledger's; of each item of either the position in one and in the other, −1 for none."""

    tonight: pd.DataFrame
    ledger_items: pd.DataFrame
    tonight_index: Array
    ledger_index: Array
    first_index: Array  # the position in both below each other, this run's where there are two
    shared: Array  # the items of which there are two

    def prefer_tonight(self, name: str) -> tuple[pa.ChunkedArray, pa.Array]:
        """Both columns below each other, and where each item finds its value: in this run's, else in the ledger's."""
        found_columns = [
            arrow.to_arrow(rows[name]) if name in rows else None for rows in (self.tonight, self.ledger_items)
        ]
        dtype = next(found_column.type for found_column in found_columns if found_column is not None)
        columns = [
            pa.chunked_array([pa.nulls(len(rows), dtype)]) if found_column is None else found_column
            for found_column, rows in zip(found_columns, (self.tonight, self.ledger_items), strict=True)
        ]
        value_index = self.first_index
        if columns[0].null_count:
            missing = self.shared[~columns[0].is_valid().to_numpy()[self.tonight_index[self.shared]]]
            value_index = value_index.copy() if missing.size else value_index
            value_index[missing] = len(self.tonight) + self.ledger_index[missing]
        return pa.chunked_array([*columns[0].chunks, *columns[1].chunks], dtype), pa.array(value_index)

    def from_ledger(self, name: str) -> tuple[pa.ChunkedArray, pa.Array]:
        """The ledger's column, and where each item finds its value there, if anywhere."""
        return arrow.to_arrow(self.ledger_items[name]), pa.array(self.ledger_index, mask=self.ledger_index < 0)

    def both_int64(self, name: str, default: int) -> tuple[Array, Array]:
        """The run's and the ledger's whole number of each item."""
        return (
            _take_int64(self.tonight, name, self.tonight_index, default),
            _take_int64(self.ledger_items, name, self.ledger_index, default),
        )


def carry_items_forward(tonight: pd.DataFrame, ledger_items: pd.DataFrame) -> pd.DataFrame:
    """One row an order item of either; a field comes from this run, and where this run lacks it from the ledger.

    ``tonight`` are the items of this run's reports, ``ledger_items`` the ledger's order items. Adds ``in_this_run``
    (bool), ``quantity_confirmed`` (int64), ``first_seen``, ``called_off`` and the ledger's own word as ``…_before``;
    ``report_group`` is −1 where only the ledger knows the item.
    """
    if not len(ledger_items):
        return verified(_add_ledger_columns(tonight), CARRIED_ITEMS)
    matched = _match_items(tonight, ledger_items)
    fields = [name for name in dict.fromkeys((*tonight.columns, *ledger_items.columns)) if name not in _COMPUTED_APART]
    ledger_columns = {**_BEFORE_COLUMNS, **{name: name for name in (*_LEDGER_ONLY, "quantity_confirmed")}}
    column_sources = {name: matched.prefer_tonight(name) for name in ("order_key", "item_key", *fields)}
    column_sources |= {name: matched.from_ledger(source) for name, source in ledger_columns.items()}
    items = arrow.gather_columns(column_sources)
    for name in _EVER_FLAGS:
        tonight_values, ledger_values = matched.both_int64(name, 0)
        items[name] = arrow.to_series((tonight_values > 0) | (ledger_values > 0))
    items["in_this_run"] = arrow.to_series(matched.tonight_index >= 0)
    items["renewed"] = arrow.to_series(matched.both_int64("renewed", 0)[0] > 0)
    items["report_group"] = arrow.to_series(matched.both_int64("report_group", -1)[0])
    reported = dtypes.min_known(*matched.both_int64("reported", NEVER))
    items["reported"] = arrow.to_series(reported)
    tonight_values, ledger_values = matched.both_int64("released", NEVER)
    items["released"] = arrow.to_series(
        np.where(
            dtypes.is_known(reported),
            reported,
            np.where(dtypes.is_known(tonight_values), tonight_values, ledger_values),
        )
    )
    items["quantity_confirmed"] = arrow.to_series(arrow.to_int64(items["quantity_confirmed"], 0))
    shipped, counted_at = (matched.both_int64(name, NEVER)[1] for name in ("quantity_shipped", "counted_at"))
    return verified(keep_shipped_part(items, shipped, counted_at), CARRIED_ITEMS)


def _take_int64(rows: pd.DataFrame, name: str, item_index: Array, default: int) -> Array:
    """The whole number of each item at its position among the rows; the default for −1, and without such a column."""
    if name not in rows or not len(rows):
        return np.full(len(item_index), default)
    return np.where(item_index >= 0, arrow.to_int64(rows[name], default)[item_index], default)


def _match_items(tonight: pd.DataFrame, ledger_items: pd.DataFrame) -> _MatchedItems:
    keys = [
        np.concatenate([arrow.to_int64(rows[name]) for rows in (tonight, ledger_items)])
        for name in ("order_key", "item_key")
    ]
    size = len(tonight)
    row_order = groups.stable_argsort(*keys, np.arange(len(keys[0])))
    starts = groups.group_starts(*(key[row_order] for key in keys))
    first, last = row_order[starts], row_order[np.append(starts[1:], len(row_order)) - 1]
    tonight_index, ledger_index = np.where(first < size, first, -1), np.where(last >= size, last - size, -1)
    return _MatchedItems(
        tonight=tonight,
        ledger_items=ledger_items,
        tonight_index=tonight_index,
        ledger_index=ledger_index,
        first_index=first,
        shared=np.flatnonzero((tonight_index >= 0) & (ledger_index >= 0)),
    )


def carry_untouched(ledger_items: pd.DataFrame) -> pd.DataFrame:
    """The ledger's order items of which no file of this run speaks, as ``carry_items_forward`` has them, uncopied."""
    size = len(ledger_items)
    columns = {name: ledger_items[name] for name in ledger_items.columns if name not in _RECOMPUTED}
    columns |= {name: ledger_items[source] for name, source in _BEFORE_COLUMNS.items()}
    columns |= {name: _constant_bool(size, value=False) for name in ("in_this_run", "renewed")}
    columns |= {"report_group": _constant_int64(size, -1)}
    return pd.DataFrame(columns, index=pd.RangeIndex(size), copy=False)


def _add_ledger_columns(tonight: pd.DataFrame) -> pd.DataFrame:
    """Items of which no earlier run knows."""
    size = len(tonight)
    return tonight.assign(
        in_this_run=_constant_bool(size, value=True),
        called_off=_constant_bool(size, value=False),
        seller_canceled=_constant_bool(size, value=False),
        quantity_confirmed=_constant_int64(size, 0),
        **{name: arrow.to_series(pa.nulls(size, dtype)) for name, dtype in _LEDGER_TYPES.items()},
    )


def _constant_bool(size: int, *, value: bool) -> pd.Series[bool]:
    return arrow.to_series(np.full(size, value))


def _constant_int64(size: int, value: int) -> pd.Series[int]:
    return arrow.to_series(np.full(size, value))


def keep_shipped_part(items: pd.DataFrame, ledger_shipped: Array, ledger_counted_at: Array) -> pd.DataFrame:
    """The items, those shipped in part so far with that part where in this run only All Orders calls them Unshipped.

    It calls an item so until all of it is shipped, and counts none. ``ledger_shipped`` is what the ledger holds of each
    item, ``ledger_counted_at`` (UTC µs) when that was reported.
    """
    reported, purchased = (arrow.to_int64(items[name], -1) for name in ("quantity_shipped", "quantity_purchased"))
    uncounted = arrow.equals_text(arrow.to_arrow(items["status"]), "unshipped") & ~arrow.is_valid(
        items["reporting_date"]
    )
    partly_shipped = uncounted & (reported == 0) & (ledger_shipped > 0) & (ledger_shipped < purchased)
    if not partly_shipped.any():
        return items
    counted_at = np.where(partly_shipped, ledger_counted_at, arrow.to_int64(items["counted_at"]))
    return items.assign(
        quantity_shipped=arrow.to_series(
            pa.array(np.where(partly_shipped, ledger_shipped, reported), mask=reported < 0)
        ),
        counted_at=arrow.to_series(dtypes.to_timestamps(counted_at)),
    )
