"""What was found, by rule with examples, and where: columns against rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.model.run_counts import CodeCount
from pipeline.model.run_result import RunResult
from pipeline.publish.page import rule_hints
from pipeline.publish.reports import findings
from pipeline.rules import catalogue

_MAX_RULES, _MAX_COLUMNS = 28, 30  # rules and columns of the heat map
_HEAT_DEGREES = 5  # degrees of it


class RuleFindings(NamedTuple):
    """A rule that found something, or is named: what it says, how often, and the first of its findings.

    ``before`` is how often the run before found it, None without one. ``hints`` say what to do, each with the files
    that it is for; ``anchor`` is where on the page the rule is explained.
    """

    code: str
    severity: str
    number: int
    before: int | None
    anchor: str
    title: str
    why: str
    hints: list[tuple[str, str]]
    source: str
    amazon: str
    examples: list[dict[str, Any]]

    @property
    def change(self) -> str:
        """How many more or fewer than before; empty where that is not known."""
        return (
            ""
            if self.before is None
            else "same"
            if self.before == self.number
            else f"{self.number - self.before:+,}".replace("-", "−")
        )


class Heatmap(NamedTuple):
    """How often each rule (across) was found in each column (down), and how hot that is; ``more`` were left out."""

    codes: list[str]
    rows: list[tuple[str, list[tuple[int, int]]]]
    more: int


def group_by_rule(result: RunResult, counts: Sequence[CodeCount], named_codes: Iterable[str]) -> list[RuleFindings]:
    """Every rule that found something, in the order of the counts, then those that the page only names."""
    before = _count_before(result)
    found = [
        _describe_rule(count, findings.format_findings(count.examples, result), result, before) for count in counts
    ]
    found_codes = {count.code for count in counts}
    anchored = [
        entry._replace(anchor=f"rule-{entry.code}")
        if entry.code not in {other.code for other in found[:number]}
        else entry
        for number, entry in enumerate(found)
    ]
    others = [code for code in sorted(named_codes) if code in catalogue.RULES_BY_CODE and code not in found_codes]
    return [*anchored, *(_describe_named(code) for code in others)]


def _count_before(result: RunResult) -> Mapping[str, int] | None:
    """How often each rule found something in the run before; None where that is not known."""
    summary = result.past_runs[-1].summary if result.past_runs else {}
    return summary.get("findings")


def _describe_rule(
    count: CodeCount, examples: list[dict[str, Any]], result: RunResult, before: Mapping[str, int] | None
) -> RuleFindings:
    rule = catalogue.RULES_BY_CODE.get(count.code)
    return RuleFindings(
        code=count.code,
        severity=count.severity,
        number=count.occurrences,
        before=None if before is None else before.get(count.code, 0),
        anchor="",
        title=catalogue.rule_title(rule) if rule else "",
        why=rule.why if rule else "",
        hints=rule_hints.list_hints(rule, count, examples, result) if rule else [("", examples[0]["hint"])],
        source=rule.source if rule else "",
        amazon=rule.amazon if rule else "",
        examples=examples,
    )


def _describe_named(code: str) -> RuleFindings:
    rule = catalogue.RULES_BY_CODE[code]
    return RuleFindings(
        code=code,
        severity=rule.severity,
        number=0,
        before=None,
        anchor=f"rule-{code}",
        title=catalogue.rule_title(rule),
        why=rule.why,
        hints=[("", rule_hints.generalize_hint(rule.hint))],
        source=rule.source,
        amazon=rule.amazon,
        examples=[],
    )


def list_worst_findings(result: RunResult) -> list[dict[str, Any]]:
    """The findings that the page lists: the worst first, otherwise in their order."""
    return findings.format_findings(result.finding_counts.worst_findings, result)


def build_heatmap(result: RunResult) -> Heatmap:
    """The columns and rules that are met most often."""
    cell_counts = {
        (column, code): number for (column, code), number in result.finding_counts.by_column_and_code.items() if column
    }
    by_code, by_column = Counter[str](), Counter[str]()
    for (_, code), number in cell_counts.items():
        by_code[code] += number
    codes = sorted(_most_frequent(by_code, _MAX_RULES))
    for (column, code), number in cell_counts.items():
        by_column[column] += number if code in codes else 0
    columns = [name for name in _most_frequent(by_column, _MAX_COLUMNS) if by_column[name]]
    rows = [
        (column, [_grade_count(cell_counts.get((column, code), 0), by_code) for code in codes]) for column in columns
    ]
    shown = sum(number for _, row in rows for number, _ in row)
    return Heatmap(codes, rows, sum(cell_counts.values()) - shown)


def _most_frequent(counts: Counter[str], limit: int) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))[:limit]


def _grade_count(number: int, counts_by_code: Counter[str]) -> tuple[int, int]:
    """The number with its degree, from 0 for none, on a scale of powers: few stand out beside many."""
    if not number:
        return 0, 0
    max_count = max(counts_by_code.values())
    share = np.log1p(number) / np.log1p(max_count)
    return number, max(1, int(np.ceil(share * _HEAT_DEGREES)))
