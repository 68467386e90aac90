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

from pipeline.model.output_names import MANIFEST_NAME
from pipeline.publish import manifest
from pipeline.publish.files.output_target import (
    RUN_ID_PREFIX_LENGTH,
    OutputRefused,
    check_replaceable,
    check_writable,
    resolve_target,
    sibling_path,
)
from pipeline.utils import interrupts

try:
    import fcntl
except ImportError:  # not a POSIX system: two runs into one folder at one time are not detected there
    fcntl = None  # type: ignore[assignment]
_STOP_SIGNALS = tuple(getattr(signal, name) for name in interrupts.SIGNAL_NAMES if hasattr(signal, name))


class OutputInUse(OSError):
    """Another run is writing to the same place: one line."""


def check_output(out: str | Path) -> None:
    """An output can be placed at ``out``, and nothing of an interrupted run is left beside it.

    Raises OutputRefused where none can, OutputInUse while another run writes there.
    """
    target = resolve_target(out)
    try:
        _remove_leftovers(target)
        check_replaceable(target)
    except PermissionError as error:
        raise OutputRefused(f"{target}: {error.filename}: no permission; give another folder") from error
    check_writable(target)


@contextlib.contextmanager
def place_output(out: str | Path, run_id: str, commit: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """A folder to write into; what is in it stands at ``out`` afterwards, or after an exception nothing has changed.

    ``commit`` is called once everything is on the disk and before it is put in its place: should the process end
    between the two, ``finish_placing`` puts it there.

    Raises what ``check_output`` does, and OSError where the disk is full or the folder cannot be replaced.
    """
    target = resolve_target(out)
    _remove_leftovers(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    new_folder = sibling_path(target, run_id, "tmp")
    new_folder.mkdir()
    try:
        with _lock_folder(new_folder, target):
            yield new_folder
            _sync_tree(new_folder)
            with _defer_signals():
                commit()
                _swap_folders(new_folder, target, sibling_path(target, run_id, "old"))
    except BaseException:
        shutil.rmtree(new_folder, ignore_errors=True)
        raise


def is_placed(out: str | Path, run_id: str) -> bool:
    """Whether the output of that run stands at ``out``."""
    manifest_path = Path(out) / MANIFEST_NAME
    return bool(out) and manifest_path.is_file() and manifest.parse_run_id(manifest_path.read_bytes()) == run_id


def finish_placing(out: str | Path, run_id: str) -> bool:
    """Put in its place what a run had committed and not placed any more; False where there is nothing to be done."""
    target = resolve_target(out)
    new_folder = sibling_path(target, run_id, "tmp")
    if not new_folder.is_dir():
        return False
    with _lock_folder(new_folder, target):
        _swap_folders(new_folder, target, sibling_path(target, run_id, "old"))
    return True


@contextlib.contextmanager
def _defer_signals() -> Iterator[None]:
    """What is remembered and what is placed belong together: a signal to end comes too late for either."""
    if threading.current_thread() is not threading.main_thread():  # where Python takes no signal
        yield
        return
    previous_handlers = {stop_signal: signal.signal(stop_signal, interrupts.defer) for stop_signal in _STOP_SIGNALS}
    try:
        interrupts.check_interrupt()  # one may have come that a library has swallowed
        yield
        interrupts.finish()
    finally:
        for stop_signal, handler in previous_handlers.items():
            signal.signal(stop_signal, handler or signal.SIG_DFL)


def _remove_leftovers(target: Path) -> None:
    """What an interrupted run left beside the output is gone: its old folder put back, its new one removed."""
    name_pattern = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{{RUN_ID_PREFIX_LENGTH}}}\.(tmp|old)")
    siblings = sorted(target.parent.iterdir()) if target.parent.is_dir() else []
    for leftover in [path for path in siblings if name_pattern.fullmatch(path.name)]:
        with _lock_folder(leftover, target):
            if leftover.suffix == ".old" and not os.path.lexists(target):
                leftover.rename(target)
            else:
                shutil.rmtree(leftover)


@contextlib.contextmanager
def _lock_folder(folder: Path, target: Path) -> Iterator[None]:
    """The folder is locked against other runs, for as long as this process lives at most. Raises OutputInUse."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputInUse(f"{target}: another run is writing it now; wait for that one") from error
        yield
    finally:
        os.close(descriptor)


def _sync_tree(folder: Path) -> None:
    """The names of all files are on the disk, as the files themselves are."""
    for parent, _, _ in os.walk(folder):
        _sync_folder(parent)


def _sync_folder(folder: str | Path) -> None:
    if os.name != "nt":  # where a folder cannot be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _swap_folders(new_folder: Path, target: Path, old_folder: Path) -> None:
    """The new folder stands at the place, and what stood there is gone; or all is as it was."""
    check_replaceable(target)
    if not os.path.lexists(target):
        new_folder.rename(target)
    else:
        target.rename(old_folder)
        try:
            new_folder.rename(target)
        except BaseException:
            old_folder.rename(target)
            raise
    _sync_folder(target.parent)
    shutil.rmtree(old_folder, ignore_errors=True)  # what stays is removed when the next run begins
