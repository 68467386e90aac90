"""One run at a time: the ledger held by a process for as long as it lives at most."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.ledger.delta_tables import InvalidLedger, UnknownLayout, open_table
from pipeline.ledger.tables import DATA_TABLES, RUNS

_LOCK_NAME, _LOG_NAME = ".lock", "_delta_log"
_WAIT_SECONDS = 60.0  # for another run to be done with the ledger
_POLL_SECONDS = 0.2  # from one try to the next


class LedgerInUse(RuntimeError):
    """Another run has the ledger, or was faster: one line."""


def check_ledger_place(url: str) -> None:
    """The ledger can be begun there, or is there already. InvalidLedger where the place is that of something else.

    UnknownLayout where tables of another program are there.
    """
    if not url:
        raise InvalidLedger("the ledger's name is empty; name its folder with --ledger, or say --no-ledger")
    if "://" in url:
        open_table(url, RUNS)
        return
    folder = Path(url)
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise InvalidLedger(f"{url}: is not a folder; name another with --ledger")
        if (folder / _LOCK_NAME).is_dir():
            raise InvalidLedger(f"{folder / _LOCK_NAME}: is a folder where the file of the lock belongs; remove it")
        _check_contents(url, folder)
    except OSError as error:
        raise InvalidLedger(f"{url}: {_describe_error(error)}; name another ledger with --ledger") from error


def _check_contents(url: str, folder: Path) -> None:
    foreign = sorted(path for path in folder.iterdir() if not _is_ours(path))
    if not foreign or (folder / RUNS.name / _LOG_NAME).is_dir():
        return
    if any(path.name == _LOG_NAME or (path / _LOG_NAME).is_dir() for path in foreign):
        raise UnknownLayout(
            f"{url}: contains tables that feedwarden did not write; name a ledger or a new folder with --ledger"
        )
    raise InvalidLedger(
        f"{url}: is not a ledger, and contains {foreign[0].name}; name a ledger or a new folder with --ledger"
    )


def _describe_error(error: OSError) -> str:
    return f"cannot be read ({error.strerror})" if error.strerror else "cannot be read"


def _is_ours(path: Path) -> bool:
    """The lock, or a table as Delta has it: empty where a run was interrupted that began the ledger."""
    is_table = path.name in {table.name for table in (*DATA_TABLES, RUNS)} and path.is_dir()
    return path.name == _LOCK_NAME or (is_table and ((path / _LOG_NAME).is_dir() or not any(path.iterdir())))


@contextlib.contextmanager
def lock_ledger(url: str) -> Iterator[None]:
    """Hold the ledger for one run; LedgerInUse where another run does not let go of it in a minute.

    The operating system lets go of the lock with the process that holds it. A ledger that is not a local folder is
    kept by its commits alone: the one that comes second fails.
    """
    check_ledger_place(url)
    if "://" in url:
        yield
        return
    try:
        Path(url).mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidLedger(f"{url}: is not a folder; name another with --ledger") from error
    except PermissionError as error:
        raise InvalidLedger(f"{url}: cannot be made ({error.strerror}); name another ledger with --ledger") from error
    if not os.access(url, os.W_OK | os.X_OK):
        raise InvalidLedger(f"{url}: cannot be written to (no permission); name another ledger with --ledger")
    try:
        lock = FileLock(Path(url) / _LOCK_NAME, timeout=_WAIT_SECONDS, poll_interval=_POLL_SECONDS).acquire()
    except Timeout as error:
        raise LedgerInUse(f"{url}: another run is using the ledger; run again when it is done") from error
    with lock:
        yield
