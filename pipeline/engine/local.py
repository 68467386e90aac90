"""The passes on one machine, in threads: Arrow and NumPy let go of the interpreter while they work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(work: Callable[[T], R], parts: Iterable[T], done: Callable[[R], None] = lambda _: None) -> list[R]:
    """The work done for every part, results in the order of the parts; ``done`` is told of each in that order."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = []
        for result in pool.map(work, parts):
            done(result)
            results.append(result)
    return results


class Engine(Protocol):
    """Where the tasks of a pass are done."""

    def each(self, work: Callable[[T], R], parts: Iterable[T], done: Callable[[R], None] = ...) -> list[R]:
        """The work done for every part, results in the order of the parts; ``done`` is told of each in that order."""


@dataclass(frozen=True)
class Local:
    """Threads of this process, so many."""

    jobs: int

    def each(self, work: Callable[[T], R], parts: Iterable[T], done: Callable[[R], None] = lambda _: None) -> list[R]:
        """As ``Engine`` says."""
        return each(work, parts, done)


EVERY_CORE = Local(os.cpu_count() or 1)
