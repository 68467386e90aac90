"""``feedwarden ledger show ORDER``: how an order stands, and everything that happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from pipeline.ledger.feed_statements import list_published_runs
from pipeline.ledger.order_events import (
    EventDate,
    OrderEvent,
    Row,
    describe_claim,
    describe_counts,
    describe_event,
    describe_instant,
    name_item,
    name_sku,
)
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import (
    CANCELLATIONS,
    CLAIMS,
    CONFIRMATIONS,
    CONTACTS,
    DATA_TABLES,
    DEFECTS,
    ORDER_ITEMS,
    RETURNS,
    LedgerTable,
)
from pipeline.model.feed_parts import CANCELLATION_STEM, CONFIRMATION_STEM, PUBLISHED, name_part
from pipeline.model.order_keys import encode_order_id
from pipeline.model.states import OPEN_STATES, STATE_NAMES
from pipeline.utils import arrow

_SHOWN_CHARACTERS = 40  # of a text that is no order id
# What makes two rows speak of the same thing, of which a later one replaces the earlier.
_NEWEST_BY: dict[str, tuple[str, ...]] = {
    ORDER_ITEMS.name: ("item_key",),
    CLAIMS.name: ("claim_id",),
    CONTACTS.name: ("contact_id",),
    RETURNS.name: ("item_key", "return_request_date"),
    DEFECTS.name: ("defect_id",),
}
_REPLACED = (CONTACTS, RETURNS, DEFECTS)  # of which only the newest row is told
_STEMS = {CONFIRMATIONS.name: CONFIRMATION_STEM, CANCELLATIONS.name: CANCELLATION_STEM}
_OPEN_STATE_NAMES = {STATE_NAMES[state] for state in OPEN_STATES}


class OrderRows(NamedTuple):
    """Every row of one order that the ledger holds, by table, oldest first; and the as-of of each run by number."""

    order_id: str
    rows: dict[str, list[Row]]
    run_as_of: dict[int, dt.datetime]

    def list_newest(self, table: LedgerTable) -> list[Row]:
        """The row that holds now of each thing of the table."""
        return list(
            {tuple(row[name] for name in _NEWEST_BY[table.name]): row for row in self.rows[table.name]}.values()
        )

    def list_items(self) -> list[Row]:
        """The order items as they stand; of two rows of one sku, with an item id and without, the one with it."""
        items = self.list_newest(ORDER_ITEMS)
        with_id = {row["sku"] for row in items if row["order_item_id"]}
        return [row for row in items if row["order_item_id"] or row["sku"] not in with_id]


def read_order(ledger: LedgerSnapshot, order_id: str) -> OrderRows:
    """What the ledger holds of the order.

    Raises KeyError where the text is no order id, or the ledger knows nothing of the order.
    """
    key = encode_order_id(order_id)
    if key is None:
        raise KeyError(f"{order_id[:_SHOWN_CHARACTERS]!r} is not an order id; one looks like 111-2222222-3333333")
    rows = {table.name: _to_records(ledger.read_history(table, np.array([key]))) for table in DATA_TABLES}
    if not any(rows.values()):
        raise KeyError(
            f"order {order_id} is not in the ledger {ledger.url}; check the id, or name another with --ledger"
        )
    run_columns = (arrow.to_arrow(ledger.nights[name]).to_pylist() for name in ("seq", "as_of"))
    return OrderRows(order_id, rows, dict(zip(*run_columns, strict=True)))


def describe_order(ledger: LedgerSnapshot, order_id: str) -> str:
    """How the order stands: items, claims with their deadlines, feeds with their state; then what happened, by time.

    Each event has the file and line that showed it. Raises KeyError as ``read_order`` does.
    """
    order = read_order(ledger, order_id)
    standing = [*_describe_items(order), *_describe_claims(order), *_describe_feeds(ledger, order)]
    events = [f"{event.when!s:<20}  {event.text}" for event in _list_events(order)]
    return "\n".join([*describe_heading(order), "", *standing, "", *events])


def describe_heading(order: OrderRows) -> list[str]:
    """The order, when and where it was bought, and until when it must be confirmed."""
    items = order.rows[ORDER_ITEMS.name]
    if not items:
        return [f"Order {order.order_id}, in no report yet"]
    first, last = items[0], items[-1]
    channel = last["sales_channel"] or first["sales_channel"] or "sales channel unknown"
    return [
        f"Order {order.order_id}, purchased {describe_instant(first['purchase_date'])}, {channel}",
        f"to be confirmed by {describe_instant(last['confirm_by'])}",
    ]


def _describe_items(order: OrderRows) -> Iterator[str]:
    for row in order.list_items():
        is_open = row["state"] in _OPEN_STATE_NAMES and row["promise_date"]
        promise = f", promised to ship by {describe_instant(row['promise_date'])}" if is_open else ""
        seen = f", last seen {describe_instant(row['last_seen'])}" if row["last_seen"] else ""
        yield f"{name_item(row)} {name_sku(row)} is {row['state']}: {describe_counts(row)}{promise}{seen}"


def _describe_claims(order: OrderRows) -> Iterator[str]:
    yield from map(describe_claim, order.list_newest(CLAIMS))


def _describe_feeds(ledger: LedgerSnapshot, order: OrderRows) -> Iterator[str]:
    """A line a part of a feed that holds a line of the order: what became of it."""
    part_keys = {
        (row["run"], name_part(stem, row["feed"])): None for name, stem in _STEMS.items() for row in order.rows[name]
    }
    runs = {run.run: run for run in list_published_runs(ledger)} if part_keys else {}
    for number, name in sorted(part_keys):
        part = runs[number].find_part(name)
        since = f"since {describe_instant(part.since)}"
        hint = ", and nobody is known to have uploaded it" if part.state == PUBLISHED else ""
        yield f"{name} of run {number} is {part.state} {since}{hint}"


def _list_events(order: OrderRows) -> list[OrderEvent]:
    """What happened, by time; what a later row repeats of an item, or replaces, is left out."""
    rows = {table: order.list_newest(table) if table in _REPLACED else order.rows[table.name] for table in DATA_TABLES}
    events: list[OrderEvent] = []
    last_texts: dict[Any, str] = {}
    for table, of_table in rows.items():
        for row in of_table:
            event = describe_event(table, row, order.run_as_of)
            event = event._replace(when=_answer_date(row) or event.when)
            statement = event.text.rpartition("  [")[0]
            thing = (table.name, *(row[name] for name in _NEWEST_BY.get(table.name, ())))
            if table.name in _NEWEST_BY and last_texts.get(thing) == statement:
                continue
            last_texts[thing] = statement
            events.append(event)
    return sorted(events)


def _answer_date(row: Row) -> EventDate | None:
    """When Amazon answered, of a row that is an answer."""
    return EventDate(row["answered_at"]) if row.get("answered_at") else None


def _to_records(rows: Any) -> list[Row]:
    records: list[Row] = arrow.to_table(rows, rows.columns).to_pylist()
    return records
