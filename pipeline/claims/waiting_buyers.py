"""Buyers who wrote about an order without a claim and wait for a reply."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import formatting, windows
from pipeline.claims.columns import WAITING_BUYERS
from pipeline.claims.contact_rows import CHANNEL_WORDS
from pipeline.claims.exposure import select_unclaimed
from pipeline.claims.grounds import CONTACT_RESPONSE
from pipeline.claims.model import ClaimContext
from pipeline.model.columns import verified
from pipeline.model.states import CANCELED, PENDING
from pipeline.utils import arrow, dtypes
from pipeline.utils.arrow import take_sparse
from pipeline.utils.dtypes import Array


def find_waiting_buyers(claim_context: ClaimContext) -> pd.DataFrame:
    """One row an order without a claim whose buyer waits for a reply or a resolution, or is to be sent elsewhere.

    The buyer of a pending order is to be referred to Amazon, that of a canceled one invited to order again: neither
    could file a claim. An order that no report holds stands in it, too: who wrote waits all the same.
    """
    timeline, unclaimed = claim_context.timeline, select_unclaimed(claim_context)
    pending, canceled = _find_unclaimable(claim_context)
    contacts_by_action = {
        "reply": np.where(unclaimed & ~pending & ~canceled, timeline.waiting_contact, -1),
        "refer": np.where(unclaimed & pending, timeline.unanswered_contact, -1),
        "invite": np.where(unclaimed & canceled, timeline.unanswered_contact, -1),
        "resolve": np.where(unclaimed & ~pending & ~canceled, timeline.unresolved_contact, -1),
    }
    parts = [_build_rows(claim_context, contact, action) for action, contact in contacts_by_action.items()]
    return verified(arrow.concat_frames(parts), WAITING_BUYERS)


def _find_unclaimable(claim_context: ClaimContext) -> tuple[Array, Array]:
    """Which orders are pending, and which are canceled, all of their items, as bool."""
    orders, known = claim_context.orders, claim_context.known_order_index
    if not len(orders.keys):
        return np.zeros(len(known), bool), np.zeros(len(known), bool)
    state = claim_context.items["state"].to_numpy(np.int64)
    is_canceled = np.logical_and.reduceat(state == CANCELED, orders.starts)
    is_closed = np.logical_and.reduceat((state == CANCELED) | (state == PENDING), orders.starts)
    pending, canceled = (
        (mask[np.maximum(known, 0)] & (known >= 0)) for mask in (is_closed & ~is_canceled, is_canceled)
    )
    return pending, canceled


def _build_rows(claim_context: ClaimContext, contact_by_order: Array, action: str) -> pd.DataFrame:
    """The rows of one action; ``contact_by_order`` is for each order the position of a contact, −1 for none."""
    order_index = np.flatnonzero(contact_by_order >= 0)
    contact_index, clock = contact_by_order[order_index], claim_context.clock.take(order_index)
    timeline, known_order_index = claim_context.timeline, claim_context.known_order_index[order_index]
    contacted_at = timeline.times_at(contact_index)
    due = windows.add_window(contacted_at, CONTACT_RESPONSE, clock)
    item_rows = _take_items(claim_context, known_order_index)
    amount = claim_context.facts.take_known_amounts(claim_context.orders.find_facts(known_order_index))
    channel = timeline.is_return_request[contact_index].astype(np.int64)
    columns: dict[str, Any] = {
        "order_id": _take_order_ids(claim_context, contact_index),
        "order_item_id": pa.nulls(len(contact_index), pa.string()),
        "amount": amount,
        "action": pa.repeat(pa.scalar(action), len(contact_index)),
        "contact_at": formatting.format_times(contacted_at),
        "contact_place": timeline.format_locations(claim_context.inputs.file_names, contact_index),
        "channel_words": arrow.take_strings(CHANNEL_WORDS, channel),
        "reply_by": dtypes.to_timestamps(due.first),
        "overdue": windows.is_over(due, clock),
        "overdue_after": dtypes.to_timestamps(due.over_after),
        "wants_return": timeline.wants_return[contact_index],
        "buyer_waits": np.full(len(contact_index), action == "reply"),
    }
    return item_rows.assign(**{name: arrow.to_series(values) for name, values in columns.items()})


def _take_items(claim_context: ClaimContext, known_order_index: Array) -> pd.DataFrame:
    """Of each order the item that a report of this run held last; no values where the order is not known."""
    last_items = claim_context.last_reported_item
    item_index = last_items[np.maximum(known_order_index, 0)] if len(last_items) else known_order_index
    names = ("file", "line", "record", "sku", "currency", "state")
    items = arrow.to_frame(arrow.to_table(claim_context.items, names))
    item_rows = arrow.take_rows(items, np.maximum(item_index, 0), known_order_index < 0)
    numbers = (("file", -1), ("line", 0), ("record", 0))
    return item_rows.assign(
        **{name: arrow.to_series(arrow.to_int64(item_rows[name], default)) for name, default in numbers}
    )


def _take_order_ids(claim_context: ClaimContext, contact_index: Array) -> pa.Array:
    """The order ids of some of the contacts and, behind them, return requests."""
    columns = [
        arrow.to_arrow(rows["order_id"]) for rows in (claim_context.inputs.contacts, claim_context.inputs.returns)
    ]
    return take_sparse(
        pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()), contact_index
    )
