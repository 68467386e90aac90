"""One run at a time: the ledger held by a process for as long as it lives at most."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.ledger.tables import DATA_TABLES, RUNS

_LOCK_NAME, _LOG_NAME = ".lock", "_delta_log"
_WAIT_SECONDS = 60.0  # for another run to be done with the ledger
_POLL_SECONDS = 0.2  # from one try to the next


class InvalidLedger(ValueError):
    """The ledger's name is that of something else: one line."""


class LedgerInUse(RuntimeError):
    """Another run has the ledger, or was faster: one line."""


def check_ledger_place(url: str) -> None:
    """The ledger can be begun there, or is there already. InvalidLedger where the place is that of something else."""
    if not url:
        raise InvalidLedger("the ledger's name is empty; name its folder with --ledger, or say --no-ledger")
    folder = Path(url)
    if "://" in url or not folder.exists():
        return
    if not folder.is_dir():
        raise InvalidLedger(f"{url}: is not a folder; name another with --ledger")
    if (folder / _LOCK_NAME).is_dir():
        raise InvalidLedger(f"{folder / _LOCK_NAME}: is a folder where the file of the lock belongs; remove it")
    foreign = sorted(path.name for path in folder.iterdir() if not _is_ours(path))
    if foreign and not (folder / RUNS.name / _LOG_NAME).is_dir():
        raise InvalidLedger(
            f"{url}: is not a ledger, and contains {foreign[0]}; name a ledger or a new folder with --ledger"
        )


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
    try:
        lock = FileLock(Path(url) / _LOCK_NAME, timeout=_WAIT_SECONDS, poll_interval=_POLL_SECONDS).acquire()
    except Timeout as error:
        raise LedgerInUse(f"{url}: another run is using the ledger; run again when it is done") from error
    with lock:
        yield
