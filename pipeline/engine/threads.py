"""The passes on one machine, in threads: Arrow and NumPy let go of the interpreter while they work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa

from pipeline.engine import executor

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class ThreadEngine:
    """The engine of one machine: so many threads, or with one job none beside the caller's own."""

    jobs: int

    def map_tasks(
        self, task: Callable[[T], R], parts: Iterable[T], on_result: Callable[[R], None] = executor.ignore_result
    ) -> list[R]:
        """What ``Engine`` says of it."""
        if self.jobs > 1:
            with ThreadPoolExecutor(self.jobs) as pool:
                return executor.map_in_order(pool, task, parts, on_result, executor.TASKS_PER_THREAD * self.jobs)
        results = []
        for result in map(task, parts):
            on_result(result)
            results.append(result)
        return results


def map_threads(
    task: Callable[[T], R], parts: Iterable[T], on_result: Callable[[R], None] = executor.ignore_result
) -> list[R]:
    """What ``Engine`` says of it, on the cores that Arrow may use."""
    return ThreadEngine(pa.cpu_count()).map_tasks(task, parts, on_result)


@contextlib.contextmanager
def use_cores(core_count: int | None) -> Iterator[int]:
    """So many cores are used, by Arrow as by the threads of ``map_tasks``; without a number all that there are."""
    previous_count = pa.cpu_count()
    pa.set_cpu_count(core_count or previous_count)
    try:
        yield pa.cpu_count()
    finally:
        pa.set_cpu_count(previous_count)


ALL_CORES = ThreadEngine(pa.cpu_count())
