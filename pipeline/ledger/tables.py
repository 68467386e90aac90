"""The layout of the ledger: eight Delta tables, append-only, every row with the number of the run that wrote it.

What holds now is the last row of its key; what held after run N is the last one of those numbered up to N. Rows of
an order lie in the partition of its purchase month, so that a night reads the months that are still open and those
its own files speak of. Nothing about a buyer is kept: no name, no address, no message.
"""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from pipeline.utils.dtypes import MONEY, TIMESTAMP
from schemas import claims, confirmation, contacts, defects, returns, types
from schemas.kind import FileKind

_UNIQUE_COLUMNS = ("order_id", "order_item_id", "order_key", "item_key", "record", "source_line", "tracking_number")
TEXT, INT64 = pa.string(), pa.int64()
_SOURCE_COLUMNS = {"source_file": TEXT, "source_line": INT64}
_PUBLISHED = {  # which line of a feed a row stands for
    "month": TEXT,
    "run": INT64,
    "feed": INT64,
    "record": INT64,
    "published_at": TIMESTAMP,
    "order_id": TEXT,
}
# The columns that a confirmation file may add, by the name of each in the feed; null where it did not.
OPTIONAL_COLUMNS = {name: name.replace("-", "_") for name in confirmation.OPTIONAL_FEED_COLUMNS}
_VALUE_TYPES = {types.MONEY: MONEY, types.ENGLISH_DATE: pa.date32()}


class LedgerTable(NamedTuple):
    """A table of the ledger: its name, its columns, and what its rows are kept apart by."""

    name: str
    schema: pa.Schema
    partition_by: tuple[str, ...] = ("month",)

    @property
    def unique_columns(self) -> list[str]:
        """The columns in which hardly a value comes twice: with a dictionary of them a file is no smaller."""
        return [name for name in self.schema.names if name in _UNIQUE_COLUMNS]


def _build_schema(**column_types: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field("seq", INT64), *(pa.field(name, dtype) for name, dtype in column_types.items())])


def _value_columns(kind: FileKind) -> dict[str, pa.DataType]:
    """The typed values of a kind of file, under the names and in the types in which they are parsed."""
    value_types: dict[str, pa.DataType] = {}
    for column in kind.columns:
        if column.audit_only:
            continue
        if column.type is types.INSTANT_OR_DATE:
            value_types |= {column.value_name: TIMESTAMP, f"{column.value_name}_day": pa.date32()}
        else:
            value_types[column.value_name] = _VALUE_TYPES.get(
                column.type, INT64 if column.type.frictionless_type == "integer" else TEXT
            )
    return value_types


ORDER_ITEMS = LedgerTable(
    "order_items",
    _build_schema(
        month=TEXT,
        order_id=TEXT,
        order_item_id=TEXT,
        order_key=INT64,
        item_key=INT64,
        sku=TEXT,
        state=TEXT,
        status=TEXT,
        purchase_date=TIMESTAMP,
        promise_date=TIMESTAMP,
        reported=INT64,
        released=INT64,
        latest_delivery_date=TIMESTAMP,
        delivery_estimate=TIMESTAMP,
        estimate_renewed=pa.bool_(),
        confirm_by=TIMESTAMP,
        quantity_purchased=INT64,
        quantity_shipped=INT64,
        counted_at=TIMESTAMP,
        quantity_confirmed=INT64,
        shipped_before_us=INT64,
        listed=pa.bool_(),
        canceled_seen=pa.bool_(),
        called_off=pa.bool_(),
        seller_canceled=pa.bool_(),
        confirmed_at=TIMESTAMP,
        tracked=pa.bool_(),
        pending_at=TIMESTAMP,
        not_pending_at=TIMESTAMP,
        unshipped_at=TIMESTAMP,
        delisted=pa.bool_(),
        canceled_at=TIMESTAMP,
        called_off_at=TIMESTAMP,
        unaccepted=INT64,
        not_arrived=pa.bool_(),
        fulfillment_channel=TEXT,
        sales_channel=TEXT,
        ship_service_level=TEXT,
        ship_country=TEXT,
        fulfilled_by=TEXT,
        is_buyer_requested_cancellation=TEXT,
        verge_of_cancellation=TEXT,
        verge_of_lateshipment=TEXT,
        currency=TEXT,
        item_price=MONEY,
        shipping_price=MONEY,
        gift_wrap_price=MONEY,
        item_tax=MONEY,
        shipping_tax=MONEY,
        gift_wrap_tax=MONEY,
        item_promotion_discount=MONEY,
        ship_promotion_discount=MONEY,
        first_seen=TIMESTAMP,
        last_seen=TIMESTAMP,
        **_SOURCE_COLUMNS,
    ),
)
# A row for each published confirmation, and one for each answer of Amazon's: the last of (run, feed, record) holds.
CONFIRMATIONS = LedgerTable(
    "confirmations",
    _build_schema(
        **_PUBLISHED,
        order_item_id=TEXT,
        given_item=TEXT,
        order_key=INT64,
        item_key=INT64,
        units=INT64,
        parcel=INT64,
        quantity=TEXT,
        ship_date=pa.date32(),
        carrier_code=TEXT,
        carrier_name=TEXT,
        tracking_number=TEXT,
        tracked=pa.bool_(),
        **dict.fromkeys(OPTIONAL_COLUMNS.values(), TEXT),
        **_SOURCE_COLUMNS,
        answer=TEXT,
        answer_code=TEXT,
        answer_text=TEXT,
        answer_file=TEXT,
        answer_line=INT64,
        answered_at=TIMESTAMP,
        feed_id=TEXT,
        submitted_at=TIMESTAMP,
    ),
)
# A row for each published cancellation, with which the part that holds it can be written again.
CANCELLATIONS = LedgerTable(
    "cancellations",
    _build_schema(
        **_PUBLISHED,
        order_key=INT64,
        given_item=TEXT,
        reason=TEXT,
        **_SOURCE_COLUMNS,
    ),
)
# A row for each claim whenever its row in a claims file or what follows from it is another: of an order and an id the
# last holds.
CLAIMS = LedgerTable(
    "claims",
    _build_schema(
        month=TEXT,
        order_key=INT64,
        item_key=INT64,
        **_value_columns(claims.KIND),
        purchase_date=TIMESTAMP,
        status=TEXT,
        eligible_from=TIMESTAMP,
        grant_reasons=TEXT,
        dispute_grounds=TEXT,
        answer_by=TIMESTAMP,
        appeal_by=TIMESTAMP,
        counts_in_odr=TEXT,
        debited=MONEY,
        reimbursed=MONEY,
        **_SOURCE_COLUMNS,
    ),
)
# Who wrote when, by what channel and about what, and what came back: never a word of what was written.
CONTACTS = LedgerTable(
    "contacts",
    _build_schema(month=TEXT, order_key=INT64, **_value_columns(contacts.KIND), **_SOURCE_COLUMNS),
)
RETURNS = LedgerTable(
    "returns",
    _build_schema(month=TEXT, order_key=INT64, item_key=INT64, **_value_columns(returns.KIND), **_SOURCE_COLUMNS),
)
DEFECTS = LedgerTable(
    "defects",
    _build_schema(month=TEXT, order_key=INT64, **_value_columns(defects.KIND), **_SOURCE_COLUMNS),
)
RUNS = LedgerTable(
    "runs",
    _build_schema(
        run_id=TEXT,
        inputs_hash=TEXT,
        as_of=TIMESTAMP,
        inputs=TEXT,
        versions=TEXT,
        feeds=TEXT,
        out_of_stock=TEXT,
        metrics=TEXT,
        summary=TEXT,
        out=TEXT,
    ),
    (),
)
DATA_TABLES = (ORDER_ITEMS, CONFIRMATIONS, CANCELLATIONS, CLAIMS, CONTACTS, RETURNS, DEFECTS)
FEED_TABLES = (CONFIRMATIONS, CANCELLATIONS)  # of which only the feeds know where their rows are
