"""The lines of a file, counted by their outcome."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """The lines of one file: physical, above the data, blank, and the four outcomes of a line of data."""

    lines: int = 0
    header: int = 0
    blank: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    unreadable: int = 0


LINE_OUTCOMES = ("accepted", "rejected", "skipped", "unreadable")
