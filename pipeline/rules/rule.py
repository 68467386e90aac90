"""A rule is declared once: its code, severity, columns, source and words beside the question it asks of a row.

Nothing heavy is imported before a row is judged: the rule book is also read by `feedwarden rules`, which must not wait.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


Mask = Any  # a boolean Series, null where the rule cannot tell


@dataclass(frozen=True)
class Rule:
    """A frozen rule; ``condition`` answers *is this row wrong?*, or is None where reading or comparing finds it."""

    code: str
    severity: str
    source: str
    message: str
    hint: str
    name: str
    why: str
    column: str = ""
    amazon: str = ""
    needs: tuple[str, ...] = ()
    personal: bool = False  # its column holds what a buyer is called or where they live: never quoted
    condition: Callable[[pd.DataFrame, Policy], Mask] | None = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[Callable[[str], Rule], tuple[str]]:
        """A rule travels to another process as its code: under the name of its question stands the rule itself."""
        from pipeline.rules import catalogue as rules_catalogue

        return rules_catalogue.find_rule, (self.code,)

    def offending_rows(self, rows: pd.DataFrame, policy: Policy) -> pd.Series[bool]:
        """Which rows offend: bool; a row where a needed value is null is unknown and does not."""
        if self.condition is None or not set(self.needs) <= set(rows.columns):
            return rows["line"].isna()
        has_values = functools.reduce(operator.and_, [rows[name].notna() for name in self.needs], rows["line"].notna())
        is_wrong = self.condition(rows, policy)
        return (is_wrong & has_values).fillna(False).astype(bool)

    def collect_findings(self, rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
        """The findings of this rule among the rows."""
        from pipeline.model import findings as model_findings
        from pipeline.rules import build_findings

        is_offending = self.offending_rows(rows, policy)
        if not is_offending.any():
            return model_findings.empty_findings()
        return build_findings.row_findings(self, rows.loc[is_offending, build_findings.quoted_columns(self, rows)])


def rule(code: str, **facts: Any) -> Callable[[Callable[[pd.DataFrame, Policy], Mask]], Rule]:
    """A decorator that turns a question into a rule; it registers nothing."""

    def declare(condition: Callable[[pd.DataFrame, Policy], Mask]) -> Rule:
        facts["needs"] = tuple(facts.get("needs", ()))
        return Rule(code, name=condition.__name__, why=_join_lines(condition.__doc__), condition=condition, **facts)

    return declare


def offence(code: str, name: str, why: str, **facts: Any) -> Rule:
    """A rule whose offence is met while reading or comparing, and so has no question to ask of a row."""
    return Rule(code, name=name, why=why, **facts)


def _join_lines(doc: str | None) -> str:
    return " ".join((doc or "").split())


def list_rules(module: Any) -> list[Rule]:
    """The rules of a family's module, in the order in which they are declared."""
    return [value for value in vars(module).values() if isinstance(value, Rule)]
