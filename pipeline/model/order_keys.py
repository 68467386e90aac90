"""Order ids and order item ids as numbers: equal for equal ids, and the same in every process and every run."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils.arrow import to_arrow, to_series
from pipeline.utils.dtypes import Array
from pipeline.utils.row_hash import hash_texts
from schemas import types

_MAX_EXACT_DIGITS = 17  # digits, with five bits for their number, in 63 bits


_HASH_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd and without a pattern: every byte moves all bits above it
_MAX_BYTEWISE_SIZE = 64  # bytes of a text that is hashed byte by byte


def hash_text(text: pd.Series[Any]) -> Array:
    """A number for each text, equal for equal texts and the same in every process; int64, 0 for null."""
    filled = pc.fill_null(to_arrow(text), "").combine_chunks()
    sizes = pc.binary_length(filled).to_numpy(zero_copy_only=False)
    hashes = np.zeros(len(filled), np.uint64)
    for size in np.flatnonzero(np.bincount(sizes, minlength=1)[1:]) + 1:
        rows = np.flatnonzero(sizes == size)
        same_size = filled if len(rows) == len(filled) else filled.take(pa.array(rows))
        if size > _MAX_BYTEWISE_SIZE:
            hashes[rows] = hash_texts(same_size)
            continue
        state = np.full(len(rows), size, np.uint64)
        for column in _byte_matrix(same_size, int(size)).T:
            state = (state ^ column) * _HASH_MULTIPLIER
            state ^= state >> np.uint64(29)
        hashes[rows] = state
    return hashes.view(np.int64)


def _byte_matrix(text: Any, size: int) -> Any:
    """The bytes of texts of one size, a row each."""
    offset = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + 1][0]
    return np.frombuffer(text.buffers()[2], np.uint8)[offset : offset + len(text) * size].reshape(-1, size)


def encode_ids(ids: pd.Series[Any], *, dashes: bool) -> pd.Series[Any]:
    """A number above 0 for each id, equal for equal ids and the same in every run; int64, null kept.

    Of up to 17 digits it is the digits themselves with their number mixed in. Longer item ids, which no report has
    been seen to hold, stand as a hash of 62 bits: that is only ever compared within one order.
    """
    text = pc.fill_null(to_arrow(ids), "").combine_chunks()
    sizes = pc.binary_length(text).to_numpy(zero_copy_only=False)
    keys = np.zeros(len(text), np.uint64)
    for size in np.flatnonzero(np.bincount(sizes)[1:]) + 1:
        rows = np.flatnonzero(sizes == size)
        same_size = text if len(rows) == len(text) else text.take(pa.array(rows))
        digit_count = int(size) - 2 * dashes
        if digit_count > _MAX_EXACT_DIGITS:
            hashes = hash_texts(same_size)
            keys[rows] = (hashes >> np.uint64(2)) + np.uint64(1)
        else:
            keys[rows] = _parse_digits(same_size, int(size), dashes=dashes) * np.uint64(32) + np.uint64(size)
    values = pa.array(keys.view(np.int64), mask=ids.isna().to_numpy())
    return to_series(values, ids.index)


def encode_order_id(order_id: str) -> int | None:
    """The key of one order id, as ``encode_ids`` gives it; None where the text is no order id (SPEC §2)."""
    if not re.fullmatch(types.ORDER_ID.pattern, order_id):
        return None
    return int(encode_ids(to_series(pa.array([order_id])), dashes=True).iloc[0])


def _parse_digits(text: Any, size: int, *, dashes: bool) -> Any:
    digits = _byte_matrix(text, size)
    value = np.zeros(len(text), np.uint64)
    for position in range(size):
        if not (dashes and position in (3, 11)):
            value = value * np.uint64(10) + (digits[:, position] - np.uint8(48))
    return value
