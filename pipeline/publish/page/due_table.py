"""What is due, by action and by how near it is: the first thing on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.model.run_counts import ActionCount, DueCount
from pipeline.publish.reports.due_counts import format_first_due, format_money
from pipeline.publish.reports.due_times import HORIZONS, LATER, OVERDUE, SOON, TODAY

_NO_LINES = ActionCount(lines=0, overdue=0, undated=0, first_due=0, zone=0, order_id="", amounts={})


class DueCell(NamedTuple):
    """The lines of one action in one horizon: its number, how many, their money, when the first is due."""

    horizon: int
    lines: int
    money: str
    first: str


class DueTable(NamedTuple):
    """The horizons that have any lines across, the actions down, each with a cell for every horizon."""

    horizons: list[str]
    rows: list[tuple[str, list[DueCell]]]


class DueTile(NamedTuple):
    """All lines of one horizon: its number and name, how many there are, their money."""

    horizon: int
    name: str
    lines: int
    money: str


def build_due_table(due_counts: Sequence[DueCount]) -> DueTable:
    """What is overdue, due today or soon as a table; the action that is due first comes first."""
    near = [entry for entry in due_counts if entry.horizon < LATER]
    used = sorted({entry.horizon for entry in near})
    totals = {(entry.action, entry.horizon): entry.totals for entry in near}
    actions = dict.fromkeys(entry.action for entry in near)
    return DueTable(
        [HORIZONS[horizon] for horizon in used],
        [
            (action, [_build_cell(totals.get((action, horizon), _NO_LINES), horizon) for horizon in used])
            for action in actions
        ],
    )


def _build_cell(totals: ActionCount, horizon: int) -> DueCell:
    first = format_first_due(totals) if totals.lines else ""
    return DueCell(horizon, totals.lines, format_money(totals.amounts), first)


def build_due_tiles(due_counts: Sequence[DueCount]) -> list[DueTile]:
    """A tile for each of the horizons with a due time."""
    return [_build_tile(due_counts, horizon) for horizon in (OVERDUE, TODAY, SOON, LATER)]


def _build_tile(due_counts: Sequence[DueCount], horizon: int) -> DueTile:
    totals = _add_up(due_counts, horizon)
    return DueTile(horizon, HORIZONS[horizon], totals.lines, format_money(totals.amounts))


def _add_up(due_counts: Sequence[DueCount], horizon: int) -> ActionCount:
    totals = _NO_LINES
    for entry in due_counts:
        if entry.horizon == horizon:
            totals = entry.totals if not totals.lines else totals.combine(entry.totals)
    return totals


def describe_work(due_counts: Sequence[DueCount], step_count: int) -> tuple[str, str]:
    """What is due, in one sentence, and how bad that is as a tone."""
    lines = {horizon: _add_up(due_counts, horizon).lines for horizon in range(len(HORIZONS))}
    if not step_count and not due_counts:
        return "Nothing to do.", "good"
    if lines[OVERDUE]:
        more = f", and {lines[TODAY]:,} more {_are(lines[TODAY])} due today" if lines[TODAY] else ""
        return f"{_things(lines[OVERDUE])} overdue{more}.", "bad"
    if lines[TODAY]:
        return f"{_things(lines[TODAY])} due today.", "fair"
    if lines[SOON]:
        return f"Nothing is due today; {_things(lines[SOON]).lower()} due within 48 hours.", "fair"
    if lines[LATER]:
        first = format_first_due(_add_up(due_counts, LATER))
        return f"Nothing is due within 48 hours; the next deadline is {first}.", "good"
    return "Nothing has a deadline; there is something to do.", "good"


def _things(number: int) -> str:
    return f"{number:,} thing{'' if number == 1 else 's'} {_are(number)}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
