"""What the engines have in common: parts are worked on side by side, and their results come in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def untold(_result: object) -> None:
    """Nobody waits to be told of a result."""


class Engine(Protocol):
    """Where the tasks of a pass run."""

    def each(self, work: Callable[[T], R], parts: Iterable[T], done: Callable[[R], None] = untold) -> list[R]:
        """The work done for every part, results in the order of the parts; ``done`` is told of each in that order.

        An error of any part is raised at once, and no further part is begun.
        """
        ...


def each(pool: Executor, work: Callable[[T], R], parts: Iterable[T], done: Callable[[R], None], most: int) -> list[R]:
    """What an engine says of ``each``; at most so many parts are under way, or done and ``done`` not told of them."""
    coming, going, results = iter(parts), deque[Future[R]](), list[R]()
    try:
        while True:
            going.extend(pool.submit(work, part) for part in islice(coming, most - len(going)))
            if not going:
                return results
            _await(going)
            while going and going[0].done():
                result = going.popleft().result()
                done(result)
                results.append(result)
    finally:
        for one in going:
            one.cancel()


def _await(going: deque[Future[R]]) -> None:
    """Waits for the first; raises the error of any that has failed before."""
    while not going[0].done():
        under_way = [one for one in going if not one.done()]
        for one in wait(under_way, return_when=FIRST_COMPLETED).done:
            one.result()
