"""What happened to an order, a sentence an event: read off rows of the ledger, each with its file and line.

A value that is not known is left out or called unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from pipeline.ledger.tables import (
    CANCELLATIONS,
    CLAIMS,
    CONFIRMATIONS,
    CONTACTS,
    DEFECTS,
    ORDER_ITEMS,
    RETURNS,
    LedgerTable,
)
from pipeline.utils.instants import format_instant

Row = dict[str, Any]
_WRITERS = {"buyer": "from the buyer", "seller": "to the buyer", "amazon": "from Amazon"}
_CHANNEL_WORDS = {"message": "message", "return-request": "return request"}
_WHOLE_ORDER = "whole order"


class EventDate(NamedTuple):
    """When something happened: an instant, or a day of which no more is known."""

    instant: dt.datetime
    is_day: bool = False

    def __str__(self) -> str:
        """The instant in UTC, or the day."""
        return self.instant.date().isoformat() if self.is_day else describe_instant(self.instant)


class OrderEvent(NamedTuple):
    """One event: when, its place among those of the same time, and what happened."""

    when: EventDate
    rank: int
    text: str


def describe_event(table: LedgerTable, row: Row, run_as_of: dict[int, dt.datetime]) -> OrderEvent:
    """The event that a row of the table stands for; ``run_as_of`` is the as-of of each run by its number."""
    rank = [*_DESCRIBE].index(table.name)
    describe, date_column = _DESCRIBE[table.name]
    stated = read_date(row, date_column) if date_column else None
    return OrderEvent(stated or EventDate(run_as_of[row["seq"]]), rank, describe(row))


def read_date(row: Row, column: str) -> EventDate | None:
    """The instant of the column, else its day; None where the row has neither."""
    instant, day = row[column], row.get(f"{column}_day")
    if isinstance(instant, dt.datetime):
        return EventDate(instant)
    day = day or instant
    return EventDate(dt.datetime.combine(day, dt.time(), dt.UTC), is_day=True) if day else None


def describe_instant(instant: dt.datetime | None) -> str:
    """The instant in ISO 8601, in UTC."""
    return format_instant(instant) if instant else "an unknown time"


def name_item(row: Row) -> str:
    """The item by its id; All Orders reports of before May 2026 have none."""
    return f"item {row['order_item_id']}" if row["order_item_id"] else "item without id"


def describe_counts(row: Row) -> str:
    """How many units were bought, how many of them a report calls shipped, and how many we have confirmed."""
    purchased = "an unknown number" if row["quantity_purchased"] is None else row["quantity_purchased"]
    reported = f"{row['quantity_shipped']} shipped by the report, " if row["quantity_shipped"] else ""
    return f"{purchased} purchased, {reported}{row['quantity_confirmed'] or 0} confirmed by us"


def name_sku(row: Row) -> str:
    """The stock keeping unit of an order item."""
    return f"({row['sku'] or 'sku unknown'})"


def describe_claim(row: Row) -> str:
    """A claim: what it is about, how it stands, what it does to the rate, its deadlines, its grounds."""
    grounds = " ".join(filter(None, (row["grant_reasons"], row["dispute_grounds"])))
    deadlines = [
        f"{word} by {describe_instant(row[name])}"
        for name, word in (("answer_by", "answer"), ("appeal_by", "appeal"))
        if row[name]
    ]
    name = f"claim {row['claim_id']} ({row['claim_type'] or 'type unknown'})"
    counts = f"counts in the order defect rate: {row['counts_in_odr'] or 'unknown'}"
    facts = [f"{name} {row['status'] or 'status unknown'}", *_list_amounts(row), counts, *deadlines]
    return f"{', '.join(facts)}{f' ({grounds})' if grounds else ''}"


def _list_amounts(row: Row) -> list[str]:
    amounts = (("claim_amount", "for"), ("debited", "debited"), ("reimbursed", "reimbursed"))
    return [f"{word} {row[name]} {row['currency'] or ''}".rstrip() for name, word in amounts if row[name]]


def _describe_item(row: Row) -> str:
    return f"{name_item(row)} {name_sku(row)} {row['state']}: {describe_counts(row)}  {_format_source(row)}"


def _describe_confirmation(row: Row) -> str:
    item = name_item(row)
    if row["answer"]:
        answer = f"{row['answer_code'] or ''} {row['answer_text'] or ''}".strip()
        answer_text = f": {answer}" if answer else ""
        return f"{item}: Amazon {row['answer']} the confirmation{answer_text}  {_format_source(row, 'answer')}"
    carrier = row["carrier_name"] or row["carrier_code"] or "an unknown carrier"
    shipped = f"shipped {row['ship_date'] or 'at an unknown date'} with {carrier}"
    change = f"{row['units']} confirmed" if row["units"] else "confirmation corrected"
    tracking = row["tracking_number"] or "without tracking number"
    return f"{item}: {change}, {shipped} {tracking}  {_format_source(row)}"


def _describe_cancellation(row: Row) -> str:
    what = f"item {row['given_item']}" if row["given_item"] else _WHOLE_ORDER
    reason = f", reason {row['reason']}" if row["reason"] else ""
    return f"{what}: canceled by us{reason}  {_format_source(row)}"


def _describe_contact(row: Row) -> str:
    is_reply = (row["channel"], row["direction"]) == ("return-request", "seller")
    words = f"{_CHANNEL_WORDS.get(row['channel'], 'contact')} {_WRITERS.get(row['direction'], '')}".rstrip()
    topic = f" about {row['topic']}" if row["topic"] else ""
    resolved = read_date(row, "resolved_date")
    end = f", resolved {resolved}" if resolved else ""
    return f"{'reply to the return request' if is_reply else words}{topic}{end}  {_format_source(row)}"


def _describe_return(row: Row) -> str:
    what = name_item(row) if row["order_item_id"] else row["merchant_sku"] or "the order"
    currency = row["currency_code"] or ""
    refunded = f"refunded {row['refunded_amount']} of {row['order_amount'] or 'an unknown amount'} {currency}".rstrip()
    facts = [
        f"{what}: return requested",
        *(f"{word}{row[name]}" for name, word in (("return_request_status", ""), ("resolution", "")) if row[name]),
        *([f"quantity {row['return_quantity']}"] if row["return_quantity"] else []),
        *([f"delivered back {row['return_delivery_date']}"] if row["return_delivery_date"] else []),
        *([refunded] if row["refunded_amount"] else []),
        *(["A-to-z claim"] if row["a_to_z_claim"] == "Y" else []),
    ]
    return f"{', '.join(facts)}  {_format_source(row)}"


def _describe_defect(row: Row) -> str:
    removed = read_date(row, "removed_date")
    end = f", removed {removed}" if removed else ""
    return f"{row['defect_type'] or 'defect'} {row['defect_id']}{end}  {_format_source(row)}"


def _format_source(row: Row, prefix: str = "source") -> str:
    """Where it stands; of answers that were worked out from a count no line is known."""
    file = row[f"{prefix}_file"]
    return f"[{file}:{row[f'{prefix}_line']}]" if file else "[no file of that run]"


# Table → what describes a row of it, and the column of its date where that is not the as-of of the run.
_DESCRIBE: dict[str, tuple[Callable[[Row], str], str]] = {
    ORDER_ITEMS.name: (_describe_item, ""),
    CONFIRMATIONS.name: (_describe_confirmation, "published_at"),
    CANCELLATIONS.name: (_describe_cancellation, "published_at"),
    CLAIMS.name: (lambda row: f"{describe_claim(row)}  {_format_source(row)}", ""),
    CONTACTS.name: (_describe_contact, "sent_date"),
    RETURNS.name: (_describe_return, "return_request_date"),
    DEFECTS.name: (_describe_defect, "defect_date"),
}
