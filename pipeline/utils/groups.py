"""Sorting and grouping of NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils.arrow import to_arrow, to_int64
from pipeline.utils.dtypes import LATEST, Array


def argmin_by_group(group_index: Array, key: Array, rows: Array, group_count: int) -> Array:
    """For each of so many groups the position with the least key among some, the first such; −1 without one.

    ``rows`` are the positions that count, rising, and ``group_index`` is the group of each of these.
    """
    keys = key[rows]
    least = np.full(group_count, LATEST)
    np.minimum.at(least, group_index, keys)
    hits = np.flatnonzero(keys == least[group_index])[::-1]
    positions = np.full(group_count, -1)
    positions[group_index[hits]] = rows[hits]
    return positions


def expand_groups(starts: Array, counts: Array) -> tuple[Array, Array]:
    """Of runs of so many that start at the positions: for every member the number of its run, and its position."""
    run_index = np.repeat(np.arange(len(counts)), counts)
    return run_index, np.arange(len(run_index)) + np.repeat(starts - np.cumsum(counts) + counts, counts)


def factorize_text(values: pd.Series[Any]) -> Array:
    """The distinct values of a column of text as numbers, −1 for null."""
    if not len(values):
        return np.zeros(0, np.int64)
    encoded = pc.dictionary_encode(to_arrow(values)).combine_chunks()
    return pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy()


def factorize_rows(rows: pd.DataFrame, names: Iterable[str]) -> Array:
    """A number for each row, the same for rows that hold the same values in these columns; null equals null."""
    row_codes = np.zeros(len(rows), np.int64)
    for position, name in enumerate(names):
        codes = _number_values(rows[name])
        row_codes = pd.factorize(row_codes * (len(rows) + 2) + codes)[0] if position else codes
    return row_codes


def _number_values(values: pd.Series[Any]) -> Array:
    """The distinct values as numbers from 0 on, none left out; null is a value."""
    if not pa.types.is_string(to_arrow(values).type):
        return pd.factorize(to_int64(values))[0]
    codes = factorize_text(values)
    return pd.factorize(codes)[0] if to_arrow(values).null_count else codes


def is_same(left: pa.ChunkedArray, right: pa.ChunkedArray) -> Array:
    """Where both hold the same value, as bool; null equals null."""
    both_null = pc.and_(pc.is_null(left), pc.is_null(right))
    return pc.or_(pc.fill_null(pc.equal(left, right), False), both_null).to_numpy()


def is_in(values: Array, keys: Array) -> Array:
    """Which of the values are among the keys, as bool; a hash of the keys, where NumPy sorts or hashes both."""
    return pc.is_in(pa.array(values), value_set=pa.array(keys, pa.array(values).type)).to_numpy(zero_copy_only=False)


def sorted_unique(values: Array) -> Array:
    """The different values, rising; those that come in sorted runs are many times faster sorted than hashed."""
    ordered = np.sort(values, kind="stable")
    is_first = np.ones(len(ordered), bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first]


def stable_argsort(primary_key: Array, *other_keys: Array) -> Array:
    """The positions of the rows by the first key, and among its equals by the others.

    Rows that come sorted by the first key, or in a few such runs, cost next to nothing.
    """
    order = np.argsort(primary_key, kind="stable")
    is_tied = np.zeros(len(primary_key), bool)
    is_tied[1:] = primary_key[order][1:] == primary_key[order][:-1]
    is_tied[:-1] |= is_tied[1:]
    ties = np.flatnonzero(is_tied)
    if ties.size:
        tied = order[ties]
        order[ties] = tied[np.lexsort((*(key[tied] for key in reversed(other_keys)), primary_key[tied]))]
    return order


def group_starts(*keys: Array) -> Array:
    """The positions at which any of the keys differs from the position before; keys sorted so that equals touch."""
    size = len(keys[0])
    if not size:
        return np.zeros(0, np.int64)
    is_start = np.zeros(size, bool)
    is_start[0] = True
    for key in keys:
        is_start[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(is_start)


def group_ids(starts: Array, size: int) -> Array:
    """For every position the number of the run it belongs to."""
    ids = np.zeros(size, np.int64)
    ids[starts[1:]] = 1
    return np.cumsum(ids)
