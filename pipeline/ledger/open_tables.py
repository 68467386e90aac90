"""The tables of a ledger as one run reads them: each is opened once, and a small one is read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import RLock
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from pipeline.ledger.delta_tables import (
    LedgerDamaged,
    check_files,
    check_storage,
    describe_damage,
    missing_table,
    open_table,
    table_url,
)
from pipeline.ledger.layouts import find_layout
from pipeline.ledger.stored_rows import StoredRows, open_rows
from pipeline.ledger.tables import LedgerTable


class OpenTables:
    """The tables of the ledger at an address, at the versions of one run; a copy that is sent elsewhere is unopened."""

    def __init__(self, url: str, versions: Mapping[str, int], fingerprints: Mapping[str, str]) -> None:
        """Nothing is opened yet; ``fingerprints`` are those of the files of each version, where they are known."""
        self._url, self._versions, self._fingerprints = url, versions, fingerprints
        self._lock = RLock()
        self._delta_tables: dict[str, DeltaTable] = {}
        self._stored_rows: dict[tuple[str, int | None], StoredRows | None] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Handles of open files stay where they are."""
        return OpenTables, (self._url, dict(self._versions), dict(self._fingerprints))

    def at_address(self, url: str) -> OpenTables:
        """The same tables, of which what is open stays open here; elsewhere they are opened at that address."""
        moved = OpenTables(url, self._versions, self._fingerprints)
        moved._lock, moved._delta_tables, moved._stored_rows = self._lock, self._delta_tables, self._stored_rows
        return moved

    def keep_open(self, table: LedgerTable, delta_table: DeltaTable) -> None:
        """A table that somebody has opened and checked is not opened again at that version."""
        self._delta_tables[table.name] = delta_table

    def open_table(self, table: LedgerTable) -> DeltaTable | None:
        """The table at the version that the last run names, opened once; None where that run knew of none.

        Raises LedgerDamaged where it is not there, or is not what that run left.
        """
        version = self._versions.get(table.name)
        with self._lock:
            delta_table = self._delta_tables.get(table.name)
            if delta_table is None or delta_table.version() != version:
                delta_table = self._open_version(table, version)
                if delta_table:
                    self._delta_tables[table.name] = delta_table
            return delta_table

    def _open_version(self, table: LedgerTable, version: int | None) -> DeltaTable | None:
        try:
            delta_table = open_table(self._url, table, version)
        except LedgerDamaged:
            if newest := open_table(self._url, table):
                find_layout(newest)  # a table of another program has other versions
            raise
        if delta_table is None and version:
            raise missing_table(self._url, table)
        if delta_table:
            find_layout(delta_table)
            check_files(self._url, table, delta_table, self._fingerprints.get(table.name))
        return delta_table

    def scan_rows(self, table: LedgerTable, names: Sequence[str], condition: Any) -> Iterator[pa.RecordBatch]:
        """The columns named of the rows for which the condition holds, in the order of the files."""
        try:
            stored_rows = self._open_rows(table)
            if stored_rows:
                yield from stored_rows.scan_rows(names, condition)
        except (OSError, pa.ArrowInvalid) as error:
            check_storage(self._url, error)
            raise describe_damage(table_url(self._url, table), error) from error

    def _open_rows(self, table: LedgerTable) -> StoredRows | None:
        version = self._versions.get(table.name)
        with self._lock:
            if (table.name, version) not in self._stored_rows:
                delta_table = self.open_table(table)
                self._stored_rows[table.name, version] = open_rows(delta_table, table) if delta_table else None
            return self._stored_rows[table.name, version]
