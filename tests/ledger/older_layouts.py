"""Ledgers as earlier commits of main wrote them: the columns of each layout, and a ledger of today put into one."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake

from pipeline.ledger.layouts import LAYOUT
from pipeline.ledger.tables import DATA_TABLES, OPTIONAL_COLUMNS, RUNS, TEXT

INSTANT, MONEY = pa.timestamp("us", "UTC"), pa.decimal128(20, 2)
_CLAIMS_OF_LAYOUT_1 = {
    **dict.fromkeys(("month", "claim_id", "order_id", "order_item_id", "claim_type", "status", "claim_date"), TEXT),
    "claim_amount": MONEY,
    "currency": TEXT,
    "grant_reasons": TEXT,
    "dispute_grounds": TEXT,
    "answer_by": INSTANT,
    "appeal_by": INSTANT,
    "counts_in_odr": TEXT,
    "debited": MONEY,
    "reimbursed": MONEY,
    "source_file": TEXT,
    "source_line": pa.int64(),
}
_DATES = {"payments_date": INSTANT, "reporting_date": INSTANT, "unshipped_listed": pa.bool_()}
_EVIDENCE = {"evidence": pa.int64()}
_AFTER = {"confirmed_after": pa.int64()}


COLUMNS = Path(__file__).with_name("columns.json")


class OlderLayout(NamedTuple):
    """A layout: a commit of main that had it, its number, and how its tables differ from the present ones.

    In number 1 the table of claims had other columns, and no run wrote to it; there were no contacts and returns.
    """

    commit: str
    number: int
    lacking: tuple[str, ...]  # columns, each behind the name of its table
    more: dict[str, pa.DataType]  # columns of order_items
    without: tuple[str, ...] = ("defects", "cancellations")  # tables

    def tables_to_migrate(self):
        """The names of its tables that a migration changes: all of them where the layout has another number now."""
        same_number = f"layout {self.number}" == LAYOUT.rpartition(", ")[2]
        return {column.split(".")[0] for column in self.lacking} if same_number else set(self.schemas())

    def schemas(self):
        """The columns of each of its tables, by name."""
        tables = {
            table.name: {
                field.name: field.type for field in table.schema if f"{table.name}.{field.name}" not in self.lacking
            }
            for table in (*DATA_TABLES, RUNS)
        }
        if self.number == 1:
            tables["claims"] = {"seq": pa.int64(), **_CLAIMS_OF_LAYOUT_1}
            del tables["contacts"], tables["returns"]
        tables["order_items"] |= self.more
        for name in self.without:
            del tables[name]
        return {name: pa.schema(columns) for name, columns in tables.items()}

    def rebuild(self, url):
        """Write the ledger anew as a run of that layout would have left it."""
        versions = {name: 0 for name in self.schemas() if name != RUNS.name}
        for name, schema in self.schemas().items():
            table = DeltaTable(f"{url}/{name}")
            rows = table.to_pyarrow_table()
            partitions = table.metadata().partition_columns
            shutil.rmtree(f"{url}/{name}")
            made = DeltaTable.create(
                f"{url}/{name}",
                schema,
                partition_by=partitions or None,
                description=f"feedwarden ledger, layout {self.number}",
            )
            if name == RUNS.name:
                texts = [json.dumps(versions)] * len(rows)
                rows = rows.set_column(rows.schema.get_field_index("versions"), "versions", pa.array(texts))
            if len(rows):
                write_deltalake(made, _with_columns(rows, schema), mode="append")
            versions |= {name: made.version()} if name in versions else {}
        for name in ("contacts", "returns", *self.without):
            if name not in versions:
                shutil.rmtree(f"{url}/{name}")


def _with_columns(rows, schema):
    """The rows with the columns of an older layout; what it kept of dates follows from what is kept today."""
    derived = {}
    if "reporting_date" in schema.names:
        reported = pc.if_else(pc.greater(rows["reported"], 0), rows["reported"], None).cast(INSTANT)
        derived["reporting_date"] = reported
        derived["payments_date"] = pc.if_else(
            pc.is_valid(reported), rows["purchase_date"], rows["released"].cast(INSTANT)
        )
        derived["unshipped_listed"] = rows["listed"]
    if "evidence" in schema.names:
        derived["evidence"] = pc.coalesce(derived["reporting_date"], rows["purchase_date"]).cast(pa.int64())
    if "confirmed_after" in schema.names:  # what the report that counts has not seen yet of our confirmations
        seen = pc.subtract(pc.fill_null(rows["quantity_shipped"], 0), pc.fill_null(rows["shipped_before_us"], 0))
        derived["confirmed_after"] = pc.subtract(rows["quantity_confirmed"], pc.max_element_wise(seen, 0))
    columns = [derived[name] if name in derived else rows[name] for name in schema.names]
    return pa.table([column.cast(field.type) for column, field in zip(columns, schema, strict=True)], schema=schema)


def present_columns():
    """The columns of the present layout and their types, as text."""
    return {table.name: {field.name: str(field.type) for field in table.schema} for table in (*DATA_TABLES, RUNS)}


_AMOUNTS = ("gift_wrap_price", "item_tax", "shipping_tax", "gift_wrap_tax")
_DISCOUNTS = ("item_promotion_discount", "ship_promotion_discount")
_STATE_EVIDENCE = (
    *("pending_at", "not_pending_at", "unshipped_at", "delisted", "canceled_at", "called_off_at", "unaccepted"),
    *("not_arrived", "fulfilled_by", "is_buyer_requested_cancellation", "verge_of_cancellation"),
    "verge_of_lateshipment",
)
_LACKING_4_3 = ("confirmations.feed_id", "confirmations.submitted_at")
_LACKING_4_2 = (*_LACKING_4_3, *(f"confirmations.{name}" for name in OPTIONAL_COLUMNS.values()))
_LACKING_4 = (
    *_LACKING_4_2,
    *("confirmations.parcel", "order_items.shipped_before_us", "runs.out_of_stock"),
    *(f"order_items.{name}" for name in (*_AMOUNTS, *_DISCOUNTS, *_STATE_EVIDENCE)),
)
_LACKING_3 = (*_LACKING_4, "contacts.resolved_date", "contacts.resolved_date_day")
_LACKING_2 = (*_LACKING_3, "order_items.reported")
_LACKING_1_5 = (*_LACKING_2, "order_items.shipping_price")
_LACKING_1_4 = (*_LACKING_1_5, "runs.summary")
_LACKING_1_2 = (*_LACKING_1_4, "order_items.estimate_renewed", "order_items.counted_at")
_LACKING_1_1 = (
    *_LACKING_1_2,
    *("order_items.seller_canceled", "order_items.confirmed_at", "order_items.tracked"),
)
OLDER_LAYOUTS = {
    "1, first": OlderLayout("f1cbe4a", 1, _LACKING_1_1, _DATES | _EVIDENCE),
    "1, with rates": OlderLayout("a3ac8fe", 1, _LACKING_1_2, _DATES | _EVIDENCE),
    "1, with counts": OlderLayout("3c7b63c", 1, _LACKING_1_4, _DATES),
    "1, without dates": OlderLayout("9bb7917", 1, _LACKING_1_4, _AFTER),
    "1, with summaries": OlderLayout("e65fc67", 1, _LACKING_1_5, _AFTER),
    "2": OlderLayout("69e47b0", 2, _LACKING_2, _AFTER),
    "3": OlderLayout("71bbfa6", 3, _LACKING_3, _AFTER),
    "4, first": OlderLayout("14c5a48", 4, _LACKING_4, _AFTER),
    "4, without cancellations": OlderLayout("90037ce", 4, _LACKING_4_2, {}, ("cancellations",)),
    "4": OlderLayout("93d9add", 4, _LACKING_4_3, {}, ()),
}
if __name__ == "__main__":
    COLUMNS.write_text(json.dumps(present_columns(), indent=1) + "\n", "utf-8")
