"""The tables of a ledger as one run reads them: each is opened once, and a small one is read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable

from pipeline.ledger.delta_tables import LedgerDamaged, missing_table, open_table
from pipeline.ledger.stored_rows import StoredRows
from pipeline.ledger.tables import LedgerTable

_SMALL_TABLE_ROWS = 1 << 14  # a table of no more is kept in memory: opening its files again costs more than its rows


class OpenTables:
    """The tables of the ledger at an address, at the versions of one run; a copy that is sent elsewhere is unopened."""

    def __init__(self, url: str, versions: Mapping[str, int]) -> None:
        """Nothing is opened yet."""
        self._url, self._versions, self._lock = url, versions, Lock()
        self._delta_tables: dict[str, DeltaTable] = {}
        self._stored_rows: dict[tuple[str, int | None], StoredRows | None] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Handles of open files stay where they are."""
        return OpenTables, (self._url, dict(self._versions))

    def keep_open(self, table: LedgerTable, delta_table: DeltaTable) -> None:
        """A table that somebody has opened is not opened again, where it is at the version that is read."""
        self._delta_tables[table.name] = delta_table

    def is_present_layout(self, table: LedgerTable) -> bool:
        """Whether the table is there and is stored in the present layout."""
        stored_rows = self._open_rows(table)
        return stored_rows is not None and stored_rows.is_present_layout

    def scan_rows(self, table: LedgerTable, names: Sequence[str], condition: Any) -> Iterator[pa.RecordBatch]:
        """The columns named of the rows for which the condition holds, in the order of the files."""
        try:
            stored_rows = self._open_rows(table)
            if stored_rows:
                yield from stored_rows.scan_rows(names, condition)
        except (OSError, pa.ArrowInvalid) as error:
            raise LedgerDamaged(f"{self._url}/{table.name}: {error}; see feedwarden ledger verify") from error

    def _open_rows(self, table: LedgerTable) -> StoredRows | None:
        version = self._versions.get(table.name)
        with self._lock:
            if (table.name, version) not in self._stored_rows:
                delta_table = self._open_table(table, version)
                self._stored_rows[table.name, version] = _read_small(delta_table, table) if delta_table else None
            return self._stored_rows[table.name, version]

    def _open_table(self, table: LedgerTable, version: int | None) -> DeltaTable | None:
        delta_table = self._delta_tables.get(table.name)
        if delta_table is None or delta_table.version() != version:
            delta_table = open_table(self._url, table, version)
        if delta_table is None and version:
            raise missing_table(self._url, table)
        return delta_table


def _read_small(delta_table: DeltaTable, table: LedgerTable) -> StoredRows:
    """The rows of a table, in memory where they are few."""
    stored_rows = StoredRows.of_table(delta_table, table)
    counts = pa.table(delta_table.get_add_actions(flatten=True)).column("num_records")
    if counts.null_count or (pc.sum(counts).as_py() or 0) > _SMALL_TABLE_ROWS:
        return stored_rows
    return stored_rows._replace(dataset=ds.dataset(stored_rows.dataset.to_table().combine_chunks()))
