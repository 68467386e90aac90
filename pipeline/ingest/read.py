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
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.ingest.invalid_bytes import InvalidBytes, build_line_rows
from pipeline.ingest.normalize_lines import normalize_line_widths
from pipeline.model import findings as model_findings
from pipeline.model.file_plan import FilePlan, Split
from pipeline.model.split_result import FileFacts, SplitResult
from pipeline.rules import build_findings, files
from pipeline.utils import byte_search
from pipeline.utils.arrow import to_frame, to_series
from pipeline.utils.byte_search import CR, LF, SPACE
from schemas.columns import Column

_BLOCK = 1 << 20  # bytes parsed together: what stays in the cache; a longer line is parsed with all that is read


class SplitText(NamedTuple):
    """The rows of a split as text, their findings, and how many of its lines held data, were blank, or unreadable."""

    rows: pd.DataFrame
    findings: pd.DataFrame
    records: int
    blank: int
    unreadable: int


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
    table = None if invalid.lines.size else _parse_clean(data, plan.header, columns)
    if table is not None:
        line = np.arange(table.num_rows, dtype=np.int64)
        return SplitText(
            _build_rows(plan, split, table, line, line), model_findings.empty_findings(), table.num_rows, 0, 0
        )
    invalid.note_control_characters(data)
    normalized = normalize_line_widths(data, len(plan.header), np.unique(invalid.lines))
    table = _parse_cells(normalized.data, plan.header, columns)
    if table is None:
        message = f"{plan.source.name}: lines made even are still not"
        raise AssertionError(message)
    table = _trim_cells(table)
    byte_findings = invalid.build_findings(plan, split, normalized.records_by_line)
    long_lines = build_line_rows(plan, split, normalized.too_long, normalized.records_by_line)
    long_lines["value"], long_lines["width"] = (
        to_series(normalized.cell_counts),
        to_series(np.full(len(long_lines), len(plan.header))),
    )
    all_findings = model_findings.concat_findings(
        [byte_findings, build_findings.row_findings(files.too_many_cells, long_lines, value="value", column="")]
    )
    unreadable = len(np.unique(invalid.lines)) + len(normalized.too_long)
    return SplitText(
        _build_rows(plan, split, table, normalized.line, normalized.record),
        all_findings,
        len(normalized.line) + unreadable,
        normalized.blank_lines,
        unreadable,
    )


def _build_rows(plan: FilePlan, split: Split, table: pa.Table, line: Any, record: Any) -> pd.DataFrame:
    return to_frame(
        table.append_column("file", pa.array(np.full(len(line), plan.file, np.int64)))
        .append_column("line", pa.array(line + split.first_line))
        .append_column("record", pa.array(record + 1))
    )


def _parse_clean(data: bytes, header: tuple[str, ...], columns: list[str]) -> pa.Table | None:
    """The named columns, blanks around cells trimmed; None where a line may be blank, ragged or broken.

    A line that begins with a blank may hold nothing else. Whole lines hold no byte below a blank but their TABs and
    line ends, and of these so many as follow from their number.
    """
    first_column = header[:1] if header[0] not in columns else ()
    table = _parse_cells(data, header, [*columns, *first_column]) if header[0] else None
    if table is None:
        return None
    first_cells, low_bytes = table.column(header[0]), _count_low_bytes(data)
    line_ends = len(table) - (bool(data) and data[-1] != LF)
    if low_bytes.has_lone_return or low_bytes.total != _count_tabs(data) * len(table) + line_ends:
        return None
    if first_cells.null_count or pc.any(pc.starts_with(first_cells, " ")).as_py():
        return None
    table = table.select(columns)
    return _trim_cells(table) if low_bytes.is_padded else table.combine_chunks()


class _LowByteCounts(NamedTuple):
    """How many bytes below the blank, but for carriage returns before a line end; whether any of these stands alone.

    ``is_padded`` where a blank stands beside any of them, or ends the data.
    """

    total: int
    has_lone_return: bool
    is_padded: bool


def _count_low_bytes(data: bytes) -> _LowByteCounts:
    text, total, has_lone_return, is_padded = (
        np.frombuffer(data, np.uint8),
        0,
        data.endswith(b"\r"),
        data.endswith(b" "),
    )
    has_returns = b"\r" in data
    for start in range(0, len(text), byte_search.BLOCK_BYTES):
        chunk = text[start : start + byte_search.BLOCK_BYTES + 1]  # the byte behind it, too
        current, following = chunk[:-1], chunk[1:]
        is_low, is_blank = chunk < SPACE, chunk == SPACE
        total += int(np.count_nonzero(is_low[: byte_search.BLOCK_BYTES]))
        is_padded = is_padded or bool((is_low[1:] & is_blank[:-1]).any() or (is_low[:-1] & is_blank[1:]).any())
        if has_returns:
            is_return = current == CR
            total -= int(np.count_nonzero(is_return))
            has_lone_return = has_lone_return or bool((is_return & (following != LF)).any())
    return _LowByteCounts(total, has_lone_return, is_padded)


def _count_tabs(data: bytes) -> int:
    """How many TABs the first line has."""
    end = data.find(b"\n")
    return data.count(b"\t", 0, end if end >= 0 else len(data))


def _parse_cells(data: bytes, header: tuple[str, ...], columns: list[str]) -> pa.Table | None:
    """The named columns, every cell text; None where some line has not as many cells as the header."""
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    surplus = max(_count_tabs(data) + 1 - len(header), 0)
    names = [name or f"\t{position}" for position, name in enumerate([*header, *[""] * surplus])]
    unnamed = names[len(header) :]
    table = _read_csv(data, names, [*columns, *unnamed], _BLOCK)
    if table is None and len(data) > _BLOCK:
        table = _read_csv(data, names, [*columns, *unnamed], len(data) + 1)
    if table is None or any(table.column(name).null_count < table.num_rows for name in unnamed):
        return None
    return table.select(columns)


def _read_csv(data: bytes, names: list[str], columns: list[str], block: int) -> pa.Table | None:
    """The columns as text; None where a line has not as many cells as there are names, or is longer than a block."""
    try:
        return csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=block),
            csv.ParseOptions(delimiter="\t", quote_char=False, double_quote=False, ignore_empty_lines=False),
            csv.ConvertOptions(
                check_utf8=False,
                include_columns=columns,
                null_values=[""],
                strings_can_be_null=True,
                column_types=dict.fromkeys(names, pa.string()),
            ),
        )
    except pa.ArrowInvalid:
        return None


def _trim_cells(table: pa.Table) -> pa.Table:
    """The table without blanks around its cells; a cell of blanks is null."""
    for position, name in enumerate(table.column_names):
        column = pc.ascii_trim_whitespace(table.column(name))
        if pc.min(pc.binary_length(column)).as_py() == 0:
            column = pc.if_else(pc.equal(pc.binary_length(column), 0), pa.scalar(None, pa.string()), column)
        table = table.set_column(position, name, column)
    return table.combine_chunks()
