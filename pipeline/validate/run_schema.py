"""The one place that runs pandera: which rows fail which check of a kind's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandera.errors

if TYPE_CHECKING:
    import pandas as pd

    from schemas.columns import Column
    from schemas.kind import FileKind


class SchemaFailure(NamedTuple):
    """A check that some rows fail: the column's name in the frame, the code, and the mask of the rows (bool)."""

    column: str
    code: str
    mask: Any


def run_schema(rows: pd.DataFrame, kind: FileKind, columns: dict[str, Column]) -> list[SchemaFailure]:
    """Every check of the schema that any row fails."""
    try:
        kind.build_schema(columns.values()).validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return [
            SchemaFailure(str(error.schema.name), str(error.check.name), ~error.check_output.to_numpy(bool))
            for error in errors.schema_errors
        ]
    return []
