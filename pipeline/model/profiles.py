"""What the columns of the files hold, in numbers: made by the audit, shown by the reports, compared between nights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.model.tally import LINE_OUTCOMES

if TYPE_CHECKING:
    from pipeline.model.tally import Tally


ValueCount = tuple[str, int]  # a value, a shape or a sign, and how many cells have it


class ColumnProfile(NamedTuple):
    """A column over all files of its kind: what it holds and, where an audit asked, in which shape.

    ``use`` is required, read, known or unknown; ``filled`` is None for cells not examined. ``values`` is
    None where they are not listed: too many, or about a buyer. ``distinct`` and all after it are None without an audit.
    """

    name: str
    use: str
    personal: bool
    files: int
    rows: int
    filled: int | None
    values: tuple[ValueCount, ...] | None = None
    distinct: int | None = None
    shortest: int | None = None
    longest: int | None = None
    least: str | None = None
    most: str | None = None
    shapes: tuple[ValueCount, ...] = ()
    signs: tuple[ValueCount, ...] = ()


class DateGap(NamedTuple):
    """Days in a row without a row: the first, the last, how many."""

    first: str
    last: str
    days: int


class DateCoverage(NamedTuple):
    """The days that a kind's rows are spread over, by the date in ``column``; ``gaps`` are the longest, by day."""

    column: str
    first: str
    last: str
    empty: int
    gaps: tuple[DateGap, ...]


class KindProfile(NamedTuple):
    """All files of a kind: how many, their readable rows, how many rows repeat an earlier one cell by cell."""

    name: str
    files: int
    rows: int
    columns: tuple[ColumnProfile, ...]
    repeated: int | None = None
    days: DateCoverage | None = None


class Drift(NamedTuple):
    """A change since the runs before; ``kind`` or ``column`` are empty where it concerns none."""

    what: str
    kind: str
    column: str
    before: str
    now: str
    description: str


RunSummary = dict[str, Any]  # what is remembered of a run to compare a later one with: lines, findings, kinds, states


class PastRun(NamedTuple):
    """An earlier run: its as-of as text, its metrics by name, and its summary; both may be empty."""

    as_of: str
    metrics: Mapping[str, Any]
    summary: RunSummary


def summarize_run(kinds: Iterable[KindProfile], tallies: Iterable[Tally], code_counts: Mapping[str, int]) -> RunSummary:
    """What is worth remembering of a run: small, and without anything personal."""
    file_tallies = list(tallies)
    return {
        "lines": {outcome: sum(getattr(part, outcome) for part in file_tallies) for outcome in LINE_OUTCOMES},
        "findings": dict(sorted(code_counts.items())),
        "kinds": {
            kind.name: {"rows": kind.rows, "columns": {part.name: _summarize_column(part) for part in kind.columns}}
            for kind in kinds
        },
    }


def _summarize_column(column: ColumnProfile) -> dict[str, Any]:
    optional = {"filled": column.filled, "values": None if column.values is None else dict(column.values)}
    return {"rows": column.rows} | {name: value for name, value in optional.items() if value is not None}
