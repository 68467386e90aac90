"""Files of the ledger written by many, each what it has: nothing of them is seen before one commit names them all.

A file lies in its place as soon as it is whole, and not before, in a folder as in a store of objects. Those of a run
that never came to its commit belong to no version; they are removed as the ledger is put together, a week later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction, RemoveAction
from pyarrow.fs import PyFileSystem

from pipeline.ledger.delta_tables import table_url
from pipeline.ledger.stored_rows import CHUNK_ROWS
from pipeline.ledger.tables import LedgerTable

_NULL_MONTH = (
    "__HIVE_DEFAULT_PARTITION__"  # the folder of rows without a month, as every reader of such tables knows it
)


class StagedFile(NamedTuple):
    """A file that waits to be committed: where it lies in its table's folder, and its statistics."""

    path: str
    month: str | None
    num_rows: int
    size_bytes: int
    written_ms: int  # milliseconds
    statistics: str


def stage_files(url: str, table: LedgerTable, rows: pa.Table, run_number: int, stem: str) -> list[StagedFile]:
    """The rows of the run, the number-th, written to one file a month.

    ``stem`` is part of their names: the same for whoever does the same part of one run again, and of no other run,
    nor of another attempt at it. The table is there already, and has months.
    """
    from deltalake.fs import DeltaStorageHandler

    filesystem = PyFileSystem(DeltaStorageHandler(table_url(url, table)))
    conformed = conform_rows(rows, table, run_number)
    months = conformed.column("month")
    dictionary_columns = [name for name in conformed.column_names if name not in (*table.unique_columns, "month")]
    month_rows = ((month, conformed.filter(_is_month(months, month))) for month in months.unique().to_pylist())
    return [_write_file(filesystem, month, rows, dictionary_columns, stem) for month, rows in month_rows]


def _is_month(months: pa.ChunkedArray, month: str | None) -> pa.ChunkedArray:
    return pc.is_null(months) if month is None else pc.equal(months, month)


def _write_file(
    filesystem: PyFileSystem, month: str | None, rows: pa.Table, dictionary_columns: list[str], stem: str
) -> StagedFile:
    path = f"month={month or _NULL_MONTH}/{stem}.parquet"
    with filesystem.open_output_stream(path) as file:
        pq.write_table(rows.drop_columns("month"), file, row_group_size=CHUNK_ROWS, use_dictionary=dictionary_columns)
    file_info = filesystem.get_file_info(path)
    return StagedFile(
        path, month, rows.num_rows, file_info.size, file_info.mtime_ns // 10**6, json.dumps(_column_statistics(rows))
    )


def _column_statistics(rows: pa.Table) -> dict[str, Any]:
    """By what a reader knows that a file has nothing for it: the least and greatest number of each column."""
    integer_columns = [field.name for field in rows.schema if pa.types.is_integer(field.type)]
    bounds = {
        name: pc.min_max(rows.column(name)) for name in integer_columns if rows.column(name).null_count < rows.num_rows
    }
    return {
        "numRecords": rows.num_rows,
        "minValues": {name: bound["min"].as_py() for name, bound in bounds.items()},
        "maxValues": {name: bound["max"].as_py() for name, bound in bounds.items()},
        "nullCount": {name: rows.column(name).null_count for name in integer_columns},
    }


def commit_files(
    delta_table: DeltaTable, table: LedgerTable, staged: Iterable[StagedFile], commit_properties: CommitProperties
) -> None:
    """The files belong to the table from the version on that comes next; CommitFailedError where another came first."""
    actions: list[AddAction | RemoveAction] = [
        AddAction(file.path, file.size_bytes, {"month": file.month}, file.written_ms, True, file.statistics)
        for file in staged
    ]
    delta_table.create_write_transaction(
        actions, "append", table.schema, list(table.partition_by), commit_properties=commit_properties
    )


def conform_rows(rows: pa.Table, table: LedgerTable, run_number: int) -> pa.Table:
    """The rows with the columns of their table, those they lack null, under the run's number."""
    columns = [
        pa.array(np.full(rows.num_rows, run_number))
        if field.name == "seq"
        else rows.column(field.name).cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in table.schema
    ]
    return pa.table(columns, schema=table.schema)
