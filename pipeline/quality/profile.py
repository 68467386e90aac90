"""The profile of a kind's rows: pure functions of frames, over distinct values wherever that is enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.file_plan import FilePlan
from pipeline.model.findings import MASK
from pipeline.model.profiles import ColumnProfile, KindProfile
from pipeline.quality import damage_signs
from pipeline.quality.date_coverage import profile_days
from pipeline.quality.value_counts import MAX_SHAPES, MAX_VALUES, count_values, rank_values, rank_vocabulary
from pipeline.utils import arrow
from schemas import columns, kinds, types
from schemas.headings import show_heading
from schemas.kind import FileKind
from schemas.report_words import may_show

_SAMPLE_ROWS = 4096  # rows at the beginning that often show that a column has many values
ProfileColumn = Callable[[ColumnProfile, columns.Column, pd.DataFrame], ColumnProfile]


def profile_values(column: ColumnProfile, declared: columns.Column, rows: pd.DataFrame) -> ColumnProfile:
    """The column with its values and how often each comes, where they are few: what a night can afford."""
    text = arrow.to_arrow(rows[declared.text_name])
    if _hides_values(declared) or _has_many_values(text.slice(0, _SAMPLE_ROWS)) or _has_many_values(text):
        return column
    return column._replace(values=rank_values(*count_values(text)))


def profile_fully(column: ColumnProfile, declared: columns.Column, rows: pd.DataFrame) -> ColumnProfile:
    """The full profile of the column."""
    text, counts = count_values(arrow.to_arrow(rows[declared.text_name]))
    length = pc.min_max(pc.utf8_length(text)).as_py()
    ranked_shapes = rank_values(*damage_signs.count_shapes(text, counts, coarse=declared.personal))
    minimum, maximum = (None, None) if declared.personal else _value_range(declared, rows)
    return column._replace(
        values=None if _hides_values(declared) else rank_vocabulary(text, counts),
        distinct=len(text),
        shortest=length["min"],
        longest=length["max"],
        least=minimum,
        most=maximum,
        shapes=ranked_shapes[:MAX_SHAPES],
        signs=damage_signs.count_signs(text, counts),
    )


def profile_audit(plans: Sequence[FilePlan], rows: dict[str, pd.DataFrame]) -> tuple[KindProfile, ...]:
    """The full profile of every kind."""
    return tuple(
        kind_profile._replace(
            repeated=count_repeated_rows(rows[kind_profile.name], kind_profile.name),
            days=profile_days(rows[kind_profile.name], kind_profile.name),
        )
        for kind_profile in profile_kinds(plans, rows, profile_fully)
    )


def profile_split(plan: FilePlan, kind_name: str, rows: pd.DataFrame) -> KindProfile:
    """The profile that a nightly run can afford of the rows of a split, of a file of that kind."""
    single_plan = dataclasses.replace(plan, file=0)
    (kind,) = profile_kinds(
        [single_plan], {kind_name: rows.assign(file=arrow.to_series(np.zeros(len(rows), np.int64)))}, profile_values
    )
    return kind


def profile_kinds(
    plans: Sequence[FilePlan], rows: dict[str, pd.DataFrame], profile_column: ProfileColumn
) -> tuple[KindProfile, ...]:
    """The profile of every kind of which a file was read, in the order of the kinds.

    Rows that begin with what may be the rest of an address are counted, and not looked at.
    """
    used_kinds = {entry.kind.name for entry in plans if entry.kind and not entry.refusal_code}
    return tuple(
        _profile_kind(name, plans, rows[name], profile_column)
        for name in (entry.name for entry in kinds.KINDS)
        if name in used_kinds
    )


def _profile_kind(
    name: str, plans: Sequence[FilePlan], rows: pd.DataFrame, profile_column: ProfileColumn
) -> KindProfile:
    files = [plan for plan in plans if plan.kind and plan.kind.name == name and not plan.refusal_code]
    per_file = np.bincount(arrow.to_int64(rows["file"]), minlength=len(plans)) if len(rows) else np.zeros(len(plans))
    visible = ~arrow.to_bool(rows["id_masked"]) if "id_masked" in rows else np.ones(len(rows), bool)
    kind = kinds.find_kind(name)
    shown_names: dict[str, str] = {}  # by heading: as it is shown, by its place in the first file that has it
    for plan in files:
        for position, heading in enumerate(plan.header, 1):
            shown_names.setdefault(heading, show_heading(kind, heading, position))
    column_profiles = []
    for header in filter(None, shown_names):
        with_column = [plan.file for plan in files if header in plan.header]
        column, total = kind.find_column(header), int(per_file[with_column].sum())
        is_personal = column is None or column.personal
        bare_profile = ColumnProfile(
            shown_names[header], _column_use(column), is_personal, len(with_column), total, None
        )
        if column and column.text_name in rows:
            column_rows = _select_shown(kind, column, rows)
            bare_profile = profile_column(
                _count_filled(bare_profile, column, rows),
                column if may_show(kind, column) else dataclasses.replace(column, personal=True),
                column_rows if visible.all() else arrow.filter_rows(column_rows, visible),
            )
        column_profiles.append(bare_profile)
    return KindProfile(name, len(files), len(rows), tuple(column_profiles))


def _select_shown(kind: FileKind, column: columns.Column, rows: pd.DataFrame) -> pd.DataFrame:
    """The text and the values of a column; in reports what is no value is masked."""
    names = dict.fromkeys((column.text_name, column.value_name, f"{column.value_name}_day"))
    column_rows = rows[[name for name in names if name in rows]]
    return column_rows if kind.is_upload else _mask_unreadable(column_rows, column)


def _mask_unreadable(rows: pd.DataFrame, column: columns.Column) -> pd.DataFrame:
    """The rows, with the text masked that is no value of its type: it may be a cell of another column."""
    if column.type.frictionless_type != "string" or not column.type.readable_by() or column.value_name not in rows:
        return rows
    text, value = arrow.to_arrow(rows[column.text_name]), arrow.to_arrow(rows[column.value_name])
    shown = pc.if_else(pc.or_(pc.is_null(text), pc.is_valid(value)), text, MASK)
    return rows.assign(**{column.text_name: arrow.to_series(shown, rows.index)})


def _column_use(column: columns.Column | None) -> str:
    if column is None:
        return "unknown"
    return "required" if column.required else "known" if column.audit_only else "read"


def _count_filled(bare_profile: ColumnProfile, column: columns.Column, rows: pd.DataFrame) -> ColumnProfile:
    text = arrow.to_arrow(rows[column.text_name])
    return bare_profile._replace(filled=len(text) - text.null_count)


def _hides_values(declared: columns.Column) -> bool:
    """The column's values are about a buyer, or dates and numbers, of which the range says more."""
    return declared.personal or declared.type.frictionless_type != "string"


def _has_many_values(text: pa.ChunkedArray) -> bool:
    """There are more values than are listed."""
    return int(pc.count_distinct(text).as_py()) > MAX_VALUES


def _value_range(declared: columns.Column, rows: pd.DataFrame) -> tuple[str | None, str | None]:
    """The least and the greatest value, where they are dates, numbers or amounts."""
    if declared.type.frictionless_type == "string":
        return None, None
    names = (
        (declared.value_name, f"{declared.value_name}_day")
        if declared.type is types.INSTANT_OR_DATE
        else (declared.value_name,)
    )
    ranges = [pc.min_max(arrow.to_arrow(rows[name])).as_py() for name in names if name in rows]
    value_range = next((bounds for bounds in ranges if bounds["min"] is not None), {"min": None, "max": None})
    return _format_value(value_range["min"]), _format_value(value_range["max"])


def _format_value(value: Any) -> str | None:
    return None if value is None else str(value).replace("+00:00", "Z").replace(" ", "T")


def count_repeated_rows(rows: pd.DataFrame, kind: str) -> int:
    """How many rows repeat an earlier row of their file in every cell."""
    names = [column.text_name for column in kinds.find_kind(kind).columns if column.text_name in rows]
    if not names or not len(rows):
        return 0
    return len(rows) - arrow.to_table(rows, ["file", *names]).group_by(["file", *names]).aggregate([]).num_rows
