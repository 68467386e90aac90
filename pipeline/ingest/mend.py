"""Lines of uneven length made even, all at once: short ones padded, empty surplus cut, blank and broken ones out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline import octets

TAB, LF, SPACE = b"\t\n "
Numbers = np.ndarray[Any, np.dtype[np.int64]]


class Even(NamedTuple):
    """Bytes whose every line has as many cells as the header, and what became of the lines they were made of.

    ``line`` counts the lines of the split from 0, ``record`` those that are not blank. ``too_long`` and ``cells``
    are the lines with more text than the header has columns, and how many cells each of them has.
    """

    data: bytes
    line: Numbers
    record: Numbers
    records: Numbers  # of every line of the split
    too_long: Numbers
    cells: Numbers
    blank: int


def mend(data: bytes, width: int, broken: Numbers) -> Even:
    """The lines of ``data`` that can be rows, each with exactly ``width`` cells; ``broken`` lines are left out.

    What is asked of every byte is where lines and cells end; the rest is asked of the lines that are odd.
    """
    data = data.replace(b"\r\n", b"\n")
    if not data.endswith(b"\n"):
        data = data.removesuffix(b"\r") + b"\n"  # a last line that is blank may end in a carriage return
    text = np.frombuffer(data, np.uint8)
    ends, at = _places(text, LF), _places(text, TAB)
    starts = np.concatenate([[0], ends[:-1] + 1])
    cells = np.diff(np.searchsorted(at, ends), prepend=0) + 1
    blank = text[starts] <= SPACE  # begins with a blank, a TAB or its own end, and so may hold nothing else
    blank[blank] = ~_filled(text, starts[blank], ends[blank])
    out = blank.copy()
    out[broken] = True
    wide = np.flatnonzero((cells > width) & ~out)
    cuts = at[np.searchsorted(at, starts[wide]) + width - 1]  # the TAB behind the last cell that has a column
    surplus = _filled(text, cuts, ends[wide])
    out[wide[surplus]] = True
    begins = np.concatenate([starts[out], cuts[~surplus]])
    stops = np.concatenate([ends[out] + 1, ends[wide[~surplus]]])
    short = np.flatnonzero(~out & (cells < width))
    even = _put_together(data, (begins, stops), (ends[short], width - cells[short]))
    line = np.flatnonzero(~out)
    records = np.cumsum(~blank) - 1
    return Even(even, line, records[line], records, wide[surplus], cells[wide[surplus]], int(blank.sum()))


def _places(text: Any, byte: int) -> Numbers:
    """Where the byte stands."""
    return octets.places(text, lambda piece: piece == byte)


def _filled(text: Any, begins: Numbers, ends: Numbers) -> Any:
    """For each stretch from a begin up to its end whether anything but blanks and TABs is in it."""
    sizes = ends - begins
    known = np.flatnonzero(sizes)
    found = np.zeros(len(begins), bool)
    if known.size:
        first = np.cumsum(sizes[known]) - sizes[known]
        inside = np.arange(int(sizes.sum())) + np.repeat(begins[known] - first, sizes[known])
        found[known] = np.logical_or.reduceat((text[inside] != TAB) & (text[inside] != SPACE), first)
    return found


def _put_together(data: bytes, left_out: tuple[Numbers, Numbers], tabs: tuple[Numbers, Numbers]) -> bytes:
    """The bytes without the stretches left out (begins and ends), and with so many TABs put in before some places."""
    if not len(left_out[0]) and not len(tabs[0]):
        return data
    points = np.unique(np.concatenate([[0, len(data)], *left_out, tabs[0]]))
    steps = np.zeros(len(points), np.int64)
    for places, step in zip(left_out, (1, -1), strict=True):
        np.add.at(steps, np.searchsorted(points, places), step)
    kept = np.cumsum(steps)[:-1] == 0
    most = int(tabs[1].max(initial=0))
    runs = np.arange(1, most + 1)  # behind the data a run of one TAB, one of two, and so on
    offsets = np.concatenate([points, len(data) + np.cumsum(runs)])
    number = np.flatnonzero(kept)
    before = np.searchsorted(number, np.searchsorted(points, tabs[0]))
    wanted = np.insert(number, before, len(points) - 2 + tabs[1])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data + b"\t" * int(runs.sum()))]
    stretches = pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
    return stretches.take(pa.array(wanted)).buffers()[2].to_pybytes()
