"""Columns of a few words as small numbers, and the values of a few rows of a long column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils.arrow import to_arrow
from pipeline.utils.dtypes import Array


def encode_words(text: pd.Series[str], words: tuple[str, ...]) -> Array:
    """Where among the words each text stands; −1 for another one."""
    array = to_arrow(text)
    if array.null_count == len(array):
        return np.broadcast_to(np.int8(-1), len(array))
    return pc.fill_null(pc.index_in(array, value_set=pa.array(words)).cast(pa.int8()), -1).to_numpy()
