"""The layout of the ledger: six Delta tables, append-only, every row with the number of the run that wrote it.

What holds now is the last row of its key; what held after run N is the last one of those numbered up to N. Rows of
an order lie in the partition of its purchase month, so that a night reads the months that are still open and those
its own files speak of. Nothing personal is kept: no name, no address, no message.
"""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from schemas import claims, contacts, returns, types
from schemas.kind import Kind

LAYOUT = "feedwarden ledger, layout 3"
_UNIQUE = ("order_id", "order_item_id", "order_key", "item_key", "record", "source_line", "tracking_number")
INSTANT, TEXT, WHOLE, MONEY = pa.timestamp("us", "UTC"), pa.string(), pa.int64(), pa.decimal128(20, 2)


_TYPES = {types.MONEY: MONEY, types.ENGLISH_DATE: pa.date32()}


class Table(NamedTuple):
    """A table of the ledger: its name, its columns, and what its rows are kept apart by."""

    name: str
    schema: pa.Schema
    partition: tuple[str, ...] = ("month",)

    @property
    def unique(self) -> list[str]:
        """The columns in which hardly a value comes twice: with a dictionary of them a file is no smaller."""
        return [name for name in self.schema.names if name in _UNIQUE]


def _columns(**types: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field("seq", WHOLE), *(pa.field(name, of) for name, of in types.items())])


def _values(kind: Kind) -> dict[str, pa.DataType]:
    """The typed values of a kind of file, under the names and in the types in which they are parsed."""
    kept: dict[str, pa.DataType] = {}
    for column in kind.columns:
        if column.audit:
            continue
        if column.type is types.WHEN:
            kept |= {column.value: INSTANT, f"{column.value}_day": pa.date32()}
        else:
            kept[column.value] = _TYPES.get(column.type, WHOLE if column.type.dtype == "integer" else TEXT)
    return kept


ORDER_ITEMS = Table(
    "order_items",
    _columns(
        month=TEXT,
        order_id=TEXT,
        order_item_id=TEXT,
        order_key=WHOLE,
        item_key=WHOLE,
        sku=TEXT,
        state=TEXT,
        status=TEXT,
        purchase_date=INSTANT,
        promise_date=INSTANT,
        reported=WHOLE,
        released=WHOLE,
        latest_delivery_date=INSTANT,
        delivery_estimate=INSTANT,
        estimate_renewed=pa.bool_(),
        confirm_by=INSTANT,
        quantity_purchased=WHOLE,
        quantity_shipped=WHOLE,
        counted_at=INSTANT,
        quantity_confirmed=WHOLE,
        confirmed_after=WHOLE,
        listed=pa.bool_(),
        canceled_seen=pa.bool_(),
        called_off=pa.bool_(),
        seller_canceled=pa.bool_(),
        confirmed_at=INSTANT,
        tracked=pa.bool_(),
        fulfillment_channel=TEXT,
        sales_channel=TEXT,
        ship_service_level=TEXT,
        ship_country=TEXT,
        currency=TEXT,
        item_price=MONEY,
        shipping_price=MONEY,
        first_seen=INSTANT,
        last_seen=INSTANT,
        source_file=TEXT,
        source_line=WHOLE,
    ),
)
# A row for each published confirmation, and one for each answer of Amazon's: the last of (run, feed, record) holds.
CONFIRMATIONS = Table(
    "confirmations",
    _columns(
        month=TEXT,
        run=WHOLE,
        feed=WHOLE,
        record=WHOLE,
        published_at=INSTANT,
        order_id=TEXT,
        order_item_id=TEXT,
        given_item=TEXT,
        order_key=WHOLE,
        item_key=WHOLE,
        units=WHOLE,
        quantity=TEXT,
        ship_date=pa.date32(),
        carrier_code=TEXT,
        carrier_name=TEXT,
        tracking_number=TEXT,
        tracked=pa.bool_(),
        source_file=TEXT,
        source_line=WHOLE,
        answer=TEXT,
        answer_code=TEXT,
        answer_text=TEXT,
        answer_file=TEXT,
        answer_line=WHOLE,
        answered_at=INSTANT,
    ),
)
# A row for each claim whenever its row in a claims file or what follows from it is another: of an order and an id the
# last holds.
CLAIMS = Table(
    "claims",
    _columns(
        month=TEXT,
        order_key=WHOLE,
        item_key=WHOLE,
        **_values(claims.KIND),
        purchase_date=INSTANT,
        status=TEXT,
        eligible_from=INSTANT,
        grant_reasons=TEXT,
        dispute_grounds=TEXT,
        answer_by=INSTANT,
        appeal_by=INSTANT,
        counts_in_odr=TEXT,
        debited=MONEY,
        reimbursed=MONEY,
        source_file=TEXT,
        source_line=WHOLE,
    ),
)
# Who wrote when, by what channel and about what, and what came back: never a word of what was written.
CONTACTS = Table(
    "contacts", _columns(month=TEXT, order_key=WHOLE, **_values(contacts.KIND), source_file=TEXT, source_line=WHOLE)
)
RETURNS = Table(
    "returns",
    _columns(month=TEXT, order_key=WHOLE, item_key=WHOLE, **_values(returns.KIND), source_file=TEXT, source_line=WHOLE),
)
RUNS = Table(
    "runs",
    _columns(
        run_id=TEXT,
        inputs_hash=TEXT,
        as_of=INSTANT,
        inputs=TEXT,
        versions=TEXT,
        feeds=TEXT,
        metrics=TEXT,
        summary=TEXT,
        out=TEXT,
    ),
    (),
)
DATA = (ORDER_ITEMS, CONFIRMATIONS, CLAIMS, CONTACTS, RETURNS)
