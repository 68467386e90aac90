"""What has changed since earlier runs: new columns and values, and jumps in how much is filled, rejected or found.

A share has jumped where it moved by at least ``_STEP`` and by more than chance explains: ``_SURE`` standard errors of
the difference between the two shares. A kind is compared with all earlier runs that had rows of it, put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import sqrt
from typing import Any, NamedTuple

from pipeline.model.profiles import Drift, RunSummary
from pipeline.utils.plural import format_count

_MIN_STEP, _MIN_SIGMAS = 0.05, 4.0
_MIN_FINDING_STEP = 0.005  # the least step of how often a code is found: most are rare
_MIN_MEAN_COUNT = 20  # times each value was seen, on average, before another is a new one
_MIN_ROWS = 30  # rows of a kind before which nothing is known to be usual
_LOW_VOLUME, _HIGH_VOLUME = 1 / 3, 3  # of the usual number of rows


class _Ratio(NamedTuple):
    part: int
    whole: int

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 0.0


def find_drift(now: RunSummary, before: Sequence[RunSummary]) -> tuple[Drift, ...]:
    """What has changed since the earlier summaries; nothing where there are none."""
    if not before:
        return ()
    drifts = [*_compare_lines(now, before), *_compare_findings(now, before)]
    for kind, current in sorted(now["kinds"].items()):
        earlier = [summary["kinds"][kind] for summary in before if kind in summary["kinds"]]
        if sum(summary["rows"] for summary in earlier) >= _MIN_ROWS:
            drifts += [*_compare_row_count(kind, current, earlier), *_compare_columns(kind, current, earlier)]
    return tuple(drifts)


def _compare_lines(now: RunSummary, before: Sequence[RunSummary]) -> Iterator[Drift]:
    for outcome in ("rejected", "unreadable"):
        previous, current = (
            _line_ratio([summary["lines"] for summary in before], outcome),
            _line_ratio([now["lines"]], outcome),
        )
        if _has_jumped(previous, current, _MIN_STEP):
            yield Drift(
                f"lines {outcome}",
                "",
                "",
                _format_percent(previous),
                _format_percent(current),
                _describe_change(f"of the lines were {outcome}", previous, current),
            )


def _line_ratio(line_counts: Iterable[dict[str, int]], outcome: str) -> _Ratio:
    runs = list(line_counts)
    return _Ratio(sum(run[outcome] for run in runs), sum(sum(run.values()) for run in runs))


def _compare_findings(now: RunSummary, before: Sequence[RunSummary]) -> Iterator[Drift]:
    """The codes that are found more or less often, for every hundred lines, than before."""
    lines, earlier = sum(now["lines"].values()), sum(sum(summary["lines"].values()) for summary in before)
    counts: Counter[str] = Counter()
    for summary in before:
        counts.update(summary["findings"])
    for code in sorted({*now["findings"], *counts}):
        previous = _Ratio(min(counts[code], earlier), earlier)
        current = _Ratio(min(now["findings"].get(code, 0), lines), lines)
        if _has_jumped(previous, current, _MIN_FINDING_STEP):
            yield Drift(
                "finding",
                "",
                code,
                _format_percent(previous),
                _format_percent(current),
                _describe_change(f"of the lines get {code}", previous, current),
            )


def _compare_row_count(kind: str, current: dict[str, Any], earlier: Sequence[dict[str, Any]]) -> Iterator[Drift]:
    usual = sorted(kind_summary["rows"] for kind_summary in earlier)[len(earlier) // 2]
    rows = current["rows"]
    if usual >= _MIN_ROWS and not usual * _LOW_VOLUME <= rows <= usual * _HIGH_VOLUME:
        text = f"{format_count(rows, 'row')}, usually {usual:,}"
        yield Drift("number of rows", kind, "", f"{usual:,}", f"{rows:,}", text)


def _compare_columns(kind: str, current: dict[str, Any], earlier: Sequence[dict[str, Any]]) -> Iterator[Drift]:
    known_columns = dict.fromkeys(name for kind_summary in earlier for name in kind_summary["columns"])
    last_columns = earlier[-1]["columns"]
    for name, column in current["columns"].items():
        if name not in known_columns:
            yield Drift("new column", kind, name, "", "", "no earlier run had this column")
        else:
            yield from _compare_column(
                kind,
                name,
                column,
                [kind_summary["columns"][name] for kind_summary in earlier if name in kind_summary["columns"]],
            )
    for name in last_columns:
        if name not in current["columns"]:
            yield Drift("column gone", kind, name, "", "", "the previous run had this column")


def _compare_column(
    kind: str, name: str, current: dict[str, Any], earlier: Sequence[dict[str, Any]]
) -> Iterator[Drift]:
    with_counts = [column_summary for column_summary in earlier if "filled" in column_summary]
    previous = _Ratio(
        sum(column_summary["filled"] for column_summary in with_counts),
        sum(column_summary["rows"] for column_summary in with_counts),
    )
    now = _Ratio(current.get("filled", 0), current["rows"])
    if "filled" in current and _has_jumped(previous, now, _MIN_STEP):
        yield Drift(
            "filled",
            kind,
            name,
            _format_percent(previous),
            _format_percent(now),
            _describe_change("of the cells are filled", previous, now),
        )
    value_counts = [column_summary["values"] for column_summary in earlier if "values" in column_summary]
    if "values" not in current or not value_counts:
        return
    earlier_counts, total = Counter[str](), 0
    for values in value_counts:
        earlier_counts.update(values)
    total, current_total = earlier_counts.total(), sum(current["values"].values())
    for value, count in current["values"].items():
        previous_share, current_share = _Ratio(earlier_counts[value], total), _Ratio(count, current_total)
        if value not in earlier_counts and total >= _MIN_MEAN_COUNT * len(earlier_counts):
            yield Drift("new value", kind, name, "", value, f"{value} is new, {format_count(count, 'time')}")
        elif value in earlier_counts and _has_jumped(previous_share, current_share, _MIN_STEP):
            text = f"of the values are {value}"
            yield Drift(
                "share of a value",
                kind,
                name,
                _format_percent(previous_share),
                _format_percent(current_share),
                _describe_change(text, previous_share, current_share),
            )


def _has_jumped(previous: _Ratio, current: _Ratio, min_step: float) -> bool:
    if not previous.whole or not current.whole or abs(current.value - previous.value) < min_step:
        return False
    pooled = (previous.part + current.part) / (previous.whole + current.whole)
    standard_error = sqrt(pooled * (1 - pooled) * (1 / previous.whole + 1 / current.whole))
    return abs(current.value - previous.value) >= _MIN_SIGMAS * standard_error


def _format_percent(ratio: _Ratio) -> str:
    return f"{ratio.value * 100:.1f} %"


def _describe_change(text: str, previous: _Ratio, current: _Ratio) -> str:
    return f"{_format_percent(current)} {text}, previously {_format_percent(previous)}"
