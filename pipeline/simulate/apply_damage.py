"""Rows put into their file, a share of them damaged in the ways that are open to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.simulate import cell_damage, damage
from pipeline.simulate.damage import DamagedLines, DamageOption
from pipeline.simulate.markets import FileLayout
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.text_columns import Cells
from pipeline.utils.dtypes import BoolArray, IntArray

ExtraOptions = Callable[[IntArray], Sequence[DamageOption]]  # the ways that only this file's rows at the places have


class DamageableRows(NamedTuple):
    """Rows of a kind of file: their cells, a draw for each, which are to be damaged, and which not so as to be refused.

    ``forced`` is what must be found in some rows whatever else is: at most one of these is open to each.
    """

    kind: str
    layout: FileLayout
    cells: Cells
    draws: RandomDraws
    to_damage: BoolArray
    keep_acceptable: BoolArray
    forced: Sequence[DamageOption] = ()


def no_extra_options(_row_index: IntArray) -> Sequence[DamageOption]:
    """No ways but those of every file of the kind."""
    return ()


def apply_damage(rows: DamageableRows, extra_options: ExtraOptions = no_extra_options) -> DamagedLines:
    """The rows as lines, those hit damaged."""
    row_count = len(rows.to_damage)
    is_forced = (
        np.any([option.applicable for option in rows.forced], axis=0) if rows.forced else np.zeros(row_count, bool)
    )
    row_index = np.flatnonzero(rows.to_damage | is_forced)
    if not len(row_index):
        return damage.keep_lines(rows.cells, rows.layout, row_count)
    selected_draws, may_be_refused = rows.draws.select_keys(row_index), ~rows.keep_acceptable[row_index]
    free_options = [
        *damage.broken_line_options(rows.kind, rows.layout, may_be_refused),
        *cell_damage.cell_damage_options(rows.kind, rows.layout, selected_draws, ~may_be_refused),
        *extra_options(row_index),
    ]
    options = [option._replace(applicable=option.applicable & ~is_forced[row_index]) for option in free_options] + [
        _select_option_rows(option, row_index) for option in rows.forced
    ]
    return damage.damage_lines(rows.cells, rows.layout, options, row_index, selected_draws)


def _select_option_rows(option: DamageOption, row_index: IntArray) -> DamageOption:
    """The way as the rows at the places know it."""
    return option._replace(
        applicable=option.applicable[row_index],
        cells={name: cell.take(row_index) for name, cell in option.cells.items()},
    )
