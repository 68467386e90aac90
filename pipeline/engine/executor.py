"""What the engines have in common: parts are worked on side by side, and their results come in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")
TASKS_PER_THREAD = 2  # one under way, one that waits for an earlier result or for the thread


def ignore_result(_result: object) -> None:
    """Results are not reported."""


class Engine(Protocol):
    """Where the tasks of a pass run."""

    def map_tasks(
        self, task: Callable[[T], R], parts: Iterable[T], on_result: Callable[[R], None] = ignore_result
    ) -> list[R]:
        """The work done for every part, results in the order of the parts; ``on_result`` gets each in that order.

        An error of any part is raised at once, and no further part is begun.
        """
        ...


def map_in_order(
    pool: Executor, task: Callable[[T], R], parts: Iterable[T], on_result: Callable[[R], None], max_pending: int
) -> list[R]:
    """What an engine says of ``map_tasks``; so many parts at most are begun and not yet handed to ``on_result``."""
    remaining, pending, results = iter(parts), deque[Future[R]](), list[R]()
    try:
        while True:
            pending.extend(pool.submit(task, part) for part in islice(remaining, max_pending - len(pending)))
            if not pending:
                return results
            _wait_for_first(pending)
            while pending and pending[0].done():
                result = pending.popleft().result()
                on_result(result)
                results.append(result)
    finally:
        for future in pending:
            future.cancel()


def _wait_for_first(pending: deque[Future[R]]) -> None:
    """Waits for the first; raises the error of any that has failed before."""
    while not pending[0].done():
        running = [future for future in pending if not future.done()]
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            future.result()
