"""Bytes of a group of files → rows of text with their physical line; what cannot be read as a row becomes a finding.

Clean lines go through Arrow's parser as they are. Where one is blank, ragged or broken, all are first made
even by ``normalize_lines``, which works on the bytes of all lines at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest.cell_table import count_tabs, parse_cells, parse_clean, trim_cells
from pipeline.ingest.group_text import LinePlaces, end_last_line, read_members
from pipeline.ingest.invalid_bytes import InvalidBytes
from pipeline.ingest.normalize_lines import NormalizedLines, normalize_line_widths
from pipeline.ingest.stray_emails import find_stray_emails
from pipeline.model import findings as model_findings
from pipeline.model.file_plan import FilePlan
from pipeline.model.row_layout import RowLayout
from pipeline.model.split_groups import SplitGroup
from pipeline.rules import build_findings, files, report_hints
from pipeline.utils.arrow import concat_frames, to_arrow, to_frame, to_series
from pipeline.utils.dtypes import Array, IntArray
from schemas.columns import Column

_MAX_WIDENED = 1 << 26  # cells of lines that are made as wide as the header together


class GroupText(NamedTuple):
    """The rows of a group as text, their findings, and of each file how many lines hold data, are blank, unreadable.

    ``layout`` says how the cells of the rows lie; None for a kind whose rows cannot be shifted.
    """

    rows: pd.DataFrame
    findings: pd.DataFrame
    records: IntArray
    blank: IntArray
    unreadable: IntArray
    layout: RowLayout | None = None


def read_group(group: SplitGroup, wanted_columns: Sequence[Column]) -> GroupText:
    """The wanted columns of a group as ``string[pyarrow]``, blanks around them trimmed, empty cells null.

    A column that the files do not have is null throughout. ``line`` is the physical line and ``record`` the number
    of the line of data within the split, both int64.
    """
    columns = [column.name for column in wanted_columns if column.name in group.plan.header]
    text = _read_text(group, columns)
    rows = text.rows.rename(columns={column.name: column.text_name for column in wanted_columns})
    for column in wanted_columns:
        if column.text_name not in rows:
            rows[column.text_name] = to_series(pa.nulls(len(rows), pa.string()))
    return text._replace(rows=rows)


def _read_text(group: SplitGroup, columns: list[str]) -> GroupText:
    plan, invalid = group.plan, InvalidBytes()
    texts = _decode_members(group, invalid)
    places = LinePlaces.locate(group, texts)
    data = texts[0] if len(texts) == 1 else b"".join(texts)
    del texts
    may_be_clean = not invalid.lines.size and not _may_lack_last_cell(plan, data)
    table = parse_clean(data, plan.header, columns) if may_be_clean else None
    if table is None:
        halves = _halve_group(group) if _is_too_wide(data, len(plan.header)) else None
        return _read_halves(halves, columns) if halves else _read_uneven_lines(plan, places, columns, data, invalid)
    line = np.arange(table.num_rows, dtype=np.int64)
    nothing = np.zeros(len(group.splits), np.int64)
    return GroupText(
        _build_rows(table, places, line, line),
        model_findings.empty_findings(),
        records=places.count_members(line),
        blank=nothing,
        unreadable=nothing,
        layout=_describe_layout(plan, data, np.zeros(table.num_rows, bool), columns),
    )


def _decode_members(group: SplitGroup, invalid: InvalidBytes) -> list[bytes]:
    """The text of each file as UTF-8, its last line with an end; what its encoding does not have is noted."""
    encoding = "utf-8" if group.plan.source.source_encoding else group.plan.encoding
    texts, first_line = [], 0
    for plan, split, member in zip(group.plans, group.splits, read_members(group), strict=True):
        text = member if plan.is_utf8 else invalid.decode(member, encoding, first_line, split.start)
        texts.append(end_last_line(text))
        first_line += 0 if plan.is_utf8 else texts[-1].count(b"\n")
    return texts


def _is_too_wide(data: bytes, width: int) -> bool:
    """Whether the lines of the data, made as wide as the header, take too much memory at once."""
    return data.count(b"\n") * width > max(_MAX_WIDENED, len(data) * 2)


def _halve_group(group: SplitGroup) -> tuple[SplitGroup, SplitGroup] | None:
    """The group as two, a single split cut between two of its lines; None where it is one line."""
    if len(group.splits) > 1:
        return group.halve()
    (split,), (data,) = group.splits, read_members(group)
    half = len(data) // 2
    middle = data.rfind(b"\n", 0, half) + 1 or data.find(b"\n", half) + 1
    if not 0 < middle < len(data):
        return None
    offset, line_count = split.start + middle, split.first_line + data.count(b"\n", 0, middle)
    return (
        group._replace(splits=(replace(split, end=offset),)),
        group._replace(splits=(replace(split, start=offset, first_line=line_count),)),
    )


def _read_halves(halves: tuple[SplitGroup, SplitGroup], columns: list[str]) -> GroupText:
    """A group read as two, which are of one file or have none in common."""
    first, second = (_read_text(half, columns) for half in halves)
    is_one_file = halves[0].files[0] == halves[1].files[0]
    if is_one_file:
        for table in (second.rows, second.findings):
            table["record"] = to_series(pc.add(to_arrow(table["record"]), int(first.records[0])))
    join = np.add if is_one_file else lambda one, other: np.concatenate([one, other])
    return GroupText(
        concat_frames([first.rows, second.rows]),
        model_findings.concat_findings([first.findings, second.findings]),
        records=join(first.records, second.records),
        blank=join(first.blank, second.blank),
        unreadable=join(first.unreadable, second.unreadable),
        layout=first.layout and second.layout and first.layout.extend(second.layout),
    )


def _read_uneven_lines(
    plan: FilePlan, places: LinePlaces, columns: list[str], data: bytes, invalid: InvalidBytes
) -> GroupText:
    """The same of lines of which some may be blank, ragged or broken."""
    invalid.note_control_characters(data, places)
    normalized = normalize_line_widths(
        data, len(plan.header), np.unique(invalid.lines), has_unnamed_column=plan.has_unnamed_column
    )
    table = parse_cells(normalized.data, plan.header, columns)
    if table is None:
        message = f"{plan.source.name}: lines made even are still not"
        raise AssertionError(message)
    table = trim_cells(table)
    byte_findings = invalid.build_findings(plan, places, normalized.records_by_line)
    all_findings = model_findings.concat_findings([byte_findings, _report_long_lines(plan, places, normalized)])
    unreadable = np.concatenate([np.unique(invalid.lines), normalized.too_long])
    line_count, record_count = len(normalized.records_by_line), normalized.records_by_line[-1] + 1
    records = np.diff(places.count_before(normalized.records_by_line), append=record_count)
    return GroupText(
        _build_rows(table, places, normalized.line, normalized.records_by_line),
        all_findings,
        records=records,
        blank=np.diff(places.first_lines, append=line_count) - records,
        unreadable=places.count_members(unreadable),
        layout=_describe_layout(plan, normalized.data, normalized.is_short, columns),
    )


def _report_long_lines(plan: FilePlan, places: LinePlaces, normalized: NormalizedLines) -> pd.DataFrame:
    """A finding for each line with more cells than the header."""
    long_lines = places.build_rows(normalized.too_long, normalized.records_by_line)
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


def _build_rows(table: pa.Table, places: LinePlaces, line: IntArray, records_by_line: IntArray) -> pd.DataFrame:
    for name, values in places.describe_lines(line, records_by_line).items():
        table = table.append_column(name, pa.array(values))
    return to_frame(table)
