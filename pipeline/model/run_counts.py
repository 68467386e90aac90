"""What a run counts for people: findings by code, items by state, things to do by action."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.utils import dtypes
from pipeline.utils.dtypes import Array

if TYPE_CHECKING:
    pass


class ActionCount(NamedTuple):
    """How many lines of one sort there are, how many are overdue, how many have no due time, and the first of them.

    ``first_due`` is when it is due (µs UTC, NEVER where that is unknown), ``zone`` the number of its time zone
    (``calendar.ZONES``). ``amounts`` has the money of all lines by currency.
    """

    lines: int
    overdue: int
    undated: int
    first_due: int
    zone: int
    order_id: str
    amounts: dict[str, Decimal]

    def combine(self, other: ActionCount) -> ActionCount:
        """Both together: the first is the one that is due first."""
        first = min(
            self, other, key=lambda count: (not dtypes.is_known(count.first_due), count.first_due, count.order_id)
        )
        currencies = sorted({*self.amounts, *other.amounts})
        return first._replace(
            lines=self.lines + other.lines,
            overdue=self.overdue + other.overdue,
            undated=self.undated + other.undated,
            amounts={name: sum_amounts(self.amounts.get(name), other.amounts.get(name)) for name in currencies},
        )


class DueCount(NamedTuple):
    """The lines of one action that are due within one horizon (its number in ``due_times.HORIZONS``)."""

    horizon: int
    action: str
    totals: ActionCount


def sum_amounts(*amounts: Decimal | None) -> Decimal:
    """The amounts together; None is nothing."""
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


@dataclass(frozen=True)
class WorklistCounts:
    """The lines of the worklist in numbers, by ``action`` and ``code`` with a space between them."""

    by_step: dict[str, ActionCount] = field(default_factory=dict)

    def combine(self, other: WorklistCounts) -> WorklistCounts:
        """Both together."""
        by_step = dict(self.by_step)
        for step, count in other.by_step.items():
            by_step[step] = by_step[step].combine(count) if step in by_step else count
        return WorklistCounts(by_step)


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

    ``by_column_and_code`` counts them by column and code, ``by_file`` by number of the file and severity;
    ``files_by_code`` names the files in which each code was found.
    """

    by_code: list[CodeCount]
    worst_findings: pa.Table
    by_column_and_code: dict[tuple[str, str], int]
    by_file: dict[int, dict[str, int]]
    files_by_code: dict[str, set[int]]

    @property
    def code_counts(self) -> dict[str, int]:
        """How often each code was found."""
        occurrences: dict[str, int] = {}
        for count in self.by_code:
            occurrences[count.code] = occurrences.get(count.code, 0) + count.occurrences
        return occurrences
