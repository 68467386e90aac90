"""What is to be restocked, and what somebody has to look at: lines of the worklist that no parcel settles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames, todo
from pipeline.batch import Context
from pipeline.frames import NEVER, Array
from pipeline.states import PARTIALLY_SHIPPED, UNSHIPPED

_ODD = "impossible"  # in words what cannot have happened
_SHOWN = ("order_id", "order_item_id", "sku", "remaining", "item_price", "currency")
_REVIEW = {  # a fact of changes.changed → the code and what there is to look at
    "lost": ("LIF-202", "was not confirmed in time and is lost: do not ship it, recall what was shipped"),
    "pending_long": ("LIF-203", "is pending for longer than verification takes: ask Seller Support"),
    "vanished": ("LIF-206", "is listed no longer and was never confirmed: look whether it was canceled"),
}


def reviews(changed: pd.DataFrame, context: Context) -> pd.DataFrame:
    """The lines about items that need a look, due at once."""
    masks = {name: frames.flags(changed[name]) for name in _REVIEW} | {_ODD: frames.known(changed[_ODD])}
    told = _REVIEW | {_ODD: ("LIF-205", "{impossible}: compare with Manage Orders")}
    parts = [_review(changed, np.flatnonzero(masks[name]), *told[name], context) for name in told if masks[name].any()]
    return todo.join(parts)


def _review(changed: pd.DataFrame, at: Array, code: str, reason: str, context: Context) -> pd.DataFrame:
    items = frames.take(changed[[*_SHOWN, _ODD]], at)
    now = frames.series(pa.repeat(pa.scalar(context.as_of, pa.timestamp("us", "UTC")), len(items)))
    return todo.lines(
        items.assign(quantity=items["remaining"], amount=items["item_price"]), "review", code, reason, now
    )


def restock(items: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """A line for each oversold sku: what it lacks, due when the first open order of it was promised."""
    lacking = frames.only(counted, frames.numbers(counted["available"], 0) < 0)
    if not len(lacking):
        return todo.none()
    short = frames.series(-frames.numbers(lacking["available"]))
    promised = _first_promise(lacking["sku"], items)
    return todo.lines(
        lacking.assign(quantity=short), "restock", "INV-301", "oversold: restock, or cancel before shipping", promised
    )


def _first_promise(skus: pd.Series[str], items: pd.DataFrame) -> pd.Series[Any]:
    """The earliest promise of what is open of each sku; null where none is known."""
    at = pd.Index(skus.to_numpy(object)).get_indexer(pd.Index(items["sku"].to_numpy(object)))
    promise = frames.numbers(items["promise_date"])
    open_ = np.isin(items["state"].to_numpy(np.int64), (UNSHIPPED, PARTIALLY_SHIPPED))
    mine = np.flatnonzero((at >= 0) & open_ & (promise != NEVER))
    first: Array = np.full(len(skus), np.iinfo(np.int64).max)
    np.minimum.at(first, at[mine], promise[mine])
    return frames.series(frames.instants(np.where(first == np.iinfo(np.int64).max, NEVER, first)))
