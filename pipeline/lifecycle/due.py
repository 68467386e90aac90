"""What is to be restocked, and what somebody has to look at: lines of the worklist that no parcel settles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames, todo
from pipeline.batch import Context
from pipeline.frames import Array

_ODD = "impossible"  # in words what cannot have happened
_SHOWN = ("order_id", "order_item_id", "sku", "remaining", "item_price", "currency")
_REVIEW = {  # a fact of changes.changed → the code and what there is to look at; a pending item is nobody's to do
    "lost": ("LIF-202", "was not confirmed in time and is lost: do not ship it, recall what was shipped"),
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


def restock(counted: pd.DataFrame) -> pd.DataFrame:
    """A line for each oversold sku: what it lacks, due when the first open order of it was ``promised``."""
    lacking = frames.only(counted, frames.numbers(counted["available"], 0) < 0)
    if not len(lacking):
        return todo.none()
    short = frames.series(-frames.numbers(lacking["available"]))
    reason = "oversold: restock, or cancel before shipping"
    return todo.lines(lacking.assign(quantity=short), "restock", "INV-301", reason, lacking["promised"])
