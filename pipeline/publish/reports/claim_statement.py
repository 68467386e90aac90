"""The facts of one claim as plain text, each with its file and line: evidence to give to Amazon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pipeline.model import findings
from pipeline.model.bucket_result import BucketResult
from pipeline.model.states import STATE_NAMES
from pipeline.publish.files.cells import escape_name, format_cells, to_single_chunk
from pipeline.rules import claims
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import EVALUATED_CLAIMS
from pipeline.utils import arrow
from schemas import types
from schemas.claims import KIND

_GROUND_CODES = {
    "Grounds to dispute": ("CLM-409", "CLM-410"),
    "Grounds to grant": ("CLM-402", "CLM-403", "CLM-404", "CLM-405", "CLM-414", "CLM-415", "CLM-416"),
    "To do": ("CLM-406", "CLM-407", "CLM-408"),
    "To check": ("CLM-411", "CLM-412", "CLM-417"),
}


def build_statement(bucket: BucketResult, claim_id: str) -> str:
    """The statement of the claim; empty where none of that id is known."""
    claim_rows = bucket.claims.rows
    claim_index = np.flatnonzero(arrow.equals_text(arrow.to_arrow(claim_rows["claim_id"]), claim_id))
    return "\n\n".join(
        _format_claim(bucket, arrow.take_rows(claim_rows, claim_index[position : position + 1]))
        for position in range(len(claim_index))
    )


def _format_claim(bucket: BucketResult, row: pd.DataFrame) -> str:
    """The statement of one claim."""
    claim_cells = _format_row(row)
    as_of = f"{bucket.context.as_of.isoformat().replace('+00:00', 'Z')}, policy {bucket.context.policy.name}"
    statement_lines = [
        (
            f"A-to-z claim {claim_cells['claim_id']}, {claim_cells['claim_type']}, "
            f"order {claim_cells['order_id']}, as of {as_of}"
        ),
        f"Status: {claim_cells['status']}. Counts in the order defect rate: {claim_cells['counts_in_odr']}.",
    ]
    sections = {
        "Order": list(_item_lines(bucket, row)),
        "Shipments": list(_shipment_lines(bucket, row)),
        "Contacts": sorted(_contact_lines(bucket, row)),
        "Claim": list(_claim_lines(bucket, claim_cells)),
        "Deadlines": list(_deadline_lines(claim_cells)),
        **_ground_lines(bucket, row),
    }
    for title, section_lines in sections.items():
        statement_lines += ["", title, *(f"  {line}" for line in section_lines or ["none known"])]
    return "\n".join(statement_lines)


def _format_row(rows: pd.DataFrame) -> dict[str, str]:
    """The values of the first row as they stand in a report; empty where there is none."""
    table = arrow.to_table(rows, [name for name in rows.columns if rows[name].dtype != "bool[pyarrow]"])
    return {name: format_cells(to_single_chunk(table[name]))[0].as_py() or "" for name in table.column_names}


def _select_order_rows(rows: pd.DataFrame, claim: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of the claim's order."""
    key = arrow.to_int64(claim["order_key"])
    order_rows = arrow.filter_rows(rows, np.isin(arrow.to_int64(rows["order_key"]), key)) if len(rows) else rows
    return [_format_row(arrow.take_rows(order_rows, np.array([position]))) for position in range(len(order_rows))]


def _format_location(bucket: BucketResult, row_cells: dict[str, Any]) -> str:
    return f"  [{escape_name(bucket.claims.file_names[int(row_cells['source'])])}:{row_cells['source_line']}]"


def _item_lines(bucket: BucketResult, claim: pd.DataFrame) -> Iterator[str]:
    file_names = [plan.source.name for plan in bucket.plans]
    for item in _select_order_rows(bucket.items, claim):
        file_number = int(item["file"] or findings.LEDGER_FILE)
        location = f"{file_names[file_number]}:{item['line']}" if file_number >= 0 else "ledger"
        dates = {"purchased": "purchase_date", "promised by": "promise_date", "delivery by": "delivery_estimate"}
        date_text = "".join(f", {label} {item[name]}" for label, name in dates.items() if item.get(name))
        state = STATE_NAMES[int(item["state"])]
        yield f"item {item['order_item_id']} ({item['sku']}), {state}{date_text}  [{escape_name(location)}]"


def _shipment_lines(bucket: BucketResult, claim: pd.DataFrame) -> Iterator[str]:
    for shipment in _select_order_rows(bucket.claims.confirmations, claim):
        tracking_text = shipment["tracking_number"] or "no tracking number"
        location = _format_location(bucket, shipment)
        yield f"{shipment['ship_date']}  item {shipment['order_item_id']}, {tracking_text}{location}"


def _contact_lines(bucket: BucketResult, claim: pd.DataFrame) -> Iterator[str]:
    for row in _select_order_rows(bucket.claims.contacts, claim):
        contact_text = f"{row['direction']}, {row['channel'] or 'unknown channel'}, about {row['topic'] or 'unknown'}"
        yield f"{row['sent_date'] or row['sent_date_day']}  {contact_text}{_format_location(bucket, row)}"
    for row in _select_order_rows(bucket.claims.returns, claim):
        return_text = f", returned {row['return_delivery_date']}" if row["return_delivery_date"] else ""
        yield f"{row['return_request_date']}  buyer asked for a return{return_text}{_format_location(bucket, row)}"


def _claim_lines(bucket: BucketResult, claim_cells: dict[str, str]) -> Iterator[str]:
    """Every cell of the claim's row that says something beyond what it is about."""
    for column in KIND.columns:
        value = claim_cells.get(column.value_name) or claim_cells.get(f"{column.value_name}_day", "")
        if value and (
            column.type is types.INSTANT_OR_DATE or column.name not in ("claim-id", "order-id", "claim-type")
        ):
            yield f"{column.name} {value}{_format_location(bucket, claim_cells)}"
    for name in ("debited", "reimbursed"):
        if claim_cells[name]:
            yield f"{name} {claim_cells[name]} {claim_cells['currency']}"


def _deadline_lines(claim_cells: dict[str, str]) -> Iterator[str]:
    labels = {
        "contact_at": "buyer's contact",
        "reply_at": "reply",
        "reply_by": "reply due by",
        "eligible_from": "claim could be filed from",
        "answer_by": "answer to Amazon due by",
        "appeal_by": "appeal possible until",
    }
    for name, label in labels.items():
        if claim_cells.get(name):
            yield f"{label}: {claim_cells[name]}"


def _ground_lines(bucket: BucketResult, claim: pd.DataFrame) -> dict[str, list[str]]:
    ground_findings = evaluate_rules(rules_about(claims, EVALUATED_CLAIMS), claim, bucket.context.policy)
    messages = list(zip(ground_findings["code"].tolist(), ground_findings["message"].tolist(), strict=True))
    return {
        title: [f"{code} {message}" for code, message in messages if code in codes]
        for title, codes in _GROUND_CODES.items()
    }
