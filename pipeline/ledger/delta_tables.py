"""The Delta tables of a ledger: where they lie and how they are opened."""

from __future__ import annotations

import hashlib
import re

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from pipeline.ledger.storage_errors import describe_storage_error
from pipeline.ledger.tables import LedgerTable
from pipeline.utils import addresses
from pipeline.utils.escape import to_one_line

_UNKNOWN_KIND, _UNKNOWN_ADDRESS = "Unknown scheme", "recognise URL"  # what the library says of such addresses
_SHOWN_STEPS = 3  # of the causes that a library lists
_LIBRARY_PREFIX = "Kernel error -> "
_DECORATION = re.compile(r"\x1b\[[0-9;]*m")
_FINGERPRINT_DIGITS = 16  # hexadecimal, of the names of a version's files


class InvalidLedger(ValueError):
    """The ledger's name is that of something else, or of nothing that can be reached: one line."""


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

    Raises LedgerDamaged, or InvalidLedger where nothing can be at the address or it cannot be reached.
    """
    location = table_url(url, table)
    try:
        return DeltaTable(location, version=version)
    except TableNotFoundError as error:
        if _UNKNOWN_KIND in str(error):
            kind = url.partition("://")[0]
            message = f"{url}: no ledger can be at an address of the kind {kind}://; name a folder, or s3://…"
            raise InvalidLedger(message) from error
        check_storage(url, error)
        return None
    except (DeltaError, OSError) as error:
        check_storage(url, error)
        if addresses.is_address(url) and (isinstance(error, OSError) or _UNKNOWN_ADDRESS in str(error)):
            raise InvalidLedger(_describe_unreachable(url, error)) from error
        raise LedgerDamaged(
            f"{location}: a file of _delta_log is missing or damaged; restore the folder from a backup, or see "
            f"feedwarden ledger verify ({to_plain_line(error)})"
        ) from error


def describe_damage(location: str, error: Exception) -> LedgerDamaged:
    """What is wrong with a table that is there and cannot be read."""
    return LedgerDamaged(f"{location}: cannot be read ({to_plain_line(error)}); see feedwarden ledger verify")


def to_plain_line(error: Exception) -> str:
    """What a library says, in one line without its colours and arrows: its first steps, and the last."""
    text = _DECORATION.sub("", str(error)).removeprefix(_LIBRARY_PREFIX).replace("↳", "")
    steps = [step.strip() for step in text.split("\n") if step.strip()]
    return to_one_line("; ".join(steps if len(steps) <= _SHOWN_STEPS else [*steps[: _SHOWN_STEPS - 1], steps[-1]]))


def _describe_unreachable(url: str, error: Exception) -> str:
    """Why the address cannot be reached, and what it may lack."""
    hint = "check the address, the network and the credentials"
    if url.startswith("s3"):
        hint = "check the bucket's name, and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"
    return f"{url}: the ledger cannot be reached ({to_plain_line(error)}); {hint}"


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
