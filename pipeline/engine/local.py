"""The passes on one machine, in threads: Arrow and NumPy let go of the interpreter while they work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa

from pipeline.engine import ordered

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2  # parts a thread: one under way, one that waits for an earlier part or for the thread


@dataclass(frozen=True)
class Local:
    """The engine of one machine: so many threads, or with one job none beside the caller's own."""

    jobs: int

    def each(self, work: Callable[[T], R], parts: Iterable[T], done: Callable[[R], None] = ordered.untold) -> list[R]:
        """What ``Engine`` says of it."""
        if self.jobs > 1:
            with ThreadPoolExecutor(self.jobs) as pool:
                return ordered.each(pool, work, parts, done, _AHEAD * self.jobs)
        results = []
        for result in map(work, parts):
            done(result)
            results.append(result)
        return results


def each(work: Callable[[T], R], parts: Iterable[T], done: Callable[[R], None] = ordered.untold) -> list[R]:
    """What ``Engine`` says of it, on the cores that Arrow may use."""
    return Local(pa.cpu_count()).each(work, parts, done)


@contextlib.contextmanager
def cores(number: int | None) -> Iterator[int]:
    """So many cores are used, by Arrow as by the threads of ``each``; without a number all that there are."""
    before = pa.cpu_count()
    pa.set_cpu_count(number or before)
    try:
        yield pa.cpu_count()
    finally:
        pa.set_cpu_count(before)


EVERY_CORE = Local(pa.cpu_count())
