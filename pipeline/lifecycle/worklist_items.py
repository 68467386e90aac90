"""What is to be restocked, and what needs a look: lines of the worklist that are not about a parcel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model import action_items
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow
from pipeline.utils.dtypes import TIMESTAMP, Array

_IMPOSSIBLE = "impossible_change"  # in words what cannot have happened
_REVIEW_REASONS = {  # a change → its code and what to look at; a pending item is in no list of things to do
    "newly_auto_canceled": (
        "LIF-202",
        "was not confirmed in time, so Amazon pays nothing: do not ship, recall what was shipped",
    ),
}


_CONFIRMED_REASONS = {  # what was confirmed and needs a second look → action, code, reason, and when it is due
    "unconfirmed_in_report": (
        "confirm",
        "LIF-215",
        "confirmed and not answered, and Amazon still wants it shipped: check that the feed arrived, or send it again",
        "confirm_by",
    ),
    "confirmed_against_wish": (
        "cancel",
        "SHP-125",
        "the buyer has asked to cancel: if it has not left, take it out of the feed and cancel it instead",
        "promise_date",
    ),
}


def build_reviews(changed: pd.DataFrame, context: RunContext) -> pd.DataFrame:
    """The lines about items that need a look, due at once, and about confirmations that may be wrong."""
    masks = {name: arrow.to_bool(changed[name]) for name in _REVIEW_REASONS} | {
        _IMPOSSIBLE: arrow.is_valid(changed[_IMPOSSIBLE])
    }
    reasons = _REVIEW_REASONS | {_IMPOSSIBLE: ("LIF-205", "{impossible_change}: compare with Manage Orders")}
    parts = [
        _build_review(changed, np.flatnonzero(masks[name]), *reasons[name], context)
        for name in reasons
        if masks[name].any()
    ]
    for name, (action, code, reason, due) in _CONFIRMED_REASONS.items():
        item_index = np.flatnonzero(arrow.to_bool(changed[name]))
        if len(item_index):
            items = arrow.take_rows(changed[[*action_items.ITEM_COLUMNS, "quantity_confirmed", due]], item_index)
            lines = items.assign(quantity=items["quantity_confirmed"], amount=items["item_price"])
            parts.append(action_items.build_action_items(lines, action, code, reason, lines[due]))
    return action_items.concat_action_items(parts)


def _build_review(
    changed: pd.DataFrame, item_index: Array, code: str, reason: str, context: RunContext
) -> pd.DataFrame:
    items = arrow.take_rows(changed[[*action_items.ITEM_COLUMNS, _IMPOSSIBLE]], item_index)
    now = arrow.to_series(pa.repeat(pa.scalar(context.as_of, TIMESTAMP), len(items)))
    return action_items.build_action_items(
        items.assign(quantity=items["remaining"], amount=items["item_price"]), "review", code, reason, now
    )


def build_restocks(counted: pd.DataFrame) -> pd.DataFrame:
    """A line for each oversold sku: what it lacks, due when the first open order of it was ``first_open_promise``."""
    oversold = arrow.filter_rows(counted, arrow.to_int64(counted["available"], 0) < 0)
    if not len(oversold):
        return action_items.empty_action_items()
    missing_units = arrow.to_series(-arrow.to_int64(oversold["available"]))
    reason = "oversold: restock, or cancel before shipping"
    return action_items.build_action_items(
        oversold.assign(quantity=missing_units), "restock", "INV-301", reason, oversold["first_open_promise"]
    )
