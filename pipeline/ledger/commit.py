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
from deltalake import ColumnProperties, CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

from pipeline.ledger import files
from pipeline.ledger.lock import LedgerInUse
from pipeline.ledger.store import STRETCH, Ledger, LedgerDamaged, missing, opened, place
from pipeline.ledger.tables import DATA, LAYOUT, RUNS, Table

_ONCE = CommitProperties(max_commit_retries=0)  # a commit that comes second fails instead of being tried behind another
Rows = Iterable[pa.Table] | Iterable[files.Added]  # piece by piece, or files in which they are written already
_FILES = 24  # small files of a partition before they are put together
_NONE = ""  # how a filter names the partition of rows without a month
_SMALL = 1 << 24  # bytes of a file that is worth putting together with others


def begin(url: str) -> tuple[Ledger, str]:
    """The ledger made ready to be written, and what was found of an interrupted run, in words; empty where none was.

    Makes the tables where there are none. LedgerDamaged where what is there is no ledger, or of a layout unknown here.
    """
    if "://" not in url:
        Path(url).mkdir(parents=True, exist_ok=True)
    before = Ledger(url)
    for table in (*DATA, RUNS):
        held = opened(url, table)
        if held is None and before.versions.get(table.name):
            raise missing(url, table)
        if held is None:
            DeltaTable.create(
                place(url, table), table.schema, partition_by=list(table.partition) or None, description=LAYOUT
            )
        elif held.metadata().description != LAYOUT:
            found = held.metadata().description or "no layout"
            raise LedgerDamaged(f"{url}/{table.name}: {found} is not {LAYOUT}; choose another folder with --ledger")
    ledger = Ledger(url)
    return ledger, _forgotten(ledger)


def _forgotten(ledger: Ledger) -> str:
    """Every table is taken back to the version that the last run names; what was taken back, in words."""
    taken = []
    for table in DATA:
        held = DeltaTable(place(ledger.url, table))
        named = ledger.versions.get(table.name, 0)
        if held.version() != named:
            rows = held.count()
            held.restore(named)
            rows -= held.count()
            ledger.versions[table.name] = held.version()
            taken += [f"{rows} rows of {table.name}"] * (rows > 0)
    return f"an interrupted run was forgotten: {', '.join(taken)}" if taken else ""


def commit(ledger: Ledger, run: dict[str, Any], rows: Mapping[str, pa.Table | Rows]) -> int:
    """The rows of one run are added, and as the last act the run itself; the number of the run.

    LedgerInUse where another run has committed since this one began to read: no row of either is lost, because each
    table is only moved on from the version that was read.
    """
    number, versions = ledger.last + 1, dict(ledger.versions)
    for table in DATA:
        told = rows.get(table.name, ())
        versions[table.name] = _append(ledger, table, (told,) if isinstance(told, pa.Table) else told, number)
    del versions[RUNS.name]
    row = pa.Table.from_pylist([run | {"versions": json.dumps(versions, sort_keys=True)}], schema=RUNS.schema)
    _append(ledger, RUNS, (row,), number)
    return number


def _append(ledger: Ledger, table: Table, rows: Rows, number: int) -> int:
    """The rows are added to the version of the table that was read; the version that has come of it.

    Where there are no rows it is the one that was read.
    """
    version, coming = ledger.versions.get(table.name, 0), iter(rows)
    first = next((piece for piece in coming if piece.num_rows), None)
    if first is None:
        return version
    where, pieces = place(ledger.url, table), itertools.chain((first,), coming)
    try:
        if isinstance(first, files.Added):
            files.committed(DeltaTable(where, version=version), table, pieces, _ONCE)
        else:
            write_deltalake(
                DeltaTable(where, version=version),
                _stream(table, pieces, number),
                mode="append",
                writer_properties=_properties(table),
                commit_properties=_ONCE,
            )
    except CommitFailedError as trouble:
        raise LedgerInUse(f"{ledger.url}: another run has committed since this one began; run it again") from trouble
    return _tidied(DeltaTable(where), table)


def _properties(table: Table) -> WriterProperties:
    plain = ColumnProperties(dictionary_enabled=False)
    return WriterProperties(max_row_group_size=STRETCH, column_properties=dict.fromkeys(table.unique, plain))


def _stream(table: Table, pieces: Iterable[pa.Table], number: int) -> pa.RecordBatchReader:
    """The rows of the pieces, one piece in memory at a time."""
    batches = (batch for piece in pieces for batch in files.numbered(piece, table, number).to_batches())
    return pa.RecordBatchReader.from_batches(table.schema, batches)


def _tidied(held: DeltaTable, table: Table) -> int:
    """The version in which the small files of a month, once there are many, are one; rows and history stay.

    Files that no version of the last week needs are removed then, so that a year of nights stays small, and those that
    a run left before it could commit them.
    """
    names = pa.table(held.get_add_actions(flatten=True))
    names = names.filter(pc.less(names.column("size_bytes"), _SMALL))
    months = names.column("partition.month") if table.partition else pa.chunked_array([pa.nulls(len(names))])
    crowded = [one["values"] for one in months.value_counts().to_pylist() if one["counts"] > _FILES]
    for month in crowded:
        held.optimize.compact(partition_filters=[("month", "=", month or _NONE)] if table.partition else None)
    if crowded:
        held.vacuum(dry_run=False, full=True)
    return held.version()
