"""Columns → text as it stands in a file: instants, days, whole numbers and amounts, then lines of cells as bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils import timestamps
from pipeline.utils.dtypes import Array

_CONTROL_LIMIT = 14  # TAB, LF and CR, and what no cell should hold, are below; every printable character is above
_SEPARATORS = "\r\n|[\t\r\n]"
_FORMULA_BYTES = np.frombuffer(b"=@+-'\xef", np.uint8)  # first bytes of what may be a formula; xef of their wide forms
_FORMULA_PATTERN, _SIGNED_NUMBER = "^'*[=@+＝＠＋－-]", r"^[+-](?:[0-9]+(?:[.,][0-9]+)*)?$"  # noqa: RUF001  they act in Japan


def escape_name(name: str) -> str:
    """The name as UTF-8 can write it: bytes of a file name that are no text stand as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def to_single_chunk(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column in one piece, not copied where it is in one piece already."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def format_cells(column: pa.Array) -> pa.Array:
    """The values as the text of a cell, null kept: instants as ``YYYY-MM-DDTHH:MM:SSZ``, days as ``YYYY-MM-DD``.

    Instants are in UTC, and what is less than a second is cut off; a TAB or a line end in a text is a space.
    """
    if pa.types.is_string(column.type):
        return _replace_separators(column)
    if pa.types.is_timestamp(column.type):
        return timestamps.format_timestamps(column)
    if pa.types.is_integer(column.type):
        return pc.cast(column, pa.string())
    encoded = column.dictionary_encode()  # days and amounts come again and again, and are slow to spell
    return encoded.dictionary.cast(pa.string()).take(encoded.indices)


def _replace_separators(text: pa.Array) -> pa.Array:
    """The text with a space in the place of every TAB and line end: what may stand in a cell."""
    offsets, data = text.buffers()[1:]
    if data is None or not len(text):
        return text
    begin, end = np.frombuffer(offsets, np.int32)[[text.offset, text.offset + len(text)]]
    if not (np.frombuffer(data, np.uint8)[begin:end] < _CONTROL_LIMIT).any():
        return text
    return pc.replace_substring_regex(text, _SEPARATORS, " ")


def escape_formulas(text: pa.Array) -> pa.Array:
    """The text as a report shows it to a spreadsheet: what would be a formula there has an apostrophe before it.

    A number with its sign is none. To read a cell back, take one apostrophe from before ``=``, ``@``, ``+``, ``-`` or
    another apostrophe followed by these: no other cell begins so. Feeds and rejected lines are never touched.
    """
    offsets, data = text.buffers()[1:]
    if data is None or not len(text):
        return text
    cell_starts = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    filled_starts = cell_starts[:-1][np.diff(cell_starts) > 0]
    if not np.isin(np.frombuffer(data, np.uint8)[filled_starts], _FORMULA_BYTES).any():
        return text
    is_formula = pc.and_not(
        pc.match_substring_regex(text, _FORMULA_PATTERN), pc.match_substring_regex(text, _SIGNED_NUMBER)
    )
    return pc.if_else(pc.fill_null(is_formula, False), pc.binary_join_element_wise("'", text, ""), text)


def encode_lines(columns: Sequence[pa.Array]) -> pa.Buffer:
    """The rows as bytes: tab-separated cells, each row ended by LF, null is empty.

    ``columns`` are string arrays of one length.
    """
    *leading_columns, last_column = columns
    last_cells = pc.binary_join_element_wise(last_column, "\n", "", null_handling="replace")
    line_texts = pc.binary_join_element_wise(*leading_columns, last_cells, "\t", null_handling="replace")
    offsets, data = line_texts.buffers()[1:]
    if data is None or not len(line_texts):
        return pa.py_buffer(b"")
    return data.slice(0, int(np.frombuffer(offsets, np.int32)[len(line_texts)]))


def measure_lines(columns: Sequence[pa.Array | pa.ChunkedArray]) -> Array:
    """How many bytes each row takes as a line, TABs and line end counted; int64."""
    line_bytes = np.full(len(columns[0]), len(columns), np.int64)
    for column in columns:
        line_bytes += pc.fill_null(pc.binary_length(column), 0).to_numpy()
    return line_bytes
