"""Order ids and order item ids as numbers: equal for equal ids, and the same in every process and every run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.frames import arrow, series

_EXACT = 17  # digits, with five bits for their number, in 63 bits


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
    offset = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + 1][0]
    digits = np.frombuffer(text.buffers()[2], np.uint8)[offset : offset + len(text) * size].reshape(-1, size)
    number = np.zeros(len(text), np.uint64)
    for at in range(size):
        if not (dashes and at in (3, 11)):
            number = number * np.uint64(10) + (digits[:, at] - np.uint8(48))
    return number
