"""Damage to the rows of a file: which rows, in which of the ways that are open to each, and with which code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.simulate import text
from pipeline.simulate.chance import Bools, Chance, Ints
from pipeline.simulate.markets import Layout
from pipeline.simulate.text import Cells, Text

Codes = npt.NDArray[np.object_]  # the code of each line, empty where it is sound
BAD_BYTE = "{{byte}}"  # stands for a byte that neither cp1252 nor cp932 has, until the line is encoded
_ASCII = ("confirmation", "cancellation", "stock", "claims", "contacts")  # nothing else in them, or not in UTF-8
_SURPLUS, _CONTROL = "\tsurplus", "\x0b"


class Way(NamedTuple):
    """A way to damage rows: the code they must get, which of the rows it is open to, and what their cells become.

    ``behind`` is put behind the line, ``twice`` leaves the sound line in the file and puts the damaged one below it.
    """

    code: str
    open: Bools
    cells: Cells
    behind: str = ""
    twice: bool = False


class Damaged(NamedTuple):
    """The lines of a file and the code of each."""

    lines: Text
    codes: Codes


def sound(cells: Cells, layout: Layout, rows: int) -> Damaged:
    """The lines as they are."""
    return Damaged(joined(cells, layout, rows), np.full(rows, "", object))


def joined(cells: Cells, layout: Layout, rows: int) -> Text:
    """The cells in the layout's order as lines without their ends; a column that nothing is known of is empty."""
    parts = [cells.get(name, "") for name in layout.columns]
    lines = pc.binary_join_element_wise(*parts, *([""] if layout.trailing_tab else []), "\t")
    return lines if isinstance(lines, pa.Array) else pa.array([""] * rows, pa.string())


def damaged(cells: Cells, layout: Layout, ways: Sequence[Way], at: Ints, chance: Chance) -> Damaged:
    """The lines, those at the places damaged; ``ways`` and ``chance`` know of these places only."""
    rows = len(next(iter(cells.values())))
    chosen = choose([way.open for way in ways], chance)
    codes = np.full(rows, "", object)
    hit = chosen >= 0
    codes[at[hit]] = np.array([way.code for way in ways], object)[chosen[hit]]
    lines = _behind(joined(_changed(cells, ways, at, chosen), layout, rows), ways, at, chosen)
    again = at[np.isin(chosen, [place for place, way in enumerate(ways) if way.twice])]
    if not len(again):
        return Damaged(lines, codes)
    before = joined({name: column.take(pa.array(again)) for name, column in cells.items()}, layout, len(again))
    by = np.argsort(np.concatenate([2 * np.arange(rows) + 1, 2 * again]), kind="stable")
    both = pa.concat_arrays([lines, before]).take(pa.array(by))
    return Damaged(both, np.concatenate([codes, np.full(len(again), "", object)])[by])


def choose(open_: Sequence[Bools], chance: Chance) -> Ints:
    """For each row one of the ways open to it, all alike in likelihood; −1 where none is."""
    if not open_:
        return np.full(len(chance.keys), -1)
    table = np.array(open_)
    counts = table.sum(axis=0)
    nth = chance.below("way", np.maximum(counts, 1))
    return np.where(counts > 0, (np.cumsum(table, axis=0) <= nth).sum(axis=0), -1)


def _changed(cells: Cells, ways: Sequence[Way], at: Ints, chosen: Ints) -> Cells:
    """The cells with those changed that the chosen ways change."""
    puts: dict[str, list[tuple[Ints, Text]]] = {}
    for place, way in enumerate(ways):
        mine = np.flatnonzero(chosen == place)
        for name, values in way.cells.items() if len(mine) else ():
            puts.setdefault(name, []).append((at[mine], values.take(pa.array(mine))))
    nothing = text.same("", len(next(iter(cells.values()))))
    return cells | {name: _put(cells.get(name, nothing), several) for name, several in puts.items()}


def _behind(lines: Text, ways: Sequence[Way], at: Ints, chosen: Ints) -> Text:
    """The lines with what the chosen ways put behind them."""
    tails = text.choose([*(way.behind for way in ways), ""], np.where(chosen < 0, len(ways), chosen))
    mine = np.flatnonzero(np.isin(chosen, [place for place, way in enumerate(ways) if way.behind]))
    if not len(mine):
        return lines
    return _put(lines, [(at[mine], text.join(lines.take(pa.array(at[mine])), tails.take(pa.array(mine))))])


def _put(column: Text, several: Sequence[tuple[Ints, Text]]) -> Text:
    """The column with the values at the places, which are given in any order."""
    at = np.concatenate([places for places, _ in several])
    values = pa.concat_arrays([one for _, one in several])
    mask = np.zeros(len(column), bool)
    mask[at] = True
    return text.strings(pc.replace_with_mask(column, pa.array(mask), values.take(pa.array(np.argsort(at)))))


def broken_lines(kind: str, layout: Layout, open_: Bools) -> list[Way]:
    """Lines that are no rows: too many cells, a control character, a byte that the encoding does not have.

    The last of these only in files that no other line's letters would keep from being read in that encoding.
    """
    ways = [Way("FIL-005", open_, {}, _SURPLUS), Way("FIL-007", open_, {}, _CONTROL)]
    plain = kind in _ASCII or layout.encoding != "utf-8"
    return [*ways, Way("FIL-006", open_, {}, BAD_BYTE)] if plain else ways
