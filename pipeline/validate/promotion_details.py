"""Lines of an Orders report that give only one more promotion of the item of an earlier line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.rules import cells
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from pipeline.validate.run_schema import SchemaFailure

if TYPE_CHECKING:
    import pandas as pd

    from schemas.kind import FileKind

_ID_COLUMNS = ("order-id", "order-item-id")


def find_promotion_details(rows: pd.DataFrame, kind: FileKind, failures: list[SchemaFailure]) -> Array:
    """Which rows may continue an earlier line, bool: both ids are readable, and what makes a line of its own is blank.

    Whether an earlier line has these ids is known only where all lines of an order are seen together.
    """
    is_detail = np.ones(len(rows), bool)
    for name in _ID_COLUMNS:
        is_detail &= arrow.is_valid(rows[name])
    for name in kind.continued_blanks:
        is_detail &= ~arrow.is_valid(rows[name])
    for failure in failures:
        if failure.column in _ID_COLUMNS:
            is_detail &= ~failure.mask
    return is_detail


def excuse_promotion_details(failures: list[SchemaFailure], kind: FileKind, is_detail: Array) -> list[SchemaFailure]:
    """The failures without those of blank cells that rows of ``is_detail`` may leave blank."""
    return [
        failure._replace(mask=failure.mask & ~is_detail)
        if failure.code == cells.value_missing.code and failure.column in kind.continued_blanks
        else failure
        for failure in failures
    ]
