"""How often each value and each shape of value occurs in a column."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.profiles import ValueCount

MAX_VALUES, MAX_SHAPES, MAX_GAPS = 50, 5, 3  # of each that are listed at most


def _mostly_repeats(distinct: int, filled: int) -> bool:
    return 0 < distinct * 2 <= filled


def count_values(text: pa.ChunkedArray) -> tuple[Any, Any]:
    """The distinct values, sorted, and how often each comes; null is none."""
    counted = pc.value_counts(text.drop_null())
    values, counts = (counted.field(field_index) for field_index in range(2))
    order = pc.sort_indices(values)
    return values.take(order), counts.take(order)


def rank_vocabulary(text: Any, counts: Any) -> tuple[ValueCount, ...] | None:
    """The values by how often they come; None where they are many, or most of them come once."""
    if len(text) > MAX_VALUES or not _mostly_repeats(len(text), pc.sum(counts).as_py() or 0):
        return None
    return rank_values(text, counts)


def rank_values(text: pa.Array, counts: pa.Array) -> tuple[ValueCount, ...]:
    """The texts by how often they come, then by themselves, with their counts."""
    if not len(text):
        return ()
    table = pa.table({"text": text, "n": counts})
    first = table.sort_by([("n", "descending"), ("text", "ascending")]).slice(0, MAX_VALUES)
    return tuple(zip(first.column("text").to_pylist(), first.column("n").to_pylist(), strict=True))
