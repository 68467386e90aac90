"""The profile of a kind's rows: pure functions of frames, over distinct values wherever that is enough."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.file_plan import FilePlan
from pipeline.model.findings import MASK
from pipeline.model.profiles import ColumnProfile, KindProfile
from pipeline.quality.value_counts import MAX_VALUES, count_values, rank_values
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas import columns, kinds
from schemas.headings import show_heading
from schemas.kind import FileKind
from schemas.report_words import may_show

_SAMPLE_ROWS = 4096  # rows at the beginning that often show that a column has many values
SelectCells = Callable[[], pd.DataFrame]  # the text and the values of a column, as they may be shown
ProfileColumn = Callable[[ColumnProfile, columns.Column, SelectCells], ColumnProfile]


def profile_values(column: ColumnProfile, declared: columns.Column, select_cells: SelectCells) -> ColumnProfile:
    """The column with its values and how often each comes, where they are few: what a night can afford."""
    if hides_values(declared):
        return column
    if not column.filled:
        return column._replace(values=())
    text = arrow.to_arrow(select_cells()[declared.text_name])
    if _has_many_values(text.slice(0, _SAMPLE_ROWS)) or (len(text) > _SAMPLE_ROWS and _has_many_values(text)):
        return column
    return column._replace(values=rank_values(*count_values(text)))


def profile_group(plan: FilePlan, kind_name: str, rows: pd.DataFrame) -> KindProfile:
    """The profile that a nightly run can afford of the rows of a group, of files of that kind that are read alike."""
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
    return tuple(_profile_kind(name, plans, rows[name], profile_column) for name in list_used_kinds(plans))


def list_used_kinds(plans: Sequence[FilePlan]) -> list[str]:
    """The kinds of which a file was read, in the order of the kinds."""
    used_kinds = {entry.kind.name for entry in plans if entry.kind and not entry.refusal_code}
    return [entry.name for entry in kinds.KINDS if entry.name in used_kinds]


def _profile_kind(
    name: str, plans: Sequence[FilePlan], rows: pd.DataFrame, profile_column: ProfileColumn
) -> KindProfile:
    per_file = np.bincount(arrow.to_int64(rows["file"]), minlength=len(plans)) if len(rows) else np.zeros(len(plans))
    visible = ~arrow.to_bool(rows["id_masked"]) if "id_masked" in rows else np.ones(len(rows), bool)
    kind = kinds.find_kind(name)
    column_profiles = []
    for column, bare_profile in list_columns(name, plans, per_file):
        if column is None or column.text_name not in rows:
            column_profiles.append(bare_profile)
            continue
        column_profiles.append(
            profile_column(
                _count_filled(bare_profile, column, rows),
                column if may_show(kind, column) else dataclasses.replace(column, personal=True),
                functools.partial(_select_shown, kind, column, rows, visible),
            )
        )
    return KindProfile(name, len(_files_of_kind(name, plans)), len(rows), tuple(column_profiles))


def _files_of_kind(name: str, plans: Sequence[FilePlan]) -> list[FilePlan]:
    return [plan for plan in plans if plan.kind and plan.kind.name == name and not plan.refusal_code]


def list_columns(
    name: str, plans: Sequence[FilePlan], rows_by_file: Array
) -> Iterator[tuple[columns.Column | None, ColumnProfile]]:
    """The columns of the files of a kind, None for an unknown one, each with its profile before its cells are seen."""
    kind = kinds.find_kind(name)
    shown_names: dict[str, str] = {}  # by heading: as it is shown, by its place in the first file that has it
    files_by_heading: dict[str, list[int]] = {}
    files_by_header: dict[tuple[str, ...], list[int]] = {}
    for plan in _files_of_kind(name, plans):
        files_by_header.setdefault(plan.header, []).append(plan.file)
    for header, files in files_by_header.items():
        for position, heading in enumerate(header, 1):
            if heading not in shown_names:
                shown_names[heading] = show_heading(kind, heading, position)
        for heading in set(header):
            files_by_heading.setdefault(heading, []).extend(files)
    for heading in filter(None, shown_names):
        with_column, column = files_by_heading[heading], kind.find_column(heading)
        is_personal = column is None or column.personal
        total = int(rows_by_file[with_column].sum())
        yield (
            column,
            ColumnProfile(shown_names[heading], _column_use(column), is_personal, len(with_column), total, None),
        )


def _select_shown(kind: FileKind, column: columns.Column, rows: pd.DataFrame, visible: Array) -> pd.DataFrame:
    """The text and the values of a column in the rows that are visible; in reports what is no value is masked."""
    names = dict.fromkeys((column.text_name, column.value_name, f"{column.value_name}_day"))
    column_rows = arrow.filter_rows(rows[[name for name in names if name in rows]], visible)
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


def hides_values(declared: columns.Column) -> bool:
    """The column's values are about a buyer, or dates and numbers, of which the range says more."""
    return declared.personal or declared.type.frictionless_type != "string"


def _has_many_values(text: pa.ChunkedArray) -> bool:
    """There are more values than are listed."""
    return int(pc.count_distinct(text).as_py()) > MAX_VALUES
