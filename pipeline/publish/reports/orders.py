"""reports/orders: every order item, where it stands, and until when."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import calendar, states
from pipeline.model.run_counts import StateCounts
from pipeline.model.run_result import RunResult
from pipeline.publish.files import cells, tables
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import NEVER, TIMESTAMP, Array

ORDERS_PATH = "reports/orders"
_ID_COLUMNS = ("order_id", "order_item_id", "sku")
_INSTANT_COLUMNS = ("purchase_date", "promise_date", "confirm_by")
_QUANTITY_COLUMNS = {
    "quantity_purchased": "quantity_purchased",
    "quantity_shipped": "shipped",
    "quantity_confirmed": "quantity_confirmed",
    "quantity_remaining": "remaining",
}
_ORDERS_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in (*_ID_COLUMNS, "state")),
        *((name, TIMESTAMP) for name in ("purchase_date", "released_at", "promise_date", "confirm_by")),
        *((name, pa.int64()) for name in _QUANTITY_COLUMNS),
        *((name, pa.string()) for name in ("fulfillment_channel", "sales_channel")),
        *((name, TIMESTAMP) for name in ("first_seen", "last_seen")),
    ]
)
_DICTIONARY_COLUMNS = ("sku", "state", "fulfillment_channel", "sales_channel", "first_seen", "last_seen")
_SOURCE_COLUMNS = (
    *(
        *_ID_COLUMNS,
        *_INSTANT_COLUMNS,
        *_QUANTITY_COLUMNS.values(),
        "fulfillment_channel",
        "sales_channel",
        "released",
        "state",
    ),
    *("listed", "in_this_run", "renewed", "first_seen", "last_seen_before"),
)
_ORDER_ID_LENGTH, _ITEM_ID_LENGTH = 19, 14  # the lengths at which text and number sort alike (FORMATS §1b)


def write_tsv(folder: OutputFolder, result: RunResult) -> None:
    """The order items as text."""
    tables.write_report(folder, f"{ORDERS_PATH}.tsv", result.tables["orders"].iter_chunks())


def write_parquet(folder: OutputFolder, result: RunResult) -> None:
    """The order items as Parquet."""
    tables.write_parquet(folder, f"{ORDERS_PATH}.parquet", result.tables["orders"].iter_chunks(), _DICTIONARY_COLUMNS)


def build_orders_table(items: pd.DataFrame, as_of: dt.datetime) -> pa.Table:
    """The order items with the columns of the report, as the schema has them."""
    if not len(items):
        return _ORDERS_SCHEMA.empty_table()
    item_table = arrow.to_table(items, _SOURCE_COLUMNS)
    state_codes = to_single_chunk(item_table["state"]).to_numpy()
    released_us = np.where(state_codes == states.PENDING, NEVER, to_single_chunk(item_table["released"]).to_numpy())
    channel = to_single_chunk(item_table["fulfillment_channel"])
    is_merchant = pc.and_(
        pc.is_null(channel), to_single_chunk(item_table["listed"])
    )  # such reports hold the merchant's own orders only
    report_columns = {
        **{name: to_single_chunk(item_table[name]) for name in (*_ID_COLUMNS, *_INSTANT_COLUMNS, "sales_channel")},
        **{name: to_single_chunk(item_table[source_name]) for name, source_name in _QUANTITY_COLUMNS.items()},
        "state": arrow.take_strings(states.STATE_NAMES, state_codes),
        "released_at": dtypes.to_timestamps(released_us),
        "fulfillment_channel": pc.if_else(is_merchant, "Merchant", channel),
        **{name: to_single_chunk(seen_at) for name, seen_at in calendar.merge_seen_times(items, as_of).items()},
    }
    return pa.table([report_columns[field.name].cast(field.type) for field in _ORDERS_SCHEMA], schema=_ORDERS_SCHEMA)


def count_states(items: pd.DataFrame, as_of: dt.datetime) -> StateCounts:
    """How many of the items are in each state, and how many of the open ones have so many whole days left."""
    if not len(items):
        return StateCounts(np.zeros(len(states.STATE_NAMES), np.int64), np.zeros(0, np.int64))
    state_codes, due_us = items["state"].to_numpy(np.int64), arrow.to_int64(items["confirm_by"])
    left_us = (due_us - dtypes.instant_to_us(as_of))[np.isin(state_codes, states.OPEN_STATES) & dtypes.is_known(due_us)]
    return StateCounts(
        np.bincount(state_codes, minlength=len(states.STATE_NAMES)),
        np.bincount(np.maximum(left_us, 0) // dtypes.DAY_US),
    )


_SORT_AND_WORKLIST_COLUMNS = (
    "order_key",
    "item_key",
    "remaining",
    "item_price",
    "currency",
    "claimed",
    "fulfilled_by",
    "is_buyer_requested_cancellation",
    "delisted",
    "not_arrived",
    "called_off_at",
    "shipped_before_us",
)  # for the worklist, and to sort by


def select_items(items: pd.DataFrame) -> pd.DataFrame:
    """The items of this run, those that are open, and those that this run has closed, in the order of their ids.

    With the columns that a report shows. An item that goes from shipped to lost, as its confirmation was refused too
    late, is closed by this run too.
    """
    report_items = arrow.to_frame(arrow.to_table(items, dict.fromkeys((*_SOURCE_COLUMNS, *_SORT_AND_WORKLIST_COLUMNS))))
    if not len(items):
        return report_items
    state_now, state_before = items["state"].to_numpy(np.int64), arrow.to_arrow(items["state_before"])
    stays_closed = np.zeros(len(items), bool)
    for state in (states.CANCELED, states.SHIPPED, states.AUTO_CANCELED):
        stays_closed |= (state_now == state) & arrow.equals_text(state_before, states.STATE_NAMES[state])
    kept_index = np.flatnonzero(arrow.to_bool(items["in_this_run"]) | ~stays_closed)
    return arrow.take_rows(report_items, kept_index[sort_by_ids(report_items, kept_index)])


def sort_by_ids(items: pd.DataFrame, item_index: Array) -> Array:
    """The order of the items at the positions by order id, then order item id, then sku, all as text.

    That is the order of the numbers of their ids but where an id has another length than the usual, or none.
    """
    order_keys, item_keys = (arrow.to_int64(items[name])[item_index] for name in ("order_key", "item_key"))
    sorted_index = groups.stable_argsort(order_keys, item_keys)
    order_id_lengths, item_id_lengths = (
        cells.measure_lines([arrow.to_arrow(items[name])])[item_index] - 1 for name in _ID_COLUMNS[:2]
    )
    if (order_id_lengths != _ORDER_ID_LENGTH).any():
        return _sort_by_text(items, item_index)
    is_unusual = item_id_lengths[sorted_index] != _ITEM_ID_LENGTH
    if is_unusual.any():
        order_starts = groups.group_starts(order_keys[sorted_index])
        unsure_index = np.flatnonzero(
            np.logical_or.reduceat(is_unusual, order_starts)[groups.group_ids(order_starts, len(sorted_index))]
        )
        sorted_index[unsure_index] = sorted_index[unsure_index][
            _sort_by_text(items, item_index[sorted_index[unsure_index]])
        ]
    return sorted_index


def _sort_by_text(items: pd.DataFrame, item_index: Array) -> Array:
    """The order of the items at the positions by their ids as text."""
    id_columns = {
        name: pc.fill_null(arrow.to_arrow(items[name]).take(pa.array(item_index)), "") for name in _ID_COLUMNS
    }
    return pc.sort_indices(pa.table(id_columns), sort_keys=[(name, "ascending") for name in _ID_COLUMNS]).to_numpy()
