"""The cells of a group, counted so that the counts of all groups add up: what an audit keeps of rows it has read."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.profiles import ColumnProfile, ValueCount
from pipeline.model.split_groups import SplitGroup
from pipeline.quality import damage_signs
from pipeline.quality.date_coverage import list_days
from pipeline.quality.profile import SelectCells, hides_values, profile_kinds
from pipeline.quality.value_counts import MAX_VALUES, count_values, rank_values
from pipeline.utils import arrow, groups, row_hash
from pipeline.utils.dtypes import Array
from schemas import columns, kinds, types

CELL_TEXTS = pa.schema([("column", pa.int32()), ("hash", pa.uint64()), ("shape", pa.string()), ("cells", pa.int64())])
ROW_COLUMN = -1  # in the place of a column: the texts of whole rows
Bounds = tuple[Any, Any]  # the least and the greatest value, both None without any


class CellCounts(NamedTuple):
    """What the cells of a column hold, in numbers that add up; ``values`` is None where they are hidden or too many."""

    filled: int
    lengths: Bounds
    bounds: tuple[Bounds, ...]
    values: tuple[ValueCount, ...] | None
    signs: tuple[ValueCount, ...]


class GroupCounts(NamedTuple):
    """What a group's rows hold: how many are of each file, the cells by heading, and the days with rows.

    Days (int64, since 1970) are by column of dates.
    """

    row_counts: Array
    columns: dict[str, CellCounts]
    days: dict[str, Array]


def count_group(group: SplitGroup, kind_name: str, rows: pd.DataFrame) -> tuple[GroupCounts, pa.Table]:
    """What the rows of a group hold, and their texts (CELL_TEXTS).

    A text is its ``hash`` of 64 bits, each once a column and group. Shapes have theirs, and how many ``cells`` are of
    it. ``column`` is the place in the kind's columns, or ROW_COLUMN for the texts of whole rows, by file.
    """
    kind = kinds.find_kind(kind_name)
    places = {column.name: place for place, column in enumerate(kind.columns)}
    counts_by_heading: dict[str, CellCounts] = {}
    texts = [_hash_rows(rows, [column.text_name for column in kind.columns])]

    def count_column(column: ColumnProfile, declared: columns.Column, select_cells: SelectCells) -> ColumnProfile:
        counts, column_texts = count_cells(declared, select_cells(), places[declared.name])
        counts_by_heading[declared.name] = counts._replace(filled=column.filled or 0)
        texts.extend(column_texts)
        return column

    single_file = rows.assign(file=arrow.to_series(np.zeros(len(rows), np.int64)))
    profile_kinds([dataclasses.replace(group.plan, file=0)], {kind_name: single_file}, count_column)
    member = np.searchsorted(group.files, arrow.to_int64(rows["file"]))
    row_counts = np.bincount(member, minlength=len(group.splits))
    return GroupCounts(row_counts, counts_by_heading, list_days(rows, kind_name)), pa.concat_tables(texts)


def count_cells(declared: columns.Column, rows: pd.DataFrame, place: int) -> tuple[CellCounts, list[pa.Table]]:
    """The cells of a column counted, and their texts and shapes (CELL_TEXTS), as of the column at that place."""
    text, counts = count_values(arrow.to_arrow(rows[declared.text_name]))
    length = pc.min_max(pc.utf8_length(text)).as_py()
    shapes, shape_counts = damage_signs.count_shapes(text, counts, coarse=declared.personal)
    has_few = not hides_values(declared) and len(text) <= MAX_VALUES
    cell_counts = CellCounts(
        filled=pc.sum(counts).as_py() or 0,
        lengths=(length["min"], length["max"]),
        bounds=() if declared.personal else _find_bounds(declared, rows),
        values=rank_values(text, counts) if has_few else None,
        signs=damage_signs.count_signs(text, counts),
    )
    hashes, shape_hashes = row_hash.hash_texts(text), row_hash.hash_texts(shapes)
    return cell_counts, [
        _build_texts(place, hashes, pa.nulls(len(text), pa.string()), pa.nulls(len(text), pa.int64())),
        _build_texts(place, shape_hashes, shapes, shape_counts),
    ]


def _find_bounds(declared: columns.Column, rows: pd.DataFrame) -> tuple[Bounds, ...]:
    """The least and the greatest value of each column of values, where they are dates, numbers or amounts."""
    if declared.type.frictionless_type == "string":
        return ()
    names = (
        (declared.value_name, f"{declared.value_name}_day")
        if declared.type is types.INSTANT_OR_DATE
        else (declared.value_name,)
    )
    ranges = [pc.min_max(arrow.to_arrow(rows[name])).as_py() for name in names if name in rows]
    return tuple((entry["min"], entry["max"]) for entry in ranges)


def _hash_rows(rows: pd.DataFrame, names: list[str]) -> pa.Table:
    """The texts of whole rows; equal are those of a file that agree in every cell."""
    columns_of_rows = (arrow.to_arrow(rows[name]) for name in names if name in rows)
    distinct = groups.sorted_unique(row_hash.hash_rows(columns_of_rows, arrow.to_int64(rows["file"])))
    nulls = pa.nulls(len(distinct), pa.string()), pa.nulls(len(distinct), pa.int64())
    return _build_texts(ROW_COLUMN, distinct, *nulls)


def _build_texts(place: int, hashes: Array, shapes: pa.Array, cells: pa.Array) -> pa.Table:
    columns_of_texts = [pa.repeat(pa.scalar(place, pa.int32()), len(hashes)), pa.array(hashes), shapes, cells]
    return pa.table(columns_of_texts, schema=CELL_TEXTS)
