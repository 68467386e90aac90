"""The facts of a claim or an order as plain text, each with its file and line: what to tell Amazon, and what not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.model.bucket_result import BucketResult
from pipeline.model.order_keys import encode_order_id
from pipeline.publish.reports import evidence_lines
from pipeline.rules import claims
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import EVALUATED_CLAIMS
from pipeline.utils import arrow
from schemas.claims import KIND

_DISPUTE_CODES = ("CLM-409", "CLM-410", "CLM-412", "CLM-418")
_GRANT_CODES = ("CLM-402", "CLM-403", "CLM-404", "CLM-405", "CLM-414", "CLM-415", "CLM-416")
_TODO_CODES = ("CLM-406", "CLM-407", "CLM-408", "CLM-411", "CLM-417")
_FACTS_BY_TYPE = {  # which cells of a claim speak of what it is about
    "not-received": ("latest-delivery-date", "tracking-promised-date", "delivered-date"),
    "not-as-described": ("delivered-date", "returned-date"),
    "not-refunded": ("returned-date",),
    "international-return": ("returned-date", "domestic-return-address", "prepaid-label", "full-refund-offered"),
    "extra-charges": ("charged-amount",),
}
_HEADING_COLUMNS = ("claim-id", "order-id", "order-item-id", "claim-type")
_FACTS_OF_ALL = ("claim-date", "claim-amount", "currency", "refund-date", "refund-amount", "info-answered-date")


def build_statement(bucket: BucketResult, wanted_id: str) -> str:
    """The statement of each claim of that id or about that order, or of the order; empty where none is known."""
    claim_rows = bucket.claims.rows
    is_wanted = np.logical_or.reduce(
        [arrow.equals_text(arrow.to_arrow(claim_rows[name]), wanted_id) for name in ("claim_id", "order_id")]
    )
    claims_wanted = arrow.filter_rows(claim_rows, is_wanted)
    order_key = encode_order_id(wanted_id)
    if len(claims_wanted) or order_key is None:
        return "\n\n".join(
            _format_claim(bucket, arrow.take_rows(claims_wanted, np.array([position])))
            for position in range(len(claims_wanted))
        )
    return _format_order(bucket, wanted_id, order_key)


def _format_claim(bucket: BucketResult, row: pd.DataFrame) -> str:
    """The statement of one claim."""
    claim_cells = evidence_lines.format_row(row)
    order_key = int(arrow.to_int64(row["order_key"])[0])
    claim_findings = evaluate_rules(rules_about(claims, EVALUATED_CLAIMS), row, bucket.context.policy)
    claim_facts = [*_FACTS_OF_ALL, *_FACTS_BY_TYPE[claim_cells["claim_type"]]]
    other_facts = [column.name for column in KIND.columns if column.name not in (*claim_facts, *_HEADING_COLUMNS)]
    heading = [
        (
            f"A-to-z claim {claim_cells['claim_id']}, {claim_cells['claim_type']}, order {claim_cells['order_id']}, "
            f"as of {_format_as_of(bucket)}"
        ),
        f"Status: {claim_cells['status']}. Counts in the order defect rate: {claim_cells['counts_in_odr']}.",
    ]
    return _join_parts(
        heading,
        {
            **_sent_sections(bucket, order_key),
            "The claim": list(evidence_lines.claim_lines(bucket, claim_cells, claim_facts)),
            "Grounds to dispute": _select_messages(claim_findings, _DISPUTE_CODES),
        },
        {
            "Order": list(evidence_lines.item_lines(bucket, order_key)),
            "Grounds to grant": _select_messages(claim_findings, _GRANT_CODES),
            "What is missing": list(evidence_lines.missing_lines(bucket, order_key, claim_cells)),
            "Deadlines": list(evidence_lines.deadline_lines(bucket, claim_cells)),
            "To do and to check": _select_messages(claim_findings, _TODO_CODES),
            "Beside that": list(evidence_lines.claim_lines(bucket, claim_cells, other_facts)),
        },
    )


def _format_order(bucket: BucketResult, order_id: str, order_key: int) -> str:
    """The statement of an order without a claim; empty where nothing is known of it."""
    sections, items = _sent_sections(bucket, order_key), list(evidence_lines.item_lines(bucket, order_key))
    if not items and not any(sections.values()):
        return ""
    of_order = arrow.filter_rows(
        bucket.findings, arrow.equals_text(arrow.to_arrow(bucket.findings["order_id"]), order_id)
    )
    messages = zip(of_order["code"].tolist(), of_order["message"].tolist(), strict=True)
    return _join_parts(
        [f"Order {order_id}, as of {_format_as_of(bucket)}", "No claim about it is known."],
        sections,
        {
            "Order": items,
            "What is missing": list(evidence_lines.missing_lines(bucket, order_key, {})),
            "To do and to check": [f"{code} {message}" for code, message in messages if code[:3] in ("CLM", "LIF")],
        },
    )


def _join_parts(heading: list[str], for_amazon: dict[str, list[str]], for_seller: dict[str, list[str]]) -> str:
    """Both parts of a statement below its heading, each with its sections."""
    lines = heading
    for title, sections in (("To tell Amazon", for_amazon), ("For yourself", for_seller)):
        lines = [*lines, "", title]
        for name, section_lines in sections.items():
            lines += ["", f"  {name}", *(f"    {line}" for line in section_lines or ["none known"])]
    return "\n".join(lines)


def _format_as_of(bucket: BucketResult) -> str:
    return f"{bucket.context.as_of.isoformat().replace('+00:00', 'Z')}, policy {bucket.context.policy.name}"


def _sent_sections(bucket: BucketResult, order_key: int) -> dict[str, list[str]]:
    return {
        "What was sent": list(evidence_lines.shipment_lines(bucket, order_key)),
        "Contacts and replies": sorted(evidence_lines.contact_lines(bucket, order_key)),
    }


def _select_messages(claim_findings: pd.DataFrame, codes: tuple[str, ...]) -> list[str]:
    messages = zip(claim_findings["code"].tolist(), claim_findings["message"].tolist(), strict=True)
    return [f"{code} {message}" for code, message in messages if code in codes]
