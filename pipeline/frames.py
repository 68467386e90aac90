"""Frames of Arrow columns: small moves between pandas, Arrow and NumPy that keep the dtypes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, np.dtype[Any]]
_MANY = 100_000  # rows from which threads are worth their while
_INSTANT = pa.timestamp("us", "UTC")
DAY = 86_400_000_000  # µs
NEVER = np.iinfo(np.int64).min  # stands for an unknown instant or day where NumPy compares them


def frame(table: pa.Table) -> pd.DataFrame:
    """A pandas frame over the table's own Arrow columns, with a fresh RangeIndex."""
    columns = {name: pd.arrays.ArrowExtensionArray(table.column(name)) for name in table.column_names}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), copy=False)


def arrow(values: pd.Series[Any]) -> pa.ChunkedArray:
    """The Arrow array of a column."""
    array = values.array.__arrow_array__()
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def table(rows: pd.DataFrame, names: Iterable[str]) -> pa.Table:
    """The named columns of a frame, those it has, as an Arrow table."""
    return pa.table({name: arrow(rows[name]) for name in names if name in rows})


def series(values: Any, index: pd.Index[Any] | None = None) -> pd.Series[Any]:
    """A Series of Arrow dtype over an Arrow or NumPy array."""
    if not isinstance(values, (pa.Array, pa.ChunkedArray)):
        values = pa.array(values)
    return pd.Series(
        pd.arrays.ArrowExtensionArray(pa.chunked_array(values) if isinstance(values, pa.Array) else values), index=index
    )


def stack(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The parts below each other; a column that a part lacks is null there."""
    if not parts:
        return pd.DataFrame()
    rows = pa.concat_tables([table(part, part.columns) for part in parts], promote_options="default")
    return frame(rows if len(rows) else rows.schema.empty_table())  # which has a chunk, if an empty one


def take(rows: pd.DataFrame, at: Array, missing: Array | None = None) -> pd.DataFrame:
    """The rows at the positions, all null where ``missing``; with a fresh RangeIndex."""
    names = list(rows.columns)
    return pd.DataFrame(
        dict(zip(names, each_at([arrow(rows[name]) for name in names], at, missing), strict=True)),
        index=pd.RangeIndex(len(at)),
        copy=False,
    )


def each_at(columns: Sequence[pa.ChunkedArray], at: Array, missing: Array | None = None) -> list[pd.Series[Any]]:
    """Every column's values at the positions, null where ``missing``; several columns at a time."""
    if missing is None and columns and _as_they_are(at, len(columns[0])):
        return [series(column) for column in columns]
    where = pa.array(at, mask=missing)

    def taken(column: pa.ChunkedArray) -> pd.Series[Any]:
        if column.null_count == len(column):
            return series(pa.nulls(len(at), column.type))
        return series(column.take(where))

    if len(at) < _MANY:
        return [taken(column) for column in columns]
    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        return list(pool.map(taken, columns))


def gathered(wanted: dict[str, tuple[pa.ChunkedArray, pa.Array]]) -> pd.DataFrame:
    """A frame of columns, each taken from an array of its own at positions of its own; several at a time."""
    size = len(next(iter(wanted.values()))[1])

    def taken(pair: tuple[pa.ChunkedArray, pa.Array]) -> pd.Series[Any]:
        column, at = pair
        return series(pa.nulls(size, column.type) if column.null_count == len(column) else column.take(at))

    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        columns = list(pool.map(taken, wanted.values()))
    return pd.DataFrame(dict(zip(wanted, columns, strict=True)), index=pd.RangeIndex(size), copy=False)


def arranged(rows: pd.DataFrame, at: Array) -> pd.DataFrame:
    """The rows at the positions; the frame itself where that is all of them in their order."""
    return rows if _as_they_are(at, len(rows)) else take(rows, at)


def _as_they_are(at: Array, size: int) -> bool:
    """Whether the positions are those of all of so many rows, in their order."""
    return len(at) == size and bool((at == np.arange(size)).all())


def only(rows: pd.DataFrame, keep: Array) -> pd.DataFrame:
    """The rows of the mask; the frame itself where that is all of them."""
    return rows if keep.all() else take(rows, np.flatnonzero(keep))


def numbers(values: pd.Series[Any], unknown: int = NEVER) -> Array:
    """A column of whole numbers, days or instants (UTC microseconds) as int64, ``unknown`` for null."""
    array = arrow(values)
    if array.null_count == len(array):
        return np.full(len(array), unknown)
    if pa.types.is_timestamp(array.type):
        array = (array if array.type == _INSTANT else pc.cast(array, _INSTANT)).cast(pa.int64())
    elif pa.types.is_date(array.type):
        array = pc.cast(pc.cast(array, pa.int32()), pa.int64())
    whole = array if array.type == pa.int64() else pc.cast(array, pa.int64())
    return (pc.fill_null(whole, unknown) if whole.null_count else whole).to_numpy()


def flags(values: pd.Series[Any]) -> Array:
    """A column of truth values as bool, null being False."""
    return pc.fill_null(arrow(values), False).to_numpy()


def known(values: pd.Series[Any]) -> Array:
    """Where a column is not null, as bool."""
    return pc.is_valid(arrow(values)).to_numpy()


def equal(text: pa.ChunkedArray, word: str) -> Array:
    """Where a text is the word, as bool; null is not."""
    return pc.fill_null(pc.equal(text, word), False).to_numpy()


def codes(values: pd.Series[Any]) -> Array:
    """The distinct values of a column of text as numbers, −1 for null."""
    if not len(values):
        return np.zeros(0, np.int64)
    coded = pc.dictionary_encode(arrow(values)).combine_chunks()
    return pc.fill_null(coded.indices.cast(pa.int64()), -1).to_numpy()


def alike(rows: pd.DataFrame, names: Iterable[str]) -> Array:
    """A number for each row, the same for rows that hold the same values in these columns; null equals null."""
    same = np.zeros(len(rows), np.int64)
    for name in names:
        values = codes(rows[name]) if pa.types.is_string(arrow(rows[name]).type) else numbers(rows[name])
        same = pd.factorize(same * (len(rows) + 2) + pd.factorize(values)[0])[0]
    return same


def moment(instant: dt.datetime) -> int:
    """An instant in UTC microseconds."""
    return int(pa.scalar(instant, pa.timestamp("us", "UTC")).value)


def length(span: dt.timedelta) -> int:
    """A length of time in microseconds."""
    return int(pa.scalar(span, pa.duration("us")).value)


def instants(micros: Array) -> pa.Array:
    """UTC instants of int64 microseconds, null for NEVER."""
    return pa.array(micros, pa.int64(), mask=micros == NEVER).cast(pa.timestamp("us", "UTC"))


def days(numbered: Array) -> pa.Array:
    """Dates of int64 days since 1970, null for NEVER."""
    unknown = numbered == NEVER
    return pa.array(np.where(unknown, 0, numbered).astype(np.int32), mask=unknown).cast(pa.date32())


def strings(of: Sequence[str], at: Array, missing: Array | None = None) -> pa.Array:
    """The texts at the positions, null where ``missing``."""
    return pa.array(of, pa.string()).take(pa.array(at, mask=missing))


def addresses(names: Sequence[str], file: Array, line: Array, missing: Array) -> pa.Array:
    """``file:line`` of files by their number among the names, null where missing."""
    known = pa.array(np.where(missing, 0, line), mask=missing).cast(pa.string())
    return pc.binary_join_element_wise(strings(names, np.where(missing, 0, file), missing), known, ":")


def least(one: Array, other: Array) -> Array:
    """The smaller of each two, or the one of them that is known (NEVER where unknown)."""
    return np.where(one == NEVER, other, np.where(other == NEVER, one, np.minimum(one, other)))


def among(values: Array, keys: Array) -> Array:
    """Which of the values are among the keys, as bool; a hash of the keys, where NumPy sorts or hashes both."""
    return pc.is_in(pa.array(values), value_set=pa.array(keys, pa.array(values).type)).to_numpy(zero_copy_only=False)


def distinct(values: Array) -> Array:
    """The different values, rising."""
    return np.sort(pc.unique(pa.array(values)).to_numpy())


def in_order(first: Array, *then: Array) -> Array:
    """The positions of the rows by the first key, and among its equals by the others.

    Rows that come sorted by the first key, or in a few such runs, cost next to nothing.
    """
    at = np.argsort(first, kind="stable")
    same = np.zeros(len(first), bool)
    same[1:] = first[at][1:] == first[at][:-1]
    same[:-1] |= same[1:]
    ties = np.flatnonzero(same)
    if ties.size:
        tied = at[ties]
        at[ties] = tied[np.lexsort((*(key[tied] for key in reversed(then)), first[tied]))]
    return at


def first_of_runs(*keys: Array) -> Array:
    """The positions at which any of the keys differs from the position before; keys sorted so that equals touch."""
    size = len(keys[0])
    if not size:
        return np.zeros(0, np.int64)
    new = np.zeros(size, bool)
    new[0] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(new)


def run_numbers(starts: Array, size: int) -> Array:
    """For every position the number of the run it belongs to."""
    number = np.zeros(size, np.int64)
    number[starts[1:]] = 1
    return np.cumsum(number)
