"""Folders for what waits during a run: removed at its end, or, where the run was killed, at the next start."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system: what a killed run leaves is removed by hand there
    fcntl = None  # type: ignore[assignment]
_PREFIX = "feedwarden-"
_IN_USE_NAME = ".in-use"  # the file in such a folder that the process which made it keeps locked


@contextlib.contextmanager
def scratch_folder(parent: str | None = None) -> Iterator[str]:
    """A new folder below the parent, or the system's own, for its owner alone; with it what killed runs left there.

    What is removed is called as such a folder, ours, and locked by no living process.
    """
    remove_abandoned(parent)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True) as folder:
        descriptor = _mark_folder(folder)
        try:
            yield folder
        finally:
            os.close(descriptor)


def remove_abandoned(parent: str | None = None) -> None:
    """The folders below the parent whose processes are gone are removed."""
    if fcntl is None:
        return
    for folder in Path(parent or tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if not folder.is_symlink() and folder.stat().st_uid == os.geteuid() and _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _mark_folder(folder: str) -> int:
    """The descriptor by which the folder is in use for as long as this process lives at most."""
    new_mark = Path(folder) / f"{_IN_USE_NAME}.new"
    descriptor = os.open(new_mark, os.O_RDWR | os.O_CREAT, 0o600)
    if fcntl:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        new_mark.rename(Path(folder) / _IN_USE_NAME)  # where it stands, it is locked: no lock of a library does that
    return descriptor


def _is_abandoned(folder: Path) -> bool:
    """Whether it has a mark that nobody has locked. Raises OSError where it has none."""
    descriptor = os.open(folder / _IN_USE_NAME, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
