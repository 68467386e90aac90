"""The ledger moved on: the rows of one run and the run itself, all of it or nothing.

``runs`` is committed last and names the version of every other table that belongs to it, so the tables move together
or not at all. What an interrupted run has left behind that row is forgotten when the ledger is next made ready.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

from pipeline.ledger.lock import LedgerInUse
from pipeline.ledger.store import STRETCH, Ledger, LedgerDamaged, missing, opened, place
from pipeline.ledger.tables import DATA, LAYOUT, RUNS, Table

_ONCE = CommitProperties(max_commit_retries=0)  # a commit that comes second fails instead of being tried behind another
_FILES = 24  # small files of a partition before they are put together


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


def commit(ledger: Ledger, run: dict[str, Any], rows: dict[str, pa.Table]) -> int:
    """The rows of one run are added, and as the last act the run itself; the number of the run.

    LedgerInUse where another run has committed since this one began to read: no row of either is lost, because each
    table is only moved on from the version that was read.
    """
    number, versions = ledger.last + 1, dict(ledger.versions)
    for table in DATA:
        told = rows.get(table.name)
        if told is not None and told.num_rows:
            versions[table.name] = _append(ledger, table, _numbered(told, table, number))
        else:
            versions.setdefault(table.name, 0)
    del versions[RUNS.name]
    row = {"seq": number, **run, "versions": json.dumps(versions, sort_keys=True)}
    _append(ledger, RUNS, pa.Table.from_pylist([row], schema=RUNS.schema))
    return number


def _append(ledger: Ledger, table: Table, rows: pa.Table) -> int:
    """The rows are added to the version of the table that was read; the version that has come of it."""
    where = place(ledger.url, table)
    try:
        write_deltalake(
            DeltaTable(where, version=ledger.versions.get(table.name, 0)),
            rows,
            mode="append",
            writer_properties=WriterProperties(max_row_group_size=STRETCH),
            commit_properties=_ONCE,
        )
    except CommitFailedError as trouble:
        raise LedgerInUse(f"{ledger.url}: another run has committed since this one began; run it again") from trouble
    return _tidied(DeltaTable(where), table)


def _tidied(held: DeltaTable, table: Table) -> int:
    """The version in which the small files of a month, once there are many, are one; rows and history stay.

    Files that no version of the last week needs are removed then, so that a year of nights stays small.
    """
    names = pa.table(held.get_add_actions(flatten=True))
    months = names.column("partition.month") if table.partition else pa.chunked_array([pa.nulls(len(names))])
    crowded = [one["values"] for one in months.value_counts().to_pylist() if one["counts"] > _FILES]
    for month in crowded:
        held.optimize.compact(partition_filters=[("month", "=", month)] if table.partition else None)
    if crowded:
        held.vacuum(dry_run=False)
    return held.version()


def _numbered(rows: pa.Table, table: Table, number: int) -> pa.Table:
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
