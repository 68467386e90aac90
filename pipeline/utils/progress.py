"""Progress of a run, for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, int], None]  # bytes done, bytes in all, rows so far


def no_progress(_done: int, _total: int, _rows: int) -> None:
    """Progress that is not shown."""
