"""Lines of uneven length made even, all at once: short ones padded, empty surplus cut, blank and broken ones out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

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

    Beside the bytes themselves nothing is held that is wider than a truth value a byte: a split may be large.
    """
    data = data.replace(b"\r\n", b"\n")
    if not data.endswith(b"\n"):
        data = data.removesuffix(b"\r") + b"\n"  # a last line that is blank may end in a carriage return
    text = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(text == LF)
    starts = np.concatenate([[0], ends[:-1] + 1])
    tabs = text == TAB
    filled = ~tabs & (text != SPACE) & (text != LF)
    at = np.flatnonzero(tabs)
    cells = np.diff(np.searchsorted(at, ends), prepend=0) + 1
    blank = ~np.logical_or.reduceat(filled, starts)
    out = blank.copy()
    out[broken] = True
    wide = np.flatnonzero((cells > width) & ~out)
    cuts = at[np.searchsorted(at, starts[wide]) + width - 1]  # the TAB behind the last cell that has a column
    surplus = _any(filled, cuts, ends[wide])
    out[wide[surplus]] = True
    keep = ~np.repeat(out, ends - starts + 1) & ~_between(cuts[~surplus], ends[wide[~surplus]], len(text))
    even = _padded(text, keep, ends, np.where(out, 0, np.maximum(width - cells, 0)))
    line = np.flatnonzero(~out)
    records = np.cumsum(~blank) - 1
    return Even(even, line, records[line], records, wide[surplus], cells[wide[surplus]], int(blank.sum()))


def _any(mask: Any, begins: Numbers, ends: Numbers) -> Any:
    """For each stretch from a begin up to its end whether the mask holds anywhere in it; each is a byte at least."""
    return np.logical_or.reduceat(mask, np.stack([begins, ends], 1).ravel())[::2] if len(begins) else mask[:0]


def _between(begins: Numbers, ends: Numbers, size: int) -> Any:
    """True for every byte from a begin up to its end."""
    steps = np.zeros(size + 1, np.int8)
    steps[begins] += 1
    steps[ends] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)


def _padded(text: Any, keep: Any, ends: Numbers, missing: Numbers) -> bytes:
    """The kept bytes, with the missing TABs put in before the line ends."""
    at = np.repeat(ends, missing)
    if len(at):
        text, keep = np.insert(text, at, TAB), np.insert(keep, at, True)
    return bytes(text[keep].tobytes())
