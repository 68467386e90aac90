"""The facts of an order and of a claim about it, a line each, with the file and line that they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pipeline.model import findings
from pipeline.model.bucket_result import BucketResult
from pipeline.model.states import STATE_NAMES
from pipeline.publish.files.cells import escape_name, format_cells, to_single_chunk
from pipeline.utils import arrow
from schemas.claims import KIND


def format_row(rows: pd.DataFrame) -> dict[str, str]:
    """The values of the first row as they stand in a report; empty where there is none."""
    table = arrow.to_table(rows, [name for name in rows.columns if rows[name].dtype != "bool[pyarrow]"])
    return {name: format_cells(to_single_chunk(table[name]))[0].as_py() or "" for name in table.column_names}


def _select_order_rows(rows: pd.DataFrame, order_key: int) -> list[dict[str, Any]]:
    """The rows of the order."""
    order_rows = arrow.filter_rows(rows, arrow.to_int64(rows["order_key"]) == order_key) if len(rows) else rows
    return [format_row(arrow.take_rows(order_rows, np.array([position]))) for position in range(len(order_rows))]


def _format_location(bucket: BucketResult, row_cells: dict[str, Any]) -> str:
    return f"  [{escape_name(bucket.claims.file_names[int(row_cells['source'])])}:{row_cells['source_line']}]"


def item_lines(bucket: BucketResult, order_key: int) -> Iterator[str]:
    """The items of the order."""
    file_names = [plan.source.name for plan in bucket.plans]
    for item in _select_order_rows(bucket.items, order_key):
        file_number = int(item["file"] or findings.LEDGER_FILE)
        location = f"{file_names[file_number]}:{item['line']}" if file_number >= 0 else "ledger"
        dates = {"purchased": "purchase_date", "promised by": "promise_date", "delivery by": "delivery_estimate"}
        date_text = "".join(f", {label} {item[name]}" for label, name in dates.items() if item.get(name))
        state = STATE_NAMES[int(item["state"])]
        yield f"item {item['order_item_id']} ({item['sku']}), {state}{date_text}  [{escape_name(location)}]"


def shipment_lines(bucket: BucketResult, order_key: int) -> Iterator[str]:
    """What was sent of the order, and when."""
    for shipment in _select_order_rows(bucket.claims.confirmations, order_key):
        carrier = shipment["carrier_name"] or shipment["carrier_code"] or "unknown carrier"
        tracking_text = shipment["tracking_number"] or "no tracking number"
        location = _format_location(bucket, shipment)
        yield f"{shipment['ship_date']}  item {shipment['order_item_id']}, {carrier}, {tracking_text}{location}"


def contact_lines(bucket: BucketResult, order_key: int) -> Iterator[str]:
    """What buyer and seller wrote about the order, and what was to be returned."""
    for row in _select_order_rows(bucket.claims.contacts, order_key):
        contact_text = f"{row['direction']}, {row['channel'] or 'unknown channel'}, about {row['topic'] or 'unknown'}"
        resolved = row["resolved_date"] or row["resolved_date_day"]
        resolved_text = f", resolved {resolved}" if resolved else ""
        location = _format_location(bucket, row)
        yield f"{row['sent_date'] or row['sent_date_day']}  {contact_text}{resolved_text}{location}"
    for row in _select_order_rows(bucket.claims.returns, order_key):
        labels = {"return_request_status": "", "return_delivery_date": "returned ", "refunded_amount": "refunded "}
        details = "".join(f", {label}{row[name]}" for name, label in labels.items() if row[name])
        yield f"{row['return_request_date']}  buyer asked for a return{details}{_format_location(bucket, row)}"


def claim_lines(bucket: BucketResult, claim_cells: dict[str, str], names: list[str]) -> Iterator[str]:
    """The cells of the claim's row of those columns that say something."""
    value_names = {column.name: column.value_name for column in KIND.columns}
    for name in names:
        value = claim_cells.get(value_names[name]) or claim_cells.get(f"{value_names[name]}_day", "")
        if value:
            yield f"{name} {value}{_format_location(bucket, claim_cells)}"


def missing_lines(bucket: BucketResult, order_key: int, claim_cells: dict[str, str]) -> Iterator[str]:
    """What would help and is not known."""
    shipments = _select_order_rows(bucket.claims.confirmations, order_key)
    contacts = _select_order_rows(bucket.claims.contacts, order_key)
    if not shipments:
        yield "a confirmation of the shipment"
    for shipment in shipments:
        if not shipment["tracking_number"]:
            yield f"a tracking number for item {shipment['order_item_id']}{_format_location(bucket, shipment)}"
    if any(row["direction"] == "buyer" for row in contacts) and not any(
        row["direction"] == "seller" for row in contacts
    ):
        yield "a reply to the buyer"
    needed = {
        "delivered_date": claim_cells.get("claim_type") == "not-received",
        "decision_date": bool(claim_cells.get("decision")),
    }
    for name, is_needed in needed.items():
        if is_needed and not (claim_cells[name] or claim_cells[f"{name}_day"]):
            yield f"{name.replace('_', '-')}{_format_location(bucket, claim_cells)}"


def deadline_lines(bucket: BucketResult, claim_cells: dict[str, str]) -> Iterator[str]:
    """Until when something can be done about the claim, and what it costs."""
    labels = {
        "reply_by": "to be resolved by",
        "eligible_from": "claim could be filed from",
        "answer_by": "answer to Amazon due by",
        "appeal_by": "appeal possible until",
        "debited": "debited",
        "reimbursed": "reimbursed",
    }
    for name, label in labels.items():
        if claim_cells.get(name):
            yield f"{label}: {claim_cells[name]}{_format_location(bucket, claim_cells)}"
