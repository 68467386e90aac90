"""The passes in processes of this machine: each has its own interpreter, so that none waits for another.

One task at a time is done by the caller's process, the others by workers, which it starts without a copy of itself:
they import the program while the files are planned. What a task needs and what it says travel between processes, a
task once to each worker; the tables lie in files of a folder. What a worker that dies was doing, the caller does.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipeline.engine import executor
from pipeline.utils.events import log
from pipeline.utils.worker_process import SharedTask, Worker, WorkerLostError, share_task, take_workers

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class ProcessEngine:
    """The engine of one machine for work that is large: so many tasks at a time, all but one in workers."""

    jobs: int
    idle_workers: queue.SimpleQueue[Worker] = field(default_factory=queue.SimpleQueue)
    own_turn: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextlib.contextmanager
    def start(cls, jobs: int, modules: Sequence[str] = ()) -> Iterator[ProcessEngine]:
        """The engine; its workers, as many as the system allows, import the modules and end with it."""
        with take_workers(jobs - 1, modules) as workers:
            engine = cls(jobs)
            for worker in workers:
                engine.idle_workers.put(worker)
            yield engine

    def map_tasks(
        self, task: Callable[[T], R], parts: Iterable[T], on_result: Callable[[R], None] = executor.ignore_result
    ) -> list[R]:
        """What ``Engine`` says of it; work is a function of a module, or a partial of one, and it and parts pickle."""
        do_part = functools.partial(self._do_part, share_task(task))
        with ThreadPoolExecutor(self.jobs) as pool:
            return executor.map_in_order(pool, do_part, parts, on_result, executor.TASKS_PER_THREAD * self.jobs)

    def _do_part(self, shared: SharedTask, part: Any) -> Any:
        """What the task says of the part: in a worker where one has nothing to do, else in this process."""
        try:
            worker = self.idle_workers.get_nowait()
        except queue.Empty:
            with self.own_turn:
                return shared.task(part)
        try:
            return worker.do_part(shared, part)
        except WorkerLostError:
            log.warning("a worker process ended (status %s); what it was doing is done again", worker.end_process())
            with self.own_turn:
                return shared.task(part)
        finally:
            if worker.process.returncode is None:
                self.idle_workers.put(worker)
