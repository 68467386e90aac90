"""Small moves between frames, Arrow and NumPy: rows come out the same however their columns are cut into chunks."""

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from pipeline.utils import arrow, groups
from tests.strategies import law

SIZE = 400
SIZES = st.lists(st.integers(0, 90), min_size=1, max_size=6)
TEXTS = [None if number % 7 == 0 else f"text {number % 50}" for number in range(SIZE)]


def cut(values, sizes):
    """The values in chunks of the sizes, and the rest in one."""
    ends = np.minimum(np.cumsum([0, *sizes]), len(values))
    pieces = [values[begin:end] for begin, end in zip(ends, [*ends[1:], len(values)], strict=True)]
    return pa.chunked_array(pieces, values.type)


@law(100, SIZES, st.lists(st.integers(0, SIZE - 1), max_size=9) | st.just(list(range(SIZE))))
def test_rows_are_taken_from_chunks_as_from_one_piece(sizes, positions):
    columns = {"text": pa.array(TEXTS), "number": pa.array(range(SIZE)), "nothing": pa.nulls(SIZE, pa.string())}
    rows = arrow.to_frame(pa.table({name: cut(values, sizes) for name, values in columns.items()}))
    taken = arrow.to_table(arrow.take_rows(rows, np.array(positions, np.int64)), columns)
    assert taken.equals(pa.table(columns).take(pa.array(positions, pa.int64())))


@law(100, st.lists(st.integers(-5, 5)))
def test_different_values_rise(values):
    assert groups.sorted_unique(np.array(values, np.int64)).tolist() == sorted(set(values))


@law(100, st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([None, 1, 2])), max_size=9))
def test_equal_rows_have_equal_numbers(pairs):
    texts, numbers = ([pair[at] for pair in pairs] for at in (0, 1))
    rows = arrow.to_frame(pa.table({"text": pa.array(texts, pa.string()), "number": pa.array(numbers, pa.int64())}))
    codes = groups.factorize_rows(rows, ("text", "number")).tolist()
    distinct = list(dict.fromkeys(pairs))
    assert codes == [distinct.index(pair) for pair in pairs]
    assert groups.factorize_rows(rows, ("text",)).tolist() == [list(dict.fromkeys(texts)).index(text) for text in texts]
