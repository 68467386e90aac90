"""One run at a time: the ledger held by a process for as long as it lives at most."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_WAIT_SECONDS = 60.0  # for another run to be done with the ledger
_POLL_SECONDS = 0.2  # from one try to the next


class InvalidLedger(ValueError):
    """The ledger's name is that of something else: one line."""


class LedgerInUse(RuntimeError):
    """Another run has the ledger, or was faster: one line."""


@contextlib.contextmanager
def lock_ledger(url: str) -> Iterator[None]:
    """Hold the ledger for one run; LedgerInUse where another run does not let go of it in a minute.

    The operating system lets go of the lock with the process that holds it. A ledger that is not a local folder is
    kept by its commits alone: the one that comes second fails.
    """
    if not url:
        raise InvalidLedger("the ledger's name is empty; name its folder with --ledger, or say --no-ledger")
    if "://" in url:
        yield
        return
    try:
        Path(url).mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidLedger(f"{url}: is not a folder; name another with --ledger") from error
    try:
        lock = FileLock(Path(url) / ".lock", timeout=_WAIT_SECONDS, poll_interval=_POLL_SECONDS).acquire()
    except Timeout as error:
        raise LedgerInUse(f"{url}: another run is using the ledger; run again when it is done") from error
    with lock:
        yield
