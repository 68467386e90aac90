"""Bytes of a split → rows of text with their physical line; what cannot be read as a row becomes a finding.

A clean split goes through Arrow's parser as it is. One that holds a blank, ragged or broken line is first made
even by ``normalize_lines``, which works on the bytes of all its lines at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest.cell_table import count_tabs, parse_cells, parse_clean, trim_cells
from pipeline.ingest.invalid_bytes import InvalidBytes, build_line_rows
from pipeline.ingest.normalize_lines import NormalizedLines, normalize_line_widths
from pipeline.ingest.split_bytes import read_bytes
from pipeline.ingest.stray_emails import find_stray_emails
from pipeline.model import findings as model_findings
from pipeline.model.file_plan import FilePlan, Split
from pipeline.model.row_layout import RowLayout
from pipeline.rules import build_findings, files, report_hints
from pipeline.utils.arrow import concat_frames, to_arrow, to_frame, to_series
from pipeline.utils.dtypes import Array
from schemas.columns import Column

_MAX_WIDENED = 1 << 26  # cells of lines that are made as wide as the header together


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


def _read_text(plan: FilePlan, split: Split, columns: list[str]) -> SplitText:
    data = read_bytes(plan, split)
    invalid = InvalidBytes()
    text = data if plan.is_utf8 else invalid.decode(data, "utf-8" if plan.source.source_encoding else plan.encoding)
    may_be_clean = not invalid.lines.size and not _may_lack_last_cell(plan, text)
    table = parse_clean(text, plan.header, columns) if may_be_clean else None
    if table is None:
        middle = _find_middle(data, len(plan.header))
        if middle:
            return _read_halves(plan, split, columns, (middle, data.count(b"\n", 0, middle)))
        return _read_uneven_lines(plan, split, columns, text, invalid)
    line = np.arange(table.num_rows, dtype=np.int64)
    return SplitText(
        _build_rows(plan, split, table, line, line),
        model_findings.empty_findings(),
        records=table.num_rows,
        blank=0,
        unreadable=0,
        layout=_describe_layout(plan, text, np.zeros(table.num_rows, bool), columns),
    )


def _find_middle(data: bytes, width: int) -> int:
    """Where the data is cut in two because its lines, made as wide as the header, take too much memory; else 0."""
    if data.count(b"\n") * width <= max(_MAX_WIDENED, len(data) * 2):
        return 0
    half = len(data) // 2
    middle = data.rfind(b"\n", 0, half) + 1 or data.find(b"\n", half) + 1
    return middle if middle < len(data) else 0


def _read_halves(plan: FilePlan, split: Split, columns: list[str], middle: tuple[int, int]) -> SplitText:
    """The split read as two; ``middle`` is where the second begins, in bytes and in lines from its own begin."""
    offset, line_count = split.start + middle[0], split.first_line + middle[1]
    first = _read_text(plan, replace(split, end=offset), columns)
    second = _read_text(plan, replace(split, start=offset, first_line=line_count), columns)
    for table in (second.rows, second.findings):
        table["record"] = to_series(pc.add(to_arrow(table["record"]), first.records))
    return SplitText(
        concat_frames([first.rows, second.rows]),
        model_findings.concat_findings([first.findings, second.findings]),
        records=first.records + second.records,
        blank=first.blank + second.blank,
        unreadable=first.unreadable + second.unreadable,
        layout=first.layout and second.layout and first.layout.extend(second.layout),
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
    all_findings = model_findings.concat_findings([byte_findings, _report_long_lines(plan, split, normalized)])
    unreadable = len(np.unique(invalid.lines)) + len(normalized.too_long)
    return SplitText(
        _build_rows(plan, split, table, normalized.line, normalized.record),
        all_findings,
        records=len(normalized.line) + unreadable,
        blank=normalized.blank_lines,
        unreadable=unreadable,
        layout=_describe_layout(plan, normalized.data, normalized.is_short, columns),
    )


def _report_long_lines(plan: FilePlan, split: Split, normalized: NormalizedLines) -> pd.DataFrame:
    """A finding for each line with more cells than the header."""
    long_lines = build_line_rows(plan, split, normalized.too_long, normalized.records_by_line)
    long_lines["value"] = to_series(normalized.cell_counts)
    long_lines["width"] = to_series(np.full(len(long_lines), len(plan.header)))
    hint = report_hints.choose_hint(files.too_many_cells, plan.kind)
    return build_findings.row_findings(files.too_many_cells, long_lines, value="value", column="", hint=hint)


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
