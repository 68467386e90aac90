"""What was found, by rule with examples, and where: columns against rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.model.run_counts import CodeCount
from pipeline.model.run_result import RunResult
from pipeline.publish.reports import findings
from pipeline.rules import catalogue

_MAX_RULES, _MAX_COLUMNS = 28, 30  # rules and columns of the heat map
_HEAT_DEGREES = 5  # degrees of it


class RuleFindings(NamedTuple):
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


class Heatmap(NamedTuple):
    """How often each rule (across) was found in each column (down), and how hot that is; ``more`` were left out."""

    codes: list[str]
    rows: list[tuple[str, list[tuple[int, int]]]]
    more: int


def group_by_rule(result: RunResult, counts: Sequence[CodeCount]) -> list[RuleFindings]:
    """Every rule that found something, in the order of the counts."""
    return [_describe_rule(count, findings.format_findings(count.examples, result)) for count in counts]


def _describe_rule(count: CodeCount, examples: list[dict[str, Any]]) -> RuleFindings:
    rule = catalogue.RULES_BY_CODE.get(count.code)
    hint = rule.hint if rule and "{" not in rule.hint else examples[0]["hint"]
    rule_texts = (
        (catalogue.rule_title(rule), rule.why, hint, rule.source, rule.amazon) if rule else ("", "", hint, "", "")
    )
    return RuleFindings(count.code, count.severity, count.occurrences, *rule_texts, examples)


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
