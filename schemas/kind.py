"""A kind of file: how its header is recognised, its columns, and the pandera schema that judges its text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from schemas import types
from schemas.columns import Column

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa_schema


@dataclass(frozen=True)
class Kind:
    """A kind of file; ``recognised`` is a list of alternatives a column, ``never`` what it must not have."""

    name: str
    title: str
    recognised: tuple[tuple[str, ...], ...]
    columns: tuple[Column, ...]
    never: tuple[str, ...] = ()
    upload: bool = False
    source: str = ""

    def matches(self, names: Iterable[str]) -> bool:
        """True when a header of these names, lower-cased and stripped, is of this kind."""
        header = set(names)
        return all(header & set(group) for group in self.recognised) and not header & set(self.never)

    def lacks(self, names: Iterable[str]) -> list[str]:
        """The columns by which the kind is recognised that a header does not have."""
        header = set(names)
        return [" or ".join(group) for group in self.recognised if not header & set(group)]

    def column(self, name: str) -> Column | None:
        """The column of that name, or None where the kind does not know it."""
        return next((column for column in self.columns if column.name == name), None)

    def required(self) -> list[str]:
        """The names every file of the kind must have."""
        return [column.name for column in self.columns if column.required]

    def day_first(self) -> Kind:
        """The same kind where ship-dates may be spelt dd-mm-yyyy (FORMATS §2b, the AE help page)."""
        columns = tuple(
            replace(column, type=types.DAY_FIRST_DATE) if column.type is types.DATE else column
            for column in self.columns
        )
        return replace(self, columns=columns)

    def schema(self, columns: Iterable[Column]) -> pa_schema.DataFrameSchema:
        """The pandera schema of the columns' text, every check named by its code.

        Checks return True on null and keep one example, because pandera's own listing of failures grows with them.
        """
        import pandera.pandas as pa_schema

        return pa_schema.DataFrameSchema({column.text: _judged(column) for column in columns}, name=self.name)


def _judged(column: Column) -> pa_schema.Column:
    import pandas as pd
    import pandera.pandas as pa_schema
    import pyarrow as pa

    checks = []
    if column.required:
        checks.append(_check("FMT-001", lambda text: text.notna()))
    if column.type.readable():
        checks.append(_check(column.type.code, _readable(column.type)))
    if column.longest:
        checks.append(_check("FMT-007", _fits(column.longest)))
    return pa_schema.Column(pd.ArrowDtype(pa.string()), checks, nullable=True)


def _check(code: str, passes: Callable[[pd.Series[Any]], pd.Series[bool]]) -> pa_schema.Check:
    import pandera.pandas as pa_schema

    return pa_schema.Check(passes, name=code, ignore_na=False, n_failure_cases=1)


def _readable(of: types.Type) -> Callable[[pd.Series[Any]], pd.Series[bool]]:
    """The check that a text is of a type: by its closed list, else by its pattern; null passes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def judge(values: Any) -> Any:
        if of.vocabulary:
            listed = pc.is_in(values, value_set=pa.array(sorted(of.vocabulary()), pa.string()))
            meant = pa.array(sorted(of.folded()) if of.folded else [], pa.string())
            return pc.or_kleene(pc.or_(listed, pc.is_in(pc.utf8_lower(values), value_set=meant)), pc.is_null(values))
        return pc.match_substring_regex(values, pattern=f"^(?:{of.pattern})$")

    def passes(text: pd.Series[Any]) -> pd.Series[bool]:
        import pandas as pd

        values = text.array.__arrow_array__()
        if of.few:
            coded = pc.dictionary_encode(values).combine_chunks()
            good = pc.take(judge(coded.dictionary), coded.indices)
        else:
            good = judge(values)
        return pd.Series(pd.arrays.ArrowExtensionArray(pc.fill_null(good, True)), index=text.index)

    return passes


def _fits(longest: int) -> Callable[[pd.Series[Any]], pd.Series[bool]]:
    def passes(text: pd.Series[Any]) -> pd.Series[bool]:
        return (text.str.len() <= longest).fillna(True)

    return passes
