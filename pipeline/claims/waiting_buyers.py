"""Buyers who wrote about an order without a claim and wait for a reply."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import formatting, timepoints
from pipeline.claims.columns import WAITING_BUYERS
from pipeline.claims.contacts import CHANNEL_WORDS
from pipeline.claims.exposure import select_unclaimed
from pipeline.claims.grounds import CONTACT_RESPONSE
from pipeline.claims.model import ClaimContext
from pipeline.model.columns import verified
from pipeline.model.states import PENDING
from pipeline.utils import arrow, dtypes
from pipeline.utils.arrow import take_sparse
from pipeline.utils.dtypes import Array


def find_waiting_buyers(claim_context: ClaimContext) -> pd.DataFrame:
    """One row an order without a claim whose buyer waits for a reply, with when it was or is due.

    An order that no report holds stands in it, too: who wrote waits all the same.
    """
    order_index = np.flatnonzero((claim_context.timeline.unanswered_contact >= 0) & select_unclaimed(claim_context))
    contact_index = claim_context.timeline.unanswered_contact[order_index]
    clock = claim_context.clock.take(order_index)
    contacted_at = claim_context.timeline.times_at(contact_index)
    reply_due = timepoints.add_window(contacted_at, CONTACT_RESPONSE, clock.context)
    known_order_index = claim_context.known_order_index[order_index]
    item_index = (
        claim_context.last_reported_item[np.maximum(known_order_index, 0)]
        if len(claim_context.last_reported_item)
        else known_order_index
    )
    item_rows = arrow.take_rows(
        arrow.to_frame(arrow.to_table(claim_context.items, ("file", "line", "record", "sku", "currency", "state"))),
        np.maximum(item_index, 0),
        known_order_index < 0,
    )
    rows = item_rows.assign(
        **{
            name: arrow.to_series(arrow.to_int64(item_rows[name], default))
            for name, default in (("file", -1), ("line", 0), ("record", 0))
        },
        order_id=arrow.to_series(_take_order_ids(claim_context, contact_index)),
        order_item_id=arrow.to_series(pa.nulls(len(contact_index), pa.string())),
        amount=arrow.to_series(claim_context.facts.take_amounts(claim_context.orders.find_facts(known_order_index))),
        contact_at=arrow.to_series(formatting.format_times(contacted_at)),
        contact_place=arrow.to_series(
            claim_context.timeline.format_locations(claim_context.inputs.file_names, contact_index)
        ),
        channel_words=arrow.to_series(
            arrow.take_strings(CHANNEL_WORDS, claim_context.timeline.is_return_request[contact_index].astype(np.int64))
        ),
        reply_by=arrow.to_series(dtypes.to_timestamps(timepoints.end_instants(reply_due, clock))),
        overdue=arrow.to_series(timepoints.is_past(reply_due, clock)),
        pending=arrow.to_series(arrow.to_int64(item_rows["state"]) == PENDING),
    )
    return verified(rows.assign(buyer_waits=arrow.to_series(np.ones(len(rows), bool))), WAITING_BUYERS)


def _take_order_ids(claim_context: ClaimContext, contact_index: Array) -> pa.Array:
    """The order ids of some of the contacts and, behind them, return requests."""
    columns = [
        arrow.to_arrow(rows["order_id"]) for rows in (claim_context.inputs.contacts, claim_context.inputs.returns)
    ]
    return take_sparse(
        pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()), contact_index
    )
