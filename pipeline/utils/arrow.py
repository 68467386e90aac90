"""Frames of Arrow columns: small moves between pandas, Arrow and NumPy that keep the dtypes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils.dtypes import NEVER, TIMESTAMP, Array

# Text that is no Arrow column is the names of columns: in short indexes Python's own texts are the faster ones.
pd.set_option("mode.string_storage", "python")
_SPARSE = 64  # of so many rows one is taken, or fewer, where it is faster to look into each chunk
_MIN_PARALLEL_ROWS = 100_000  # rows from which threads are worth their while


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A pandas frame over the table's own Arrow columns, with a fresh RangeIndex."""
    return _build_frame(table.column_names, table.columns, table.num_rows)


def _build_frame(names: Sequence[str], columns: Sequence[pa.ChunkedArray], size: int) -> pd.DataFrame:
    """A frame of the columns: frames of the same names share one index of them, and what pandas keeps with it."""
    arrays = (pd.arrays.ArrowExtensionArray(column) for column in columns)
    rows = pd.DataFrame(dict(enumerate(arrays)), index=pd.RangeIndex(size), copy=False)
    rows.columns = _index_names(tuple(names))
    return rows


@functools.lru_cache(maxsize=1024)
def _index_names(names: tuple[str, ...]) -> pd.Index[str]:
    return pd.Index(names)


def to_arrow(values: pd.Series[Any]) -> pa.ChunkedArray:
    """The Arrow array of a column."""
    array = values.array.__arrow_array__()
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def to_table(rows: pd.DataFrame, names: Iterable[str]) -> pa.Table:
    """The named columns of a frame, those it has, as an Arrow table."""
    return pa.table({name: to_arrow(rows[name]) for name in names if name in rows})


def _to_whole_table(rows: pd.DataFrame) -> pa.Table:
    return pa.table({name: to_arrow(values) for name, values in rows.items()})


def to_series(values: Any, index: pd.Index[Any] | None = None) -> pd.Series[Any]:
    """A Series of Arrow dtype over an Arrow or NumPy array."""
    if not isinstance(values, (pa.Array, pa.ChunkedArray)):
        values = pa.array(values)
    return pd.Series(
        pd.arrays.ArrowExtensionArray(pa.chunked_array(values) if isinstance(values, pa.Array) else values), index=index
    )


def concat_frames(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The parts below each other; a column that a part lacks is null there."""
    if not parts:
        return pd.DataFrame()
    rows = pa.concat_tables([_to_whole_table(part) for part in parts], promote_options="default")
    return to_frame(rows if len(rows) else rows.schema.empty_table())  # which has a chunk, if an empty one


def take_rows(rows: pd.DataFrame, positions: Array, missing: Array | None = None) -> pd.DataFrame:
    """The rows at the positions, all null where ``missing``; with a fresh RangeIndex."""
    taken = _take_arrays([to_arrow(values) for _, values in rows.items()], positions, missing)
    return _build_frame(list(rows.columns), taken, len(positions))


def take_columns(
    columns: Sequence[pa.ChunkedArray], positions: Array, missing: Array | None = None
) -> list[pd.Series[Any]]:
    """Every column's values at the positions, null where ``missing``; several columns at a time."""
    return [to_series(column) for column in _take_arrays(columns, positions, missing)]


def _take_arrays(
    columns: Sequence[pa.ChunkedArray], positions: Array, missing: Array | None
) -> Sequence[pa.ChunkedArray]:
    if missing is None and columns and _is_identity_order(positions, len(columns[0])):
        return columns
    indices = pa.array(positions, mask=missing)

    def take_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
        if not len(positions) or column.null_count == len(column):
            return pa.chunked_array([pa.nulls(len(positions), column.type)])
        if column.num_chunks > 1 and missing is None and len(positions) < len(column) // _SPARSE:
            return pa.chunked_array([take_sparse(column, positions)])
        return column.take(indices)

    return _map_columns(take_column, columns, len(positions))


def _map_columns(work: Callable[..., pa.ChunkedArray], columns: Iterable[Any], size: int) -> list[pa.ChunkedArray]:
    """What the work makes of each column; several at a time where they are long."""
    if size < _MIN_PARALLEL_ROWS or pa.cpu_count() == 1:
        return list(map(work, columns))
    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        return list(pool.map(work, columns))


def gather_columns(sources: dict[str, tuple[pa.ChunkedArray, pa.Array]]) -> pd.DataFrame:
    """A frame of columns, each taken from an array of its own at positions of its own; several at a time."""
    size = len(next(iter(sources.values()))[1])

    def gather_column(source: tuple[pa.ChunkedArray, pa.Array]) -> pa.ChunkedArray:
        column, positions = source
        if column.null_count == len(column):
            return pa.chunked_array([pa.nulls(size, column.type)])
        return column.take(positions)

    return _build_frame(list(sources), _map_columns(gather_column, sources.values(), size), size)


def reorder_rows(rows: pd.DataFrame, positions: Array) -> pd.DataFrame:
    """The rows at the positions; the frame itself where that is all of them in their order."""
    return rows if _is_identity_order(positions, len(rows)) else take_rows(rows, positions)


def _is_identity_order(positions: Array, size: int) -> bool:
    """Whether the positions are those of all of so many rows, in their order."""
    return len(positions) == size and bool((positions == np.arange(size)).all())


def filter_rows(rows: pd.DataFrame, mask: Array) -> pd.DataFrame:
    """The rows of the mask; the frame itself where that is all of them."""
    return rows if mask.all() else take_rows(rows, np.flatnonzero(mask))


def to_int64(values: pd.Series[Any], fill_value: int = NEVER) -> Array:
    """A column of whole numbers, days or instants (UTC microseconds) as int64, ``fill_value`` for null."""
    array = to_arrow(values)
    if array.null_count == len(array):
        return np.full(len(array), fill_value)
    if pa.types.is_timestamp(array.type):
        array = (array if array.type == TIMESTAMP else pc.cast(array, TIMESTAMP)).cast(pa.int64())
    elif pa.types.is_date(array.type):
        array = pc.cast(pc.cast(array, pa.int32()), pa.int64())
    integers = array if array.type == pa.int64() else pc.cast(array, pa.int64())
    return (pc.fill_null(integers, fill_value) if integers.null_count else integers).to_numpy()


def to_bool(values: pd.Series[Any]) -> Array:
    """A column of truth values as bool, null being False."""
    return pc.fill_null(to_arrow(values), False).to_numpy()


def to_mask(answers: Any) -> Array:
    """The answers to a question of rows, truth values of Arrow or NumPy, as bool; null is False."""
    return to_bool(answers) if isinstance(answers.dtype, pd.ArrowDtype) else np.asarray(answers, bool)


def is_valid(values: pd.Series[Any]) -> Array:
    """Where a column is not null, as bool."""
    return pc.is_valid(to_arrow(values)).to_numpy()


def equals_text(text: pa.ChunkedArray, word: str) -> Array:
    """Where a text is the word, as bool; null is not."""
    return pc.fill_null(pc.equal(text, word), False).to_numpy()


def take_strings(texts: Sequence[str], positions: Array, missing: Array | None = None) -> pa.Array:
    """The texts at the positions, null where ``missing``."""
    return pa.array(texts, pa.string()).take(pa.array(positions, mask=missing))


def format_locations(file_names: Sequence[str], file_index: Array, line: Array, missing: Array) -> pa.Array:
    """``file:line`` of files by their number among the names, null where missing."""
    line_texts = pa.array(np.where(missing, 0, line), mask=missing).cast(pa.string())
    return pc.binary_join_element_wise(
        take_strings(file_names, np.where(missing, 0, file_index), missing), line_texts, ":"
    )


def take_sparse(column: pa.ChunkedArray, positions: Array) -> pa.Array:
    """The values at some positions, chunk by chunk: a take would first copy the column into one chunk."""
    chunks = [chunk for chunk in column.chunks if len(chunk)]
    ends = np.cumsum([len(chunk) for chunk in chunks])
    chunk_index = np.searchsorted(ends, positions, side="right")
    by_chunk = [np.flatnonzero(chunk_index == number) for number in range(len(chunks))]
    begins = ends - [len(chunk) for chunk in chunks]
    parts = [
        chunk.take(pa.array(positions[rows] - begin))
        for chunk, rows, begin in zip(chunks, by_chunk, begins, strict=True)
    ]
    if len(parts) == 1:
        return parts[0]
    inverse = np.empty(len(positions), np.int64)
    inverse[np.concatenate([np.zeros(0, np.int64), *by_chunk])] = np.arange(len(positions))
    return pa.chunked_array(parts, column.type).combine_chunks().take(pa.array(inverse))
