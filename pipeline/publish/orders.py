"""reports/orders: every order item, where it stands, and until when."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import days, frames, states
from pipeline.frames import NEVER, Array
from pipeline.publish import tables, text
from pipeline.publish.output import Folder
from pipeline.publish.text import flat
from pipeline.ready import Ready, Standing

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
_READ = (
    *(*_KEYS, *_INSTANTS, *_COUNTED.values(), "fulfillment_channel", "sales_channel", "released", "state"),
    *("listed", "tonight", "first_seen", "last_seen_before"),
)
_OPEN = (states.UNSHIPPED, states.PARTIALLY_SHIPPED, states.PENDING)
_ORDER_ID, _ITEM_ID = 19, 14  # the lengths at which text and number sort alike (FORMATS §1b)


def write_text(folder: Folder, ready: Ready) -> None:
    """The order items as text."""
    tables.report(folder, f"{PATH}.tsv", ready.tables["orders"].stretches())


def write_parquet(folder: Folder, ready: Ready) -> None:
    """The order items as Parquet."""
    tables.parquet(folder, f"{PATH}.parquet", ready.tables["orders"].stretches(), _FEW)


def report(shown: pd.DataFrame, as_of: dt.datetime) -> pa.Table:
    """The order items with the columns of the report, as the schema has them."""
    if not len(shown):
        return _SCHEMA.empty_table()
    items = frames.table(shown, _READ)
    state = flat(items["state"]).to_numpy()
    released = np.where(state == states.PENDING, NEVER, flat(items["released"]).to_numpy())
    channel = flat(items["fulfillment_channel"])
    merchant = pc.and_(pc.is_null(channel), flat(items["listed"]))  # such reports hold the merchant's own orders only
    made = {
        **{name: flat(items[name]) for name in (*_KEYS, *_INSTANTS, "sales_channel")},
        **{name: flat(items[held]) for name, held in _COUNTED.items()},
        "state": frames.strings(states.NAMES, state),
        "released_at": frames.instants(released),
        "fulfillment_channel": pc.if_else(merchant, "Merchant", channel),
        **{name: flat(seen) for name, seen in days.sighted(shown, as_of).items()},
    }
    return pa.table([made[field.name].cast(field.type) for field in _SCHEMA], schema=_SCHEMA)


def standing(shown: pd.DataFrame, as_of: dt.datetime) -> Standing:
    """How many of the items are in each state, and how many of the open ones have so many whole days left."""
    if not len(shown):
        return Standing(np.zeros(len(states.NAMES), np.int64), np.zeros(0, np.int64))
    state, due = shown["state"].to_numpy(np.int64), frames.numbers(shown["confirm_by"])
    left = (due - frames.moment(as_of))[np.isin(state, _OPEN) & (due != NEVER)]
    return Standing(np.bincount(state, minlength=len(states.NAMES)), np.bincount(np.maximum(left, 0) // frames.DAY))


_ALSO = ("order_key", "item_key", "remaining", "item_price", "currency")  # for the worklist, and to sort by


def shown(items: pd.DataFrame) -> pd.DataFrame:
    """The items of this run and those that are open, not shipped, canceled or lost, in the order of their ids.

    With the columns that a report shows.
    """
    told = frames.frame(frames.table(items, dict.fromkeys((*_READ, *_ALSO))))
    if not len(items):
        return told
    closed = np.isin(items["state"].to_numpy(np.int64), (states.CANCELED, states.SHIPPED, states.AUTO_CANCELED))
    known = np.zeros(len(items), bool)
    for state in (states.CANCELED, states.SHIPPED, states.AUTO_CANCELED):
        known |= frames.equal(frames.arrow(items["state_before"]), states.NAMES[state])
    keep = np.flatnonzero(frames.flags(items["tonight"]) | ~closed | ~known)
    return frames.take(told, keep[in_order(told, keep)])


def in_order(items: pd.DataFrame, at: Array) -> Array:
    """The order of the items at the positions by order id, then order item id, then sku, all as text.

    That is the order of the numbers of their ids but where an id has another length than the usual, or none.
    """
    order, item = (frames.numbers(items[name])[at] for name in ("order_key", "item_key"))
    by = frames.in_order(order, item)
    order_id, item_id = (text.sizes([frames.arrow(items[name])])[at] - 1 for name in _KEYS[:2])
    if (order_id != _ORDER_ID).any():
        return _by_text(items, at)
    odd = item_id[by] != _ITEM_ID
    if odd.any():
        starts = frames.first_of_runs(order[by])
        doubtful = np.flatnonzero(np.logical_or.reduceat(odd, starts)[frames.run_numbers(starts, len(by))])
        by[doubtful] = by[doubtful][_by_text(items, at[by[doubtful]])]
    return by


def _by_text(items: pd.DataFrame, at: Array) -> Array:
    """The order of the items at the positions by their ids as text."""
    keys = {name: pc.fill_null(frames.arrow(items[name]).take(pa.array(at)), "") for name in _KEYS}
    return pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in _KEYS]).to_numpy()
