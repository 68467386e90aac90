"""What can be done about each claim: one line of the worklist, of the action that helps most."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import formatting, windows
from pipeline.claims.grounds import AUTOMATIC_CODES, DISPUTE_CODES
from pipeline.claims.status import AT_RISK, INFO_DUE, INFO_OVERDUE, INVESTIGATING, REFUNDED, ClaimStatuses, is_one_of
from pipeline.model import action_items
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.masked_ints import MaskedInts

if TYPE_CHECKING:
    from pipeline.claims.model import EvaluatedSlice

_UNDECIDED = (INFO_OVERDUE, INFO_DUE, INVESTIGATING)
_CLAIM_COLUMNS = ("claim_id", "order_id", "order_item_id", "sku", "currency", "answer_by", "appeal_by", "grant_reasons")
_DISPUTE_COLUMNS = (
    *("claim_amount", "refund_amount", "filed_early", "no_contact", "refunded_before", "filed_at", "refunded_at"),
    *("early_evidence", "channel_words"),
)
_APPEAL_REASON = "claim {claim_id} was granted and debited: appeal with evidence that Amazon did not have{dispute_text}"
_REFUND_EFFECT = "a full refund closes it now, and counts in the order defect rate all the same; ship nothing more"
_ANSWER_REASON = "answer Amazon's questions about claim {claim_id}{dispute_text}"
_RISK = "claim {claim_id} would be granted ({grant_reasons})"


class _Line(NamedTuple):
    """A sort of line: the claims that have it, its action, the code it is about, its reason and its due column."""

    mask: Array
    action: str
    code: str
    reason: str
    due: str = ""


def select_open_claims(evaluated: EvaluatedSlice, last_run: int) -> Array:
    """Which claims can still change, undecided or to be appealed, or could when it was last looked."""
    statuses = evaluated.statuses
    lapsed = statuses.appeal_expired & ~windows.is_over_at(statuses.appeal_due, last_run)
    return is_one_of(statuses.status, _UNDECIDED) | statuses.appealable | statuses.appeal_undated | lapsed


def list_claim_items(evaluated: EvaluatedSlice) -> list[pd.DataFrame]:
    """At most one line for each claim, with what can be disputed in its reason."""
    lines = _choose_lines(evaluated)
    listed = np.flatnonzero(np.logical_or.reduce([line.mask for line in lines]))
    rows = arrow.take_rows(arrow.to_frame(arrow.to_table(evaluated.rows, (*_CLAIM_COLUMNS, *_DISPUTE_COLUMNS))), listed)
    as_of = evaluated.claims.clock.as_of
    answer_by = MaskedInts.from_column(rows["answer_by"])
    rows = rows.assign(
        amount=rows["claim_amount"],
        dispute_text=arrow.to_series(_format_disputes(rows)),
        overdue_after=arrow.to_series(dtypes.to_timestamps(_find_overdue_after(evaluated.statuses)[listed])),
        now=arrow.to_series(dtypes.to_timestamps(np.full(len(rows), as_of))),
        with_answer=arrow.to_series(dtypes.to_timestamps(np.where(answer_by >= as_of, answer_by.fill(as_of), as_of))),
    )
    worklist = []
    for line in lines:
        part = arrow.filter_rows(rows, line.mask[listed])
        due = part[line.due] if line.due else None
        worklist.append(action_items.build_action_items(part, line.action, line.code, line.reason, due))
    return worklist


def _find_overdue_after(statuses: ClaimStatuses) -> Array:
    """After which instant (UTC µs) the line of each claim is certainly overdue; NEVER of what is due at once."""
    answer, appeal = statuses.answer_due.over_after, statuses.appeal_due.over_after
    return np.select([statuses.awaits_info, statuses.appealable], [answer, appeal], NEVER)


def _choose_lines(evaluated: EvaluatedSlice) -> list[_Line]:
    """The sorts of lines, each with its claims, of which none has two.

    A claim that Amazon asks about is answered; one at risk is confirmed again where a tracking number is all that it
    lacks, else disputed where there is a ground, else refunded: what is claimed is not shipped any more.
    """
    statuses, grounds, holds = evaluated.statuses, evaluated.grounds, evaluated.grounds.holds
    is_undecided = is_one_of(statuses.status, _UNDECIDED) & ~statuses.awaits_info
    at_risk = is_undecided & (statuses.counts_in_odr == AT_RISK)
    confirm = at_risk & holds["CLM-402"] & ~grounds.facts.not_shipped
    refunded_before = (statuses.status == REFUNDED) & holds["CLM-418"] & arrow.to_bool(evaluated.rows["in_this_run"])
    disputable = (is_undecided & ~confirm) | refunded_before
    lines = [
        _Line(statuses.awaits_info, "answer-claim", "CLM-406", _ANSWER_REASON, "answer_by"),
        _Line(statuses.appealable, "appeal", "CLM-407", _APPEAL_REASON, "appeal_by"),
        _Line(
            statuses.appeal_undated,
            "appeal",
            "CLM-417",
            _APPEAL_REASON + "; decision-date is empty, so nobody knows how long that is possible",
        ),
        _Line(
            confirm,
            "confirm",
            "CLM-402",
            _RISK + ": confirm the shipment again with a usable tracking number{dispute_text}",
            "now",
        ),
    ]
    for code in DISPUTE_CODES:
        mask = disputable & holds[code]
        lines.append(_Line(mask, "dispute", code, "claim {claim_id} can be disputed{dispute_text}", "with_answer"))
        disputable = disputable & ~mask
    refund = at_risk & disputable
    for code in AUTOMATIC_CODES:
        mask = refund & holds[code]
        lines.append(_Line(mask, "refund", code, f"{_RISK}: {_REFUND_EFFECT}", "now"))
        refund = refund & ~mask
    return [*lines, _Line(refund, "refund", "CLM-406", "claim {claim_id} may be granted: " + _REFUND_EFFECT, "now")]


def _format_disputes(rows: pd.DataFrame) -> pa.Array:
    """What can be disputed, as the end of a sentence; empty where nothing can."""
    filed_at, early_evidence, channel_words, refunded_at, amount = (
        arrow.to_arrow(rows[name]).combine_chunks().cast(pa.string())
        for name in ("filed_at", "early_evidence", "channel_words", "refunded_at", "refund_amount")
    )
    texts = {
        "filed_early": ("; CLM-409, filed at ", filed_at, ", too early: ", early_evidence),
        "no_contact": ("; CLM-410, filed at ", filed_at, " without a ", channel_words, " from the buyer"),
        "refunded_before": ("; CLM-418, ", amount, " was refunded at ", refunded_at, ", before it was filed"),
    }
    parts = [
        pc.coalesce(pc.if_else(pa.array(arrow.to_bool(rows[name])), formatting.concat_text(*text), ""), "")
        for name, text in texts.items()
    ]
    return formatting.concat_text(*parts)
