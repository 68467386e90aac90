"""What is otherwise than before: new columns and values, and jumps in how much is filled, rejected or found.

A share has jumped where it moved by at least ``_STEP`` and by more than chance explains: ``_SURE`` standard errors of
the difference between the two shares. A kind is compared with all earlier runs that had rows of it, put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import sqrt
from typing import Any, NamedTuple

from pipeline.profiles import Drift, Summary

_STEP, _SURE = 0.05, 4.0
_RARE = 0.005  # the least step of how often a code is found: most are rare
_OFTEN = 20  # times each value was seen, on average, before another is a new one
_ROWS = 30  # rows of a kind before which nothing is known to be usual
_FEW, _MANY = 1 / 3, 3  # of the usual number of rows


class _Share(NamedTuple):
    part: int
    whole: int

    @property
    def share(self) -> float:
        return self.part / self.whole if self.whole else 0.0


def drift(now: Summary, before: Sequence[Summary]) -> tuple[Drift, ...]:
    """What is otherwise now than in the earlier summaries; nothing where there are none."""
    if not before:
        return ()
    told = [*_shares_of_lines(now, before), *_findings(now, before)]
    for kind, mine in sorted(now["kinds"].items()):
        earlier = [one["kinds"][kind] for one in before if kind in one["kinds"]]
        if sum(one["rows"] for one in earlier) >= _ROWS:
            told += [*_volume(kind, mine, earlier), *_columns(kind, mine, earlier)]
    return tuple(told)


def _shares_of_lines(now: Summary, before: Sequence[Summary]) -> Iterator[Drift]:
    for fate in ("rejected", "unreadable"):
        was, is_ = _lines([one["lines"] for one in before], fate), _lines([now["lines"]], fate)
        if _jumped(was, is_, _STEP):
            yield Drift(
                f"lines {fate}", "", "", _percent(was), _percent(is_), _moved(f"of the lines were {fate}", was, is_)
            )


def _lines(lines: Iterable[dict[str, int]], fate: str) -> _Share:
    told = list(lines)
    return _Share(sum(one[fate] for one in told), sum(sum(one.values()) for one in told))


def _findings(now: Summary, before: Sequence[Summary]) -> Iterator[Drift]:
    """The codes that are found more or less often, for every hundred lines, than before."""
    lines, earlier = sum(now["lines"].values()), sum(sum(one["lines"].values()) for one in before)
    counts: Counter[str] = Counter()
    for one in before:
        counts.update(one["findings"])
    for code in sorted({*now["findings"], *counts}):
        was = _Share(min(counts[code], earlier), earlier)
        is_ = _Share(min(now["findings"].get(code, 0), lines), lines)
        if _jumped(was, is_, _RARE):
            yield Drift("finding", "", code, _percent(was), _percent(is_), _moved(f"of the lines get {code}", was, is_))


def _volume(kind: str, mine: dict[str, Any], earlier: Sequence[dict[str, Any]]) -> Iterator[Drift]:
    usual = sorted(one["rows"] for one in earlier)[len(earlier) // 2]
    rows = mine["rows"]
    if usual >= _ROWS and not usual * _FEW <= rows <= usual * _MANY:
        told = f"{rows:,} rows, where {usual:,} are usual"
        yield Drift("number of rows", kind, "", f"{usual:,}", f"{rows:,}", told)


def _columns(kind: str, mine: dict[str, Any], earlier: Sequence[dict[str, Any]]) -> Iterator[Drift]:
    known = dict.fromkeys(name for one in earlier for name in one["columns"])
    last = earlier[-1]["columns"]
    for name, column in mine["columns"].items():
        if name not in known:
            yield Drift("new column", kind, name, "", "", "no earlier run had this column")
        else:
            yield from _column(kind, name, column, [one["columns"][name] for one in earlier if name in one["columns"]])
    for name in last:
        if name not in mine["columns"]:
            yield Drift("column gone", kind, name, "", "", "the run before had this column")


def _column(kind: str, name: str, mine: dict[str, Any], earlier: Sequence[dict[str, Any]]) -> Iterator[Drift]:
    counted = [one for one in earlier if "filled" in one]
    was = _Share(sum(one["filled"] for one in counted), sum(one["rows"] for one in counted))
    is_ = _Share(mine.get("filled", 0), mine["rows"])
    if "filled" in mine and _jumped(was, is_, _STEP):
        yield Drift("filled", kind, name, _percent(was), _percent(is_), _moved("of the cells are filled", was, is_))
    told = [one["values"] for one in earlier if "values" in one]
    if "values" not in mine or not told:
        return
    seen, total = Counter[str](), 0
    for values in told:
        seen.update(values)
    total, size = seen.total(), sum(mine["values"].values())
    for value, number in mine["values"].items():
        before, after = _Share(seen[value], total), _Share(number, size)
        if value not in seen and total >= _OFTEN * len(seen):
            yield Drift("new value", kind, name, "", value, f"{value} was never seen here; now {number:,} times")
        elif value in seen and _jumped(before, after, _STEP):
            words = f"of the values are {value}"
            yield Drift("share of a value", kind, name, _percent(before), _percent(after), _moved(words, before, after))


def _jumped(was: _Share, now: _Share, least: float) -> bool:
    if not was.whole or not now.whole or abs(now.share - was.share) < least:
        return False
    pooled = (was.part + now.part) / (was.whole + now.whole)
    spread = sqrt(pooled * (1 - pooled) * (1 / was.whole + 1 / now.whole))
    return abs(now.share - was.share) >= _SURE * spread


def _percent(share: _Share) -> str:
    return f"{share.share * 100:.1f} %"


def _moved(words: str, was: _Share, now: _Share) -> str:
    return f"{_percent(now)} {words}, before {_percent(was)}"
