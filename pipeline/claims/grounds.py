"""On what grounds Amazon would grant each claim, and on what grounds it can be disputed (SPEC §5)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import timepoints
from pipeline.claims.claim_rows import EXTRA_CHARGES, INTERNATIONAL, NOT_RECEIVED, ClaimRows
from pipeline.claims.contacts import MESSAGE, RETURN_REQUEST, ContactTimeline
from pipeline.claims.order_index import OrderIndex
from pipeline.claims.refunds import Refunds
from pipeline.claims.shipment_facts import ShipmentFacts
from pipeline.claims.timepoints import Timepoints
from pipeline.model import calendar
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts

CONTACT_RESPONSE, AFTER_ESTIMATE = "claim.contact_response", "claim.after_delivery_estimate"
_RETURN_OFFERS = ("domestic_return_address", "prepaid_label", "full_refund_offered")
AUTOMATIC_CODES = ("CLM-402", "CLM-403", "CLM-404", "CLM-405")
GRANT_CODES = (*AUTOMATIC_CODES, "CLM-414", "CLM-415", "CLM-416")
DISPUTE_CODES = ("CLM-409", "CLM-410")


class Grounds(NamedTuple):
    """What was found out of each claim, and for each code where it holds.

    ``first_contact`` and ``first_reply`` are positions among the contacts (−1: none), ``reply_due`` is until when the
    reply was due, ``estimated_day`` the local day of the delivery estimate, ``eligible_from`` (µs UTC) when the claim
    could be filed.
    """

    first_contact: Array
    first_reply: Array
    reply_due: Timepoints
    estimated_day: Array
    eligible_from: Array
    facts: ShipmentFacts
    order_total: Any  # of the order: decimal, null where not known or of another currency
    holds: dict[str, Array]

    def any_of(self, codes: tuple[str, ...]) -> Array:
        """Where any of the codes holds."""
        return np.logical_or.reduce([self.holds[code] for code in codes])

    def join_codes(self, codes: tuple[str, ...]) -> pa.Array:
        """The codes that apply, separated by semicolons; null where none does."""
        bits = sum(self.holds[code].astype(np.int64) << bit for bit, code in enumerate(codes))
        joined_codes = [
            ";".join(code for bit, code in enumerate(codes) if subset >> bit & 1) for subset in range(1 << len(codes))
        ]
        return arrow.take_strings(joined_codes, np.asarray(bits), np.asarray(bits) == 0)


def find_grounds(
    claims: ClaimRows, timeline: ContactTimeline, facts: ShipmentFacts, refunds: Refunds, orders: OrderIndex
) -> Grounds:
    """Everything that speaks for or against each claim."""
    clock = claims.clock
    channel = np.where(claims.claim_type == NOT_RECEIVED, MESSAGE, RETURN_REQUEST)
    first_contact, first_reply = (
        timeline.first_contact[channel, claims.order_index],
        timeline.first_reply[channel, claims.order_index],
    )
    claim_facts = facts.take(claims.facts_index)
    estimated_day = _choose_estimate(claims, claim_facts)
    reply_due = timepoints.add_window(timeline.times_at(first_contact), CONTACT_RESPONSE, clock.context)
    early, eligible_from = _find_eligible(claims, reply_due, estimated_day)
    order_total = _order_total(claims, facts.take_amounts(orders.find_facts(claims.known_order_index)), refunds)
    order_known = claims.known_order_index >= 0
    replied_at = timeline.times_at(first_reply)
    holds = {
        "CLM-402": order_known & claim_facts.no_tracking,
        "CLM-403": timepoints.is_after(replied_at, reply_due, clock)
        | (~replied_at.is_known & timepoints.is_past(reply_due, clock)),
        "CLM-404": (claim_facts.late_confirmation >= 0)
        | (claim_facts.not_shipped & (MaskedInts.from_sentinel(claim_facts.promised_at) < clock.as_of)),
        "CLM-405": _is_undelivered(claims, estimated_day),
        "CLM-409": early,
        "CLM-410": first_contact < 0,
        "CLM-411": ~order_known,
        "CLM-412": _is_more(claims.rows["claim_amount"], order_total),
        "CLM-414": _lacks_return_offer(claims, refunds),
        "CLM-415": (claims.claim_type == EXTRA_CHARGES) & _is_more(claims.rows["charged_amount"], order_total),
        "CLM-416": refunds.owed,
    }
    holds["CLM-404"] &= order_known
    return Grounds(
        first_contact=first_contact,
        first_reply=first_reply,
        reply_due=reply_due,
        estimated_day=estimated_day,
        eligible_from=eligible_from,
        facts=claim_facts,
        order_total=order_total,
        holds=holds,
    )


def _choose_estimate(claims: ClaimRows, claim_facts: ShipmentFacts) -> Array:
    """The local day of the sooner of the latest delivery date, the claim's before the order's, and the tracking's."""
    claim_latest, tracking_promise = (
        timepoints.local_days(claims.dates[name], claims.clock)
        for name in ("latest_delivery_date", "tracking_promised_date")
    )
    latest = np.where(dtypes.is_known(claim_latest), claim_latest, claim_facts.estimated_day)
    return dtypes.min_known(tracking_promise, latest)


def _find_eligible(claims: ClaimRows, reply_due: Timepoints, estimated_day: Array) -> tuple[Array, Array]:
    """Which claims were filed too early, and from when (µs UTC) each could be."""
    clock, filed = claims.clock, claims.dates["claim_date"]
    wait_days = MaskedInts.from_column(
        clock.context.policy.row_days(AFTER_ESTIMATE, on=arrow.to_series(dtypes.to_dates(estimated_day)))
    )
    waited_until = MaskedInts.from_sentinel(estimated_day) + wait_days
    must_wait = (claims.claim_type == NOT_RECEIVED) & reply_due.is_known & waited_until.is_known
    eligible_day = waited_until.where(must_wait).to_sentinel()
    early = timepoints.is_after(reply_due, filed, clock)
    early[must_wait] |= _filed_before(claims, np.flatnonzero(must_wait), eligible_day)
    day_start = calendar.local_day_starts(eligible_day, clock.zone_index, clock.zones)
    return early, np.maximum(timepoints.start_instants(reply_due, clock), day_start)


def _filed_before(claims: ClaimRows, rows: Array, day: Array) -> Array:
    filed = timepoints.local_days(claims.dates["claim_date"].take(rows), claims.clock.take(rows))
    return MaskedInts.from_sentinel(filed) < MaskedInts.from_sentinel(day[rows])


def _is_undelivered(claims: ClaimRows, estimated_day: Array) -> Array:
    """Which items were not, or not in time, delivered by the estimated day; only where it was claimed."""
    rows = np.flatnonzero((claims.claim_type == NOT_RECEIVED) & dtypes.is_known(estimated_day))
    row_clock = claims.clock.take(rows)
    delivered_day = timepoints.local_days(claims.dates["delivered_date"].take(rows), row_clock)
    compared_day = np.where(dtypes.is_known(delivered_day), delivered_day, row_clock.as_of_day[row_clock.zone_index])
    undelivered = np.zeros(len(estimated_day), bool)
    undelivered[rows] = compared_day > estimated_day[rows]
    return undelivered


def _order_total(claims: ClaimRows, amount: Any, refunds: Refunds) -> Any:
    """What the orders came to, where that is known in the currency of the claim."""
    other_currency = pc.not_equal(arrow.to_arrow(claims.rows["currency"]).combine_chunks(), refunds.currency)
    return pc.if_else(pc.fill_null(other_currency, False), pa.scalar(None, amount.type), amount)


def _is_more(amount: Any, limit: Any) -> Array:
    """Where an amount is larger than another; not where either is not known."""
    exceeds = pc.greater(arrow.to_arrow(amount).combine_chunks(), limit)
    return pc.fill_null(exceeds, False).to_numpy(zero_copy_only=False)


def _lacks_return_offer(claims: ClaimRows, refunds: Refunds) -> Array:
    """Which buyers in another country were offered neither way of an international return nor a full refund."""
    abroad = pc.fill_null(pc.not_equal(refunds.ship_country, claims.clock.context.account.home_country), False)
    offered = np.logical_or.reduce([claims.has_word(name, "Y") for name in _RETURN_OFFERS])
    return (claims.claim_type == INTERNATIONAL) & abroad.to_numpy(zero_copy_only=False) & ~offered
