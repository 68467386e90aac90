"""Where an output goes: written aside, flushed, renamed. It appears all at once or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.publish import manifest
from pipeline.publish.text import shown

try:
    import fcntl
except ImportError:  # not a POSIX system: two runs into one folder at one time are not told apart there
    fcntl = None  # type: ignore[assignment]

_ENDING = (signal.SIGINT, signal.SIGTERM)
_DIGITS = 12  # of the run's number in the names of what lies beside the output


class OutputRefused(ValueError):
    """A place where no output can go: one line saying why and what next."""

    def __init__(self, message: str) -> None:
        """The message is one line, whatever a path holds."""
        super().__init__(" ".join(shown(message).split()))


class OutputInUse(OSError):
    """Another run is writing to the same place: one line."""


def check_out(out: str | Path) -> None:
    """An output can be placed at ``out``, and nothing of an interrupted run is left beside it.

    Raises OutputRefused where none can, OutputInUse while another run writes there.
    """
    final = _final(out)
    _tidy(final)
    _replaceable(final)
    _writable(final)


@contextlib.contextmanager
def placed(out: str | Path, run: str, commit: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """A folder to write into; what is in it stands at ``out`` afterwards, or after an exception nothing has changed.

    ``commit`` is called once everything is on the disk and before it is put in its place: should the process end
    between the two, ``finish`` puts it there.

    Raises what ``check_out`` does, and OSError where the disk is full or the folder cannot be replaced.
    """
    final = _final(out)
    _tidy(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    aside = _beside(final, run, "tmp")
    aside.mkdir()
    try:
        with _held(aside, final):
            yield aside
            _flush(aside)
            with _undisturbed():
                commit()
                _swap(aside, final, _beside(final, run, "old"))
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def finish(out: str | Path, run: str) -> bool:
    """Put in its place what a run had committed and not placed any more; False where there is nothing to be done."""
    final = _final(out)
    aside = _beside(final, run, "tmp")
    if not aside.is_dir():
        return False
    with _held(aside, final):
        _swap(aside, final, _beside(final, run, "old"))
    return True


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """What is remembered and what is placed belong together: a signal to end comes too late for either."""
    if threading.current_thread() is not threading.main_thread():  # where Python takes no signal
        yield
        return
    before = {one: signal.signal(one, lambda _number, _frame: None) for one in _ENDING}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler or signal.SIG_DFL)


def _final(out: str | Path) -> Path:
    """The folder meant, symbolic links followed. Raises OutputRefused for what is no folder's name."""
    if "://" in str(out):
        raise OutputRefused(f"{out}: an output goes to a local folder; copy it on from there")
    final = Path(os.path.realpath(out))
    if not final.name or os.path.ismount(final):
        raise OutputRefused(f"{out}: cannot be replaced as a whole; give a folder inside it")
    return final


def _beside(final: Path, run: str, ending: str) -> Path:
    return final.with_name(f".{final.name}.{run[:_DIGITS]}.{ending}")


def _tidy(final: Path) -> None:
    """What an interrupted run left beside the output is gone: its old folder put back, its new one removed."""
    ours = re.compile(rf"\.{re.escape(final.name)}\.[0-9a-f]{{{_DIGITS}}}\.(tmp|old)")
    beside = sorted(final.parent.iterdir()) if final.parent.is_dir() else []
    for left in [path for path in beside if ours.fullmatch(path.name)]:
        with _held(left, final):
            if left.suffix == ".old" and not os.path.lexists(final):
                left.rename(final)
            else:
                shutil.rmtree(left)


@contextlib.contextmanager
def _held(folder: Path, final: Path) -> Iterator[None]:
    """The folder is locked against other runs, for as long as this process lives at most. Raises OutputInUse."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as trouble:
            raise OutputInUse(f"{final}: another run is writing it now; wait for that one") from trouble
        yield
    finally:
        os.close(handle)


def _replaceable(final: Path) -> None:
    """At the place is nothing, an empty folder, or an output of ours and nothing else. Raises OutputRefused."""
    if not os.path.lexists(final):
        return
    if not final.is_dir():
        raise OutputRefused(f"{final}: is a file; give a folder")
    found = set(_entries(final))
    told = final / manifest.NAME
    ours = manifest.listed(told.read_bytes()) if told.is_file() else None
    if found and ours is None:
        raise OutputRefused(f"{final}: is not empty and no output of feedwarden; give another folder")
    strange = sorted(found - (ours or set()))
    if strange:
        raise OutputRefused(f"{final}: also holds {strange[0]}, which feedwarden did not write; move it away first")


def _entries(folder: Path) -> Iterator[str]:
    """The paths below the folder of all that is no folder, and of folders that are empty or links."""
    for where, folders, files in os.walk(folder):
        here = Path(where)
        links = [name for name in folders if (here / name).is_symlink()]
        empty = [""] if not folders and not files and here != folder else []
        for name in (*files, *links, *empty):
            yield shown((here / name).relative_to(folder).as_posix())


def _writable(final: Path) -> None:
    """A folder can be made beside the output, tried by making one. Raises OutputRefused."""
    parent = next(path for path in final.parents if os.path.lexists(path))
    probe = parent / _beside(final, "0" * _DIGITS, "tmp").name
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as trouble:
        raise OutputRefused(
            f"{final}: {parent} cannot be written to ({trouble.strerror}); give another folder"
        ) from trouble


def _flush(folder: Path) -> None:
    """The names of all files are on the disk, as the files themselves are."""
    for where, _, _ in os.walk(folder):
        _flush_names(where)


def _flush_names(folder: str | Path) -> None:
    if os.name != "nt":  # where a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _swap(new: Path, final: Path, old: Path) -> None:
    """The new folder stands at the place, and what stood there is gone; or all is as it was."""
    _replaceable(final)
    if not os.path.lexists(final):
        new.rename(final)
    else:
        final.rename(old)
        try:
            new.rename(final)
        except BaseException:
            old.rename(final)
            raise
    _flush_names(final.parent)
    shutil.rmtree(old, ignore_errors=True)  # what stays is removed when the next run begins
