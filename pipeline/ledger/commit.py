"""The ledger moved on: the rows of one run and the run itself, all of it or nothing.

``runs`` is committed last and names the version of every other table that belongs to it, so the tables move together
or not at all. What an interrupted run has left behind that row is forgotten when the ledger is next made ready.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import ColumnProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

from pipeline.ledger import staged_files
from pipeline.ledger.delta_tables import missing_table, open_table, table_url
from pipeline.ledger.layouts import CHUNK_ROWS, LAYOUT, NO_RETRY, find_layout, migrate_table
from pipeline.ledger.lock import LedgerInUse
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import DATA_TABLES, RUNS, LedgerTable

RowPieces = (
    Iterable[pa.Table] | Iterable[staged_files.StagedFile]
)  # piece by piece, or files in which they are written already
_MAX_SMALL_FILES = 24  # small files of a partition before they are put together
_NO_MONTH = ""  # how a filter names the partition of rows without a month
_SMALL_FILE_BYTES = 1 << 24  # bytes of a file that is worth putting together with others


def prepare_ledger(url: str) -> tuple[LedgerSnapshot, str]:
    """The ledger made ready to be written, and what was found of an interrupted run, in words; empty where none was.

    Makes the tables where there are none. A table of an older layout
    stays as it is until the run commits. LedgerDamaged where what is there is no ledger, or of a layout unknown here.
    """
    if "://" not in url:
        Path(url).mkdir(parents=True, exist_ok=True)
    before = LedgerSnapshot(url)
    for table in (*DATA_TABLES, RUNS):
        delta_table = open_table(url, table)
        if delta_table is None and before.versions.get(table.name):
            raise missing_table(url, table)
        if delta_table is None:
            DeltaTable.create(
                table_url(url, table), table.schema, partition_by=list(table.partition_by) or None, description=LAYOUT
            )
        else:
            find_layout(delta_table)
    ledger = LedgerSnapshot(url)
    return ledger, _restore_last_commit(ledger)


def _restore_last_commit(ledger: LedgerSnapshot) -> str:
    """Every table is taken back to the version that the last run names; what was taken back, in words."""
    restored = []
    for table in DATA_TABLES:
        delta_table = DeltaTable(table_url(ledger.url, table))
        committed_version = ledger.versions.get(table.name, 0)
        if delta_table.version() != committed_version:
            rows = delta_table.count()
            delta_table.restore(committed_version)
            rows -= delta_table.count()
            ledger.versions[table.name] = delta_table.version()
            restored += [f"{rows} rows of {table.name}"] * (rows > 0)
    return f"an interrupted run was rolled back: {', '.join(restored)}" if restored else ""


def commit_run(ledger: LedgerSnapshot, run: dict[str, Any], rows: Mapping[str, pa.Table | RowPieces]) -> int:
    """The rows of one run are added, and as the last act the run itself; the number of the run.

    LedgerInUse where another run has committed since this one began to read: no row of either is lost, because each
    table is only moved on from the version that was read.
    """
    is_statement = run.get("run_id") is None  # of a person, about the runs so far: it has the number of the last
    number, versions = ledger.last + (not is_statement), dict(ledger.versions)
    for table in DATA_TABLES:
        table_rows = rows.get(table.name, ())
        versions[table.name] = _append_rows(
            ledger, table, (table_rows,) if isinstance(table_rows, pa.Table) else table_rows, number
        )
    del versions[RUNS.name]
    row = pa.Table.from_pylist([run | {"versions": json.dumps(versions, sort_keys=True)}], schema=RUNS.schema)
    _append_rows(ledger, RUNS, (row,), number)
    return number


def _append_rows(ledger: LedgerSnapshot, table: LedgerTable, rows: RowPieces, number: int) -> int:
    """The rows are added to the version of the table that was read; the version that has come of it.

    Where there are no rows it is the one that was read.
    """
    location, remaining = table_url(ledger.url, table), iter(rows)
    first = next((piece for piece in remaining if piece.num_rows), None)
    try:
        delta_table = migrate_table(DeltaTable(location, version=ledger.versions.get(table.name, 0)), table)
        if first is None:
            return delta_table.version()
        pieces = itertools.chain((first,), remaining)
        if isinstance(first, staged_files.StagedFile):
            staged_files.commit_files(delta_table, table, pieces, NO_RETRY)
        else:
            write_deltalake(
                delta_table,
                _stream_rows(table, pieces, number),
                mode="append",
                writer_properties=_writer_properties(table),
                commit_properties=NO_RETRY,
            )
    except CommitFailedError as error:
        raise LedgerInUse(f"{ledger.url}: another run has committed since this one began; run it again") from error
    return _compact_files(DeltaTable(location), table)


def _writer_properties(table: LedgerTable) -> WriterProperties:
    without_dictionary = ColumnProperties(dictionary_enabled=False)
    return WriterProperties(
        max_row_group_size=CHUNK_ROWS, column_properties=dict.fromkeys(table.unique_columns, without_dictionary)
    )


def _stream_rows(table: LedgerTable, pieces: Iterable[pa.Table], number: int) -> pa.RecordBatchReader:
    """The rows of the pieces, one piece in memory at a time."""
    batches = (batch for piece in pieces for batch in staged_files.conform_rows(piece, table, number).to_batches())
    return pa.RecordBatchReader.from_batches(table.schema, batches)


def _compact_files(delta_table: DeltaTable, table: LedgerTable) -> int:
    """The version in which the small files of a month, once there are many, are one; rows and history stay.

    Files that no version of the last week needs are removed then, so that a year of nights stays small, and those that
    a run left before it could commit them.
    """
    small_files = pa.table(delta_table.get_add_actions(flatten=True))
    small_files = small_files.filter(pc.less(small_files.column("size_bytes"), _SMALL_FILE_BYTES))
    months = (
        small_files.column("partition.month") if table.partition_by else pa.chunked_array([pa.nulls(len(small_files))])
    )
    crowded = [
        month_count["values"]
        for month_count in months.value_counts().to_pylist()
        if month_count["counts"] > _MAX_SMALL_FILES
    ]
    for month in crowded:
        delta_table.optimize.compact(
            partition_filters=[("month", "=", month or _NO_MONTH)] if table.partition_by else None
        )
    if crowded:
        delta_table.vacuum(dry_run=False, full=True)
    return delta_table.version()
