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
    """A frozen rule; ``ask`` answers *is this row wrong?*, or is None where reading or comparing finds the offence."""

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
    ask: Callable[[pd.DataFrame, Policy], Mask] | None = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[Callable[[str], Rule], tuple[str]]:
        """A rule travels to another process as its code: under the name of its question stands the rule itself."""
        from pipeline.rules import catalogue

        return catalogue.find, (self.code,)

    def hits(self, rows: pd.DataFrame, policy: Policy) -> pd.Series[bool]:
        """Which rows offend: bool; a row where a needed value is null is unknown and does not."""
        if self.ask is None or not set(self.needs) <= set(rows.columns):
            return rows["line"].isna()
        known = functools.reduce(operator.and_, [rows[name].notna() for name in self.needs], rows["line"].notna())
        mask = self.ask(rows, policy)
        return (mask & known).fillna(False).astype(bool)

    def findings(self, rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
        """The findings of this rule among the rows."""
        from pipeline import findings

        hits = self.hits(rows, policy)
        if not hits.any():
            return findings.none()
        return findings.of(self, rows.loc[hits, findings.quoted(self, rows)])


def rule(code: str, **facts: Any) -> Callable[[Callable[[pd.DataFrame, Policy], Mask]], Rule]:
    """A decorator that turns a question into a rule; it registers nothing."""

    def declare(ask: Callable[[pd.DataFrame, Policy], Mask]) -> Rule:
        facts["needs"] = tuple(facts.get("needs", ()))
        return Rule(code, name=ask.__name__, why=_said(ask.__doc__), ask=ask, **facts)

    return declare


def offence(code: str, name: str, why: str, **facts: Any) -> Rule:
    """A rule whose offence is met while reading or comparing, and so has no question to ask of a row."""
    return Rule(code, name=name, why=why, **facts)


def _said(doc: str | None) -> str:
    return " ".join((doc or "").split())


def family(module: Any) -> list[Rule]:
    """The rules of a family's module, in the order in which they are declared."""
    return [value for value in vars(module).values() if isinstance(value, Rule)]


def judge(rules: list[Rule], rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Everything the rules have to say about the rows."""
    from pipeline import findings

    return findings.join([one.findings(rows, policy) for one in rules]) if len(rows) else findings.none()
