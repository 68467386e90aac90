"""What the columns of the files hold, in numbers: made by the audit, shown by the reports, compared between nights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pipeline.batch import Tally

FATES = ("accepted", "rejected", "skipped", "unreadable")
Counted = tuple[str, int]  # a value, a shape or a sign, and how many cells have it


class Column(NamedTuple):
    """A column over all files of its kind: what it holds and, where an audit asked, in which shape.

    ``use`` is required, read, known or unknown; ``filled`` is None where the cells were not looked at. ``values`` is
    None where they are not told: too many, or about a buyer. ``distinct`` and what follows are empty without an audit.
    """

    name: str
    use: str
    personal: bool
    files: int
    rows: int
    filled: int | None
    values: tuple[Counted, ...] | None = None
    distinct: int | None = None
    shortest: int | None = None
    longest: int | None = None
    least: str | None = None
    most: str | None = None
    shapes: tuple[Counted, ...] = ()
    signs: tuple[Counted, ...] = ()


class Gap(NamedTuple):
    """Days in a row without a row: the first, the last, how many."""

    first: str
    last: str
    days: int


class Days(NamedTuple):
    """The days that a kind's rows are spread over, by the date in ``column``; ``gaps`` are the longest, by day."""

    column: str
    first: str
    last: str
    empty: int
    gaps: tuple[Gap, ...]


class Kind(NamedTuple):
    """All files of a kind: how many, their readable rows, how many rows repeat an earlier one cell by cell."""

    name: str
    files: int
    rows: int
    columns: tuple[Column, ...]
    repeated: int | None = None
    days: Days | None = None


class Drift(NamedTuple):
    """Something that is otherwise than in the runs before; ``kind`` or ``column`` are empty where it concerns none."""

    what: str
    kind: str
    column: str
    before: str
    now: str
    told: str


Summary = dict[str, Any]  # what is remembered of a run to compare a later one with: lines, findings and kinds


class Night(NamedTuple):
    """An earlier run: its as-of as text, its metrics by name, and its summary; both may be empty."""

    as_of: str
    metrics: Mapping[str, Any]
    summary: Summary


def summary(kinds: Iterable[Kind], tallies: Iterable[Tally], found: Mapping[str, int]) -> Summary:
    """What is worth remembering of a run: small, and without anything personal."""
    told = list(tallies)
    return {
        "lines": {fate: sum(getattr(one, fate) for one in told) for fate in FATES},
        "findings": dict(sorted(found.items())),
        "kinds": {
            kind.name: {"rows": kind.rows, "columns": {one.name: _remembered(one) for one in kind.columns}}
            for kind in kinds
        },
    }


def _remembered(column: Column) -> dict[str, Any]:
    told = {"filled": column.filled, "values": None if column.values is None else dict(column.values)}
    return {"rows": column.rows} | {name: value for name, value in told.items() if value is not None}
