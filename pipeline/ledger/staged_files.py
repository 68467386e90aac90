"""Files of the ledger written by many, each what it has: nothing of them is seen before one commit names them all.

A file lies in its place as soon as it is whole, and not before, in a folder as in a store of objects. Those of a run
that never came to its commit belong to no version; they are removed as the ledger is put together, a week later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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

_MAX_PENDING_ROWS = 1 << 15  # rows of all months together that wait to be written


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
    return stage_pieces(url, table, (rows,), run_number, stem)


def stage_pieces(
    url: str, table: LedgerTable, pieces: Iterable[pa.Table], run_number: int, stem: str
) -> list[StagedFile]:
    """The same of rows that come piece by piece, of which few are in memory at a time."""
    writer, pending = _MonthWriter(url, table, stem), dict[str | None, list[pa.Table]]()
    for piece in pieces:
        for month, rows in _split_months(conform_rows(piece, table, run_number)):
            pending.setdefault(month, []).append(rows)
        row_counts = {month: sum(map(len, parts)) for month, parts in pending.items()}
        while sum(row_counts.values()) >= _MAX_PENDING_ROWS:
            largest = max(row_counts, key=row_counts.__getitem__)
            del row_counts[largest]
            writer.write_rows(largest, pa.concat_tables(pending.pop(largest)))
    for month, parts in pending.items():
        writer.write_rows(month, pa.concat_tables(parts))
    return writer.close()


def _split_months(rows: pa.Table) -> Iterator[tuple[str | None, pa.Table]]:
    months = rows.column("month")
    names = months.unique().to_pylist()
    for month in names:
        is_month = pc.is_null(months) if month is None else pc.equal(months, month)
        yield month, rows if len(names) == 1 else rows.filter(is_month)


class _MonthWriter:
    """Files of a table under way, one a month; each is in its place once it is closed."""

    def __init__(self, url: str, table: LedgerTable, stem: str) -> None:
        from deltalake.fs import DeltaStorageHandler

        self._filesystem = PyFileSystem(DeltaStorageHandler(table_url(url, table)))
        self._schema = table.schema.remove(table.schema.get_field_index("month"))
        self._dictionary_columns = [name for name in self._schema.names if name not in table.unique_columns]
        self._stem = stem
        self._files: dict[str | None, tuple[str, pa.NativeFile, pq.ParquetWriter, _Statistics]] = {}

    def write_rows(self, month: str | None, rows: pa.Table) -> None:
        """The rows, all of the month, go to its file."""
        if month not in self._files:
            path = f"month={month or _NULL_MONTH}/{self._stem}.parquet"
            stream = self._filesystem.open_output_stream(path)
            writer = pq.ParquetWriter(stream, self._schema, use_dictionary=self._dictionary_columns)
            self._files[month] = (path, stream, writer, _Statistics())
        *_, writer, statistics = self._files[month]
        writer.write_table(rows.drop_columns("month"), row_group_size=CHUNK_ROWS)
        statistics.add(rows)

    def close(self) -> list[StagedFile]:
        """All files, whole and in their places."""
        return [self._close_file(month) for month in self._files]

    def _close_file(self, month: str | None) -> StagedFile:
        path, stream, writer, statistics = self._files[month]
        writer.close()
        stream.close()
        file_info = self._filesystem.get_file_info(path)
        text = json.dumps(statistics.describe())
        return StagedFile(path, month, statistics.row_count, file_info.size, file_info.mtime_ns // 10**6, text)


class _Statistics:
    """By what a reader knows that a file has nothing for it: the least and greatest number of each column."""

    def __init__(self) -> None:
        self.row_count = 0
        self._null_counts: dict[str, int] = {}
        self._bounds: dict[str, tuple[int, int]] = {}

    def add(self, rows: pa.Table) -> None:
        """The rows are in the file, too."""
        self.row_count += len(rows)
        for name in (field.name for field in rows.schema if pa.types.is_integer(field.type)):
            column = rows.column(name)
            self._null_counts[name] = self._null_counts.get(name, 0) + column.null_count
            if column.null_count < len(column):
                least, greatest = pc.min_max(column).as_py().values()
                low, high = self._bounds.get(name, (least, greatest))
                self._bounds[name] = (min(low, least), max(high, greatest))

    def describe(self) -> dict[str, Any]:
        """The statistics as the log of a table has them."""
        return {
            "numRecords": self.row_count,
            "minValues": {name: low for name, (low, _) in self._bounds.items()},
            "maxValues": {name: high for name, (_, high) in self._bounds.items()},
            "nullCount": self._null_counts,
        }


def commit_files(
    delta_table: DeltaTable, table: LedgerTable, staged: Iterable[StagedFile], commit_properties: CommitProperties
) -> None:
    """The files belong to the table from the version on that comes next, and the table at hand is at that version.

    CommitFailedError where another came first.
    """
    actions: list[AddAction | RemoveAction] = [
        AddAction(file.path, file.size_bytes, {"month": file.month}, file.written_ms, True, file.statistics)
        for file in staged
    ]
    delta_table.create_write_transaction(
        actions, "append", table.schema, list(table.partition_by), commit_properties=commit_properties
    )
    delta_table.update_incremental()


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
