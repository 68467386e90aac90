"""Before there is a claim: who waits for a reply, and what would be granted if it was claimed now."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import timepoints
from pipeline.claims.contacts import MESSAGE, RETURN_REQUEST
from pipeline.claims.grounds import CONTACT_RESPONSE
from pipeline.claims.model import ClaimContext, ExposedOrders
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.states import CANCELED, PENDING
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts

ODR_WINDOW = "odr.window"


def select_unclaimed(claim_context: ClaimContext) -> Array:
    """Which of the orders in any of the inputs have no claim, as bool."""
    unclaimed = np.ones(len(claim_context.order_keys), bool)
    unclaimed[claim_context.order_indices[0]] = False
    return unclaimed


def find_exposed_orders(claim_context: ClaimContext) -> ExposedOrders:
    """The orders that would be lost if their buyers claimed now.

    Orders that the seller ships, neither pending nor canceled, purchased within the window of the order defect rate.
    Nothing sent counts from the promised day on (CLM-404): before that no buyer can claim. Before a claim it
    is unknown whether what was sent was delivered, so that only what was never sent is late (CLM-405).
    """
    items, orders = claim_context.items, claim_context.orders
    candidates = np.flatnonzero(_is_eligible(claim_context) & select_unclaimed(claim_context)[: len(orders.keys)])
    order_facts = claim_context.facts.take(orders.find_facts(candidates))
    clock = timepoints.build_clock(items["sales_channel"].take(orders.starts[candidates]), claim_context.clock.context)
    as_of_day = clock.as_of_day[clock.zone_index]
    unsent = order_facts.not_shipped & (MaskedInts.from_sentinel(order_facts.promised_at) < clock.as_of)
    reasons = {
        "CLM-402": (order_facts.no_tracking & ~order_facts.not_shipped) | unsent,
        "CLM-403": _lacks_reply(claim_context)[candidates],
        "CLM-404": (order_facts.late_confirmation >= 0) | unsent,
        "CLM-405": order_facts.not_shipped
        & (MaskedInts.from_sentinel(order_facts.estimated_day) < MaskedInts(as_of_day)),
    }
    is_exposed = np.logical_or.reduce(list(reasons.values()))
    return ExposedOrders(
        candidates[is_exposed],
        {code: mask[is_exposed] for code, mask in reasons.items()},
        order_facts.take(np.flatnonzero(is_exposed)),
    )


def _is_eligible(claim_context: ClaimContext) -> Array:
    """Which orders a buyer could claim and a seller would pay for."""
    items, orders = claim_context.items, claim_context.orders
    if not len(items):
        return np.zeros(0, bool)
    amazon = is_amazon_fulfilled(items["fulfillment_channel"])
    recent = timepoints.is_within_window(items["purchase_date"], ODR_WINDOW, claim_context.clock)
    state = items["state"].to_numpy(np.int64)
    closed = (state == CANCELED) | (state == PENDING)
    return np.logical_or.reduceat(recent & ~amazon & ~closed, orders.starts)


def _lacks_reply(claim_context: ClaimContext) -> Array:
    """Of the orders of the items those with a contact to which the reply came too late, or not in time yet."""
    unanswered = np.zeros(len(claim_context.orders.keys), bool)
    for channel in (MESSAGE, RETURN_REQUEST):
        order_index = np.flatnonzero(
            (claim_context.timeline.first_contact[channel] >= 0) & (claim_context.known_order_index >= 0)
        )
        contact_index, replied_at = (
            claim_context.timeline.first_contact[channel][order_index],
            claim_context.timeline.times_at(claim_context.timeline.first_reply[channel][order_index]),
        )
        clock = claim_context.clock.take(order_index)
        reply_due = timepoints.add_window(
            claim_context.timeline.times_at(contact_index), CONTACT_RESPONSE, clock.context
        )
        no_reply = (
            ~claim_context.timeline.is_resolved[contact_index]
            & ~replied_at.is_known
            & timepoints.is_past(reply_due, clock)
        )
        late = timepoints.is_after(replied_at, reply_due, clock) | no_reply
        unanswered[claim_context.known_order_index[order_index[late]]] = True
    return unanswered


def sum_exposure(exposed: ExposedOrders, claim_context: ClaimContext) -> pd.DataFrame:
    """For each reason, and for any of them, how many orders would be lost and what they came to, by currency."""
    first_item = claim_context.orders.starts[exposed.order_index] if len(exposed.order_index) else exposed.order_index
    currency = arrow.to_arrow(claim_context.items["currency"]).combine_chunks().take(pa.array(first_item, pa.int64()))
    all_orders = np.ones(len(first_item), bool)
    parts = []
    for reason, mask in {"any": all_orders, **exposed.reasons}.items():
        amounts = pa.table({"currency": currency, "amount": exposed.facts.amount}).filter(pa.array(mask, pa.bool_()))
        summed = amounts.group_by("currency").aggregate([("amount", "sum"), ("amount", "count"), ([], "count_all")])
        parts.append(summed.append_column("reason", pa.repeat(pa.scalar(reason), len(summed))))
    return arrow.to_frame(pa.concat_tables(parts).sort_by([("reason", "ascending"), ("currency", "ascending")]))
