"""Folders for what waits during a run: removed at its end, or, where the run was killed, at the next start."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system: what a killed run leaves is removed by hand there
    fcntl = None  # type: ignore[assignment]
_PREFIX = "feedwarden-"
_SCRATCH_PATTERN = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")  # as tempfile makes them
_IN_USE_NAME = ".in-use"  # the file in such a folder that the process which made it keeps locked
_NEW_MARK_NAME = ".in-use.new"  # the same file until it is locked


@contextlib.contextmanager
def scratch_folder(parent: str | None = None) -> Iterator[str]:
    """A new folder below the parent, or the system's own, for its owner alone; with it what killed runs left there.

    What is removed is called as such a folder, ours, and locked by no living process.
    """
    remove_abandoned(parent)
    folder, descriptor = _make_folder(parent)
    with folder:
        try:
            yield folder.name
        finally:
            _remove_contents(Path(folder.name))
            os.close(descriptor)


def remove_abandoned(parent: str | None = None) -> None:
    """The folders below the parent whose processes are gone are removed."""
    if fcntl is None:
        return
    for folder in Path(parent or tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            if any(_is_abandoned(folder / name) for name in (_IN_USE_NAME, _NEW_MARK_NAME)):
                shutil.rmtree(folder, ignore_errors=True)
            elif _SCRATCH_PATTERN.fullmatch(folder.name) and not any(folder.iterdir()):
                folder.rmdir()  # killed before it was marked, or after its mark was removed


def _make_folder(parent: str | None) -> tuple[tempfile.TemporaryDirectory[str], int]:
    """A new folder and the descriptor of its mark; another one where a second run took it for abandoned before that."""
    while True:
        folder = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True)
        with contextlib.suppress(FileNotFoundError):
            return folder, _mark_folder(folder.name)
        folder.cleanup()


def _remove_contents(folder: Path) -> None:
    """All but the mark is removed, which is the last to go: without it the folder is never taken for abandoned."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != _IN_USE_NAME:
                path.unlink()


def _mark_folder(folder: str) -> int:
    """The descriptor by which the folder is in use for as long as this process lives at most."""
    new_mark = Path(folder) / _NEW_MARK_NAME
    descriptor = os.open(new_mark, os.O_RDWR | os.O_CREAT, 0o600)
    if fcntl:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        new_mark.rename(Path(folder) / _IN_USE_NAME)  # where it stands, it is locked: no lock of a library does that
    return descriptor


def _is_abandoned(mark: Path) -> bool:
    """Whether the mark is there and nobody has locked it."""
    try:
        descriptor = os.open(mark, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
