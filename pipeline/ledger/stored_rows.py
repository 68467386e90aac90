"""The rows of a table of the ledger as this edition knows them, whatever the layout they are stored in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable

from pipeline.ledger.layouts import LAYOUTS, DerivedColumn, Layout, find_layout
from pipeline.ledger.small_tables import read_small_table
from pipeline.ledger.tables import ORDER_ITEMS, LedgerTable
from pipeline.utils.dtypes import NEVER

CHUNK_ROWS = 1 << 17  # rows stored and read together
_SCAN_OPTIONS = {  # a large table passes through memory that is used again and again
    "batch_size": CHUNK_ROWS,
    "batch_readahead": 2,
    "fragment_readahead": 1,
    "fragment_scan_options": ds.ParquetFragmentScanOptions(pre_buffer=False),
}
_UNKNOWN = {"reported": NEVER, "seller_canceled": False}  # how order items have it where other columns are null


class StoredRows(NamedTuple):
    """The rows of a table of the ledger as they are stored, whatever the layout."""

    table: LedgerTable
    layout: Layout
    dataset: ds.Dataset

    @classmethod
    def of_table(cls, delta_table: DeltaTable, table: LedgerTable) -> StoredRows:
        """The rows of an open Delta table; UnknownLayout where its layout is none of ``LAYOUTS``."""
        return cls(table, find_layout(delta_table), delta_table.to_pyarrow_dataset())

    def scan_rows(self, names: Sequence[str], condition: Any = None) -> Iterator[pa.RecordBatch]:
        """The columns named of the rows for which the condition holds, in the order of the files."""
        if self.table.name in self.layout.unwritten:
            return
        stored = self.dataset.schema.names
        derived = [column for column in list_derived_columns(self.layout, self.table, stored) if column.name in names]
        inputs = [name for column in derived for name in column.inputs]
        columns = list(dict.fromkeys([*(name for name in names if name in stored), *inputs]))
        for batch in self.dataset.to_batches(columns=columns, filter=condition, **_SCAN_OPTIONS):
            yield _complete_columns(batch, self.table, names, derived)


def open_rows(delta_table: DeltaTable, table: LedgerTable) -> StoredRows:
    """The rows of an open Delta table, in memory where they are few; UnknownLayout as above."""
    layout, rows = find_layout(delta_table), read_small_table(delta_table)
    return StoredRows.of_table(delta_table, table) if rows is None else StoredRows(table, layout, ds.dataset(rows))


def list_derived_columns(layout: Layout, table: LedgerTable, stored: Sequence[str]) -> list[DerivedColumn]:
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
