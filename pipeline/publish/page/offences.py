"""What was found, by rule with examples, and where: columns against rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.publish import book, found
from pipeline.ready import Count, Ready
from pipeline.rules import catalogue

_WIDE, _HIGH = 28, 30  # rules and columns of the heat map
_HEAT = 5  # degrees of it


class Offence(NamedTuple):
    """A rule that found something: what it says, how often, and the first of its findings."""

    code: str
    severity: str
    number: int
    title: str
    why: str
    hint: str
    source: str
    amazon: str
    examples: list[dict[str, Any]]


class Heat(NamedTuple):
    """How often each rule (across) was found in each column (down), and how hot that is; ``more`` were left out."""

    codes: list[str]
    rows: list[tuple[str, list[tuple[int, int]]]]
    more: int


def offences(ready: Ready, counts: Sequence[Count]) -> list[Offence]:
    """Every rule that found something, in the order of the counts."""
    return [_offence(one, found.told(one.first, ready)) for one in counts]


def _offence(one: Count, examples: list[dict[str, Any]]) -> Offence:
    rule = book.RULES.get(one.code)
    hint = rule.hint if rule and "{" not in rule.hint else examples[0]["hint"]
    words = (catalogue.title(rule), rule.why, hint, rule.source, rule.amazon) if rule else ("", "", hint, "", "")
    return Offence(one.code, one.severity, one.number, *words, examples)


def listed(ready: Ready) -> list[dict[str, Any]]:
    """The findings that the page lists: the worst first, otherwise in their order."""
    return found.told(ready.found.listed, ready)


def heat(ready: Ready) -> Heat:
    """The columns and rules that are met most often."""
    cells = {(column, code): number for (column, code), number in ready.found.cells.items() if column}
    by_code, by_column = Counter[str](), Counter[str]()
    for (_, code), number in cells.items():
        by_code[code] += number
    codes = sorted(_most(by_code, _WIDE))
    for (column, code), number in cells.items():
        by_column[column] += number if code in codes else 0
    columns = [name for name in _most(by_column, _HIGH) if by_column[name]]
    rows = [(column, [_hot(cells.get((column, code), 0), by_code) for code in codes]) for column in columns]
    shown = sum(number for _, row in rows for number, _ in row)
    return Heat(codes, rows, sum(cells.values()) - shown)


def _most(counts: Counter[str], number: int) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))[:number]


def _hot(number: int, all_: Counter[str]) -> tuple[int, int]:
    """The number with its degree, from 0 for none, on a scale of powers: few stand out beside many."""
    if not number:
        return 0, 0
    most = max(all_.values())
    share = np.log1p(number) / np.log1p(most)
    return number, max(1, int(np.ceil(share * _HEAT)))
