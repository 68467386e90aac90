"""Bytes of a split → rows of text with their physical line; what cannot be read as a row becomes a finding.

A clean split goes through Arrow's parser as it is. One that holds a blank, ragged or broken line is first made
even by ``mend``, which works on the bytes of all its lines at once.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline import findings
from pipeline.batch import Admitted, FilePlan, Split, Whole
from pipeline.frames import frame, series
from pipeline.ingest.mend import mend
from pipeline.rules import files as rules
from schemas.columns import Column

_TAB, _LF, _CR, _SPACE = b"\t\n\r "
_BLANKS = (b"\t", b"\n", b"\r", b" ")
_PIECE = 1 << 18  # bytes looked at together: what stays in the processor's cache


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
    broken = _Broken()
    if not plan.utf8:
        data = broken.decode(data, plan.encoding)
    broken.control(data)
    table = None if broken.lines.size or _begins_blank(data) else _parsed(data, plan.header, columns)
    if table is not None:
        line = np.arange(table.num_rows, dtype=np.int64)
        return Text(_rows(plan, split, table, line, line), findings.none(), table.num_rows, 0, 0)
    even = mend(data, len(plan.header), np.unique(broken.lines))
    table = _parsed(even.data, plan.header, columns)
    if table is None:
        message = f"{plan.source.name}: lines made even are still not"
        raise AssertionError(message)
    said = broken.findings(plan, split, even.records)
    long = _lines(plan, split, even.too_long, even.records)
    long["value"], long["width"] = series(even.cells), series(np.full(len(long), len(plan.header)))
    found = findings.join([said, findings.of(rules.too_many_cells, long, value="value", column="")])
    unreadable = len(np.unique(broken.lines)) + len(even.too_long)
    return Text(
        _rows(plan, split, table, even.line, even.record), found, len(even.line) + unreadable, even.blank, unreadable
    )


def _rows(plan: FilePlan, split: Split, table: pa.Table, line: Any, record: Any) -> pd.DataFrame:
    return frame(
        _trimmed(table)
        .append_column("file", pa.array(np.full(len(line), plan.file, np.int64)))
        .append_column("line", pa.array(line + split.first_line))
        .append_column("record", pa.array(record + 1))
    )


def _lines(plan: FilePlan, split: Split, line: Any, records: Any) -> pd.DataFrame:
    return frame(
        pa.table(
            {
                "file": np.full(len(line), plan.file, np.int64),
                "line": line + split.first_line,
                "record": records[line] + 1,
            }
        )
    )


def _begins_blank(data: bytes) -> bool:
    """Whether a line begins with a blank, a TAB or its own end: such a line may hold nothing else."""
    if data[:1] in _BLANKS:
        return True
    text = np.frombuffer(data, np.uint8)
    for begin in range(0, len(text), _PIECE):
        first = np.flatnonzero(text[begin : begin + _PIECE] == _LF) + begin + 1
        if (text[first[first < len(text)]] <= _SPACE).any():
            return True
    return False


def _parsed(data: bytes, header: tuple[str, ...], columns: list[str]) -> pa.Table | None:
    """The named columns, every cell text; None where some line has not as many cells as the header."""
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    end = data.find(b"\n")
    surplus = max(data.count(b"\t", 0, end if end >= 0 else len(data)) + 1 - len(header), 0)
    names = [name or f"\t{at}" for at, name in enumerate([*header, *[""] * surplus])]
    unnamed = names[len(header) :]
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
            csv.ParseOptions(delimiter="\t", quote_char=False, double_quote=False, ignore_empty_lines=False),
            csv.ConvertOptions(
                check_utf8=False,
                include_columns=[*columns, *unnamed],
                null_values=[""],
                strings_can_be_null=True,
                column_types=dict.fromkeys(names, pa.string()),
            ),
        )
    except pa.ArrowInvalid:
        return None
    if any(table.column(name).null_count < table.num_rows for name in unnamed):
        return None
    return table.select(columns)


def _trimmed(table: pa.Table) -> pa.Table:
    """The table without blanks around its cells; a cell of blanks is null."""
    for at, name in enumerate(table.column_names):
        column = pc.ascii_trim_whitespace(table.column(name))
        if pc.min(pc.binary_length(column)).as_py() == 0:
            column = pc.if_else(pc.equal(pc.binary_length(column), 0), pa.scalar(None, pa.string()), column)
        table = table.set_column(at, name, column)
    return table


class _Broken:
    """The lines of a split that hold bytes no row may hold: which line, counted from 0, which rule, which bytes."""

    def __init__(self) -> None:
        self.lines = np.zeros(0, np.int64)
        self.found: list[tuple[Any, Any, Any, Any]] = []  # (rule, lines, values, offsets)

    def decode(self, data: bytes, encoding: str) -> bytes:
        """The data as UTF-8; bytes that the encoding does not have are noted and stand as question marks."""
        met: list[tuple[int, str]] = []

        def note(error: UnicodeError) -> tuple[str, int]:
            if not isinstance(error, UnicodeDecodeError):
                raise error
            met.append((error.start, f"0x{error.object[error.start : error.end].hex()}"))
            return "?", error.end

        handler = f"feedwarden-note-{id(met)}"
        codecs.register_error(handler, note)
        text = data.decode(encoding, handler)
        if met:
            offsets = np.array([offset for offset, _ in met])
            self._note(rules.undecodable, data, offsets, np.array([value for _, value in met], object))
        return text.encode()

    def control(self, data: bytes) -> None:
        """Note the control characters inside lines; a carriage return is one unless it stands before a line end."""
        text = np.frombuffer(data, np.uint8)
        pieces = [text[begin : begin + _PIECE] for begin in range(0, len(text), _PIECE)]
        met = [
            np.flatnonzero((piece < _SPACE) & (piece != _TAB) & (piece != _LF)) + at * _PIECE
            for at, piece in enumerate(pieces)
        ]
        odd = np.concatenate([*met, np.zeros(0, np.int64)]).astype(np.int64)
        if odd.size:
            blank_end = not data[data.rfind(b"\n") + 1 :].removesuffix(b"\r").strip(b" \t")
            ends = (blank_end & (odd + 1 == len(text))) | (text[np.minimum(odd + 1, len(text) - 1)] == _LF)
            odd = odd[~((text[odd] == _CR) & ends)]
        if odd.size:
            names = np.array([f"U+{code:04X}" for code in range(_SPACE)], object)
            self._note(rules.control_character, data, odd, names[text[odd]])

    def _note(self, rule: Any, data: bytes, offsets: Any, values: Any) -> None:
        text = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(text == _LF)
        lines, first = np.unique(np.searchsorted(ends, offsets), return_index=True)
        self.found.append((rule, lines, values[first], offsets[first]))
        self.lines = np.concatenate([self.lines, lines])

    def findings(self, plan: FilePlan, split: Split, records: Any) -> pd.DataFrame:
        """One finding for each line and rule."""
        parts = []
        for rule, lines, values, offsets in self.found:
            rows = _lines(plan, split, lines, records)
            rows["value"], rows["offset"] = series(values), series(offsets + split.start)
            parts.append(
                findings.of(
                    rule, rows, value="value", column="", message=rule.message.replace("{encoding}", plan.encoding)
                )
            )
        return findings.join(parts)
