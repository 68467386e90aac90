"""How many different texts and rows there are, and of which shapes they are, counted over the groups of all files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.profiles import ValueCount
from pipeline.quality.cell_counts import CELL_TEXTS
from pipeline.quality.value_counts import MAX_SHAPES, rank_values
from pipeline.utils.dtypes import Array

TextPlace = tuple[str, int]  # a kind, and the place among its columns


class TextCounts(NamedTuple):
    """How many different texts each column has, and the most frequent shapes of its cells."""

    distinct: dict[TextPlace, int]
    shapes: dict[TextPlace, tuple[ValueCount, ...]]


def assign_parts(texts: pa.Table, part_count: int) -> Array:
    """The part in which each text is counted: equal ones are in one."""
    return ((texts.column("hash").to_numpy() >> np.uint64(32)) % np.uint64(part_count)).astype(np.int64)


def count_texts(texts_by_kind: Iterable[tuple[str, Sequence[pa.Table]]]) -> TextCounts:
    """The texts (CELL_TEXTS) of a part counted, by kind and column."""
    counts = TextCounts({}, {})
    for kind, tables in texts_by_kind:
        texts = pa.concat_tables([CELL_TEXTS.empty_table(), *tables])
        is_shape = texts["shape"].is_valid()
        distinct = texts.filter(pc.invert(is_shape)).group_by(["column", "hash"]).aggregate([]).column("column")
        for entry in pc.value_counts(distinct):
            counts.distinct[kind, entry["values"].as_py()] = entry["counts"].as_py()
        shapes = texts.filter(is_shape).group_by(["column", "shape"]).aggregate([("cells", "sum")])
        for place in pc.unique(shapes["column"]).to_pylist():
            of_column = shapes.filter(pc.equal(shapes["column"], place))
            counts.shapes[kind, place] = _rank_shapes(of_column["shape"], of_column["cells_sum"])
    return counts


def add_text_counts(parts: Iterable[TextCounts]) -> TextCounts:
    """The counts of all parts together."""
    total = TextCounts({}, {})
    shapes: dict[TextPlace, list[ValueCount]] = {}
    for part in parts:
        for place, count in part.distinct.items():
            total.distinct[place] = total.distinct.get(place, 0) + count
        for place, ranked in part.shapes.items():
            shapes.setdefault(place, []).extend(ranked)
    for place, ranked_shapes in shapes.items():
        texts, counts = zip(*ranked_shapes, strict=True)
        total.shapes[place] = _rank_shapes(pa.array(texts, pa.string()), pa.array(counts, pa.int64()))
    return total


def _rank_shapes(shapes: pa.Array, counts: pa.Array) -> tuple[ValueCount, ...]:
    return rank_values(shapes, counts)[:MAX_SHAPES]
