"""The layouts that a ledger has had, how rows of an older one are read, and how its tables are brought to this one.

A table names its layout in its description. What an older layout does not hold is null; a few columns follow from
others that it holds. A new layout is one more entry of ``LAYOUTS``, and its nullable columns in ``tables``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, Schema, write_deltalake

from pipeline.ledger.delta_tables import UnknownLayout
from pipeline.ledger.tables import CLAIMS, ORDER_ITEMS, LedgerTable
from pipeline.utils.dtypes import NEVER

CHUNK_ROWS = 1 << 17  # rows stored and read together
NO_RETRY = CommitProperties(
    max_commit_retries=0
)  # a commit that comes second fails instead of being tried behind another
_SCAN_OPTIONS = {  # a large table passes through memory that is used again and again
    "batch_size": CHUNK_ROWS,
    "batch_readahead": 2,
    "fragment_readahead": 1,
    "fragment_scan_options": ds.ParquetFragmentScanOptions(pre_buffer=False),
}
_UNKNOWN = {"reported": NEVER, "seller_canceled": False}  # how order items have it where other columns are null


class DerivedColumn(NamedTuple):
    """A column of later layouts that follows from ``inputs``, columns of an older one."""

    name: str
    inputs: tuple[str, ...]
    compute: Callable[..., pa.Array]


class Layout(NamedTuple):
    """A layout: the description of its tables, and what later layouts know of its rows beside the columns they share.

    ``derived`` belongs to the table of order items; a column whose inputs a table does not hold stays null.
    """

    description: str
    derived: tuple[DerivedColumn, ...] = ()
    unwritten: tuple[str, ...] = ()  # tables that no run wrote to, and whose columns were others


def _earliest_report(reporting_date: pa.Array, payments_date: pa.Array, released: pa.Array) -> pa.Array:
    """The earliest reporting date, which ``released`` is unless a payments date has come before it."""
    reported = reporting_date.cast(pa.int64())
    is_payment = pc.fill_null(pc.equal(released, payments_date.cast(pa.int64())), False)
    return pc.if_else(pc.is_valid(reported), pc.if_else(is_payment, reported, released), None)


def _latest_count(quantity_shipped: pa.Array, last_seen: pa.Array) -> pa.Array:
    """The latest instant at which the report that counts what is shipped can have been made."""
    return pc.if_else(pc.is_valid(quantity_shipped), last_seen, None)


def _missing_before_us(state: pa.Array, purchased: pa.Array, shipped: pa.Array, confirmed: pa.Array) -> pa.Array:
    """The units without which an item in part reported would not be shipped; null where it is not."""
    missing = pc.subtract(purchased, confirmed)
    is_partly = pc.and_(pc.greater(confirmed, 0), pc.and_(pc.greater(missing, 0), pc.less(shipped, purchased)))
    is_shipped = pc.and_(pc.equal(state, "shipped"), is_partly)
    return pc.if_else(pc.fill_null(is_shipped, False), missing, None)


def _shipped_before_us(shipped: pa.Array, confirmed: pa.Array, confirmed_after: pa.Array) -> pa.Array:
    """What the report calls shipped beside the confirmations before it; null where nothing is confirmed."""
    counted_in_report = pc.subtract(confirmed, pc.fill_null(confirmed_after, 0))
    before_us = pc.max_element_wise(pc.subtract(pc.fill_null(shipped, 0), counted_in_report), 0)
    return pc.if_else(pc.fill_null(pc.greater(confirmed, 0), False), before_us, None)


# Oldest first; the last is the present one. Layout 1 had five sets of columns under one name.
LAYOUTS = (
    Layout(
        "feedwarden ledger, layout 1",
        derived=(
            DerivedColumn("reported", ("reporting_date", "payments_date", "released"), _earliest_report),
            DerivedColumn("counted_at", ("quantity_shipped", "last_seen"), _latest_count),
            DerivedColumn(
                "shipped_before_us",
                ("state", "quantity_purchased", "quantity_shipped", "quantity_confirmed"),
                _missing_before_us,
            ),
        ),
        unwritten=(CLAIMS.name,),
    ),
    Layout("feedwarden ledger, layout 2"),  # claims, contacts and returns are remembered
    Layout("feedwarden ledger, layout 3"),  # order_items: reported
    Layout(  # the second edition of the rules; its first ledgers did not have all of its columns
        "feedwarden ledger, layout 4",
        derived=(
            DerivedColumn(
                "shipped_before_us", ("quantity_shipped", "quantity_confirmed", "confirmed_after"), _shipped_before_us
            ),
        ),
    ),
    Layout("feedwarden ledger, layout 5"),  # confirmations: feed_id, submitted_at
)
LAYOUT = LAYOUTS[-1].description


def find_layout(delta_table: DeltaTable) -> Layout:
    """The layout of a table; UnknownLayout where it is none of ``LAYOUTS``."""
    description = delta_table.metadata().description or "no layout"
    layout = next((layout for layout in LAYOUTS if layout.description == description), None)
    if layout is None:
        raise UnknownLayout(
            f"{delta_table.table_uri}: {description} is not known here; update feedwarden, or choose another folder "
            "with --ledger"
        )
    return layout


def scan_rows(
    delta_table: DeltaTable, table: LedgerTable, names: Sequence[str], condition: Any = None
) -> Iterator[pa.RecordBatch]:
    """The columns named of the rows for which the condition holds, whatever the layout, in the order of the files."""
    layout = find_layout(delta_table)
    if table.name in layout.unwritten:
        return
    dataset = delta_table.to_pyarrow_dataset()
    stored = dataset.schema.names
    derived = [column for column in _list_derived(layout, table, stored) if column.name in names]
    inputs = [name for column in derived for name in column.inputs]
    columns = list(dict.fromkeys([*(name for name in names if name in stored), *inputs]))
    for batch in dataset.to_batches(columns=columns, filter=condition, **_SCAN_OPTIONS):
        yield _complete_columns(batch, table, names, derived)


def _list_derived(layout: Layout, table: LedgerTable, stored: Sequence[str]) -> list[DerivedColumn]:
    """The columns that a table lacks and that follow from those it has."""
    if table.name != ORDER_ITEMS.name:
        return []
    return [
        column
        for step in LAYOUTS[LAYOUTS.index(layout) :]
        for column in step.derived
        if column.name not in stored and set(column.inputs) <= set(stored)
    ]


def _complete_columns(
    batch: pa.RecordBatch, table: LedgerTable, names: Sequence[str], derived: Sequence[DerivedColumn]
) -> pa.RecordBatch:
    values = {name: batch.column(name) for name in batch.schema.names}
    values |= {column.name: column.compute(*(values[name] for name in column.inputs)) for column in derived}
    unknown = [name for name in names if name in _UNKNOWN and (name not in values or values[name].null_count)]
    if batch.schema.names == [*names] and not unknown:
        return batch
    fields = [table.schema.field(name) for name in names]
    columns = [
        values[field.name].cast(field.type) if field.name in values else pa.nulls(batch.num_rows, field.type)
        for field in fields
    ]
    columns = [
        pc.fill_null(column, _UNKNOWN[name]) if name in unknown else column
        for name, column in zip(names, columns, strict=True)
    ]
    return pa.record_batch(columns, schema=pa.schema(fields))


def migrate_table(delta_table: DeltaTable, table: LedgerTable) -> DeltaTable:
    """The table in the present layout, as it is where it is that already; its earlier versions stay as they are.

    Columns that are new are only added to the table's description; where others are gone, have another type or follow
    from those that are there, its rows are rewritten. CommitFailedError where another commit came first.
    """
    layout, stored = find_layout(delta_table), delta_table.to_pyarrow_dataset().schema
    if layout.description == LAYOUT and set(stored.names) == set(table.schema.names):
        return delta_table
    if _list_derived(layout, table, stored.names) or not set(stored) <= set(table.schema):
        batches = _read_apart(scan_rows(delta_table, table, table.schema.names))
        rows = pa.RecordBatchReader.from_batches(table.schema, batches)
        write_deltalake(delta_table, rows, mode="overwrite", schema_mode="overwrite", commit_properties=NO_RETRY)
    elif new_columns := [field for field in table.schema if field.name not in stored.names]:
        fields = Schema.from_arrow(pa.schema(new_columns)).fields
        delta_table.alter.add_columns(fields, commit_properties=NO_RETRY)
    delta_table.alter.set_table_description(LAYOUT, commit_properties=NO_RETRY)
    return delta_table


def _read_apart(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, read in a thread of their own: the one in which Delta writes must not wait for Delta's files."""
    with ThreadPoolExecutor(1) as reader:
        while (batch := reader.submit(next, batches, None).result()) is not None:
            yield batch
