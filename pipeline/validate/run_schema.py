"""The one place that runs pandera: which rows fail which check of a kind's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandera.errors

from pipeline.utils import arrow
from schemas.kind import list_cell_tests

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from schemas.columns import Column
    from schemas.kind import FileKind


class SchemaFailure(NamedTuple):
    """A check that some rows fail: the column's name in the frame, the code, and the mask of the rows (bool)."""

    column: str
    code: str
    mask: Any


def run_schema(rows: pd.DataFrame, kind: FileKind, columns: dict[str, Column]) -> list[SchemaFailure]:
    """Every check of the schema that any row fails; columns in which no cell can fail are left out of it."""
    failures: list[SchemaFailure] = []
    checked_columns = [
        column for column in columns.values() if _may_fail(column, arrow.to_arrow(rows[column.text_name]))
    ]
    schema = kind.build_schema(checked_columns, lambda *failure: failures.append(SchemaFailure(*failure)))
    try:
        schema.validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        if len(errors.schema_errors) != len(failures):  # of something else than a check: a fault of the program
            raise
    return failures


def _may_fail(column: Column, text: pa.ChunkedArray) -> bool:
    """Whether anything is asked of a column of this text: an empty cell fails only where it must be filled."""
    return column.must_be_filled or (text.null_count < len(text) and bool(list_cell_tests(column)))
