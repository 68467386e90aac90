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

from pipeline.ingest.cell_table import parse_cells, trim_cells
from pipeline.ingest.group_text import LinePlaces, end_last_line, read_members
from pipeline.ingest.invalid_bytes import InvalidBytes
from pipeline.ingest.line_scan import LineScan, scan_lines
from pipeline.ingest.normalize_lines import NormalizedLines, keep_lines, normalize_line_widths
from pipeline.ingest.stray_emails import find_stray_emails
from pipeline.model import findings as model_findings
from pipeline.model.file_plan import FilePlan
from pipeline.model.row_layout import RowLayout
from pipeline.model.split_groups import SplitGroup
from pipeline.rules import build_findings, files, report_hints
from pipeline.utils.arrow import concat_frames, to_arrow, to_frame, to_series
from pipeline.utils.dtypes import IntArray
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
    scan = scan_lines(data)
    parsed = None if invalid.lines.size else _parse_even_lines(plan, columns, data, scan)
    halves = _halve_group(group) if not parsed and _is_too_wide(plan, data, scan) else None
    if halves:
        return _read_halves(halves, columns)
    if scan.has_controls:
        invalid.note_control_characters(scan, places)
    lines, table = parsed or _parse_uneven_lines(plan, columns, data, scan, invalid)
    if scan.is_padded:
        table = trim_cells(table)
    byte_findings = invalid.build_findings(plan, places, lines.records_by_line)
    line_count, record_count = len(scan.ends), int(lines.records_by_line[-1]) + 1
    records = np.diff(places.count_before(lines.records_by_line), append=record_count)
    return GroupText(
        _build_rows(table.combine_chunks(), places, lines.line, lines.records_by_line),
        model_findings.concat_findings([byte_findings, _report_long_lines(plan, places, lines)]),
        records=records,
        blank=np.diff(places.first_lines, append=line_count) - records,
        unreadable=places.count_members(np.concatenate([invalid.list_lines(), lines.too_long])),
        layout=_describe_layout(plan, scan, lines, columns),
    )


def _parse_even_lines(
    plan: FilePlan, columns: list[str], data: bytes, scan: LineScan
) -> tuple[NormalizedLines, pa.Table] | None:
    """The columns of lines that are parsed as they are, and these; None where one may be blank, ragged or broken."""
    width = len(plan.header)
    if not scan.is_even(width + plan.has_unnamed_column):
        return None
    surplus = int(scan.cell_counts[0]) - width
    table = parse_cells(data, plan.header, columns, surplus)
    return (keep_lines(data, scan, surplus), table) if table else None


def _parse_uneven_lines(
    plan: FilePlan, columns: list[str], data: bytes, scan: LineScan, invalid: InvalidBytes
) -> tuple[NormalizedLines, pa.Table]:
    """The same of lines of which some are, and what was made of them."""
    lines = normalize_line_widths(
        data, scan, len(plan.header), invalid.list_lines(), has_unnamed_column=plan.has_unnamed_column
    )
    table = parse_cells(lines.data, plan.header, columns, lines.surplus)
    if table is None:
        message = f"{plan.source.name}: lines made even are still not"
        raise AssertionError(message)
    return lines, table


def _decode_members(group: SplitGroup, invalid: InvalidBytes) -> list[bytes]:
    """The text of each file as UTF-8, its last line with an end; what its encoding does not have is noted."""
    encoding = "utf-8" if group.plan.source.source_encoding else group.plan.encoding
    texts, first_line = [], 0
    for plan, split, member in zip(group.plans, group.splits, read_members(group), strict=True):
        text = member if plan.is_utf8 else invalid.decode(member, encoding, first_line, split.start)
        texts.append(end_last_line(text))
        first_line += 0 if plan.is_utf8 else texts[-1].count(b"\n")
    return texts


def _is_too_wide(plan: FilePlan, data: bytes, scan: LineScan) -> bool:
    """Whether the lines, made as wide as the header, take too much memory at once."""
    return len(scan.ends) * len(plan.header) > max(_MAX_WIDENED, len(data) * 2)


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


def _report_long_lines(plan: FilePlan, places: LinePlaces, normalized: NormalizedLines) -> pd.DataFrame:
    """A finding for each line with more cells than the header."""
    long_lines = places.build_rows(normalized.too_long, normalized.records_by_line)
    long_lines["value"] = to_series(normalized.cell_counts)
    long_lines["width"] = to_series(np.full(len(long_lines), len(plan.header)))
    hint = report_hints.choose_hint(files.too_many_cells, plan.kind)
    return build_findings.row_findings(files.too_many_cells, long_lines, value="value", column="", hint=hint)


def _describe_layout(plan: FilePlan, scan: LineScan, lines: NormalizedLines, columns: list[str]) -> RowLayout | None:
    """How the cells of the rows lie; None for a kind whose rows cannot be shifted."""
    if plan.kind is None or not plan.kind.always_filled:
        return None
    unread = [
        column
        for column in plan.kind.columns
        if column.name in plan.header and column.name not in columns and column.type.readable_by()
    ]
    is_short = lines.is_short
    cells = None
    if is_short.any():
        cells = parse_cells(lines.data, plan.header, [column.name for column in unread], lines.surplus)
    names = [column.text_name for column in unread]
    cells = trim_cells(cells).rename_columns(names).filter(pa.array(is_short)) if cells else pa.table({})
    return RowLayout(is_short, find_stray_emails(scan, plan.header, plan.kind)[lines.line], to_frame(cells))


def _build_rows(table: pa.Table, places: LinePlaces, line: IntArray, records_by_line: IntArray) -> pd.DataFrame:
    for name, values in places.describe_lines(line, records_by_line).items():
        table = table.append_column(name, pa.array(values))
    return to_frame(table)
