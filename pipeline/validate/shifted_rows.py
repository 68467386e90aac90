"""Rows of a report whose cells do not fit their columns: what stands in them is neither quoted nor used (FIL-011)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.rules import build_findings, cells, files
from pipeline.utils.arrow import filter_rows, to_arrow, to_series
from pipeline.utils.dtypes import Array
from pipeline.validate.run_schema import SchemaFailure, run_schema
from schemas import types

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.model.row_layout import RowLayout
    from schemas.kind import FileKind

_MIN_UNREADABLE = 2  # cells that every real file fills: one may be at fault by itself, two are in the wrong place
_PLACE_COLUMNS = ("file", "line", "record")


def find_shifted_rows(kind: FileKind, layout: RowLayout, failures: list[SchemaFailure]) -> Array:
    """Which rows of a report are shifted, bool (SPEC §2)."""
    unreadable = [failure for failure in failures if failure.code != cells.value_missing.code]
    counted = {column.text_name for column in kind.columns if column.name in kind.always_filled}
    counts = np.zeros(len(layout.is_short), np.int64)
    has_unreadable = np.zeros(len(layout.is_short), bool)
    for failure in unreadable:
        has_unreadable |= failure.mask
        counts += failure.mask & (failure.column in counted)
    has_unreadable[layout.is_short] |= _has_unreadable(layout.typed_cells, kind, int(layout.is_short.sum()))
    return (layout.is_short & has_unreadable) | (counts >= _MIN_UNREADABLE) | layout.has_stray_email


def _has_unreadable(typed_cells: pd.DataFrame, kind: FileKind, size: int) -> Array:
    """Which rows have a typed cell that cannot be read; empty cells are only missing."""
    columns = {column.text_name: column for column in kind.columns if column.text_name in typed_cells}
    failures = run_schema(typed_cells, kind, columns) if columns else []
    masks = [failure.mask for failure in failures if failure.code != cells.value_missing.code]
    return np.logical_or.reduce([np.zeros(size, bool), *masks])


def hide_shifted_rows(rows: pd.DataFrame, is_shifted: Array) -> pd.DataFrame:
    """The finding of every shifted row; its cells are emptied in place but for an order id of the right shape."""
    shifted_ids = pc.if_else(pa.array(is_shifted), to_arrow(rows["order-id"]), None)
    is_id = pc.match_substring_regex(shifted_ids, pattern=f"^(?:{types.ORDER_ID.pattern})$")
    is_kept_id = pc.fill_null(is_id, False).to_numpy()
    for name in [name for name in rows.columns if name not in _PLACE_COLUMNS]:
        is_hidden = is_shifted & ~is_kept_id if name == "order-id" else is_shifted
        text = pc.if_else(pa.array(is_hidden), pa.scalar(None, pa.string()), to_arrow(rows[name]))
        rows[name] = to_series(text, rows.index)
    shifted = filter_rows(rows, is_shifted)
    return build_findings.row_findings(files.cells_shifted, shifted.assign(order_id=shifted["order-id"]))
