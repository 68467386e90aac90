"""Lines of uneven length made even, all at once: short ones padded, empty surplus cut, blank and broken ones out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.ingest.line_scan import LineScan
from pipeline.utils import byte_search, groups
from pipeline.utils.byte_search import SPACE, TAB
from pipeline.utils.dtypes import Array, IntArray


class NormalizedLines(NamedTuple):
    """Bytes whose lines have equally many cells, and what became of the lines they were made of.

    These are the cells that the header names, and behind them so many empty ones as ``surplus`` says.

    ``line`` counts the lines of the split from 0, ``records_by_line`` those that are not blank, and ``is_short`` says
    of each ``line`` whether it had fewer cells than the header has named columns (bool). ``too_long`` and
    ``cell_counts`` are the lines with more text than the header has columns, and how many cells each of them has.
    """

    data: pa.Buffer
    surplus: int
    line: IntArray
    is_short: Array
    records_by_line: IntArray  # of every line of the split
    too_long: IntArray
    cell_counts: IntArray


def keep_lines(data: bytes, scan: LineScan, surplus: int) -> NormalizedLines:
    """The lines of ``data``, each of which is a row as it is."""
    line, nothing = np.arange(len(scan.ends)), np.zeros(0, np.int64)
    is_short = np.zeros(len(line), bool)
    return NormalizedLines(pa.py_buffer(data), surplus, line, is_short, line, too_long=nothing, cell_counts=nothing)


def normalize_line_widths(
    data: bytes, scan: LineScan, width: int, invalid_lines: IntArray, *, has_unnamed_column: bool = False
) -> NormalizedLines:
    """The lines of ``data`` that can be rows, each of ``width`` cells; ``invalid_lines`` lines are left out.

    With ``has_unnamed_column`` lines end in a TAB that is no cell, as the header does, and keep it. Only lines that
    are odd are looked at byte by byte.
    """
    text, starts, ends, cell_counts = scan.text, scan.starts, scan.text_ends, scan.cell_counts
    blank = text[starts] <= SPACE  # begins with a blank, a TAB or its own end, and so may hold nothing else
    blank[blank] = ~_has_text(data, starts[blank], ends[blank])
    dropped = blank.copy()
    dropped[invalid_lines] = True
    surplus = int(has_unnamed_column)
    ends_in_tab = (text[np.maximum(ends - 1, 0)] == TAB) if has_unnamed_column else np.zeros(len(ends), bool)
    too_wide = np.flatnonzero((cell_counts > width) & ~(ends_in_tab & (cell_counts == width + 1)) & ~dropped)
    cuts = _find_tab(data, (starts[too_wide], ends[too_wide]), width)  # behind the last cell that has a column
    is_too_long = _has_text(data, cuts, ends[too_wide])
    dropped[too_wide[is_too_long]] = True
    cut_starts = np.concatenate([starts[dropped], cuts[~is_too_long] + surplus])
    cut_ends = np.concatenate([scan.ends[dropped] + 1, ends[too_wide[~is_too_long]]])
    too_short = np.flatnonzero(~dropped & (cell_counts < width + surplus))
    added_tabs = width + surplus - cell_counts[too_short]
    line = np.flatnonzero(~dropped)
    return NormalizedLines(
        data=_rebuild_bytes(data, (cut_starts, cut_ends), (ends[too_short], added_tabs)),
        surplus=surplus,
        line=line,
        is_short=(cell_counts - ends_in_tab)[line] < width,
        records_by_line=np.cumsum(~blank) - 1,
        too_long=too_wide[is_too_long],
        cell_counts=cell_counts[too_wide[is_too_long]],
    )


def _find_tab(data: bytes, lines: tuple[IntArray, IntArray], number: int) -> IntArray:
    """Where in each of the lines (begins and ends) the TAB of that number stands; each has so many."""
    begins, ends = lines
    tabs = byte_search.find_bytes(
        np.frombuffer(_copy_stretches(data, begins, ends), np.uint8), lambda chunk: chunk == TAB
    )
    sizes = ends - begins
    begins_in_copy = np.cumsum(sizes) - sizes
    return tabs[np.searchsorted(tabs, begins_in_copy) + number - 1] - begins_in_copy + begins


def _has_text(data: bytes, begins: IntArray, ends: IntArray) -> Array:
    """For each stretch from a begin up to its end whether anything but blanks and TABs is in it."""
    sizes = ends - begins
    nonempty = np.flatnonzero(sizes)
    has_text = np.zeros(len(begins), bool)
    if nonempty.size:
        text = np.frombuffer(_copy_stretches(data, begins[nonempty], ends[nonempty]), np.uint8)
        first_index = np.cumsum(sizes[nonempty]) - sizes[nonempty]
        has_text[nonempty] = np.logical_or.reduceat((text != TAB) & (text != SPACE), first_index)
    return has_text


def _copy_stretches(data: bytes, begins: IntArray, ends: IntArray) -> pa.Buffer:
    """The stretches of the data from a begin up to its end, rising, one behind the other."""
    offsets = np.column_stack([begins, ends]).ravel()
    return byte_search.take_pieces(data, offsets, np.arange(0, max(len(offsets), 1) - 1, 2))


def _rebuild_bytes(data: bytes, left_out: tuple[IntArray, IntArray], tabs: tuple[IntArray, IntArray]) -> pa.Buffer:
    """The bytes without the stretches left out (begins and ends), and with so many TABs put in before some places."""
    if not len(left_out[0]) and not len(tabs[0]):
        return pa.py_buffer(data)
    points = groups.sorted_unique(np.concatenate([[0, len(data)], *left_out, tabs[0]]))
    steps = np.zeros(len(points), np.int64)
    for places, step in zip(left_out, (1, -1), strict=True):
        np.add.at(steps, np.searchsorted(points, places), step)
    kept_pieces = np.cumsum(steps)[:-1] == 0
    piece_numbers = np.flatnonzero(kept_pieces)
    if not len(tabs[0]):
        return byte_search.take_pieces(data, points, piece_numbers)
    runs = np.arange(1, int(tabs[1].max()) + 1)  # behind the data a run of one TAB, one of two, and so on
    offsets = np.concatenate([points, len(data) + np.cumsum(runs)])
    insert_at = np.searchsorted(piece_numbers, np.searchsorted(points, tabs[0]))
    piece_order = np.insert(piece_numbers, insert_at, len(points) - 2 + tabs[1])
    return byte_search.take_pieces(data + b"\t" * int(runs.sum()), offsets, piece_order)
