"""Before there is a claim: who waits for a reply, and what would be granted if it was claimed now."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import timepoints
from pipeline.claims.model import ClaimContext, ExposedOrders
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.states import AUTO_CANCELED, CANCELED, PENDING
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts

ODR_WINDOW = "odr.window"


def select_unclaimed(claim_context: ClaimContext) -> Array:
    """Which of the orders in any of the inputs nobody claims, by a claims file or a Returns report, as bool."""
    return select_unlisted(claim_context) & ~select_reported(claim_context)


def select_unlisted(claim_context: ClaimContext) -> Array:
    """Which of the orders in any of the inputs have no claim in any claims file, as bool."""
    unlisted = np.ones(len(claim_context.order_keys), bool)
    unlisted[claim_context.order_indices[0]] = False
    return unlisted


def select_reported(claim_context: ClaimContext) -> Array:
    """Which of the orders in any of the inputs are claimed by a Returns report, as bool."""
    is_claimed = arrow.equals_text(arrow.to_arrow(claim_context.inputs.returns["a_to_z_claim"]), "Y")
    reported = np.zeros(len(claim_context.order_keys), bool)
    reported[claim_context.order_indices[2][is_claimed]] = True
    return reported


def find_exposed_orders(claim_context: ClaimContext) -> ExposedOrders:
    """The orders that would be lost if their buyers claimed now.

    Orders that the seller ships, not pending, purchased within the window of the order defect rate; of canceled and
    auto-canceled ones those of which something was sent. Nothing sent counts from the promised day on (CLM-404): before
    that no buyer can claim. Before a claim it is unknown whether what was sent was delivered, so that only what was
    never sent is late (CLM-405).
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
    facts, item_count = claim_context.facts, len(items)
    sent = facts.confirmed[:item_count] | facts.reported_shipped[:item_count]
    closed = (state == PENDING) | (((state == CANCELED) | (state == AUTO_CANCELED)) & ~sent)
    return np.logical_or.reduceat(recent & ~amazon & ~closed, orders.starts)


def _lacks_reply(claim_context: ClaimContext) -> Array:
    """Of the orders of the items those with a contact to which the reply certainly came too late, or not in time."""
    unanswered = np.zeros(len(claim_context.orders.keys), bool)
    known = claim_context.known_order_index[claim_context.timeline.missed.order_index]
    unanswered[known[known >= 0]] = True
    return unanswered


def sum_exposure(exposed: ExposedOrders, claim_context: ClaimContext) -> pd.DataFrame:
    """For each reason, and for any of them, how many orders would be lost and what they came to, by currency."""
    first_item = claim_context.orders.starts[exposed.order_index] if len(exposed.order_index) else exposed.order_index
    currency = arrow.to_arrow(claim_context.items["currency"]).combine_chunks().take(pa.array(first_item, pa.int64()))
    all_orders = np.ones(len(first_item), bool)
    worth, parts = exposed.facts.worth, []
    for reason, mask in {"any": all_orders, **exposed.reasons}.items():
        amounts = pa.table({"currency": currency, "amount": worth}).filter(pa.array(mask, pa.bool_()))
        summed = amounts.group_by("currency").aggregate([("amount", "sum"), ("amount", "count"), ([], "count_all")])
        parts.append(summed.append_column("reason", pa.repeat(pa.scalar(reason), len(summed))))
    return arrow.to_frame(pa.concat_tables(parts).sort_by([("reason", "ascending"), ("currency", "ascending")]))
