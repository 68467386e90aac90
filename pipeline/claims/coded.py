"""Columns of a few words as small numbers, and the values of a few rows of a long column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.frames import Array, arrow


def coded(text: pd.Series[str], words: tuple[str, ...]) -> Array:
    """Where among the words each text stands; −1 for another one."""
    array = arrow(text)
    if array.null_count == len(array):
        return np.broadcast_to(np.int8(-1), len(array))
    return pc.fill_null(pc.index_in(array, value_set=pa.array(words)).cast(pa.int8()), -1).to_numpy()


def few(column: pa.ChunkedArray, at: Array) -> pa.Array:
    """The values at some positions, chunk by chunk: a take would first copy the column into one chunk."""
    chunks = [chunk for chunk in column.chunks if len(chunk)]
    ends = np.cumsum([len(chunk) for chunk in chunks])
    of = np.searchsorted(ends, at, side="right")
    where = [np.flatnonzero(of == number) for number in range(len(chunks))]
    begins = ends - [len(chunk) for chunk in chunks]
    parts = [chunk.take(pa.array(at[rows] - begin)) for chunk, rows, begin in zip(chunks, where, begins, strict=True)]
    if len(parts) == 1:
        return parts[0]
    place = np.empty(len(at), np.int64)
    place[np.concatenate([np.zeros(0, np.int64), *where])] = np.arange(len(at))
    return pa.chunked_array(parts, column.type).combine_chunks().take(pa.array(place))
