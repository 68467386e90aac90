"""Rows put into their file, a share of them damaged in the ways that are open to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.simulate import damage, flaws
from pipeline.simulate.chance import Bools, Chance, Ints
from pipeline.simulate.damage import Damaged, Way
from pipeline.simulate.markets import Layout
from pipeline.simulate.text import Cells

More = Callable[[Ints], Sequence[Way]]  # the ways that only this file's rows at the places have


class Rows(NamedTuple):
    """Rows of a kind of file: their cells, a draw for each, which are to be damaged, and which not so as to be refused.

    ``forced`` is what must be found in some rows whatever else is: at most one of these is open to each.
    """

    kind: str
    layout: Layout
    cells: Cells
    chance: Chance
    hit: Bools
    spared: Bools
    forced: Sequence[Way] = ()


def nothing_more(_at: Ints) -> Sequence[Way]:
    """No ways but those of every file of the kind."""
    return ()


def spoilt(rows: Rows, more: More = nothing_more) -> Damaged:
    """The rows as lines, those hit damaged."""
    size = len(rows.hit)
    bound = np.any([way.open for way in rows.forced], axis=0) if rows.forced else np.zeros(size, bool)
    at = np.flatnonzero(rows.hit | bound)
    if not len(at):
        return damage.sound(rows.cells, rows.layout, size)
    few, free = rows.chance.of(at), ~rows.spared[at]
    usual = [
        *damage.broken_lines(rows.kind, rows.layout, free),
        *flaws.ways(rows.kind, rows.layout, few, ~free),
        *more(at),
    ]
    ways = [way._replace(open=way.open & ~bound[at]) for way in usual] + [_at(way, at) for way in rows.forced]
    return damage.damaged(rows.cells, rows.layout, ways, at, few)


def _at(way: Way, at: Ints) -> Way:
    """The way as the rows at the places know it."""
    return way._replace(open=way.open[at], cells={name: cell.take(at) for name, cell in way.cells.items()})
