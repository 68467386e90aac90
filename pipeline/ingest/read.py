"""Bytes of a split → rows of text with their physical line; what cannot be read as a row becomes a finding.

A clean split goes through Arrow's parser as it is. One that holds a blank, ragged or broken line is first made
even by ``normalize_lines``, which works on the bytes of all its lines at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.ingest.cell_table import count_tabs, parse_cells, parse_clean, trim_cells
from pipeline.ingest.invalid_bytes import InvalidBytes, build_line_rows
from pipeline.ingest.normalize_lines import normalize_line_widths
from pipeline.ingest.stray_emails import find_stray_emails
from pipeline.model import findings as model_findings
from pipeline.model.file_plan import FilePlan, Split
from pipeline.model.row_layout import RowLayout
from pipeline.model.split_result import FileFacts, SplitResult
from pipeline.rules import build_findings, files
from pipeline.utils.arrow import to_frame, to_series
from pipeline.utils.dtypes import Array
from schemas.columns import Column


class SplitText(NamedTuple):
    """The rows of a split as text, their findings, and how many of its lines held data, were blank, or unreadable.

    ``layout`` says how the cells of the rows lie; None for a kind whose rows cannot be shifted.
    """

    rows: pd.DataFrame
    findings: pd.DataFrame
    records: int
    blank: int
    unreadable: int
    layout: RowLayout | None = None


def read_split(plan: FilePlan, split: Split, wanted_columns: Sequence[Column]) -> SplitText:
    """The wanted columns of a split as ``string[pyarrow]``, blanks around them trimmed, empty cells null.

    A column that the file does not have is null throughout. ``line`` is the physical line and ``record`` the number
    of the line of data within the split, both int64.
    """
    columns = [column.name for column in wanted_columns if column.name in plan.header]
    text = _read_text(plan, split, columns)
    rows = text.rows.rename(columns={column.name: column.text_name for column in wanted_columns})
    for column in wanted_columns:
        if column.text_name not in rows:
            rows[column.text_name] = to_series(pa.nulls(len(rows), pa.string()))
    return text._replace(rows=rows)


def count_split_lines(plan: FilePlan, split: Split) -> SplitResult:
    """The lines of a split that is not going to be read: how many hold data, how many are blank."""
    with open(plan.source.path, "rb") as file:  # noqa: PTH123
        file.seek(split.start)
        data = file.read(split.end - split.start)
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    blank = sum(not line.removesuffix(b"\r").strip(b" \t") for line in lines)
    return SplitResult(
        file=plan.file,
        rows=to_frame(pa.table({})),
        findings=model_findings.empty_findings(),
        record_count=len(lines) - blank,
        blank_lines=blank,
        unreadable_lines=0,
        size_bytes=len(data),
        file_facts=FileFacts(),
        profile=None,
    )


def _read_text(plan: FilePlan, split: Split, columns: list[str]) -> SplitText:
    with open(plan.source.path, "rb") as file:  # noqa: PTH123
        file.seek(split.start)
        data = file.read(split.end - split.start)
    invalid = InvalidBytes()
    if not plan.is_utf8:
        data = invalid.decode(data, "utf-8" if plan.source.source_encoding else plan.encoding)
    may_be_clean = not invalid.lines.size and not _may_lack_last_cell(plan, data)
    table = parse_clean(data, plan.header, columns) if may_be_clean else None
    if table is None:
        return _read_uneven_lines(plan, split, columns, data, invalid)
    line = np.arange(table.num_rows, dtype=np.int64)
    return SplitText(
        _build_rows(plan, split, table, line, line),
        model_findings.empty_findings(),
        records=table.num_rows,
        blank=0,
        unreadable=0,
        layout=_describe_layout(plan, data, np.zeros(table.num_rows, bool), columns),
    )


def _read_uneven_lines(
    plan: FilePlan, split: Split, columns: list[str], data: bytes, invalid: InvalidBytes
) -> SplitText:
    """The same of lines of which some may be blank, ragged or broken."""
    invalid.note_control_characters(data)
    normalized = normalize_line_widths(
        data, len(plan.header), np.unique(invalid.lines), has_unnamed_column=plan.has_unnamed_column
    )
    table = parse_cells(normalized.data, plan.header, columns)
    if table is None:
        message = f"{plan.source.name}: lines made even are still not"
        raise AssertionError(message)
    table = trim_cells(table)
    byte_findings = invalid.build_findings(plan, split, normalized.records_by_line)
    long_lines = build_line_rows(plan, split, normalized.too_long, normalized.records_by_line)
    long_lines["value"] = to_series(normalized.cell_counts)
    long_lines["width"] = to_series(np.full(len(long_lines), len(plan.header)))
    all_findings = model_findings.concat_findings(
        [byte_findings, build_findings.row_findings(files.too_many_cells, long_lines, value="value", column="")]
    )
    unreadable = len(np.unique(invalid.lines)) + len(normalized.too_long)
    return SplitText(
        _build_rows(plan, split, table, normalized.line, normalized.record),
        all_findings,
        records=len(normalized.line) + unreadable,
        blank=normalized.blank_lines,
        unreadable=unreadable,
        layout=_describe_layout(plan, normalized.data, normalized.is_short, columns),
    )


def _may_lack_last_cell(plan: FilePlan, data: bytes) -> bool:
    """True where lines may end in a TAB that is no cell of theirs, though they have as many as there are names."""
    return plan.has_unnamed_column and count_tabs(data) < len(plan.header)


def _describe_layout(plan: FilePlan, data: bytes, is_short: Array, columns: list[str]) -> RowLayout | None:
    """How the cells of the rows lie, whose bytes have equally many cells in every line."""
    if plan.kind is None or not plan.kind.always_filled:
        return None
    unread = [
        column
        for column in plan.kind.columns
        if column.name in plan.header and column.name not in columns and column.type.readable_by()
    ]
    typed_cells = parse_cells(data, plan.header, [column.name for column in unread]) if is_short.any() else None
    names = [column.text_name for column in unread]
    cells = trim_cells(typed_cells).rename_columns(names).filter(pa.array(is_short)) if typed_cells else pa.table({})
    return RowLayout(is_short, find_stray_emails(data, plan.header, plan.kind), to_frame(cells))


def _build_rows(plan: FilePlan, split: Split, table: pa.Table, line: Any, record: Any) -> pd.DataFrame:
    return to_frame(
        table.append_column("file", pa.array(np.full(len(line), plan.file, np.int64)))
        .append_column("line", pa.array(line + split.first_line))
        .append_column("record", pa.array(record + 1))
    )
