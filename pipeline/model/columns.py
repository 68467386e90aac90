"""Declared columns: what the rows that pass from step to step have, checked where one hands them to the next.

The check is for us: a failure is a fault of the program. It runs with ``--verify`` and in the tests, and costs nothing
else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.utils import arrow
from pipeline.utils.dtypes import MONEY, TIMESTAMP

_SWITCH = "FEEDWARDEN_VERIFY"  # inherited by the processes that a run starts


class WrongColumns(AssertionError):
    """Rows that do not have the columns that are declared of them."""


@dataclass(frozen=True)
class RowColumn:
    """A column: its name, dtype and unit, what a value means, what null means (empty: there is none), who makes it.

    An ``optional`` column may be absent.
    """

    name: str
    dtype: pa.DataType
    meaning: str
    null: str = ""
    unit: str = ""
    made_by: str = ""
    optional: bool = False


@dataclass(frozen=True)
class ColumnTable:
    """The columns of one kind of rows, in no order."""

    name: str
    columns: tuple[RowColumn, ...]

    def names(self) -> set[str]:
        """The names of all columns."""
        return {column.name for column in self.columns}

    def extend(self, name: str, *columns: RowColumn) -> ColumnTable:
        """The same and more, under another name; of two columns of one name the later counts."""
        merged = {column.name: column for column in (*self.columns, *columns)}
        return ColumnTable(name, tuple(merged.values()))

    def select(self, name: str, names: Iterable[str]) -> ColumnTable:
        """Only the columns of those names, under another name. Raises KeyError for one that is not there."""
        by_name = {column.name: column for column in self.columns}
        return ColumnTable(name, tuple(by_name[wanted] for wanted in names))

    def empty_rows(self) -> pd.DataFrame:
        """No rows, with all of the columns."""
        return arrow.to_frame(pa.table({column.name: pa.array([], column.dtype) for column in self.columns}))

    def check(self, rows: pd.DataFrame) -> None:
        """Raises WrongColumns unless the rows have these columns, each in its dtype, and no other."""
        declared, dtypes = self.names(), dict(zip(rows.columns, rows.dtypes.array, strict=True))
        wrong = [f"{name} is not declared" for name in dtypes if name not in declared]
        for column in self.columns:
            if column.name in dtypes:
                wrong += _list_faults(column, dtypes[column.name], rows)
            elif not column.optional:
                wrong.append(f"{column.name} is missing")
        if wrong:
            message = f"{self.name}: {'; '.join(wrong)}"
            raise WrongColumns(message)


def _list_faults(column: RowColumn, dtype: Any, rows: pd.DataFrame) -> list[str]:
    if not isinstance(dtype, pd.ArrowDtype):
        return [f"{column.name} is {dtype}, not an Arrow column"]
    if dtype.pyarrow_dtype != column.dtype:
        return [f"{column.name} is {dtype.pyarrow_dtype}, not {column.dtype}"]
    null_count = 0 if column.null else arrow.to_arrow(rows[column.name]).null_count
    return [f"{column.name} is null in {null_count} rows"] if null_count else []


def switch_on(*, verify: bool) -> None:
    """Checks declared columns from here on, in this process and those it starts, if asked to."""
    if verify:
        os.environ[_SWITCH] = "1"


def verified(rows: pd.DataFrame, table: ColumnTable) -> pd.DataFrame:
    """The rows as they are. Raises WrongColumns where they are not as declared, if that is to be checked."""
    if os.environ.get(_SWITCH):
        table.check(rows)
    return rows


def text(name: str, meaning: str, null: str = "") -> RowColumn:
    """A column of text."""
    return RowColumn(name, pa.string(), meaning, null)


def flag(name: str, meaning: str, null: str = "") -> RowColumn:
    """A column of truths."""
    return RowColumn(name, pa.bool_(), meaning, null)


def whole(name: str, meaning: str, null: str = "", unit: str = "") -> RowColumn:
    """A column of whole numbers."""
    return RowColumn(name, pa.int64(), meaning, null, unit)


def instant(name: str, meaning: str, null: str = "") -> RowColumn:
    """A column of instants."""
    return RowColumn(name, TIMESTAMP, meaning, null, "UTC")


def day(name: str, meaning: str, null: str = "", unit: str = "local day") -> RowColumn:
    """A column of calendar days."""
    return RowColumn(name, pa.date32(), meaning, null, unit)


def money(name: str, meaning: str, null: str = "", dtype: pa.DataType = MONEY) -> RowColumn:
    """A column of amounts, in the currency of the row."""
    return RowColumn(name, dtype, meaning, null, "currency of the row")


def made_by(maker: str, *columns: RowColumn, optional: bool = False) -> tuple[RowColumn, ...]:
    """The columns, made by that step."""
    return tuple(replace(column, made_by=maker, optional=optional) for column in columns)
