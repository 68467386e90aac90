"""Where each claim stands, until when something can be done about it, and what it costs (SPEC §5)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.claims import moments
from pipeline.claims.case import Case
from pipeline.claims.grounds import AUTOMATIC, Grounds
from pipeline.claims.moments import Moments
from pipeline.frames import NEVER, Array

INFORMATION, APPEAL = "claim.info_response", "claim.appeal"
STATUS = (
    *("withdrawn", "final-reversed", "final-upheld", "appealed", "denied", "granted", "refunded"),
    *("information-overdue", "information-due", "investigating"),
)
WITHDRAWN, REVERSED, UPHELD, APPEALED, DENIED, GRANTED, REFUNDED, OVERDUE, DUE, INVESTIGATING = range(len(STATUS))
COUNTS = ("yes", "no", "at-risk", "open")
YES, NO, AT_RISK, OPEN = range(len(COUNTS))
_DECIDED = (REVERSED, UPHELD, APPEALED, GRANTED)


class Standing(NamedTuple):
    """Of each claim its status and whether it counts (numbers of STATUS and COUNTS), its deadlines and its money.

    ``asked`` are the claims about which Amazon waits for information, ``appealable`` those that can be appealed now,
    ``too_late`` those that no longer can.
    """

    status: Array
    counts: Array
    answer_by: Array  # µs UTC
    appeal_by: Array
    asked: Array
    appealable: Array
    too_late: Array
    debited: Any
    reimbursed: Any


def stand(case: Case, grounds: Grounds) -> Standing:
    """Where the claims stand at as-of."""
    clock, when = case.clock, case.when
    answer = moments.plus(when["info_requested_date"], INFORMATION, clock.context)
    appeal = moments.plus(when["decision_date"], APPEAL, clock.context)
    status = _status(case, answer, appeal)
    ours = case.says("funded_by", "seller")
    lost = (status == GRANTED) & ours
    over = lost & moments.past(appeal, clock)
    waits = when["info_requested_date"].known & ~when["info_answered_date"].known
    paid = one_of(status, _DECIDED) & ours & case.says("decision", "granted")
    return Standing(
        status,
        _counts(case, grounds, status, ours),
        moments.ends(answer, clock),
        np.where(lost, moments.ends(appeal, clock), NEVER),
        one_of(status, (OVERDUE, DUE)) & waits,
        lost & appeal.known & ~over,
        over,
        _amount(case, paid),
        _amount(case, paid & (status == REVERSED)),
    )


def one_of(status: Array, some: tuple[int, ...]) -> Array:
    """Which statuses are among some, as bool."""
    table = np.zeros(len(STATUS), bool)
    table[list(some)] = True
    return table[status]


def _status(case: Case, answer: Moments, appeal: Moments) -> Array:
    """The first line of the table that is true of each claim."""
    clock, when = case.clock, case.when
    refund = pc.greater_equal(*(frames.arrow(case.rows[name]) for name in ("refund_amount", "claim_amount")))
    full = pc.fill_null(refund, False).to_numpy()
    requested, answered, appealed = (when[f"{name}_date"] for name in ("info_requested", "info_answered", "appeal"))
    in_time = answered.known & ~moments.after(answered, answer, clock)
    late = moments.past(answer, clock) & ~in_time
    table = [
        when["withdrawn_date"].known,
        case.says("appeal_decision", "reversed"),
        case.says("appeal_decision", "upheld"),
        appealed.known & appeal.known & ~moments.after(appealed, appeal, clock),
        case.says("decision", "denied"),
        case.says("decision", "granted"),
        when["refund_date"].known & full,
        late,
        requested.known & ~in_time,
    ]
    return np.select(table, range(len(table)), INVESTIGATING)


def _counts(case: Case, grounds: Grounds, status: Array, ours: Array) -> Array:
    """Whether each claim counts in the order defect rate."""
    granted, theirs = status == GRANTED, case.says("funded_by", "amazon")
    yes = one_of(status, (REFUNDED, APPEALED, UPHELD)) | (granted & ours)
    no = one_of(status, (WITHDRAWN, DENIED, REVERSED)) | (granted & theirs)
    risk = grounds.any(AUTOMATIC) | (status == OVERDUE)
    return np.select([yes, no, risk], [YES, NO, AT_RISK], OPEN)


def _amount(case: Case, mask: Array) -> pa.Array:
    """What was claimed, where the mask holds; else null."""
    amount = frames.arrow(case.rows["claim_amount"]).combine_chunks()
    return pc.if_else(pa.array(mask), amount, pa.scalar(None, amount.type))


def contradictions(case: Case) -> list[tuple[Array, str]]:
    """Which claims are told dates and decisions that cannot be true together, and what these are."""
    when, clock = case.when, case.clock
    granted, denied = case.says("decision", "granted"), case.says("decision", "denied")
    decided = granted | denied
    final = frames.known(case.rows["appeal_decision"])
    appealed = when["appeal_date"].known | final

    def before(one: str, other: str) -> tuple[Array, str]:
        mask = moments.after(when[f"{other}_date"], when[f"{one}_date"], clock)
        return mask, f"{one.replace('_', '-')}-date is before {other.replace('_', '-')}-date"

    return [
        *case.wrong,
        (when["withdrawn_date"].known & granted, "it is withdrawn, and yet granted"),
        (appealed & denied, "it was denied to the buyer, and yet appealed"),
        (appealed & ~decided, "it was appealed, and no decision is told"),
        (when["decision_date"].known & ~decided, "decision-date is told, and no decision"),
        (when["appeal_decision_date"].known & ~final, "appeal-decision-date is told, and no decision on the appeal"),
        before("decision", "claim"),
        before("withdrawn", "claim"),
        before("info_requested", "claim"),
        before("info_answered", "info_requested"),
        before("appeal", "decision"),
        before("appeal_decision", "appeal"),
    ]
