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

from pipeline.ledger.store import STRETCH, place
from pipeline.ledger.tables import Table

_UNKNOWN = "__HIVE_DEFAULT_PARTITION__"  # the folder of rows without a month, as every reader of such tables knows it


class Added(NamedTuple):
    """A file that waits to be committed: where it lies in its table's folder, and what is said of it there."""

    path: str
    month: str | None
    num_rows: int
    size: int
    written: int  # milliseconds
    statistics: str


def written(url: str, table: Table, rows: pa.Table, number: int, stem: str) -> list[Added]:
    """The rows of the run, the number-th, written to one file a month.

    ``stem`` is part of their names: the same for whoever does the same part of one run again, and of no other run,
    nor of another attempt at it. The table is there already, and has months.
    """
    from deltalake.fs import DeltaStorageHandler

    system = PyFileSystem(DeltaStorageHandler(place(url, table)))
    told = numbered(rows, table, number)
    months = told.column("month")
    few = [name for name in told.column_names if name not in (*table.unique, "month")]
    each = ((month, told.filter(_of(months, month))) for month in months.unique().to_pylist())
    return [_written(system, month, rows, few, stem) for month, rows in each]


def _of(months: pa.ChunkedArray, month: str | None) -> pa.ChunkedArray:
    return pc.is_null(months) if month is None else pc.equal(months, month)


def _written(system: PyFileSystem, month: str | None, rows: pa.Table, few: list[str], stem: str) -> Added:
    path = f"month={month or _UNKNOWN}/{stem}.parquet"
    with system.open_output_stream(path) as file:
        pq.write_table(rows.drop_columns("month"), file, row_group_size=STRETCH, use_dictionary=few)
    told = system.get_file_info(path)
    return Added(path, month, rows.num_rows, told.size, told.mtime_ns // 10**6, json.dumps(_statistics(rows)))


def _statistics(rows: pa.Table) -> dict[str, Any]:
    """What tells a reader that a file holds nothing for it: between which numbers those of each column lie."""
    whole = [field.name for field in rows.schema if pa.types.is_integer(field.type)]
    ends = {name: pc.min_max(rows.column(name)) for name in whole if rows.column(name).null_count < rows.num_rows}
    return {
        "numRecords": rows.num_rows,
        "minValues": {name: end["min"].as_py() for name, end in ends.items()},
        "maxValues": {name: end["max"].as_py() for name, end in ends.items()},
        "nullCount": {name: rows.column(name).null_count for name in whole},
    }


def committed(held: DeltaTable, table: Table, files: Iterable[Added], once: CommitProperties) -> None:
    """The files belong to the table from the version on that comes next; CommitFailedError where another came first."""
    actions: list[AddAction | RemoveAction] = [
        AddAction(one.path, one.size, {"month": one.month}, one.written, True, one.statistics) for one in files
    ]
    held.create_write_transaction(actions, "append", table.schema, list(table.partition), commit_properties=once)


def numbered(rows: pa.Table, table: Table, number: int) -> pa.Table:
    """The rows with the columns of their table, those they lack null, under the run's number."""
    columns = [
        pa.array(np.full(rows.num_rows, number))
        if field.name == "seq"
        else rows.column(field.name).cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in table.schema
    ]
    return pa.table(columns, schema=table.schema)
