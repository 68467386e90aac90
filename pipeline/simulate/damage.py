"""Damage to the rows of a file: which rows, in which of the ways that are open to each, and with which code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.simulate import text_columns as text
from pipeline.simulate.markets import FileLayout
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.text_columns import Cells, TextArray
from pipeline.utils.dtypes import BoolArray, IntArray
from schemas.kinds import REPORT_KINDS

CodeArray = npt.NDArray[np.object_]  # the code of each line, empty where it is sound
INVALID_BYTE_MARK = "{{byte}}"  # stands for a byte that neither cp1252 nor cp932 has, until the line is encoded
_ASCII_KINDS = (
    "confirmation",
    "cancellation",
    "stock",
    "claims",
    "contacts",
    "defects",
)  # nothing else in them, or not in UTF-8
_SURPLUS_CELL, _CONTROL_CHARACTER = "\tsurplus", "\x0b"


class DamageOption(NamedTuple):
    """A way to damage rows: the code they must get, which of the rows it is open to, and what their cells become.

    ``suffix`` is put behind the line, ``keep_original`` leaves the sound line in the file and puts the damaged one
    below it.
    """

    code: str
    applicable: BoolArray
    cells: Cells
    suffix: str = ""
    keep_original: bool = False


class DamagedLines(NamedTuple):
    """The lines of a file and the code of each."""

    lines: TextArray
    codes: CodeArray


def keep_lines(cells: Cells, layout: FileLayout, row_count: int) -> DamagedLines:
    """The lines as they are."""
    return DamagedLines(join_cells(cells, layout, row_count), np.full(row_count, "", object))


def join_cells(cells: Cells, layout: FileLayout, row_count: int) -> TextArray:
    """The cells in the layout's order as lines without their ends; a column that nothing is known of is empty."""
    parts: list[TextArray] = []
    for name in (*layout.columns, *([""] if layout.trailing_tab else [])):
        if name not in cells and parts and isinstance(parts[-1], str):
            parts[-1] += "\t"  # empty columns side by side are joined as one: there are many
        else:
            parts.append(cells.get(name, ""))
    lines = pc.binary_join_element_wise(*parts, "\t")
    return lines if isinstance(lines, pa.Array) else pa.array([""] * row_count, pa.string())


def damage_lines(
    cells: Cells, layout: FileLayout, options: Sequence[DamageOption], row_index: IntArray, draws: RandomDraws
) -> DamagedLines:
    """The lines, those at the places damaged; ``options`` and ``draws`` know of these places only."""
    row_count = len(next(iter(cells.values())))
    chosen = choose_options([option.applicable for option in options], draws)
    codes = np.full(row_count, "", object)
    is_damaged = chosen >= 0
    codes[row_index[is_damaged]] = np.array([option.code for option in options], object)[chosen[is_damaged]]
    lines = _append_suffixes(
        join_cells(_change_cells(cells, options, row_index, chosen), layout, row_count), options, row_index, chosen
    )
    kept_rows = row_index[np.isin(chosen, [number for number, option in enumerate(options) if option.keep_original])]
    if not len(kept_rows):
        return DamagedLines(lines, codes)
    original_lines = join_cells(
        {name: column.take(pa.array(kept_rows)) for name, column in cells.items()}, layout, len(kept_rows)
    )
    positions = np.argsort(np.concatenate([2 * np.arange(row_count) + 1, 2 * kept_rows]), kind="stable")
    all_lines = pa.concat_arrays([lines, original_lines]).take(pa.array(positions))
    return DamagedLines(all_lines, np.concatenate([codes, np.full(len(kept_rows), "", object)])[positions])


def choose_options(applicable: Sequence[BoolArray], draws: RandomDraws) -> IntArray:
    """For each row one of the ways open to it, all alike in likelihood; −1 where none is."""
    if not applicable:
        return np.full(len(draws.keys), -1)
    table = np.array(applicable)
    counts = table.sum(axis=0)
    rank = draws.draw_below("way", np.maximum(counts, 1))
    return np.where(counts > 0, (np.cumsum(table, axis=0) <= rank).sum(axis=0), -1)


def _change_cells(cells: Cells, options: Sequence[DamageOption], row_index: IntArray, chosen: IntArray) -> Cells:
    """The cells with those changed that the chosen ways change."""
    replacements: dict[str, list[tuple[IntArray, TextArray]]] = {}
    for number, option in enumerate(options):
        selected = np.flatnonzero(chosen == number)
        for name, values in option.cells.items() if len(selected) else ():
            replacements.setdefault(name, []).append((row_index[selected], values.take(pa.array(selected))))
    empty_column = text.repeat_text("", len(next(iter(cells.values()))))
    return cells | {name: _replace_values(cells.get(name, empty_column), parts) for name, parts in replacements.items()}


def _append_suffixes(
    lines: TextArray, options: Sequence[DamageOption], row_index: IntArray, chosen: IntArray
) -> TextArray:
    """The lines with what the chosen ways put behind them."""
    suffixes = text.pick_texts([*(option.suffix for option in options), ""], np.where(chosen < 0, len(options), chosen))
    selected = np.flatnonzero(np.isin(chosen, [number for number, option in enumerate(options) if option.suffix]))
    if not len(selected):
        return lines
    return _replace_values(
        lines,
        [
            (
                row_index[selected],
                text.join_texts(lines.take(pa.array(row_index[selected])), suffixes.take(pa.array(selected))),
            )
        ],
    )


def _replace_values(column: TextArray, parts: Sequence[tuple[IntArray, TextArray]]) -> TextArray:
    """The column with the values at the places, which are given in any order."""
    row_index = np.concatenate([rows for rows, _ in parts])
    values = pa.concat_arrays([part for _, part in parts])
    mask = np.zeros(len(column), bool)
    mask[row_index] = True
    return text.to_strings(pc.replace_with_mask(column, pa.array(mask), values.take(pa.array(np.argsort(row_index)))))


def _shifted_cells(layout: FileLayout, row_count: int) -> Cells:
    """A TAB too many in the cell of the purchase-date; the last cell is empty, or there would be too many of them."""
    return {
        "purchase-date": text.repeat_text("2026-10-19\tshifted", row_count),
        layout.columns[-1]: text.repeat_text("", row_count),
    }


def broken_line_options(kind: str, layout: FileLayout, applicable: BoolArray) -> list[DamageOption]:
    """Lines that are no rows: too many cells, shifted cells, a control character, a byte that is in no encoding.

    The last of these only in files that no other line's letters would keep from being read in that encoding.
    """
    options = [
        DamageOption("FIL-005", applicable, {}, _SURPLUS_CELL),
        DamageOption("FIL-007", applicable, {}, _CONTROL_CHARACTER),
        *(
            [DamageOption("FIL-011", applicable, _shifted_cells(layout, len(applicable)))]
            if kind in REPORT_KINDS
            else []
        ),
    ]
    accepts_bad_byte = kind in _ASCII_KINDS or layout.encoding != "utf-8"
    return [*options, DamageOption("FIL-006", applicable, {}, INVALID_BYTE_MARK)] if accepts_bad_byte else options
