"""The facts of one claim as plain text, each with the file and line it stands in: what Amazon can be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pipeline import findings, frames
from pipeline.batch import Settled
from pipeline.publish.text import flat, shown, spelt
from pipeline.rules import claims as rules
from pipeline.rules.rule import family, judge
from pipeline.states import NAMES
from schemas import types
from schemas.claims import KIND

_GROUNDS = {
    "Grounds to dispute": ("CLM-409", "CLM-410"),
    "Grounds to grant": ("CLM-402", "CLM-403", "CLM-404", "CLM-405", "CLM-414", "CLM-415", "CLM-416"),
    "To be done": ("CLM-406", "CLM-407", "CLM-408"),
    "To be checked": ("CLM-411", "CLM-412", "CLM-417"),
}


def of(settled: Settled, claim_id: str) -> str:
    """The statement of the claim; empty where none of that id is known."""
    held = settled.claims.rows
    at = np.flatnonzero(frames.equal(frames.arrow(held["claim_id"]), claim_id))
    return "\n\n".join(_one(settled, frames.take(held, at[here : here + 1])) for here in range(len(at)))


def _one(settled: Settled, row: pd.DataFrame) -> str:
    """The statement of one claim."""
    told = _cells(row)
    as_of = f"{settled.context.as_of.isoformat().replace('+00:00', 'Z')}, policy {settled.context.policy.name}"
    head = [
        f"A-to-z claim {told['claim_id']}, {told['claim_type']}, order {told['order_id']}, as of {as_of}",
        f"Status: {told['status']}. Counts in the order defect rate: {told['counts_in_odr']}.",
    ]
    parts = {
        "Order": list(_order(settled, row)),
        "Shipments": list(_shipments(settled, row)),
        "Contacts": sorted(_contacts(settled, row)),
        "Claim": list(_claim(settled, told)),
        "Deadlines": list(_deadlines(told)),
        **_grounds(settled, row),
    }
    for title, some in parts.items():
        head += ["", title, *(f"  {one}" for one in some or ["none known"])]
    return "\n".join(head)


def _cells(rows: pd.DataFrame) -> dict[str, str]:
    """The values of the first row as they stand in a report; empty where there is none."""
    table = frames.table(rows, [name for name in rows.columns if rows[name].dtype != "bool[pyarrow]"])
    return {name: spelt(flat(table[name]))[0].as_py() or "" for name in table.column_names}


def _mine(rows: pd.DataFrame, claim: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of the claim's order."""
    key = frames.numbers(claim["order_key"])
    found = frames.only(rows, np.isin(frames.numbers(rows["order_key"]), key)) if len(rows) else rows
    return [_cells(frames.take(found, np.array([at]))) for at in range(len(found))]


def _place(settled: Settled, told: dict[str, Any]) -> str:
    return f"  [{shown(settled.claims.names[int(told['source'])])}:{told['source_line']}]"


def _order(settled: Settled, claim: pd.DataFrame) -> Iterator[str]:
    names = [plan.source.name for plan in settled.plans]
    for one in _mine(settled.items, claim):
        here = int(one["file"] or findings.LEDGER)
        place = f"{names[here]}:{one['line']}" if here >= 0 else "ledger"
        dates = {"purchased": "purchase_date", "promised by": "promise_date", "delivery by": "delivery_estimate"}
        said = "".join(f", {word} {one[name]}" for word, name in dates.items() if one.get(name))
        yield f"item {one['order_item_id']} ({one['sku']}), {NAMES[int(one['state'])]}{said}  [{shown(place)}]"


def _shipments(settled: Settled, claim: pd.DataFrame) -> Iterator[str]:
    for one in _mine(settled.claims.sent, claim):
        tracked = one["tracking_number"] or "no tracking number"
        yield f"{one['ship_date']}  item {one['order_item_id']}, {tracked}{_place(settled, one)}"


def _contacts(settled: Settled, claim: pd.DataFrame) -> Iterator[str]:
    for one in _mine(settled.claims.contacts, claim):
        said = f"{one['direction']}, {one['channel'] or 'unknown channel'}, about {one['topic'] or 'unknown'}"
        yield f"{one['sent_date'] or one['sent_date_day']}  {said}{_place(settled, one)}"
    for one in _mine(settled.claims.returns, claim):
        back = f", came back {one['return_delivery_date']}" if one["return_delivery_date"] else ""
        yield f"{one['return_request_date']}  buyer asked for a return{back}{_place(settled, one)}"


def _claim(settled: Settled, told: dict[str, str]) -> Iterator[str]:
    """Every cell of the claim's row that says something beyond what it is about."""
    for column in KIND.columns:
        value = told.get(column.value) or told.get(f"{column.value}_day", "")
        if value and (column.type is types.WHEN or column.name not in ("claim-id", "order-id", "claim-type")):
            yield f"{column.name} {value}{_place(settled, told)}"
    for name in ("debited", "reimbursed"):
        if told[name]:
            yield f"{name} {told[name]} {told['currency']}"


def _deadlines(told: dict[str, str]) -> Iterator[str]:
    words = {
        "contact_at": "the buyer's contact",
        "reply_at": "the reply to it",
        "reply_by": "a reply was due by",
        "eligible_from": "the claim could be filed from",
        "answer_by": "Amazon's question to be answered by",
        "appeal_by": "an appeal possible until",
    }
    for name, word in words.items():
        if told.get(name):
            yield f"{word}: {told[name]}"


def _grounds(settled: Settled, claim: pd.DataFrame) -> dict[str, list[str]]:
    found = judge([one for one in family(rules) if one.ask], claim, settled.context.policy)
    said = list(zip(found["code"].tolist(), found["message"].tolist(), strict=True))
    return {title: [f"{code} {text}" for code, text in said if code in codes] for title, codes in _GROUNDS.items()}
