"""THE findings table: what there is to say, about which cell of which line, and what to do next."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import severity
from pipeline.utils.arrow import equals_text, reorder_rows, take_rows, to_arrow, to_frame, to_int64, to_table
from pipeline.utils.groups import is_in

MASK = "‹masked›"
LEDGER_FILE = -1  # the file number of what is about an order and no line of this run
LEDGER_FILE_NAME = "ledger"  # and its name, with a ledger and without one
_LINES_PER_FILE = 1 << 40  # below which lines stay
TEXT_COLUMNS = ("order_id", "order_item_id", "column", "code", "severity", "value", "message", "hint")
NUMBER_COLUMNS = ("file", "line", "record")
COLUMNS = (*NUMBER_COLUMNS, *TEXT_COLUMNS)
SCHEMA = pa.schema([*((name, pa.int64()) for name in NUMBER_COLUMNS), *((name, pa.string()) for name in TEXT_COLUMNS)])


def empty_findings() -> pd.DataFrame:
    """The empty findings table."""
    return _empty_findings().copy(deep=False)


@functools.cache
def _empty_findings() -> pd.DataFrame:
    return to_frame(SCHEMA.empty_table())


def concat_findings(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All the findings of the parts, in the order given."""
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else empty_findings()


def sort_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings by file, line, code and column: with files numbered by name, the order of SPEC §7.

    Those about orders of the ledger, which share file and line, come by order and item.
    """
    is_ledger = (findings["file"] == LEDGER_FILE).to_numpy(bool)
    if is_ledger.any():
        keys = to_table(findings[is_ledger], ("order_id", "order_item_id"))
        order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names]).to_numpy()
        findings = take_rows(findings, np.concatenate([np.flatnonzero(is_ledger)[order], np.flatnonzero(~is_ledger)]))
    keys = to_table(findings, ("file", "line", "code", "column"))
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names])
    return reorder_rows(findings, order.to_numpy())


def to_report_order(findings: pd.DataFrame, names: Sequence[str]) -> pa.Table:
    """The findings (COLUMNS) in the order of the report with their ``place`` in it, from the order of ``sort``.

    ``place`` tells files apart by their ``names``, which are sorted; what is about no file of this run, and so comes
    first in the other order, is where ``LEDGER_FILE_NAME`` belongs.
    """
    rows = to_table(findings, COLUMNS)
    file, ledger_position = rows["file"].to_numpy(), bisect_left(names, LEDGER_FILE_NAME)
    positioned = rows.append_column("place", pa.array(np.where(file == LEDGER_FILE, 2 * ledger_position, 2 * file + 1)))
    ledger_end, insert_at = np.searchsorted(file, [LEDGER_FILE + 1, ledger_position])
    if not ledger_end or insert_at <= ledger_end:
        return positioned
    return pa.concat_tables(
        [
            positioned.slice(ledger_end, insert_at - ledger_end),
            positioned.slice(0, ledger_end),
            positioned.slice(insert_at),
        ]
    )


def has_error(rows: pd.DataFrame, findings: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For every row of (file, line), whether an error was found in it; bool, in the rows' order."""
    is_error = equals_text(to_arrow(findings["severity"]), severity.ERROR)
    if rows.empty or not is_error.any():
        return np.zeros(len(rows), bool)
    row_lines, found_lines = (line_key(to_int64(part["file"]), to_int64(part["line"])) for part in (rows, findings))
    return is_in(row_lines, found_lines[is_error])


def line_key(file: Any, line: Any) -> Any:
    """A file, by its number, and a line of it as one number: by file, then line."""
    return file * _LINES_PER_FILE + line
