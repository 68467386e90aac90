"""Processes of this machine that do parts of the work, as whoever starts them sees them.

The program may start them before it loads anything else, so this module imports nothing that takes time.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

_START_CODE = "import sys; sys.path[:] = {path!r}; from pipeline.utils import worker; worker.main({descriptor})"
_MIN_INPUT_BYTES = 80_000_000  # bytes of input from which on several processes gain more than they take to start
_MIN_MEMORY_BYTES = 800 << 20  # bytes of memory that must be left beside the processes
_PROGRAM_BYTES = 200 << 20  # bytes of memory that a process takes before it has any rows
_PACKED_SUFFIXES, _PACKED_FACTOR = (".gz", ".zip"), 8  # of files that are about so many times as large once unpacked
_MAX_WEIGHED_FILES = 1000  # files of a folder that are looked at before anything is loaded
_started_early: list[Worker] = []  # and not yet asked for


class WorkerLostError(RuntimeError):
    """A worker process ended before it had said what became of its part."""


class SharedTask(NamedTuple):
    """A task, the same as it travels, and the mask of the files that it writes."""

    task: Callable[[Any], Any]
    pickled: bytes
    umask: int


def share_task(task: Callable[[Any], Any]) -> SharedTask:
    """The task ready to travel, which is done as if this process did it."""
    os.umask(umask := os.umask(0o077))
    return SharedTask(task, pickle.dumps(task), umask)


@dataclass
class Worker:
    """A process that does one part after the other, and the task of which it did the last."""

    process: subprocess.Popen[bytes]
    connection: Connection
    shared: SharedTask | None = None

    def do_part(self, shared: SharedTask, part: Any) -> Any:
        """What the task says of the part. Raises what it raises, and WorkerLostError."""
        is_known, self.shared = self.shared is shared, shared
        try:
            self.connection.send_bytes(pickle.dumps((b"" if is_known else shared.pickled, shared.umask, part)))
            is_done, result = pickle.loads(self.connection.recv_bytes())  # noqa: S301  from our own process
        except (EOFError, OSError) as error:
            raise WorkerLostError from error
        if not is_done:
            raise result
        return result

    def end_process(self) -> int:
        """The process is ended at once; its exit status."""
        self.connection.close()
        self.process.kill()
        with contextlib.suppress(OSError):
            if self.process.stdin:
                self.process.stdin.close()
        return self.process.wait()


def start_worker() -> Worker:
    """A process that waits for its first task; OSError where the system allows none."""
    own_end, worker_end = socket.socketpair()
    with own_end, worker_end:
        code = _START_CODE.format(path=sys.path, descriptor=worker_end.fileno())
        process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[worker_end.fileno()],
            process_group=0,  # an interrupt from the keyboard does not reach it
        )
        return Worker(process, Connection(own_end.detach()))


@contextlib.contextmanager
def take_workers(count: int, modules: Sequence[str]) -> Iterator[list[Worker]]:
    """So many workers, or as many as the system allows, which import the modules; they end with this."""
    workers: list[Worker] = []
    try:
        with contextlib.suppress(OSError):
            while len(workers) < count:
                workers.append(_started_early.pop() if _started_early else _start_importing(modules))
        yield workers
    finally:
        for worker in (*workers, *_started_early):
            worker.end_process()
        _started_early.clear()


def _start_importing(modules: Sequence[str]) -> Worker:
    worker = start_worker()
    worker.connection.send_bytes(pickle.dumps(tuple(modules)))
    return worker


def start_early(paths: Sequence[str], jobs: int, memory: int, modules: Sequence[str]) -> None:
    """Workers are started while nothing is known but what the files and folders weigh, if that is much."""
    if spare_memory(jobs, memory, (weigh_file(path) for path in _iter_files(paths))) is not None:
        with contextlib.suppress(OSError):
            while len(_started_early) < jobs - 1:
                _started_early.append(_start_importing(modules))


def spare_memory(jobs: int, memory: int, input_bytes: Iterable[int]) -> int | None:
    """The memory that several processes leave for the rows, where these gain time; else None."""
    memory -= (jobs - 1) * _PROGRAM_BYTES
    if jobs == 1 or os.name != "posix" or not sys.executable or memory < _MIN_MEMORY_BYTES:
        return None
    total = 0
    for size in input_bytes:
        total += size
        if total >= _MIN_INPUT_BYTES:
            return memory
    return None


def _iter_files(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        listed = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
        yield from (str(file) for file, _ in zip(listed, range(_MAX_WEIGHED_FILES), strict=False))
        yield path


def weigh_file(path: str) -> int:
    """About how many bytes the file has once it is unpacked; none that cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        if Path(path).is_file():
            return Path(path).stat().st_size * (_PACKED_FACTOR if path.endswith(_PACKED_SUFFIXES) else 1)
    return 0
