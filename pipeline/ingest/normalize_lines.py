"""Lines of uneven length made even, all at once: short ones padded, empty surplus cut, blank and broken ones out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.utils import byte_search
from pipeline.utils.byte_search import LF, SPACE, TAB
from pipeline.utils.dtypes import Array, IntArray


class NormalizedLines(NamedTuple):
    """Bytes whose every line has as many cells as the header, and what became of the lines they were made of.

    ``line`` counts the lines of the split from 0, ``record`` those that are not blank, and ``is_short`` says of each
    ``line`` whether it had fewer cells than the header has named columns (bool). ``too_long`` and ``cell_counts``
    are the lines with more text than the header has columns, and how many cells each of them has.
    """

    data: bytes
    line: IntArray
    record: IntArray
    is_short: Array
    records_by_line: IntArray  # of every line of the split
    too_long: IntArray
    cell_counts: IntArray
    blank_lines: int


def normalize_line_widths(
    data: bytes, width: int, invalid_lines: IntArray, *, has_unnamed_column: bool = False
) -> NormalizedLines:
    """The lines of ``data`` that can be rows, each with exactly ``width`` cells; ``invalid_lines`` lines are left out.

    With ``has_unnamed_column`` lines end in a TAB that is no cell, as the header does.
    What is asked of every byte is where lines and cells end; the rest is asked of the lines that are odd.
    """
    data = data.replace(b"\r\n", b"\n")
    if not data.endswith(b"\n"):
        data = data.removesuffix(b"\r") + b"\n"  # a last line that is blank may end in a carriage return
    text = np.frombuffer(data, np.uint8)
    ends, tabs = _find_byte(text, LF), _find_byte(text, TAB)
    starts = np.concatenate([[0], ends[:-1] + 1])
    cell_counts = np.diff(np.searchsorted(tabs, ends), prepend=0) + 1
    blank = text[starts] <= SPACE  # begins with a blank, a TAB or its own end, and so may hold nothing else
    blank[blank] = ~_has_text(text, starts[blank], ends[blank])
    dropped = blank.copy()
    dropped[invalid_lines] = True
    too_wide = np.flatnonzero((cell_counts > width) & ~dropped)
    cuts = tabs[np.searchsorted(tabs, starts[too_wide]) + width - 1]  # the TAB behind the last cell that has a column
    surplus = _has_text(text, cuts, ends[too_wide])
    dropped[too_wide[surplus]] = True
    cut_starts = np.concatenate([starts[dropped], cuts[~surplus]])
    cut_ends = np.concatenate([ends[dropped] + 1, ends[too_wide[~surplus]]])
    too_short = np.flatnonzero(~dropped & (cell_counts < width))
    normalized = _rebuild_bytes(data, (cut_starts, cut_ends), (ends[too_short], width - cell_counts[too_short]))
    line = np.flatnonzero(~dropped)
    records = np.cumsum(~blank) - 1
    named_cells = cell_counts - (has_unnamed_column & (text[np.maximum(ends - 1, 0)] == TAB))
    return NormalizedLines(
        data=normalized,
        line=line,
        record=records[line],
        is_short=named_cells[line] < width,
        records_by_line=records,
        too_long=too_wide[surplus],
        cell_counts=cell_counts[too_wide[surplus]],
        blank_lines=int(blank.sum()),
    )


def _find_byte(text: Any, byte: int) -> IntArray:
    """Where the byte stands."""
    return byte_search.find_bytes(text, lambda chunk: chunk == byte)


def _has_text(text: Any, begins: IntArray, ends: IntArray) -> Any:
    """For each stretch from a begin up to its end whether anything but blanks and TABs is in it."""
    sizes = ends - begins
    nonempty = np.flatnonzero(sizes)
    has_text = np.zeros(len(begins), bool)
    if nonempty.size:
        first_index = np.cumsum(sizes[nonempty]) - sizes[nonempty]
        positions = np.arange(int(sizes.sum())) + np.repeat(begins[nonempty] - first_index, sizes[nonempty])
        has_text[nonempty] = np.logical_or.reduceat((text[positions] != TAB) & (text[positions] != SPACE), first_index)
    return has_text


def _rebuild_bytes(data: bytes, left_out: tuple[IntArray, IntArray], tabs: tuple[IntArray, IntArray]) -> bytes:
    """The bytes without the stretches left out (begins and ends), and with so many TABs put in before some places."""
    if not len(left_out[0]) and not len(tabs[0]):
        return data
    points = np.unique(np.concatenate([[0, len(data)], *left_out, tabs[0]]))
    steps = np.zeros(len(points), np.int64)
    for places, step in zip(left_out, (1, -1), strict=True):
        np.add.at(steps, np.searchsorted(points, places), step)
    kept_pieces = np.cumsum(steps)[:-1] == 0
    max_tabs = int(tabs[1].max(initial=0))
    runs = np.arange(1, max_tabs + 1)  # behind the data a run of one TAB, one of two, and so on
    offsets = np.concatenate([points, len(data) + np.cumsum(runs)])
    piece_numbers = np.flatnonzero(kept_pieces)
    insert_at = np.searchsorted(piece_numbers, np.searchsorted(points, tabs[0]))
    piece_order = np.insert(piece_numbers, insert_at, len(points) - 2 + tabs[1])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data + b"\t" * int(runs.sum()))]
    stretches = pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
    return stretches.take(pa.array(piece_order)).buffers()[2].to_pybytes()
