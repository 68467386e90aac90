"""Runs whose rows are in the tables and whose row of ``runs`` is not: interrupted before it came, or it was lost since.

Every commit of a run names the run and the folder of its outputs, so that the two can be told apart: a run that never
came to its row in ``runs`` has placed nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction
from pyarrow.fs import FileSelector, PyFileSystem

from pipeline.ledger.delta_tables import fingerprint_files, table_url
from pipeline.ledger.migration import NO_RETRY
from pipeline.ledger.snapshot import FINGERPRINTS, LedgerSnapshot
from pipeline.ledger.tables import DATA_TABLES, RUNS

_RUN_ID, _OUT = "feedwarden.run", "feedwarden.out"


class UnrecordedRun(NamedTuple):
    """A run that the tables have rows of and ``runs`` does not know: its id, and the folder of its outputs."""

    run_id: str
    out: str


def name_run(run: Mapping[str, Any]) -> CommitProperties:
    """A commit that names the run, and that fails where it comes second."""
    if not run.get("run_id"):
        return NO_RETRY
    return CommitProperties(
        max_commit_retries=0, custom_metadata={_RUN_ID: str(run["run_id"]), _OUT: str(run.get("out") or "")}
    )


def list_unrecorded(ledger: LedgerSnapshot, tables: Mapping[str, DeltaTable]) -> list[UnrecordedRun]:
    """The runs named by the commits of the ``tables`` (at their last versions) that the ledger does not know."""
    found = dict[UnrecordedRun, None]()
    recorded = set(ledger.runs["run_id"]) if len(ledger.runs) else set()
    for table in DATA_TABLES:
        commits = tables[table.name].version() - ledger.versions.get(table.name, 0)
        for entry in tables[table.name].history(commits) if commits > 0 else ():
            if entry.get(_RUN_ID) and entry[_RUN_ID] not in recorded:
                found[UnrecordedRun(entry[_RUN_ID], entry.get(_OUT, ""))] = None
    return list(found)


def record_again(url: str, run: UnrecordedRun, tables: Mapping[str, DeltaTable]) -> bool:
    """The row of the run is in ``runs`` again; False where its file is gone, or the tables are not as it left them."""
    runs_table = DeltaTable(table_url(url, RUNS))
    for action, row in _list_lost_rows(runs_table, url):
        versions = json.loads(row["versions"])
        fingerprints = {name: fingerprint_files(tables[name]) for name in versions.get(FINGERPRINTS, {})}
        if row["run_id"] == run.run_id and versions.get(FINGERPRINTS) == fingerprints:
            runs_table.create_write_transaction([action], "append", RUNS.schema, [], commit_properties=NO_RETRY)
            return True
    return False


def _list_lost_rows(runs_table: DeltaTable, url: str) -> Iterator[tuple[AddAction, dict[str, Any]]]:
    """The files of one row beside the table that its version does not name, each with its row."""
    from deltalake.fs import DeltaStorageHandler

    filesystem = PyFileSystem(DeltaStorageHandler(table_url(url, RUNS)))
    named = {uri.rpartition("/")[2] for uri in runs_table.file_uris()}
    for info in filesystem.get_file_info(FileSelector("", recursive=False)):
        if not info.base_name.endswith(".parquet") or info.base_name in named:
            continue
        with filesystem.open_input_file(info.path) as file:
            rows = pq.read_table(file)
        if rows.num_rows == 1 and set(RUNS.schema.names) <= set(rows.column_names):
            statistics = json.dumps({"numRecords": 1})
            action = AddAction(info.base_name, info.size, {}, info.mtime_ns // 10**6, True, statistics)
            yield action, pa.Table.from_batches(rows.to_batches()).to_pylist()[0]
