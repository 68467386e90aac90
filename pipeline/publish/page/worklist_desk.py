"""The worklist as a desk: its lines as columns that the page's script filters, sorts and shows some at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.marketplaces import MARKETPLACES
from pipeline.model.run_result import RunResult
from pipeline.publish.files import cells
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.page import seller_central
from pipeline.publish.reports import worklist
from pipeline.publish.reports.due_counts import grade_worklist
from pipeline.publish.reports.due_times import HORIZONS, MINUTE_US, describe_due
from pipeline.publish.reports.worklist_order import is_overdue
from pipeline.utils import arrow, dtypes
from pipeline.utils.escape import escape_controls

MAX_LINES = 50_000  # that the page holds
_STATIC_LINES = 100  # that it shows without its script
_REPORT_COLUMNS = ("due_local", "action", "order_id", "order_item_id", "sku", "quantity", "amount", "currency", "code")


class Desk(NamedTuple):
    """The first lines as the page shows them, how many there are, how many it holds, and these as JSON.

    ``codes`` are the rules that the lines name, ``places`` the marketplaces.
    """

    rows: list[dict[str, Any]]
    total: int
    held_count: int
    data: str
    codes: set[str]


def describe_worklist(_folder: OutputFolder, result: RunResult) -> Desk:
    """The desk, made as one of the outputs, although it is written with the page."""
    return build_desk(result)


def build_desk(result: RunResult) -> Desk:
    """The worklist from its first line on, as far as the page holds it."""
    held_rows = pa.concat_tables(_take_parts(result)).combine_chunks()
    encoded = {name: _encode_column(held_rows[name]) for name in held_rows.column_names}
    codes = {code for code in encoded["code"][0] if code}
    stores = {store: seller_central.order_prefix(store) for store in encoded["marketplace"][0]}
    data = {"columns": encoded, "horizons": HORIZONS, "orders": stores}
    rows = [_describe_row(row) for row in held_rows.slice(0, _STATIC_LINES).to_pylist()]
    return Desk(rows, len(result.tables["worklist"]), len(held_rows), to_data_block(data), codes)


def _take_parts(result: RunResult) -> Iterator[pa.Table]:
    """The lines with the columns of the desk; at least one table."""
    missing = MAX_LINES
    for part in result.tables["worklist"].iter_chunks():
        yield _build_part(part.slice(0, missing), result)
        missing -= min(missing, len(part))
        if not missing:
            break


def _build_part(part: pa.Table, result: RunResult) -> pa.Table:
    as_of_us = dtypes.instant_to_us(result.context.as_of)
    report_part = worklist.build_report_part(part, as_of_us)
    due_us = arrow.to_int64(arrow.to_series(part["due_at"]))
    minutes = (np.where(dtypes.is_known(due_us), due_us, as_of_us) - as_of_us) // MINUTE_US
    columns = {
        "horizon": pa.array(grade_worklist(part, result.context.as_of)),
        "when": describe_due(due_us, is_overdue(part), as_of_us),
        "minutes": pa.array(minutes, mask=~dtypes.is_known(due_us)),
        **{name: cells.format_cells(to_single_chunk(report_part[name])) for name in _REPORT_COLUMNS},
        "reason": cells.format_cells(to_single_chunk(report_part["reason"])),
        "marketplace": arrow.take_strings(MARKETPLACES, to_single_chunk(part["marketplace"]).to_numpy()),
    }
    return pa.table(columns)


def _encode_column(column: pa.ChunkedArray) -> tuple[list[Any], list[int]]:
    """The values of a column, each once and without characters that act, and the number of each line's; −1 for none."""
    encoded = to_single_chunk(column).dictionary_encode()
    values = [escape_controls(value) if isinstance(value, str) else value for value in encoded.dictionary.to_pylist()]
    return values, pc.fill_null(encoded.indices, -1).to_pylist()


def _describe_row(row: dict[str, Any]) -> dict[str, Any]:
    filled = {name: "" if value is None else value for name, value in row.items()}
    return filled | {"href": seller_central.order_url(row["marketplace"], row["order_id"])}


def to_data_block(data: Any) -> str:
    """The data as JSON that can stand between the tags of a script element, whatever its texts hold."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
