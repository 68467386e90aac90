"""The ledger moved on: the rows of one run and the run itself, all of it or nothing.

``runs`` is committed last and names the version of every other table that belongs to it, so the tables move together
or not at all. What an interrupted run has left behind that row is forgotten when the ledger is next made ready.
"""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

from pipeline.ledger import staged_files
from pipeline.ledger.delta_tables import (
    LedgerDamaged,
    check_files,
    fingerprint_files,
    missing_table,
    open_table,
    table_url,
)
from pipeline.ledger.layouts import LAYOUT, find_layout
from pipeline.ledger.lock import LedgerInUse
from pipeline.ledger.migration import NO_RETRY, is_present_layout, migrate_table
from pipeline.ledger.old_files import remove_old_files
from pipeline.ledger.snapshot import FINGERPRINTS, LedgerSnapshot
from pipeline.ledger.tables import DATA_TABLES, RUNS, LedgerTable
from pipeline.ledger.unrecorded_runs import UnrecordedRun, list_unrecorded, name_run, record_again

RowPieces = Iterable[pa.Table] | Iterable[staged_files.StagedFile]  # piece by piece, or in files that are written
_MAX_SMALL_FILES = 6  # small files of a partition before they are put together
_ROLLED_BACK = "an interrupted run was rolled back"
_NO_MONTH = ""  # how a filter names the partition of rows without a month
_SMALL_FILE_BYTES = 1 << 24  # bytes of a file that is worth putting together with others


def forget_run(_run: UnrecordedRun) -> bool:
    """A run that ``runs`` does not know is taken back."""
    return False


def prepare_ledger(url: str, is_to_keep: Callable[[UnrecordedRun], bool] = forget_run) -> tuple[LedgerSnapshot, str]:
    """The ledger made ready to be written, and what was found of an interrupted run, in words; empty where none was.

    Makes the tables where there are none. A table of an older layout
    stays as it is until the run commits. A run that ``runs`` does not know is taken back, or, where ``is_to_keep``
    says so, recorded again. LedgerDamaged where what is there is no ledger, or of a layout unknown here.
    """
    if "://" not in url:
        Path(url).mkdir(parents=True, exist_ok=True)
    ledger = LedgerSnapshot(url)
    tables = {table.name: _open_or_create(ledger, table) for table in (*DATA_TABLES, RUNS)}
    for run in list_unrecorded(ledger, tables):
        if is_to_keep(run):
            if not record_again(url, run, tables):
                raise LedgerDamaged(
                    f"{table_url(url, RUNS)}: its row of the run {run.run_id} is gone; restore the folder from a backup"
                )
            return LedgerSnapshot(url), f"the run {run.run_id} is recorded again"
    return ledger, _restore_last_commit(ledger, tables)


def _open_or_create(ledger: LedgerSnapshot, table: LedgerTable) -> DeltaTable:
    """The table at its last version, made where there is none. Raises LedgerDamaged."""
    opened = ledger.tables.open_table(table) if table is RUNS else None  # as its rows were read a moment ago
    delta_table, version = opened or open_table(ledger.url, table), ledger.versions.get(table.name, 0)
    if delta_table is None and version:
        raise missing_table(ledger.url, table)
    if delta_table is None:
        return DeltaTable.create(
            table_url(ledger.url, table),
            table.schema,
            partition_by=list(table.partition_by) or None,
            description=LAYOUT,
        )
    find_layout(delta_table)
    if delta_table.version() == version:
        check_files(ledger.url, table, delta_table, ledger.fingerprints.get(table.name))
    else:
        ledger.tables.open_table(table)
    return delta_table


def _restore_last_commit(ledger: LedgerSnapshot, tables: Mapping[str, DeltaTable]) -> str:
    """Every table is taken back to the version that the last run names; what was taken back, in words."""
    restored = []
    for table in DATA_TABLES:
        delta_table = tables[table.name]
        committed_version = ledger.versions.get(table.name, 0)
        if delta_table.version() != committed_version:
            rows = delta_table.count()
            delta_table.restore(committed_version)
            rows -= delta_table.count()
            ledger.versions[table.name] = delta_table.version()
            restored += [f"{rows} row{'s' * (rows != 1)} of {table.name}"] * (rows > 0)
        ledger.tables.keep_open(table, delta_table)
    return f"{_ROLLED_BACK}: {', '.join(restored)}; run its files again to process them" if restored else ""


def commit_run(ledger: LedgerSnapshot, run: dict[str, Any], rows: Mapping[str, pa.Table | RowPieces]) -> int:
    """The rows of one run are added, and as the last act the run itself; the number of the run.

    LedgerInUse where another run has committed since this one began to read: no row of either is lost, because each
    table is only moved on from the version that was read.
    """
    is_statement = run.get("run_id") is None  # of a person, about the runs so far: it has the number of the last
    number, versions = ledger.last + (not is_statement), dict[str, Any]()
    fingerprints, properties = dict[str, str](), name_run(run)
    for table in DATA_TABLES:
        table_rows = rows.get(table.name, ())
        pieces = (table_rows,) if isinstance(table_rows, pa.Table) else table_rows
        delta_table = _append_rows(ledger, table, pieces, number, properties)
        versions[table.name], fingerprints[table.name] = delta_table.version(), fingerprint_files(delta_table)
    text = json.dumps(versions | {FINGERPRINTS: fingerprints}, sort_keys=True)
    row = pa.Table.from_pylist([run | {"versions": text}], schema=RUNS.schema)
    _append_rows(ledger, RUNS, (row,), number, properties)
    return number


def _append_rows(
    ledger: LedgerSnapshot, table: LedgerTable, rows: RowPieces, number: int, commit_properties: CommitProperties
) -> DeltaTable:
    """The rows are added to the version of the table that was read; the table at the version that has come of it.

    Where there are no rows it is the one that was read.
    """
    location, remaining = table_url(ledger.url, table), iter(rows)
    first = next((piece for piece in remaining if piece.num_rows), None)
    try:
        delta_table = ledger.tables.open_table(table)
        if delta_table is None or not is_present_layout(delta_table, table):
            delta_table = migrate_table(DeltaTable(location, version=ledger.versions.get(table.name, 0)), table)
        if first is None:
            return delta_table
        pieces, version = itertools.chain((first,), remaining), delta_table.version() + 1
        if not table.partition_by:
            rows_of_run = pa.concat_tables(staged_files.conform_rows(piece, table, number) for piece in pieces)
            write_deltalake(delta_table, rows_of_run, mode="append", commit_properties=commit_properties)
        else:
            if not isinstance(first, staged_files.StagedFile):
                pieces = staged_files.stage_pieces(ledger.url, table, pieces, number, uuid.uuid4().hex)
            staged_files.commit_files(delta_table, table, pieces, commit_properties)
        is_moved = delta_table.version() == version
        return _compact_files(ledger, table, delta_table if is_moved else DeltaTable(location, version=version))
    except CommitFailedError as error:
        raise LedgerInUse(f"{ledger.url}: another run has committed since this one began; run it again") from error


def _compact_files(ledger: LedgerSnapshot, table: LedgerTable, delta_table: DeltaTable) -> DeltaTable:
    """The table in which the small files of a month, once there are many, are one; rows and history stay.

    Files that neither it nor the last run's version needs are removed then, so that the files of a year of nights are
    as few as those of a week. CommitFailedError where another commit came between: none of its rows are taken along.
    """
    version = delta_table.version()
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
            partition_filters=[("month", "=", month or _NO_MONTH)] if table.partition_by else None,
            commit_properties=NO_RETRY,
        )
        version += 1
    if delta_table.version() != version:
        raise CommitFailedError(f"{delta_table.table_uri} is at another version than {version}")
    if crowded:
        remove_old_files(delta_table, ledger.url, table, ledger.versions.get(table.name, 0))
    return delta_table
