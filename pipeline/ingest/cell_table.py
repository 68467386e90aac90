"""Bytes whose lines have equally many cells → a table of text, by Arrow's parser."""

from __future__ import annotations

import codecs

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

_BLOCK = 1 << 20  # bytes parsed together: what stays in the cache; a longer line is parsed with all that is read


def parse_cells(
    data: bytes | pa.Buffer, header: tuple[str, ...], columns: list[str], surplus: int = 0
) -> pa.Table | None:
    """The named columns, every cell text; None where some line has not as many cells as the header and the surplus.

    None too where a cell of the ``surplus``, which has no name, holds anything.
    """
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    if bytes(memoryview(data)[: len(codecs.BOM_UTF8)]) == codecs.BOM_UTF8:
        data = b"".join([codecs.BOM_UTF8, data])  # Arrow drops the first: in whatever split a cell is, it is the same
    names = [name or f"\t{position}" for position, name in enumerate([*header, *[""] * surplus])]
    unnamed = names[len(header) :]
    table = _read_csv(data, names, [*columns, *unnamed], _BLOCK)
    if table is None and len(data) > _BLOCK:
        table = _read_csv(data, names, [*columns, *unnamed], len(data) + 1)
    if table is None or any(table.column(name).null_count < table.num_rows for name in unnamed):
        return None
    return table.select(columns)


def _read_csv(data: bytes | pa.Buffer, names: list[str], columns: list[str], block: int) -> pa.Table | None:
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
    return table
