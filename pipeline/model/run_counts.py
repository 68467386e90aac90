"""What a run counts for people: findings by code, items by state, things to do by action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.utils import dtypes
from pipeline.utils.dtypes import NEVER, Array

if TYPE_CHECKING:
    pass


class WorklistCounts(NamedTuple):
    """How many lines of each sort there are, and the first due time still ahead of each (µs UTC, NEVER without one)."""

    to_ship: int = 0
    late_to_ship: int = 0
    next_ship_due: int = NEVER
    to_confirm: int = 0
    next_confirm_due: int = NEVER

    def combine(self, other: WorklistCounts) -> WorklistCounts:
        """Both together."""
        next_due = [
            _earliest_due(*pair)
            for pair in ((self.next_ship_due, other.next_ship_due), (self.next_confirm_due, other.next_confirm_due))
        ]
        return WorklistCounts(
            self.to_ship + other.to_ship,
            self.late_to_ship + other.late_to_ship,
            next_due[0],
            self.to_confirm + other.to_confirm,
            next_due[1],
        )


def _earliest_due(left: int, right: int) -> int:
    due_times = [due_time for due_time in (left, right) if dtypes.is_known(due_time)]
    return min(due_times) if due_times else NEVER


class StateCounts(NamedTuple):
    """How many order items are in each state, and how many open ones have so many whole days left to be confirmed."""

    by_state: Array
    by_days_left: Array

    def combine(self, other: StateCounts) -> StateCounts:
        """Both together."""
        longest = max(len(self.by_days_left), len(other.by_days_left))
        padded = [np.pad(counts.by_days_left, (0, longest - len(counts.by_days_left))) for counts in (self, other)]
        return StateCounts(self.by_state + other.by_state, padded[0] + padded[1])


class CodeCount(NamedTuple):
    """How often a code was found with one severity, and the first such findings, each a row of the table."""

    severity: str
    code: str
    occurrences: int
    examples: pa.Table


@dataclass(frozen=True)
class FindingCounts:
    """The findings in numbers: ``by_code``, the worst and most frequent first, and ``worst_findings``.

    ``by_column_and_code`` counts them by column and code, ``by_file`` by number of the file and severity.
    """

    by_code: list[CodeCount]
    worst_findings: pa.Table
    by_column_and_code: dict[tuple[str, str], int]
    by_file: dict[int, dict[str, int]]

    @property
    def code_counts(self) -> dict[str, int]:
        """How often each code was found."""
        occurrences: dict[str, int] = {}
        for count in self.by_code:
            occurrences[count.code] = occurrences.get(count.code, 0) + count.occurrences
        return occurrences
