"""On what grounds Amazon would grant each claim, and on what grounds it can be disputed (SPEC §5)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import days, frames
from pipeline.claims import moments
from pipeline.claims.case import EXTRA_CHARGES, INTERNATIONAL, NOT_RECEIVED, Case
from pipeline.claims.evidence import Facts
from pipeline.claims.heard import MESSAGE, REQUEST, Heard
from pipeline.claims.moments import Moments
from pipeline.claims.orders import Orders
from pipeline.claims.refunds import Refunds
from pipeline.frames import NEVER, Array

RESPONSE, WAIT = "claim.contact_response", "claim.after_delivery_estimate"
_OFFERS = ("domestic_return_address", "prepaid_label", "full_refund_offered")
AUTOMATIC = ("CLM-402", "CLM-403", "CLM-404", "CLM-405")
GRANTING = (*AUTOMATIC, "CLM-414", "CLM-415", "CLM-416")
DISPUTED = ("CLM-409", "CLM-410")


class Grounds(NamedTuple):
    """What was found out of each claim, and for each code where it holds.

    ``contact`` and ``reply`` are positions among the contacts (−1: none), ``due`` is until when the reply was due,
    ``estimate`` the local day of the delivery estimate, ``eligible`` (µs UTC) when the claim could be filed.
    """

    contact: Array
    reply: Array
    due: Moments
    estimate: Array
    eligible: Array
    facts: Facts
    total: Any  # of the order: decimal, null where not known or of another currency
    holds: dict[str, Array]

    def any(self, codes: tuple[str, ...]) -> Array:
        """Where any of the codes holds."""
        return np.logical_or.reduce([self.holds[code] for code in codes])

    def words(self, codes: tuple[str, ...]) -> pa.Array:
        """The codes that hold, parted by a semicolon; null where none does."""
        bits = sum(self.holds[code].astype(np.int64) << at for at, code in enumerate(codes))
        sets = [";".join(code for at, code in enumerate(codes) if one >> at & 1) for one in range(1 << len(codes))]
        return frames.strings(sets, np.asarray(bits), np.asarray(bits) == 0)


def grounds(case: Case, heard: Heard, facts: Facts, refunds: Refunds, orders: Orders) -> Grounds:
    """Everything that speaks for or against each claim."""
    clock = case.clock
    channel = np.where(case.kind == NOT_RECEIVED, MESSAGE, REQUEST)
    contact, reply = heard.first[channel, case.order], heard.reply[channel, case.order]
    mine = facts.take(case.evidence)
    estimate = _estimate(case, mine)
    due = moments.plus(heard.at(contact), RESPONSE, clock.context)
    early, eligible = _eligible(case, due, estimate)
    total = _total(case, facts.worth(orders.facts(case.known)), refunds)
    known = case.known >= 0
    answered = heard.at(reply)
    holds = {
        "CLM-402": known & mine.no_tracking,
        "CLM-403": moments.after(answered, due, clock) | (~answered.known & moments.past(due, clock)),
        "CLM-404": (mine.late >= 0) | (mine.nothing & (mine.promise != NEVER) & (mine.promise < clock.as_of)),
        "CLM-405": _undelivered(case, estimate),
        "CLM-409": early,
        "CLM-410": contact < 0,
        "CLM-411": ~known,
        "CLM-412": _more(case.rows["claim_amount"], total),
        "CLM-414": _stranded(case, refunds),
        "CLM-415": (case.kind == EXTRA_CHARGES) & _more(case.rows["charged_amount"], total),
        "CLM-416": refunds.owed,
    }
    holds["CLM-404"] &= known
    return Grounds(contact, reply, due, estimate, eligible, mine, total, holds)


def _estimate(case: Case, mine: Facts) -> Array:
    """The local day of the sooner of the latest delivery date, the claim's before the order's, and the tracking's."""
    told = moments.local(case.when["latest_delivery_date"], case.clock)
    tracked = moments.local(case.when["tracking_promised_date"], case.clock)
    latest = np.where(told == NEVER, mine.estimate, told)
    return np.where((tracked != NEVER) & ((latest == NEVER) | (tracked < latest)), tracked, latest)


def _eligible(case: Case, due: Moments, estimate: Array) -> tuple[Array, Array]:
    """Which claims were filed too early, and from when (µs UTC) each could be."""
    clock, filed = case.clock, case.when["claim_date"]
    wait = frames.numbers(clock.context.policy.days(WAIT, on=frames.series(frames.days(estimate))))
    waits = (case.kind == NOT_RECEIVED) & due.known & (estimate != NEVER) & (wait != NEVER)
    day = np.where(waits, np.where(waits, estimate, 0) + np.where(waits, wait, 0), NEVER)
    early = moments.after(due, filed, clock)
    early[waits] |= _before_day(case, np.flatnonzero(waits), day)
    begin = days.begins(day, clock.zone, clock.used)
    return early, np.maximum(moments.starts(due, clock), begin)


def _before_day(case: Case, rows: Array, day: Array) -> Array:
    filed = moments.local(case.when["claim_date"].take(rows), case.clock.at(rows))
    return (filed != NEVER) & (filed < day[rows])


def _undelivered(case: Case, estimate: Array) -> Array:
    """Which items were not, or not in time, delivered by the estimated day; only where it was claimed."""
    rows = np.flatnonzero((case.kind == NOT_RECEIVED) & (estimate != NEVER))
    here = case.clock.at(rows)
    delivered = moments.local(case.when["delivered_date"].take(rows), here)
    day = np.where(delivered == NEVER, here.days[here.zone], delivered)
    found = np.zeros(len(estimate), bool)
    found[rows] = day > estimate[rows]
    return found


def _total(case: Case, amount: Any, refunds: Refunds) -> Any:
    """What the orders came to, where that is known in the currency of the claim."""
    other = pc.not_equal(frames.arrow(case.rows["currency"]).combine_chunks(), refunds.currency)
    return pc.if_else(pc.fill_null(other, False), pa.scalar(None, amount.type), amount)


def _more(amount: Any, than: Any) -> Array:
    """Where an amount is larger than another; not where either is not known."""
    more = pc.greater(frames.arrow(amount).combine_chunks(), than)
    return pc.fill_null(more, False).to_numpy(zero_copy_only=False)


def _stranded(case: Case, refunds: Refunds) -> Array:
    """Which buyers in another country were offered neither way of an international return nor a full refund."""
    abroad = pc.fill_null(pc.not_equal(refunds.country, case.clock.context.account.home_country), False)
    offered = np.logical_or.reduce([case.says(name, "Y") for name in _OFFERS])
    return (case.kind == INTERNATIONAL) & abroad.to_numpy(zero_copy_only=False) & ~offered
