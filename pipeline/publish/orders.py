"""reports/orders: every order item, where it stands, and until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames, states
from pipeline.batch import Settled
from pipeline.frames import NEVER, Array
from pipeline.publish import tables, text
from pipeline.publish.output import Folder
from pipeline.publish.text import flat

PATH = "reports/orders"
_KEYS = ("order_id", "order_item_id", "sku")
_INSTANTS = ("purchase_date", "promise_date", "confirm_by")
_COUNTED = {
    "quantity_purchased": "quantity_purchased",
    "quantity_shipped": "shipped",
    "quantity_confirmed": "quantity_confirmed",
    "quantity_remaining": "remaining",
}
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in (*_KEYS, "state")),
        *((name, pa.timestamp("us", "UTC")) for name in ("purchase_date", "released_at", "promise_date", "confirm_by")),
        *((name, pa.int64()) for name in _COUNTED),
        *((name, pa.string()) for name in ("fulfillment_channel", "sales_channel")),
        *((name, pa.timestamp("us", "UTC")) for name in ("first_seen", "last_seen")),
    ]
)
_FEW = ("sku", "state", "fulfillment_channel", "sales_channel", "first_seen", "last_seen")
_ORDER_ID, _ITEM_ID = 19, 14  # the lengths at which text and number sort alike (FORMATS §1b)


def write_text(folder: Folder, settled: Settled) -> None:
    """The order items as text."""
    tables.report(folder, f"{PATH}.tsv", _parts(settled))


def write_parquet(folder: Folder, settled: Settled) -> None:
    """The order items as Parquet."""
    tables.parquet(folder, f"{PATH}.parquet", _parts(settled), _FEW)


def _parts(settled: Settled) -> Iterator[pa.Table]:
    names = (*_KEYS, *_INSTANTS, *_COUNTED.values(), "fulfillment_channel", "sales_channel", "released", "state")
    items = frames.table(settled.items, (*names, "listed", "tonight", "first_seen", "last_seen_before"))
    if not len(items):
        return iter([_SCHEMA.empty_table()])
    return (_typed(part, settled.context.as_of) for part in tables.stretches(items))


def _typed(items: pa.Table, as_of: dt.datetime) -> pa.Table:
    """The columns of the report, as the schema has them."""
    state = flat(items["state"]).to_numpy()
    released = np.where(state == states.PENDING, NEVER, flat(items["released"]).to_numpy())
    channel = flat(items["fulfillment_channel"])
    merchant = pc.and_(pc.is_null(channel), flat(items["listed"]))  # such reports hold the merchant's own orders only
    now = pa.scalar(as_of, pa.timestamp("us", "UTC"))
    made = {
        **{name: flat(items[name]) for name in (*_KEYS, *_INSTANTS, "sales_channel")},
        **{name: flat(items[held]) for name, held in _COUNTED.items()},
        "state": frames.strings(states.NAMES, state),
        "released_at": frames.instants(released),
        "fulfillment_channel": pc.if_else(merchant, "Merchant", channel),
        "first_seen": pc.coalesce(flat(items["first_seen"]), now),
        "last_seen": pc.if_else(flat(items["tonight"]), now, flat(items["last_seen_before"])),
    }
    return pa.table([made[field.name].cast(field.type) for field in _SCHEMA], schema=_SCHEMA)


def shown(items: pd.DataFrame) -> pd.DataFrame:
    """The items that a file of this run speaks of, and those that are open: not shipped, not canceled, not lost."""
    closed = np.isin(items["state"].to_numpy(np.int64), (states.CANCELED, states.SHIPPED, states.AUTO_CANCELED))
    known = frames.equal(frames.arrow(items["state_before"]), states.NAMES[states.CANCELED])
    for state in (states.SHIPPED, states.AUTO_CANCELED):
        known |= frames.equal(frames.arrow(items["state_before"]), states.NAMES[state])
    return frames.only(items, frames.flags(items["tonight"]) | ~closed | ~known)


def in_order(items: pd.DataFrame) -> pd.DataFrame:
    """The items by order id, then order item id, then sku, all as text.

    They come sorted by the numbers of their ids, which is the same but for ids of other lengths than the usual.
    """
    if not len(items):
        return items
    order_id, item_id = (text.sizes([frames.arrow(items[name])]) - 1 for name in _KEYS[:2])
    order = items["order_key"].to_numpy(np.int64)
    if (order_id != _ORDER_ID).any() or (order[1:] < order[:-1]).any():
        at = np.arange(len(items))
    elif (item_id != _ITEM_ID).any():
        at = _doubtful(order, item_id)
    else:
        return items
    where = np.arange(len(items))
    where[at] = at[_sorted(items, at)]
    return frames.take(items, where)


def _doubtful(order: Array, length: Array) -> Array:
    """The rows of those orders that have several items, one of them with an id of another length than the usual."""
    starts = frames.first_of_runs(order)
    run = frames.run_numbers(starts, len(order))
    odd = np.logical_or.reduceat(length != _ITEM_ID, starts) & (np.diff(np.append(starts, len(order))) > 1)
    return np.flatnonzero(odd[run])


def _sorted(items: pd.DataFrame, at: Array) -> Array:
    """The order of the rows at the positions by their ids as text."""
    keys = {name: pc.fill_null(frames.arrow(items[name]).take(pa.array(at)), "") for name in _KEYS}
    return pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in _KEYS]).to_numpy()
