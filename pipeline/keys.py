"""Order ids and order item ids as numbers: equal for equal ids, and the same in every process and every run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.frames import Array, arrow, series

_EXACT = 17  # digits, with five bits for their number, in 63 bits


_PRIME = np.uint64(0x9E3779B97F4A7C15)  # odd and without a pattern: every byte moves all bits above it
_SHORT = 64  # bytes of a text that is hashed byte by byte


def hashed(text: pd.Series[Any]) -> Array:
    """A number for each text, equal for equal texts and the same in every process; int64, 0 for null."""
    whole = pc.fill_null(arrow(text), "").combine_chunks()
    sizes = pc.binary_length(whole).to_numpy(zero_copy_only=False)
    found = np.zeros(len(whole), np.uint64)
    for size in np.flatnonzero(np.bincount(sizes, minlength=1)[1:]) + 1:
        rows = np.flatnonzero(sizes == size)
        same = whole if len(rows) == len(whole) else whole.take(pa.array(rows))
        if size > _SHORT:
            found[rows] = pd.util.hash_array(same.to_numpy(zero_copy_only=False).astype(object), categorize=False)
            continue
        number = np.full(len(rows), size, np.uint64)
        for column in _bytes(same, int(size)).T:
            number = (number ^ column) * _PRIME
            number ^= number >> np.uint64(29)
        found[rows] = number
    return found.view(np.int64)


def _bytes(text: Any, size: int) -> Any:
    """The bytes of texts of one size, a row each."""
    offset = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + 1][0]
    return np.frombuffer(text.buffers()[2], np.uint8)[offset : offset + len(text) * size].reshape(-1, size)


def key(ids: pd.Series[Any], *, dashes: bool) -> pd.Series[Any]:
    """A number above 0 for each id, equal for equal ids and the same in every run; int64, null kept.

    Of up to 17 digits it is the digits themselves with their number mixed in. Longer item ids, which no report has
    been seen to hold, stand as a hash of 62 bits: that is only ever compared within one order.
    """
    text = pc.fill_null(arrow(ids), "").combine_chunks()
    sizes = pc.binary_length(text).to_numpy(zero_copy_only=False)
    keys = np.zeros(len(text), np.uint64)
    for size in np.flatnonzero(np.bincount(sizes)[1:]) + 1:
        rows = np.flatnonzero(sizes == size)
        same = text if len(rows) == len(text) else text.take(pa.array(rows))
        digits = int(size) - 2 * dashes
        if digits > _EXACT:
            hashed = pd.util.hash_array(same.to_numpy(zero_copy_only=False).astype(object), categorize=False)
            keys[rows] = (hashed >> np.uint64(2)) + np.uint64(1)
        else:
            keys[rows] = _number(same, int(size), dashes=dashes) * np.uint64(32) + np.uint64(size)
    values = pa.array(keys.view(np.int64), mask=ids.isna().to_numpy())
    return series(values, ids.index)


def _number(text: Any, size: int, *, dashes: bool) -> Any:
    digits = _bytes(text, size)
    number = np.zeros(len(text), np.uint64)
    for at in range(size):
        if not (dashes and at in (3, 11)):
            number = number * np.uint64(10) + (digits[:, at] - np.uint8(48))
    return number
