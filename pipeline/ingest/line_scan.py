"""Where the lines of a text end and how many cells each has, found in one sweep over its bytes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.utils import byte_search
from pipeline.utils.byte_search import CR, LF, SPACE, TAB
from pipeline.utils.dtypes import Array, IntArray

_MAX_BYTE = 0xFF


class LineScan(NamedTuple):
    """The lines of a text that ends with a line end, if it is not empty.

    ``starts`` and ``ends`` are the offsets of their first bytes and line feeds, ``text_ends`` those of the line
    ends as a whole, carriage return included (int64). ``has_controls`` where a line holds a byte below the blank that
    is no TAB, ``is_padded`` where a blank stands beside a TAB or a line end.
    """

    text: Array  # uint8
    is_tab: Array  # of every byte: 1 or 0, uint8
    starts: IntArray
    ends: IntArray
    text_ends: IntArray
    cell_counts: IntArray
    has_controls: bool
    is_padded: bool

    def is_even(self, width: int) -> bool:
        """Whether all lines have equally many cells, at least so many, and none may be blank or broken."""
        counts = self.cell_counts
        if self.has_controls or not counts.size:
            return not counts.size
        begins_blank = self.text[self.starts] <= SPACE  # and so may hold nothing else
        return bool(counts[0] >= width and (counts == counts[0]).all() and not begins_blank.any())

    def count_tabs(self, begins: IntArray, ends: IntArray) -> IntArray:
        """How many TABs stand in each stretch from a begin up to its end within the line, at which there is none."""
        dtype = np.uint8 if self.cell_counts.max() <= _MAX_BYTE else np.int64
        return np.add.reduceat(self.is_tab, np.column_stack([begins, ends]).ravel(), dtype=dtype)[::2].astype(np.int64)


def scan_lines(data: bytes) -> LineScan:
    """The lines of the data, whose last one has a line end."""
    text = np.frombuffer(data, np.uint8)
    is_tab = np.empty(len(text), np.uint8)
    line_ends, low_bytes, is_padded = [np.zeros(0, np.int64)], 0, data.startswith(b" ")
    for begin in range(0, len(text), byte_search.BLOCK_BYTES):
        block = text[begin : begin + byte_search.BLOCK_BYTES + 1]  # the byte behind it, too
        current = block[: byte_search.BLOCK_BYTES]
        np.equal(current, TAB, out=is_tab[begin : begin + len(current)].view(bool))
        line_ends.append(np.flatnonzero(current == LF) + begin)
        is_low, is_blank = block < SPACE, block == SPACE
        low_bytes += int(np.count_nonzero(is_low[: len(current)]))
        is_padded = is_padded or bool((is_low[1:] & is_blank[:-1]).any() or (is_low[:-1] & is_blank[1:]).any())
    ends = np.concatenate(line_ends)
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    has_return = text[ends - 1] == CR
    tab_count = int(np.count_nonzero(is_tab))
    return LineScan(
        text,
        is_tab,
        starts,
        ends,
        ends - has_return,
        cell_counts=_sum_stretches(is_tab, starts, tab_count) + 1,
        has_controls=low_bytes > tab_count + len(ends) + int(np.count_nonzero(has_return)),
        is_padded=is_padded,
    )


def _sum_stretches(is_tab: Array, starts: IntArray, total: int) -> IntArray:
    """The TABs of each line; counted in bytes, which is many times faster, where no line has more than fit in one."""
    if not starts.size:
        return np.zeros(0, np.int64)
    counts = np.add.reduceat(is_tab, starts, dtype=np.uint8).astype(np.int64)
    return counts if counts.sum() == total else np.add.reduceat(is_tab, starts, dtype=np.int64)
