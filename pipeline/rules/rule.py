"""A rule is declared once: its code, severity, columns, source and words beside the question it asks of a row.

Nothing heavy is imported before a row is judged: the rule book is also read by `feedwarden rules`, which must not wait.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, Unpack

from pipeline.rules.subjects import SUBJECTS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy
    from pipeline.utils.dtypes import Array


Mask = Any  # a boolean Series, null where the rule cannot know


class MissingColumn(LookupError):
    """A rule is asked of rows that lack a column it needs."""


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
    title: str = ""  # of few words; the name says it where there is none
    column: str = ""
    amazon: str = ""
    asks: tuple[str, ...] = ()  # the subjects: the kinds of rows the question is about
    needs: tuple[str, ...] = ()  # the columns without a value in which it cannot be answered
    personal: bool = False  # its column holds what a buyer is called or where they live: never quoted
    condition: Callable[[pd.DataFrame, Policy], Mask] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """A rule that asks a question names what it is about. Raises ValueError where it does not."""
        unknown = [subject for subject in self.asks if subject not in SUBJECTS]
        if unknown or bool(self.asks) != (self.condition is not None):
            message = f"{self.code} asks of {', '.join(unknown or self.asks) or 'nothing'}: name one of {[*SUBJECTS]}"
            raise ValueError(message)

    def __reduce__(self) -> tuple[Callable[[str], Rule], tuple[str]]:
        """A rule travels to another process as its code: under the name of its question stands the rule itself."""
        from pipeline.rules import catalogue as rules_catalogue

        return rules_catalogue.find_rule, (self.code,)

    def offending_rows(self, rows: pd.DataFrame, policy: Policy) -> Array:
        """Which rows offend: bool; a row where a needed value is null is unknown and does not.

        Raises MissingColumn where the rows lack a column that the rule needs: that is a fault of the program.
        """
        from pipeline.utils import arrow

        if self.condition is None:
            return ~arrow.is_valid(rows["line"])
        if missing := [name for name in self.needs if name not in rows]:
            message = f"{self.code} needs {', '.join(missing)}, which the rows do not have: {', '.join(rows.columns)}"
            raise MissingColumn(message)
        has_values = functools.reduce(operator.and_, [arrow.is_valid(rows[name]) for name in ("line", *self.needs)])
        return arrow.to_mask(self.condition(rows, policy)) & has_values

    def collect_findings(self, rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
        """The findings of this rule among the rows."""
        from pipeline.model import findings as model_findings
        from pipeline.rules import build_findings
        from pipeline.utils import arrow

        is_offending = self.offending_rows(rows, policy)
        if not is_offending.any():
            return model_findings.empty_findings()
        quoted_rows = rows[build_findings.quoted_columns(self, rows)]
        return build_findings.row_findings(self, arrow.filter_rows(quoted_rows, is_offending))


class Offence(TypedDict):
    """What is declared of every rule beside its code, its name and its reason."""

    severity: str
    source: str
    message: str
    hint: str
    title: NotRequired[str]
    column: NotRequired[str]
    amazon: NotRequired[str]
    personal: NotRequired[bool]


def rule(
    code: str, *, asks: str | tuple[str, ...], needs: Sequence[str], **declared: Unpack[Offence]
) -> Callable[[Callable[[pd.DataFrame, Policy], Mask]], Rule]:
    """A decorator that turns a question into a rule; it registers nothing.

    ``asks`` names the subjects: the kinds of rows it is about; ``needs`` the columns that need a value to answer it.
    """
    subjects = (asks,) if isinstance(asks, str) else asks

    def declare(condition: Callable[[pd.DataFrame, Policy], Mask]) -> Rule:
        return Rule(
            code,
            name=condition.__name__,
            why=_join_lines(condition.__doc__),
            asks=subjects,
            needs=tuple(needs),
            condition=condition,
            **declared,
        )

    return declare


def offence(code: str, name: str, why: str, **declared: Unpack[Offence]) -> Rule:
    """A rule whose offence is met while reading or comparing, and so has no question to ask of a row."""
    return Rule(code, name=name, why=why, **declared)


def _join_lines(doc: str | None) -> str:
    return " ".join((doc or "").split())


def list_rules(module: Any) -> list[Rule]:
    """The rules of a family's module, in the order in which they are declared."""
    return [value for value in vars(module).values() if isinstance(value, Rule)]


def rules_about(module: Any, subject: str) -> list[Rule]:
    """The rules of a family's module that ask of that subject, in the order in which they are declared."""
    return [rule for rule in list_rules(module) if subject in rule.asks]
