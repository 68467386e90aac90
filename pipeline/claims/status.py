"""Where each claim stands, until when something can be done about it, and what it costs (SPEC §5)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import timepoints, windows
from pipeline.claims.claim_rows import ClaimRows
from pipeline.claims.grounds import AUTOMATIC_CODES, Grounds
from pipeline.claims.windows import TimeSpan
from pipeline.utils import arrow
from pipeline.utils.dtypes import NEVER, Array

INFO_RESPONSE, APPEAL_WINDOW = "claim.info_response", "claim.appeal"
STATUSES = (
    *("withdrawn", "final-reversed", "final-upheld", "appealed", "denied", "granted", "refunded"),
    *("information-overdue", "information-due", "investigating"),
)
WITHDRAWN, REVERSED, UPHELD, APPEALED, DENIED, GRANTED, REFUNDED, INFO_OVERDUE, INFO_DUE, INVESTIGATING = range(
    len(STATUSES)
)
COUNTS = ("yes", "no", "at-risk", "open")
YES, NO, AT_RISK, OPEN = range(len(COUNTS))
_DECIDED = (REVERSED, UPHELD, APPEALED, GRANTED)


class ClaimStatuses(NamedTuple):
    """Of each claim its status and whether it counts (numbers of STATUS and COUNTS), its deadlines and its money.

    ``awaits_info`` are the claims about which Amazon waits for information, ``appealable`` those that can be appealed
    now, ``appeal_expired`` those that certainly no longer can, ``appeal_undated`` those of which nobody knows until
    when they can.
    """

    status: Array
    counts_in_odr: Array
    answer_by: Array  # µs UTC, the earliest that it could be
    answer_due: TimeSpan
    appeal_by: Array
    appeal_due: TimeSpan  # of every claim with a decision date
    awaits_info: Array
    appealable: Array
    appeal_expired: Array
    appeal_undated: Array
    debited: Any
    reimbursed: Any


def assign_status(claims: ClaimRows, grounds: Grounds) -> ClaimStatuses:
    """Where the claims stand at as-of."""
    clock, dates = claims.clock, claims.dates
    answer_due = windows.add_window(dates["info_requested_date"], INFO_RESPONSE, clock)
    appeal_due = windows.add_window(dates["decision_date"], APPEAL_WINDOW, clock)
    status = _select_status(claims, answer_due, appeal_due)
    may_pay = ~claims.has_word("funded_by", "amazon")
    may_appeal = (status == GRANTED) & may_pay
    expired = may_appeal & windows.is_over(appeal_due, clock)
    awaits_info = dates["info_requested_date"].is_known & ~dates["info_answered_date"].is_known
    debited = is_one_of(status, _DECIDED) & may_pay & claims.has_word("decision", "granted")
    amazon_ships = grounds.facts.amazon_ships
    return ClaimStatuses(
        status=status,
        counts_in_odr=_select_counts(grounds, status, may_pay),
        answer_by=answer_due.first,
        answer_due=answer_due,
        appeal_by=np.where(may_appeal, appeal_due.first, NEVER),
        awaits_info=is_one_of(status, (INFO_OVERDUE, INFO_DUE)) & awaits_info,
        appeal_due=appeal_due,
        appealable=may_appeal & appeal_due.is_known & ~expired,
        appeal_expired=expired,
        appeal_undated=may_appeal & ~dates["decision_date"].is_known,
        debited=_mask_amount(claims, debited, amazon_ships),
        reimbursed=_mask_amount(claims, debited & (status == REVERSED), amazon_ships),
    )


def is_one_of(status: Array, wanted: tuple[int, ...]) -> Array:
    """Which statuses are among some, as bool."""
    is_wanted = np.zeros(len(STATUSES), bool)
    is_wanted[list(wanted)] = True
    return is_wanted[status]


def _select_status(claims: ClaimRows, answer_due: TimeSpan, appeal_due: TimeSpan) -> Array:
    """The first line of the table that is true of each claim."""
    clock, dates = claims.clock, claims.dates
    full_refund = claims.covers_claim() | claims.lacks_amount()
    requested, answered, appealed = (dates[f"{name}_date"] for name in ("info_requested", "info_answered", "appeal"))
    in_time = answered.is_known & ~windows.is_certainly_after(answered, answer_due, clock)
    overdue = windows.is_over(answer_due, clock) & ~in_time
    in_doubt = _is_undated_grant(claims)  # nobody can say that it was appealed too late
    may_be_in_time = in_doubt | (appeal_due.is_known & ~windows.is_certainly_after(appealed, appeal_due, clock))
    conditions = [
        dates["withdrawn_date"].is_known,
        claims.has_word("appeal_decision", "reversed"),
        claims.has_word("appeal_decision", "upheld"),
        appealed.is_known & may_be_in_time,
        claims.has_word("decision", "denied"),
        claims.has_word("decision", "granted"),
        dates["refund_date"].is_known & full_refund,
        overdue,
        requested.is_known & ~in_time,
    ]
    return np.select(conditions, range(len(conditions)), INVESTIGATING)


def _is_undated_grant(claims: ClaimRows) -> Array:
    """Which claims were granted, for all that is known at the seller's expense, and nobody says when."""
    at_own_expense = claims.has_word("decision", "granted") & ~claims.has_word("funded_by", "amazon")
    return at_own_expense & ~claims.dates["decision_date"].is_known


def _select_counts(grounds: Grounds, status: Array, may_pay: Array) -> Array:
    """Whether each claim counts in the order defect rate; about what Amazon fulfils none does."""
    granted = status == GRANTED
    no = grounds.facts.amazon_ships | is_one_of(status, (WITHDRAWN, DENIED, REVERSED)) | (granted & ~may_pay)
    yes = is_one_of(status, (REFUNDED, APPEALED, UPHELD)) | granted
    at_risk = grounds.any_of(AUTOMATIC_CODES) | (status == INFO_OVERDUE)
    return np.select([no, yes, at_risk], [NO, YES, AT_RISK], OPEN)


def _mask_amount(claims: ClaimRows, mask: Array, amazon_ships: Array) -> pa.Array:
    """What was claimed, where the mask holds; nothing of what Amazon fulfils; else null."""
    amount = arrow.to_arrow(claims.rows["claim_amount"]).combine_chunks()
    amount = pc.if_else(pa.array(amazon_ships), pa.scalar(0, amount.type), amount)
    return pc.if_else(pa.array(mask), amount, pa.scalar(None, amount.type))


def find_contradictions(claims: ClaimRows, statuses: ClaimStatuses) -> list[tuple[Array, str]]:
    """Which claims have dates and decisions that cannot be true together, and what these are."""
    dates, clock = claims.dates, claims.clock
    granted, denied = claims.has_word("decision", "granted"), claims.has_word("decision", "denied")
    decided = granted | denied
    final = arrow.is_valid(claims.rows["appeal_decision"])
    appealed = dates["appeal_date"].is_known | final

    def find_before(event: str, prior: str) -> tuple[Array, str]:
        mask = timepoints.is_after(dates[f"{prior}_date"], dates[f"{event}_date"], clock)
        return mask, f"{event.replace('_', '-')}-date is before {prior.replace('_', '-')}-date"

    return [
        *claims.contradictions,
        (dates["withdrawn_date"].is_known & granted, "the claim is both withdrawn and granted"),
        (appealed & denied, "the claim was denied, but has an appeal"),
        (appealed & ~decided, "the claim has an appeal, but no decision"),
        (dates["decision_date"].is_known & ~decided, "decision-date is given, but no decision"),
        (
            is_one_of(statuses.status, (APPEALED, GRANTED)) & _is_undated_grant(claims),
            "the claim was granted, but decision-date is empty",
        ),
        (
            (statuses.status == REFUNDED) & claims.lacks_amount(),
            "refund-date is given, but not both refund-amount and claim-amount",
        ),
        (
            dates["appeal_decision_date"].is_known & ~final,
            "appeal-decision-date is given, but no appeal-decision",
        ),
        find_before("decision", "claim"),
        find_before("withdrawn", "claim"),
        find_before("info_requested", "claim"),
        find_before("info_answered", "info_requested"),
        find_before("appeal", "decision"),
        find_before("appeal_decision", "appeal"),
    ]
