"""Bytes of a split → rows of text with their physical line; what cannot be read as a row becomes a finding.

A clean split goes through Arrow's parser as it is. One that holds a blank, ragged or broken line is first made
even by ``mend``, which works on the bytes of all its lines at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline import findings, octets
from pipeline.batch import Admitted, FilePlan, Split, Whole
from pipeline.frames import frame, series
from pipeline.ingest.broken import Broken, lines_of
from pipeline.ingest.mend import mend
from pipeline.rules import files as rules
from schemas.columns import Column

_LF, _CR, _SPACE = b"\n\r "
_BLOCK = 1 << 20  # bytes parsed together: what stays in the cache; a longer line is parsed with all that is read


class Text(NamedTuple):
    """The rows of a split as text, their findings, and how many of its lines held data, were blank, or unreadable."""

    rows: pd.DataFrame
    findings: pd.DataFrame
    records: int
    blank: int
    unreadable: int


def read(plan: FilePlan, split: Split, wanted: Sequence[Column]) -> Text:
    """The wanted columns of a split as ``string[pyarrow]``, blanks around them trimmed, empty cells null.

    A column that the file does not have is null throughout. ``line`` is the physical line and ``record`` the number
    of the line of data within the split, both int64.
    """
    columns = [column.name for column in wanted if column.name in plan.header]
    text = _read(plan, split, columns)
    rows = text.rows.rename(columns={column.name: column.text for column in wanted})
    for column in wanted:
        if column.text not in rows:
            rows[column.text] = series(pa.nulls(len(rows), pa.string()))
    return text._replace(rows=rows)


def counted(plan: FilePlan, split: Split) -> Admitted:
    """The lines of a split that nobody is going to read: how many hold data, how many are blank."""
    with open(plan.source.path, "rb") as file:  # noqa: PTH123
        file.seek(split.start)
        data = file.read(split.end - split.start)
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    blank = sum(not line.removesuffix(b"\r").strip(b" \t") for line in lines)
    return Admitted(
        plan.file, frame(pa.table({})), findings.none(), len(lines) - blank, blank, 0, len(data), Whole(), None
    )


def _read(plan: FilePlan, split: Split, columns: list[str]) -> Text:
    with open(plan.source.path, "rb") as file:  # noqa: PTH123  the scratch copy or the input itself
        file.seek(split.start)
        data = file.read(split.end - split.start)
    broken = Broken()
    if not plan.utf8:
        data = broken.decode(data, plan.encoding)
    table = None if broken.lines.size else _clean(data, plan.header, columns)
    if table is not None:
        line = np.arange(table.num_rows, dtype=np.int64)
        return Text(_rows(plan, split, table, line, line), findings.none(), table.num_rows, 0, 0)
    broken.control(data)
    even = mend(data, len(plan.header), np.unique(broken.lines))
    table = _parsed(even.data, plan.header, columns)
    if table is None:
        message = f"{plan.source.name}: lines made even are still not"
        raise AssertionError(message)
    table = _trimmed(table)
    said = broken.findings(plan, split, even.records)
    long = lines_of(plan, split, even.too_long, even.records)
    long["value"], long["width"] = series(even.cells), series(np.full(len(long), len(plan.header)))
    found = findings.join([said, findings.of(rules.too_many_cells, long, value="value", column="")])
    unreadable = len(np.unique(broken.lines)) + len(even.too_long)
    return Text(
        _rows(plan, split, table, even.line, even.record), found, len(even.line) + unreadable, even.blank, unreadable
    )


def _rows(plan: FilePlan, split: Split, table: pa.Table, line: Any, record: Any) -> pd.DataFrame:
    return frame(
        table.append_column("file", pa.array(np.full(len(line), plan.file, np.int64)))
        .append_column("line", pa.array(line + split.first_line))
        .append_column("record", pa.array(record + 1))
    )


def _clean(data: bytes, header: tuple[str, ...], columns: list[str]) -> pa.Table | None:
    """The named columns, blanks around cells trimmed; None where a line may be blank, ragged or broken.

    A line that begins with a blank may hold nothing else. Whole lines hold no byte below a blank but their TABs and
    line ends, and of these so many as follow from their number.
    """
    first = header[:1] if header[0] not in columns else ()
    table = _parsed(data, header, [*columns, *first]) if header[0] else None
    if table is None:
        return None
    begins, low = table.column(header[0]), _low(data)
    ends = len(table) - (bool(data) and data[-1] != _LF)
    if low.lone or low.number != _tabs(data) * len(table) + ends:
        return None
    if begins.null_count or pc.any(pc.starts_with(begins, " ")).as_py():
        return None
    table = table.select(columns)
    return _trimmed(table) if low.padded else table.combine_chunks()


class _Low(NamedTuple):
    """How many bytes below the blank, but for carriage returns before a line end; whether any of these stands alone.

    ``padded`` where a blank stands beside any of them, or ends the data.
    """

    number: int
    lone: bool
    padded: bool


def _low(data: bytes) -> _Low:
    text, number, lone, padded = np.frombuffer(data, np.uint8), 0, data.endswith(b"\r"), data.endswith(b" ")
    returns = b"\r" in data
    for begin in range(0, len(text), octets.PIECE):
        piece = text[begin : begin + octets.PIECE + 1]  # the byte behind it, too
        here, behind = piece[:-1], piece[1:]
        low, blank = piece < _SPACE, piece == _SPACE
        number += int(np.count_nonzero(low[: octets.PIECE]))
        padded = padded or bool((low[1:] & blank[:-1]).any() or (low[:-1] & blank[1:]).any())
        if returns:
            met = here == _CR
            number -= int(np.count_nonzero(met))
            lone = lone or bool((met & (behind != _LF)).any())
    return _Low(number, lone, padded)


def _tabs(data: bytes) -> int:
    """How many TABs the first line has."""
    end = data.find(b"\n")
    return data.count(b"\t", 0, end if end >= 0 else len(data))


def _parsed(data: bytes, header: tuple[str, ...], columns: list[str]) -> pa.Table | None:
    """The named columns, every cell text; None where some line has not as many cells as the header."""
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    surplus = max(_tabs(data) + 1 - len(header), 0)
    names = [name or f"\t{at}" for at, name in enumerate([*header, *[""] * surplus])]
    unnamed = names[len(header) :]
    table = _cells(data, names, [*columns, *unnamed], _BLOCK)
    if table is None and len(data) > _BLOCK:
        table = _cells(data, names, [*columns, *unnamed], len(data) + 1)
    if table is None or any(table.column(name).null_count < table.num_rows for name in unnamed):
        return None
    return table.select(columns)


def _cells(data: bytes, names: list[str], columns: list[str], block: int) -> pa.Table | None:
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


def _trimmed(table: pa.Table) -> pa.Table:
    """The table without blanks around its cells; a cell of blanks is null."""
    for at, name in enumerate(table.column_names):
        column = pc.ascii_trim_whitespace(table.column(name))
        if pc.min(pc.binary_length(column)).as_py() == 0:
            column = pc.if_else(pc.equal(pc.binary_length(column), 0), pa.scalar(None, pa.string()), column)
        table = table.set_column(at, name, column)
    return table.combine_chunks()
