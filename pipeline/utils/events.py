"""The log of the program: what it does, step by step, as events that people and machines read."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

log = logging.getLogger("feedwarden")
current_run: ContextVar[str | None] = ContextVar("current_run", default=None)  # the id of the run, once it is known


class Stage:
    """A step under way; ``rows`` is for it to count."""

    rows: int | None = None


def log_event(event: str, message: str, /, **facts: Any) -> None:
    """One event with its numbers; people see its message with ``-v``."""
    log.info(message, extra={"event": event, "facts": facts})


@contextlib.contextmanager
def timed_stage(stage: str) -> Iterator[Stage]:
    """A step of the work, which ends with an event: its name, rows and seconds."""
    counted, started = Stage(), time.perf_counter()
    yield counted
    seconds = round(time.perf_counter() - started, 3)
    rows = "" if counted.rows is None else f"{counted.rows:,} row{'s' * (counted.rows != 1)} in "
    log_event("stage", f"{stage}: {rows}{seconds:.3f} s", stage=stage, rows=counted.rows, seconds=seconds)
