"""The columns of the rows of a file: of each of its kind's columns the text and the value, and what a run adds."""

from __future__ import annotations

import functools

import pyarrow as pa

from pipeline.model.columns import ColumnTable, RowColumn, flag, made_by, text, whole
from pipeline.utils.dtypes import MONEY, TIMESTAMP
from schemas import types
from schemas.columns import Column as FileColumn
from schemas.kind import FileKind
from schemas.kinds import find_kind

_EMPTY = "the cell is empty"
_UNREADABLE = "the cell is empty or cannot be read"
LINE_COLUMNS = made_by(
    "ingest",
    whole("file", "the number of the file among the inputs; negative for the ledger"),
    whole("line", "the physical line in the file, from 1; 0 where no line holds the row"),
    whole("record", "the number of the line of data in the file, from 1; 0 where no line holds the row"),
)
_KEY_COLUMNS = made_by(
    "ingest",
    whole("order_key", "the order id as a number", _UNREADABLE),
    whole("item_key", "the order item id as a number", _UNREADABLE),
    optional=True,
)
_CHECKED_COLUMNS = made_by(
    "validate", flag("valid", "no error was found in the row"), flag("out_of_scope", "the row is not the seller's")
)
_SPLIT_COLUMNS = made_by(
    "validate",
    flag("id_masked", "the ids are masked, because the line is the rest of a broken one", "no split has such a file"),
    flag("promotion_detail", "the line may continue an earlier one: only its promotion is given"),
    flag("unreadable", "a value by which duplicates are found cannot be read", "no split has such a file"),
    flag("amazon_fulfilled", "Amazon ships the order"),
    text("carrier_spelling", "the carrier code as the list spells it", _UNREADABLE),
    flag("reason_item_mismatch", "only one of reason and item code is given"),
    optional=True,
)
_FILE_FACTS = made_by(
    "engine",
    whole("report_made_us", "the newest reporting-date of the file; NEVER without one", unit="µs UTC"),
    whole("newest_evidence_us", "the newest evidence of the file; NEVER without any", unit="µs UTC"),
)


@functools.cache
def split_table(kind: FileKind) -> ColumnTable:
    """The columns of the rows of a group of files, as ``validate`` leaves them."""
    columns = [typed for column in kind.columns for typed in _cell_columns(column)]
    fixed_columns = (*LINE_COLUMNS, *_KEY_COLUMNS, *_CHECKED_COLUMNS, *_SPLIT_COLUMNS)
    return ColumnTable(kind.name, fixed_columns).extend(kind.name, *columns)


@functools.cache
def bucket_table(kind_name: str) -> ColumnTable:
    """The columns of the rows of a kind of file in pass two; reports lack those that no rule or output uses."""
    return split_table(find_kind(kind_name)).extend(kind_name, *_FILE_FACTS)


def value_columns(kind: FileKind) -> tuple[RowColumn, ...]:
    """The values of a kind that a run reads, without their text."""
    return tuple(value for column in kind.columns if not column.audit_only for value in _value_columns(column))


def _cell_columns(column: FileColumn) -> tuple[RowColumn, ...]:
    """The text of a column and, unless they share their name, its value."""
    cell = RowColumn(
        column.text_name, pa.string(), f"{column.name} as the file spells it", _EMPTY, made_by="ingest", optional=True
    )
    return (cell, *_value_columns(column))


def _value_columns(column: FileColumn) -> tuple[RowColumn, ...]:
    def value(name: str, dtype: pa.DataType, unit: str = "") -> RowColumn:
        return RowColumn(
            name, dtype, f"{column.name}: {column.type.name}", _UNREADABLE, unit, made_by="ingest", optional=True
        )

    if column.type is types.INSTANT_OR_DATE:
        return value(column.value_name, TIMESTAMP, "UTC"), value(f"{column.value_name}_day", pa.date32(), "local day")
    if column.type is types.INSTANT:
        return (value(column.value_name, TIMESTAMP, "UTC"),)
    if column.type is types.ENGLISH_DATE:
        return (value(column.value_name, pa.date32(), "local day"),)
    if column.type in (types.DATE, types.DAY_FIRST_DATE):
        instant = value(f"{column.value_name}_instant", TIMESTAMP, "UTC")
        return value(column.value_name, pa.date32(), "local day, as written"), instant
    if column.type is types.MONEY:
        return (value(column.value_name, MONEY, "currency of the row"),)
    return (value(column.value_name, pa.int64() if column.type.frictionless_type == "integer" else pa.string()),)
