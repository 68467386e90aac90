"""The full profile of every kind, of what its groups have counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.model.file_plan import FilePlan
from pipeline.model.profiles import ColumnProfile, KindProfile, ValueCount
from pipeline.quality.cell_counts import ROW_COLUMN, Bounds, CellCounts, GroupCounts
from pipeline.quality.damage_signs import SIGNS
from pipeline.quality.date_coverage import describe_days
from pipeline.quality.profile import list_columns, list_used_kinds
from pipeline.quality.text_counts import TextCounts
from pipeline.quality.value_counts import MAX_VALUES, rank_vocabulary
from pipeline.utils.dtypes import Array, IntArray
from schemas import kinds

_NO_CELLS = CellCounts(0, (None, None), (), (), ())


class AuditCounts(NamedTuple):
    """What the groups of all files have counted: the rows of each file, and by kind its cells and days."""

    rows_by_file: Array
    columns: dict[str, dict[str, CellCounts]]
    days: dict[str, dict[str, Array]]

    @classmethod
    def start(cls, file_count: int) -> AuditCounts:
        """Nothing counted yet."""
        return cls(np.zeros(file_count, np.int64), {}, {})

    def add(self, files: IntArray, kind_name: str, counts: GroupCounts) -> None:
        """Those of a group of files added."""
        self.rows_by_file[files] += counts.row_counts
        columns, days = self.columns.setdefault(kind_name, {}), self.days.setdefault(kind_name, {})
        for heading, cells in counts.columns.items():
            columns[heading] = _add_cells(columns[heading], cells) if heading in columns else cells
        for name, days_of_group in counts.days.items():
            days[name] = np.union1d(days[name], days_of_group) if name in days else days_of_group


def profile_audit(plans: Sequence[FilePlan], counts: AuditCounts, texts: TextCounts) -> tuple[KindProfile, ...]:
    """The full profile of every kind of which a file was read, in the order of the kinds."""
    return tuple(_profile_kind(name, plans, counts, texts) for name in list_used_kinds(plans))


def _profile_kind(name: str, plans: Sequence[FilePlan], counts: AuditCounts, texts: TextCounts) -> KindProfile:
    kind, cells_by_heading = kinds.find_kind(name), counts.columns.get(name)
    places = {column.name: place for place, column in enumerate(kind.columns)}
    columns = []
    for column, bare_profile in list_columns(name, plans, counts.rows_by_file):
        if column is None or (cells_by_heading is None and column.audit_only):
            columns.append(bare_profile)
        else:
            cells = (cells_by_heading or {}).get(column.name, _NO_CELLS)
            place = (name, places[column.name])
            columns.append(
                build_profile(bare_profile, cells, texts.distinct.get(place, 0), texts.shapes.get(place, ()))
            )
    files = [plan.file for plan in plans if plan.kind and plan.kind.name == name and not plan.refusal_code]
    rows = int(counts.rows_by_file[files].sum())
    repeated = rows - texts.distinct.get((name, ROW_COLUMN), 0)
    return KindProfile(name, len(files), rows, tuple(columns), repeated, describe_days(counts.days.get(name, {}), kind))


def build_profile(
    bare_profile: ColumnProfile, cells: CellCounts, distinct: int, shapes: tuple[ValueCount, ...]
) -> ColumnProfile:
    """The full profile of a column of what was counted of it."""
    least, most = next((bounds for bounds in cells.bounds if bounds[0] is not None), (None, None))
    values = None
    if cells.values is not None:
        ordered = sorted(cells.values)
        texts, numbers = ([value[part] for value in ordered] for part in range(2))
        values = rank_vocabulary(pa.array(texts, pa.string()), pa.array(numbers, pa.int64()))
    return bare_profile._replace(
        filled=cells.filled,
        values=values,
        distinct=distinct,
        shortest=cells.lengths[0],
        longest=cells.lengths[1],
        least=_format_value(least),
        most=_format_value(most),
        shapes=shapes,
        signs=cells.signs,
    )


def _add_cells(one: CellCounts, other: CellCounts) -> CellCounts:
    signs = _add_counts(one.signs, other.signs)
    values = None if one.values is None or other.values is None else _add_counts(one.values, other.values)
    return CellCounts(
        one.filled + other.filled,
        _widen_bounds(one.lengths, other.lengths),
        tuple(
            _widen_bounds(bounds, others)
            for bounds, others in itertools.zip_longest(one.bounds, other.bounds, fillvalue=(None, None))
        ),
        tuple(values.items()) if values is not None and len(values) <= MAX_VALUES else None,
        tuple((sign, signs[sign]) for sign in SIGNS if sign in signs),
    )


def _add_counts(*parts: Iterable[ValueCount]) -> dict[str, int]:
    total: dict[str, int] = {}
    for text, count in itertools.chain(*parts):
        total[text] = total.get(text, 0) + count
    return total


def _widen_bounds(one: Bounds, other: Bounds) -> Bounds:
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    return min(one[0], other[0]), max(one[1], other[1])


def _format_value(value: Any) -> str | None:
    return None if value is None else str(value).replace("+00:00", "Z").replace(" ", "T")
