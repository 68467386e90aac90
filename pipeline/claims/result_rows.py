"""The claims as a report and the rules see them: what was found of each, one truth a rule, the evidence in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import formatting, messages, status
from pipeline.claims.claim_rows import ClaimRows
from pipeline.claims.columns import EVALUATED_CLAIMS
from pipeline.claims.grounds import DISPUTE_CODES, GRANT_CODES, Grounds
from pipeline.claims.refunds import Refunds
from pipeline.claims.status import COUNTS, STATUSES, ClaimStatuses
from pipeline.model.columns import verified
from pipeline.utils import arrow, dtypes

if TYPE_CHECKING:
    from pipeline.claims.model import ClaimContext

_RULE_COLUMNS = {
    "no_tracking": "CLM-402",
    "no_reply": "CLM-403",
    "shipped_late": "CLM-404",
    "not_delivered": "CLM-405",
    "filed_early": "CLM-409",
    "no_contact": "CLM-410",
    "order_unknown": "CLM-411",
    "claims_above_total": "CLM-412",
    "no_return_offer": "CLM-414",
    "overcharged": "CLM-415",
    "refund_incomplete": "CLM-416",
    "refunded_before": "CLM-418",
}


def build_result_rows(
    claims: ClaimRows, grounds: Grounds, refunds: Refunds, statuses: ClaimStatuses, claim_context: ClaimContext
) -> pd.DataFrame:
    """The claims, one row each with everything a rule or a report asks about."""
    rows = _add_outcomes(claims, grounds, refunds, statuses, claim_context)
    rows["contradiction"] = _format_contradictions(claims, statuses)
    return verified(_add_messages(rows, claim_context, claims, grounds, refunds), EVALUATED_CLAIMS)


def _add_outcomes(
    claims: ClaimRows, grounds: Grounds, refunds: Refunds, statuses: ClaimStatuses, claim_context: ClaimContext
) -> pd.DataFrame:
    """The claims with the columns of the report, and with one truth a rule."""
    timeline = claim_context.timeline
    rows = claims.rows.assign(
        status=arrow.to_series(arrow.take_strings(STATUSES, statuses.status)),
        eligible_from=arrow.to_series(dtypes.to_timestamps(grounds.eligible_from)),
        contact_at=arrow.to_series(formatting.format_times(timeline.times_at(grounds.first_contact))),
        reply_at=arrow.to_series(
            formatting.format_times(timeline.times_at(timeline.replies_to(grounds.first_contact)))
        ),
        reply_by=arrow.to_series(dtypes.to_timestamps(grounds.response_due.first)),
        grant_reasons=arrow.to_series(grounds.join_codes(GRANT_CODES)),
        dispute_grounds=arrow.to_series(grounds.join_codes(DISPUTE_CODES)),
        answer_by=arrow.to_series(dtypes.to_timestamps(statuses.answer_by)),
        appeal_by=arrow.to_series(dtypes.to_timestamps(statuses.appeal_by)),
        counts_in_odr=arrow.to_series(arrow.take_strings(COUNTS, statuses.counts_in_odr)),
        debited=arrow.to_series(statuses.debited),
        reimbursed=arrow.to_series(statuses.reimbursed),
        awaits_info=arrow.to_series(statuses.awaits_info),
        appealable=arrow.to_series(statuses.appealable),
        appeal_expired=arrow.to_series(statuses.appeal_expired),
        appeal_undated=arrow.to_series(statuses.appeal_undated),
        order_total=arrow.to_series(refunds.order_limit),
        **{name: arrow.to_series(grounds.holds[code]) for name, code in _RULE_COLUMNS.items()},
    )
    for name in ("sku", "ship_country", "purchase_date"):
        rows[name] = arrow.to_series(claims.take_items(name))
    return rows.assign(**formatting.find_lines(rows))


def _add_messages(
    rows: pd.DataFrame, claim_context: ClaimContext, claims: ClaimRows, grounds: Grounds, refunds: Refunds
) -> pd.DataFrame:
    """The claims with the evidence of each rule in words."""
    evidence = messages.EvidenceMessages(
        claims, grounds, claim_context.timeline, claim_context.inputs.file_names, claim_context.confirmations
    )
    columns = {
        "tracking_evidence": ("CLM-402", evidence.explain_tracking),
        "reply_evidence": ("CLM-403", evidence.explain_reply),
        "shipping_evidence": ("CLM-404", lambda row_index: evidence.explain_shipping(row_index, claim_context.items)),
        "delivery_evidence": ("CLM-405", evidence.explain_delivery),
        "early_evidence": ("CLM-409", evidence.explain_early),
        "channel_words": ("CLM-410", evidence.name_channel),
        "refund_evidence": (
            "CLM-416",
            lambda row_index: evidence.explain_refund(row_index, refunds, claim_context.inputs.returns),
        ),
    }
    for name, (code, explain) in columns.items():
        mask = grounds.holds[code]
        rows[name] = formatting.scatter_text(mask, explain(np.flatnonzero(mask)))
    awaits_info, decided = (
        rows["awaits_info"].to_numpy(bool),
        arrow.to_bool(rows["appealable"]) | arrow.to_bool(rows["appeal_expired"]),
    )
    disputed = grounds.any_of(DISPUTE_CODES)
    for name, column, mask in (
        ("requested_at", "info_requested_date", awaits_info),
        ("decided_at", "decision_date", decided),
        ("filed_at", "claim_date", disputed),
        ("refunded_at", "refund_date", grounds.holds["CLM-418"]),
    ):
        rows[name] = formatting.scatter_text(
            mask, formatting.format_times(claims.dates[column].take(np.flatnonzero(mask)))
        )
    has_finding = np.logical_or.reduce(
        [awaits_info, decided, rows["contradiction"].notna().to_numpy(bool), *grounds.holds.values()]
    )
    rows["claim_place"] = formatting.scatter_text(
        has_finding, formatting.format_locations(rows, claim_context.inputs.file_names, np.flatnonzero(has_finding))
    )
    return rows


def _format_contradictions(claims: ClaimRows, statuses: ClaimStatuses) -> pd.Series[str]:
    """What is wrong with each claim's own row, in words; null where all is well."""
    masks, texts = zip(*status.find_contradictions(claims, statuses), strict=True)
    doubled = arrow.to_arrow(claims.rows["conflicting_row"]).combine_chunks()
    any_wrong = np.logical_or.reduce([*masks, pc.is_valid(doubled).to_numpy(zero_copy_only=False)])
    row_index = np.flatnonzero(any_wrong)
    null = pa.scalar(None, pa.string())
    parts = [pc.if_else(pa.array(mask[row_index]), text, null) for mask, text in zip(masks, texts, strict=True)]
    parts.append(doubled.take(pa.array(row_index)))
    return formatting.scatter_text(any_wrong, pc.binary_join_element_wise(*parts, "; ", null_handling="skip"))
