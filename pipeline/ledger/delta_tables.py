"""The Delta tables of a ledger: where they lie and how they are opened."""

from __future__ import annotations

import hashlib

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from pipeline.ledger.lock import InvalidLedger
from pipeline.ledger.storage_errors import describe_storage_error
from pipeline.ledger.tables import LedgerTable

_FINGERPRINT_DIGITS = 16  # hexadecimal, of the names of a version's files

_QUOTED_CHARACTERS = 80  # of what a library says


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


def check_storage(url: str, error: Exception) -> None:
    """Raises InvalidLedger where the error is about the place where the ledger is kept, not about the ledger."""
    fault = describe_storage_error(url, error)
    if fault:
        raise InvalidLedger(fault) from error


def open_table(url: str, table: LedgerTable, version: int | None = None) -> DeltaTable | None:
    """A table of the ledger at that version, or at its last; None where there is none.

    Raises LedgerDamaged, or InvalidLedger where the place of the ledger cannot be read at all.
    """
    try:
        return DeltaTable(table_url(url, table), version=version)
    except TableNotFoundError as error:
        check_storage(url, error)
        return None
    except (DeltaError, OSError) as error:
        check_storage(url, error)
        raise LedgerDamaged(
            f"{table_url(url, table)}: a file of _delta_log is missing or damaged; restore the folder from a backup, "
            f"or see feedwarden ledger verify ({str(error)[:_QUOTED_CHARACTERS]})"
        ) from error


def fingerprint_files(delta_table: DeltaTable) -> str:
    """The files of the table's version as one text: no other version, and no table of another ledger, has the same."""
    names = sorted("/".join(uri.rsplit("/", 2)[-2:]) for uri in delta_table.file_uris())
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:_FINGERPRINT_DIGITS]


def check_files(url: str, table: LedgerTable, delta_table: DeltaTable, fingerprint: str | None) -> None:
    """The version has the files that the last run left there; None where earlier layouts did not say which.

    LedgerDamaged where it has not: the table is that of another ledger, or its log was changed.
    """
    if fingerprint is not None and fingerprint_files(delta_table) != fingerprint:
        raise LedgerDamaged(
            f"{table_url(url, table)}: is not the table that the last run of {url} left there, but of another ledger "
            "or changed by another program; restore the folder from a backup"
        )
