"""The profiles of all groups of files as one profile a kind."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from pipeline.model.profiles import ColumnProfile, KindProfile
from pipeline.quality.value_counts import rank_vocabulary


def merge_kind_profiles(
    empty_profiles: tuple[KindProfile, ...], split_profiles: Sequence[KindProfile]
) -> tuple[KindProfile, ...]:
    """The profile of all rows, of those of their splits; ``empty_profiles`` are those of no row, with all columns."""
    return tuple(
        _merge_kind(kind, [split_profile for split_profile in split_profiles if split_profile.name == kind.name])
        for kind in empty_profiles
    )


def _merge_kind(empty_profile: KindProfile, split_profiles: Sequence[KindProfile]) -> KindProfile:
    columns_by_name = [{column.name: column for column in entry.columns} for entry in split_profiles]
    columns = [
        _merge_column(
            [column_profile, *(entry[column_profile.name] for entry in columns_by_name if column_profile.name in entry)]
        )
        for column_profile in empty_profile.columns
    ]
    return empty_profile._replace(rows=sum(entry.rows for entry in split_profiles), columns=tuple(columns))


def _merge_column(parts: Sequence[ColumnProfile]) -> ColumnProfile:
    """The column over all parts; without values where one of them has too many, or all of them together."""
    rows = sum(part.rows for part in parts)
    filled = None if parts[0].filled is None else sum(part.filled or 0 for part in parts)
    values_by_part = [part.values for part in parts]
    counts_by_part = [dict(values) for values in values_by_part if values is not None]
    column = parts[0]._replace(rows=rows, filled=filled, values=None)
    if len(counts_by_part) < len(parts):
        return column
    counts = {word: sum(part.get(word, 0) for part in counts_by_part) for word in sorted(set().union(*counts_by_part))}
    texts, numbers = pa.array(list(counts), pa.string()), pa.array(list(counts.values()), pa.int64())
    return column._replace(values=rank_vocabulary(texts, numbers))
