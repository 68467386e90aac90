"""The Delta tables of a ledger: where they lie and how they are opened."""

from __future__ import annotations

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from pipeline.ledger.tables import LedgerTable


class LedgerDamaged(RuntimeError):
    """The ledger cannot be read as it is: one line that says what is wrong and what can be done."""


class UnknownLayout(LedgerDamaged):
    """A table of the ledger is one that feedwarden did not write, or a newer feedwarden: one line."""


def missing_table(url: str, table: LedgerTable) -> LedgerDamaged:
    """What is wrong with a ledger that has lost a table."""
    return LedgerDamaged(f"{table_url(url, table)}: the table is gone; restore the folder from a backup")


def table_url(url: str, table: LedgerTable) -> str:
    """Where a table of the ledger lies."""
    return f"{url.rstrip('/')}/{table.name}"


def open_table(url: str, table: LedgerTable, version: int | None = None) -> DeltaTable | None:
    """A table of the ledger at that version, or at its last; None where there is none. Raises LedgerDamaged."""
    try:
        return DeltaTable(table_url(url, table), version=version)
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as error:
        raise LedgerDamaged(f"{table_url(url, table)}: {error}; see feedwarden ledger verify") from error
