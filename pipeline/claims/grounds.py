"""On what grounds Amazon would grant each claim, and on what grounds it can be disputed (SPEC §5)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import timepoints, windows
from pipeline.claims.claim_rows import EXTRA_CHARGES, INTERNATIONAL, NOT_RECEIVED, ClaimRows
from pipeline.claims.contact_rows import MESSAGE, RETURN_REQUEST
from pipeline.claims.contacts import NO_REPLY_GRANT, ContactTimeline
from pipeline.claims.refunds import Refunds
from pipeline.claims.shipment_facts import ShipmentFacts
from pipeline.claims.windows import TimeSpan
from pipeline.model import calendar
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts

CONTACT_RESPONSE, AFTER_ESTIMATE = "claim.contact_response", "claim.after_delivery_estimate"
_RETURN_OFFERS = ("domestic_return_address", "prepaid_label", "full_refund_offered")
AUTOMATIC_CODES = ("CLM-402", "CLM-403", "CLM-404", "CLM-405")
GRANT_CODES = (*AUTOMATIC_CODES, "CLM-414", "CLM-415", "CLM-416")
DISPUTE_CODES = ("CLM-409", "CLM-410", "CLM-418")


class Grounds(NamedTuple):
    """What was found out of each claim, and for each code where it holds.

    ``first_contact`` and ``missed_contact`` are positions among the contacts (−1: none): the first that counts, and the
    first before the claim that got no reply in time. ``response_due`` is until when the first was to be resolved,
    ``missed_due`` until when the other needed a reply, ``estimated_day`` the local day of the delivery estimate,
    ``eligible_from`` (µs UTC) when the claim could be filed.
    """

    first_contact: Array
    missed_contact: Array
    response_due: TimeSpan
    missed_due: TimeSpan
    estimated_day: Array
    eligible_from: Array
    facts: ShipmentFacts
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
    claims: ClaimRows, timeline: ContactTimeline, facts: ShipmentFacts, refunds: Refunds, *, contacts_logged: bool
) -> Grounds:
    """Everything that speaks for or against each claim; ``contacts_logged`` says that a contact log was ever given."""
    clock = claims.clock
    channel = np.where(claims.claim_type == NOT_RECEIVED, MESSAGE, RETURN_REQUEST)
    first_contact = timeline.first_contact[channel, claims.order_index]
    missed_contact = timeline.missed.find_first(claims, channel, timeline)
    claim_facts = facts.take(claims.facts_index)
    estimated_day = _choose_estimate(claims, claim_facts)
    response_due = windows.add_window(timeline.times_at(first_contact), CONTACT_RESPONSE, clock)
    early, eligible_from = _find_eligible(claims, response_due, estimated_day)
    order_known = claims.known_order_index >= 0
    is_late = (claim_facts.late_confirmation >= 0) | (
        claim_facts.not_shipped & (MaskedInts.from_sentinel(claim_facts.promised_at) < clock.as_of)
    )
    holds = {
        "CLM-402": order_known & claim_facts.no_tracking,
        "CLM-403": missed_contact >= 0,
        "CLM-404": order_known & is_late,
        "CLM-405": _is_undelivered(claims, estimated_day),
        "CLM-409": early,
        "CLM-410": (first_contact < 0) & contacts_logged,
        "CLM-411": ~order_known,
        "CLM-412": _is_more(claims.rows["claim_amount"], refunds.order_limit),
        "CLM-414": _lacks_return_offer(claims),
        "CLM-415": (claims.claim_type == EXTRA_CHARGES) & _is_more(claims.rows["charged_amount"], refunds.order_limit),
        "CLM-416": refunds.owed,
        "CLM-418": _is_refunded_before(claims),
    }
    return Grounds(
        first_contact=first_contact,
        missed_contact=missed_contact,
        response_due=response_due,
        missed_due=windows.add_window(timeline.times_at(missed_contact), NO_REPLY_GRANT, clock),
        estimated_day=estimated_day,
        eligible_from=eligible_from,
        facts=claim_facts,
        holds=holds,
    )


def _choose_estimate(claims: ClaimRows, claim_facts: ShipmentFacts) -> Array:
    """The local day of the sooner of the latest delivery date, the claim's before the order's, and the tracking's.

    What a tracking link promises counts where a usable tracking number was confirmed.
    """
    claim_latest, tracking_promise = (
        timepoints.local_days(claims.dates[name], claims.clock)
        for name in ("latest_delivery_date", "tracking_promised_date")
    )
    latest = np.where(dtypes.is_known(claim_latest), claim_latest, claim_facts.estimated_day)
    tracked_promise = MaskedInts.from_sentinel(tracking_promise).where(claim_facts.has_tracking).to_sentinel()
    return dtypes.min_known(tracked_promise, latest)


def _find_eligible(claims: ClaimRows, response_due: TimeSpan, estimated_day: Array) -> tuple[Array, Array]:
    """Which claims were certainly filed too early, and from when at the earliest (µs UTC) each could be."""
    clock, filed = claims.clock, claims.dates["claim_date"]
    wait_days = MaskedInts.from_column(
        clock.context.policy.row_days(AFTER_ESTIMATE, on=arrow.to_series(dtypes.to_dates(estimated_day)))
    )
    waited_until = MaskedInts.from_sentinel(estimated_day) + wait_days
    must_wait = (claims.claim_type == NOT_RECEIVED) & response_due.is_known & waited_until.is_known
    eligible_day = waited_until.where(must_wait).to_sentinel()
    early = windows.is_certainly_before(filed, response_due, clock)
    early[must_wait] |= _filed_before(claims, np.flatnonzero(must_wait), eligible_day)
    day_start = calendar.local_day_starts(eligible_day, clock.zone_index, clock.zones)
    return early, np.maximum(response_due.first, day_start)


def _filed_before(claims: ClaimRows, rows: Array, day: Array) -> Array:
    filed = timepoints.local_days(claims.dates["claim_date"].take(rows), claims.clock.take(rows))
    return MaskedInts.from_sentinel(filed) < MaskedInts.from_sentinel(day[rows])


def _is_undelivered(claims: ClaimRows, estimated_day: Array) -> Array:
    """Which were delivered after the estimated day; of what was not received also those not delivered by as-of."""
    rows = np.flatnonzero(dtypes.is_known(estimated_day))
    row_clock = claims.clock.take(rows)
    delivered_day = MaskedInts.from_sentinel(
        timepoints.local_days(claims.dates["delivered_date"].take(rows), row_clock)
    )
    estimate = MaskedInts(estimated_day[rows])
    overdue = estimate < MaskedInts(row_clock.as_of_day[row_clock.zone_index])
    missing = ~delivered_day.is_known & (claims.claim_type[rows] == NOT_RECEIVED)
    undelivered = np.zeros(len(estimated_day), bool)
    undelivered[rows] = (delivered_day > estimate) | (missing & overdue)
    return undelivered


def _is_more(amount: Any, limit: Any) -> Array:
    """Where an amount is larger than another; not where either is not known."""
    exceeds = pc.greater(arrow.to_arrow(amount).combine_chunks(), limit)
    return pc.fill_null(exceeds, False).to_numpy(zero_copy_only=False)


def _lacks_return_offer(claims: ClaimRows) -> Array:
    """Which buyers in another country were certainly offered neither way of an international return nor a refund."""
    country, home_country = claims.take_items("ship_country"), claims.clock.context.account.home_country
    abroad = pc.fill_null(pc.not_equal(country, home_country), False).to_numpy(zero_copy_only=False)
    not_offered = np.logical_and.reduce([claims.has_word(name, "N") for name in _RETURN_OFFERS])
    return (claims.claim_type == INTERNATIONAL) & abroad & not_offered


def _is_refunded_before(claims: ClaimRows) -> Array:
    """Which claims were filed after all that they claim had been refunded."""
    is_earlier = timepoints.is_after(claims.dates["claim_date"], claims.dates["refund_date"], claims.clock)
    return is_earlier & claims.covers_claim()
