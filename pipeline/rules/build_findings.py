"""Makes the findings of a rule from the rows that offend."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.findings import MASK, NUMBER_COLUMNS, SCHEMA
from pipeline.utils.arrow import to_arrow, to_frame
from pipeline.utils.templates import MAX_VALUE_LENGTH, cell_text, fill_template, truncate_text

if TYPE_CHECKING:
    from pipeline.rules.rule import Rule


def quoted_columns(rule: Rule, rows: pd.DataFrame) -> list[str]:
    """The columns of the rows that a finding of the rule names or quotes, under either spelling."""
    texts = f"{rule.message}{rule.hint}"
    placeholders = [name for _, name, _, _ in string.Formatter().parse(texts) if name]
    columns = {*NUMBER_COLUMNS, "order_id", "order_item_id", rule.column, *placeholders}
    columns |= {name.replace("_", "-") for name in columns} | {name.replace("-", "_") for name in columns}
    return [name for name in rows.columns if name in columns]


def row_findings(rule: Rule, rows: pd.DataFrame, **overrides: str) -> pd.DataFrame:
    """One finding of the rule for every row; ``overrides`` replaces the rule's column, severity, message or hint.

    ``rows`` carries ``file``, ``line`` and ``record`` (int64) and whatever text the message names; a column
    ``value`` given instead names the column whose text is quoted, and is the finding's column unless that is given.
    """
    wording = {"column": rule.column, "severity": rule.severity, "message": rule.message, "hint": rule.hint} | overrides
    value = overrides.get("value", wording["column"])
    quoted_values = pa.repeat(pa.scalar(MASK), len(rows)) if rule.personal else truncate_text(cell_text(rows, value))
    text_columns = {
        "order_id": truncate_text(cell_text(rows, "order_id")),
        "order_item_id": truncate_text(cell_text(rows, "order_item_id")),
        "column": pa.repeat(pa.scalar(wording["column"]), len(rows)),
        "code": pa.repeat(pa.scalar(rule.code), len(rows)),
        "severity": pa.repeat(pa.scalar(wording["severity"]), len(rows)),
        "value": quoted_values,
        "message": fill_template(wording["message"], rows),
        "hint": fill_template(wording["hint"], rows),
    }
    number_columns = {name: to_arrow(rows[name]) for name in NUMBER_COLUMNS}
    columns = number_columns | {
        name: pa.chunked_array(column) if not isinstance(column, pa.ChunkedArray) else column
        for name, column in text_columns.items()
    }
    return to_frame(pa.table([_cast_column(columns[field.name], field.type) for field in SCHEMA], schema=SCHEMA))


def _cast_column(column: pa.ChunkedArray, dtype: pa.DataType) -> pa.ChunkedArray:
    column = column if column.type == dtype else pc.cast(column, dtype)
    return pc.fill_null(column, "") if pa.types.is_string(dtype) and column.null_count else column


def file_finding(rule: Rule, file: int, line: int, value: str = "", **placeholders: str) -> pd.DataFrame:
    """One finding about a whole file or its header: record 0, at the line given.

    Among the ``placeholders`` a column, a severity or a hint stands in place of the rule's own.
    """
    column = placeholders.pop("column", rule.column)
    row = {
        "file": file,
        "line": line,
        "record": 0,
        "order_id": "",
        "order_item_id": "",
        "column": column,
        "code": rule.code,
        "severity": placeholders.pop("severity", rule.severity),
        "value": value[:MAX_VALUE_LENGTH],
        "message": rule.message.format(value=value[:MAX_VALUE_LENGTH], **placeholders),
        "hint": placeholders.pop("hint", rule.hint).format(**placeholders),
    }
    return to_frame(pa.Table.from_pylist([row], schema=SCHEMA))
