"""Tables of a ledger that an earlier feedwarden wrote are brought to the present layout."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, write_deltalake

from pipeline.ledger.layouts import LAYOUT, find_layout
from pipeline.ledger.stored_rows import StoredRows, list_derived_columns
from pipeline.ledger.tables import LedgerTable

NO_RETRY = CommitProperties(
    max_commit_retries=0
)  # a commit that comes second fails instead of being tried behind another


def is_present_layout(delta_table: DeltaTable, table: LedgerTable) -> bool:
    """Whether nothing about the table would be migrated."""
    stored_names = {field.name for field in delta_table.schema().fields}
    return find_layout(delta_table).description == LAYOUT and stored_names == set(table.schema.names)


def migrate_table(delta_table: DeltaTable, table: LedgerTable) -> DeltaTable:
    """The table in the present layout, as it is where it is that already; its earlier versions stay as they are.

    Columns that are new are only added to the table's description; where others are gone, have another type or follow
    from those that are there, its rows are rewritten. CommitFailedError where another commit came first.
    """
    layout, stored = find_layout(delta_table), pa.schema(delta_table.schema().to_arrow())
    if is_present_layout(delta_table, table):
        return delta_table
    if list_derived_columns(layout, table, stored.names) or not set(stored) <= set(table.schema):
        batches = read_apart(StoredRows.of_table(delta_table, table).scan_rows(table.schema.names))
        rows = pa.RecordBatchReader.from_batches(table.schema, batches)
        write_deltalake(delta_table, rows, mode="overwrite", schema_mode="overwrite", commit_properties=NO_RETRY)
    elif new_columns := [field for field in table.schema if field.name not in stored.names]:
        fields = Schema.from_arrow(pa.schema(new_columns)).fields
        delta_table.alter.add_columns(fields, commit_properties=NO_RETRY)
    delta_table.alter.set_table_description(LAYOUT, commit_properties=NO_RETRY)
    return delta_table


def read_apart(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, read in a thread of their own: the one in which Delta writes must not wait for Delta's files."""
    with ThreadPoolExecutor(1) as reader:
        while (batch := reader.submit(next, batches, None).result()) is not None:
            yield batch
