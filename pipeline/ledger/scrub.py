"""A ledger cleaned of texts that earlier versions kept and that may be personal: masked, in one commit, old files gone.

Every version but the last is gone from the disk then: what is masked stands in their files and in their log. What the
runs said stays: it is in the rows, not in the versions.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

from pipeline.ledger.allowed_texts import mask_rows
from pipeline.ledger.delta_tables import fingerprint_files, table_url
from pipeline.ledger.lock import LedgerInUse
from pipeline.ledger.migration import NO_RETRY, migrate_table, read_apart
from pipeline.ledger.old_files import LOG_FOLDER, delete_files, list_files, open_files
from pipeline.ledger.snapshot import FINGERPRINTS, LedgerSnapshot
from pipeline.ledger.stored_rows import StoredRows
from pipeline.ledger.tables import DATA_TABLES, RUNS, LedgerTable

_LAST_CHECKPOINT = "_last_checkpoint"
MaskedCounts = Mapping[tuple[str, str], int]  # by table and column, how many texts


def count_personal_texts(ledger: LedgerSnapshot) -> MaskedCounts:
    """How many texts of each table and column are to be masked."""
    counts: Counter[tuple[str, str]] = Counter()
    for table in (*DATA_TABLES, RUNS):
        if delta_table := ledger.tables.open_table(table):
            for _ in _mask_batches(delta_table, table, counts):
                pass
    return counts


def scrub_ledger(ledger: LedgerSnapshot, counts: MaskedCounts) -> int:
    """The texts counted are masked, and no file holds them any more; the number of old files that are removed.

    ``runs`` is committed last, so that a crash leaves the ledger as it was or cleaned; cleaned again, it loses the
    old files that are left. LedgerInUse where another run has committed since the ledger was read.
    """
    try:
        tables = {table.name: _mask_table(ledger, table, counts) for table in DATA_TABLES}
        tables[RUNS.name] = _mask_runs(ledger, tables)
    except CommitFailedError as error:
        raise LedgerInUse(f"{ledger.url}: another run has committed since this one began; run it again") from error
    return sum(_remove_old_files(tables[table.name], table_url(ledger.url, table)) for table in (*DATA_TABLES, RUNS))


def _mask_table(ledger: LedgerSnapshot, table: LedgerTable, counts: MaskedCounts) -> DeltaTable:
    """The table in the present layout, written anew where a text of it is to be masked."""
    version = ledger.versions.get(table.name, 0)
    delta_table = migrate_table(DeltaTable(table_url(ledger.url, table), version=version), table)
    if any(name == table.name for name, _ in counts):
        batches = read_apart(_mask_batches(delta_table, table, Counter()))
        rows = pa.RecordBatchReader.from_batches(table.schema, batches)
        write_deltalake(delta_table, rows, mode="overwrite", commit_properties=NO_RETRY)
    return delta_table


def _mask_runs(ledger: LedgerSnapshot, tables: Mapping[str, DeltaTable]) -> DeltaTable:
    """The table of runs, masked; its last row names the versions that the other tables have now."""
    delta_table = migrate_table(DeltaTable(table_url(ledger.url, RUNS), version=ledger.versions[RUNS.name]), RUNS)
    rows = pa.Table.from_batches(_mask_batches(delta_table, RUNS, Counter()), RUNS.schema).sort_by("seq")
    versions: dict[str, Any] = {name: table.version() for name, table in tables.items()}
    versions[FINGERPRINTS] = {name: fingerprint_files(table) for name, table in tables.items()}
    texts = [*rows.column("versions").to_pylist()[:-1], json.dumps(versions, sort_keys=True)]
    place = rows.schema.get_field_index("versions")
    rows = rows.set_column(place, rows.schema.field(place), pa.array(texts, pa.string()))
    write_deltalake(delta_table, rows, mode="overwrite", commit_properties=NO_RETRY)
    return delta_table


def _mask_batches(
    delta_table: DeltaTable, table: LedgerTable, counts: Counter[tuple[str, str]]
) -> Iterator[pa.RecordBatch]:
    """The rows of a table, masked; what is masked is added to the counts."""
    for batch in StoredRows.of_table(delta_table, table).scan_rows(table.schema.names):
        rows, masked_counts = mask_rows(pa.Table.from_batches([batch]).cast(table.schema), table)
        counts.update({(table.name, name): count for name, count in masked_counts.items()})
        yield from rows.combine_chunks().to_batches()


def _remove_old_files(delta_table: DeltaTable, url: str) -> int:
    """The files of earlier versions, and their log, are gone; how many they were."""
    delta_table.create_checkpoint()
    old_paths = delta_table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=True, full=True)
    kept_log = tuple(f"{LOG_FOLDER}/{name}" for name in (f"{delta_table.version():020}", _LAST_CHECKPOINT))
    filesystem = open_files(url)
    files = list_files(filesystem)
    old_log = {path for path in files if path.startswith(f"{LOG_FOLDER}/") and not path.startswith(kept_log)}
    old_files = (files & {*old_paths}) | old_log
    delete_files(filesystem, old_files)
    return len(old_files)
