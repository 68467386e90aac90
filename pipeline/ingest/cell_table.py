"""Bytes whose lines have equally many cells → a table of text, by Arrow's parser."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.utils import byte_search
from pipeline.utils.byte_search import CR, LF, SPACE

_BLOCK = 1 << 20  # bytes parsed together: what stays in the cache; a longer line is parsed with all that is read


def parse_clean(data: bytes, header: tuple[str, ...], columns: list[str]) -> pa.Table | None:
    """The named columns, blanks around cells trimmed; None where a line may be blank, ragged or broken.

    A line that begins with a blank may hold nothing else. Whole lines hold no byte below a blank but their TABs and
    line ends, and of these so many as follow from their number.
    """
    first_column = header[:1] if header[0] not in columns else ()
    table = parse_cells(data, header, [*columns, *first_column]) if header[0] else None
    if table is None:
        return None
    first_cells, low_bytes = table.column(header[0]), _count_low_bytes(data)
    line_ends = len(table) - (bool(data) and data[-1] != LF)
    if low_bytes.has_lone_return or low_bytes.total != count_tabs(data) * len(table) + line_ends:
        return None
    if first_cells.null_count or pc.any(pc.starts_with(first_cells, " ")).as_py():
        return None
    table = table.select(columns)
    return trim_cells(table) if low_bytes.is_padded else table.combine_chunks()


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


def count_tabs(data: bytes) -> int:
    """How many TABs the first line has."""
    end = data.find(b"\n")
    return data.count(b"\t", 0, end if end >= 0 else len(data))


def parse_cells(data: bytes, header: tuple[str, ...], columns: list[str]) -> pa.Table | None:
    """The named columns, every cell text; None where some line has not as many cells as the header."""
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    surplus = max(count_tabs(data) + 1 - len(header), 0)
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


def trim_cells(table: pa.Table) -> pa.Table:
    """The table without blanks around its cells; a cell of blanks is null."""
    for position, name in enumerate(table.column_names):
        column = pc.ascii_trim_whitespace(table.column(name))
        if pc.min(pc.binary_length(column)).as_py() == 0:
            column = pc.if_else(pc.equal(pc.binary_length(column), 0), pa.scalar(None, pa.string()), column)
        table = table.set_column(position, name, column)
    return table.combine_chunks()
