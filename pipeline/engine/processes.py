"""The passes in processes of this machine: each has its own interpreter, so that none waits for another.

One task at a time is done by the caller's process, the others by workers, which it starts without a copy of itself:
they import the program while the files are planned. What a task needs and what it says travel between processes, a
task once to each worker; the tables lie in files of a folder. What a worker that dies was doing, the caller does.
"""

from __future__ import annotations

import contextlib
import functools
import pickle
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

from pipeline.engine import executor
from pipeline.utils.events import log

T = TypeVar("T")
R = TypeVar("R")
_START_CODE = (
    "import sys; sys.path[:] = {path!r}; from pipeline.engine import worker; worker.main({descriptor}, {modules})"
)


class WorkerLostError(RuntimeError):
    """A worker process ended before it had said what became of its part."""


@dataclass
class Worker:
    """A process that does one part after the other, and the task of which it did the last."""

    process: subprocess.Popen[bytes]
    connection: Connection
    task: object = None

    def do_part(self, task: SharedTask, part: Any) -> Any:
        """What the task says of the part. Raises what it raises, and WorkerLostError."""
        try:
            self.connection.send_bytes(pickle.dumps((b"" if self.task is task else task.pickled, part)))
            self.task = task
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


class SharedTask(NamedTuple):
    """A task, and the same as it travels."""

    task: Callable[[Any], Any]
    pickled: bytes


@dataclass(frozen=True)
class ProcessEngine:
    """The engine of one machine for work that is large: so many tasks at a time, all but one in workers."""

    jobs: int
    idle_workers: queue.SimpleQueue[Worker] = field(default_factory=queue.SimpleQueue)
    own_turn: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextlib.contextmanager
    def start(cls, jobs: int, modules: Sequence[str] = ()) -> Iterator[ProcessEngine]:
        """The engine; its workers are started, as many as the system allows, import the modules and end with it."""
        engine, workers = cls(jobs), list[Worker]()
        try:
            with contextlib.suppress(OSError):
                for _ in range(jobs - 1):
                    workers.append(_start_worker(modules))
                    engine.idle_workers.put(workers[-1])
            yield engine
        finally:
            for worker in workers:
                worker.end_process()

    def map_tasks(
        self, task: Callable[[T], R], parts: Iterable[T], on_result: Callable[[R], None] = executor.ignore_result
    ) -> list[R]:
        """What ``Engine`` says of it; work is a function of a module, or a partial of one, and it and parts pickle."""
        do_part = functools.partial(self._do_part, SharedTask(task, pickle.dumps(task)))
        with ThreadPoolExecutor(self.jobs) as pool:
            return executor.map_in_order(pool, do_part, parts, on_result, executor.TASKS_PER_THREAD * self.jobs)

    def _do_part(self, task: SharedTask, part: Any) -> Any:
        """What the task says of the part: in a worker where one has nothing to do, else in this process."""
        try:
            worker = self.idle_workers.get_nowait()
        except queue.Empty:
            with self.own_turn:
                return task.task(part)
        try:
            return worker.do_part(task, part)
        except WorkerLostError:
            log.warning("a worker process ended (status %s); what it was doing is done again", worker.end_process())
            with self.own_turn:
                return task.task(part)
        finally:
            if worker.process.returncode is None:
                self.idle_workers.put(worker)


def _start_worker(modules: Sequence[str]) -> Worker:
    """A worker, which begins to import the modules."""
    own_end, worker_end = socket.socketpair()
    with own_end, worker_end:
        code = _START_CODE.format(path=sys.path, descriptor=worker_end.fileno(), modules=tuple(modules))
        process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[worker_end.fileno()],
            process_group=0,  # an interrupt from the keyboard does not reach it
        )
        return Worker(process, Connection(own_end.detach()))
