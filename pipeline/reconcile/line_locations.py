"""File and line of a row as one number, and as text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


def format_locations(rows: pd.DataFrame, file_names: Sequence[str], row_index: Array, missing: Array) -> pa.Array:
    """``file:line`` of the rows at the positions, null where missing."""
    file = arrow.take_strings(file_names, rows["file"].to_numpy(np.int64)[row_index])
    line = arrow.to_arrow(rows["line"]).take(pa.array(row_index)).cast(pa.string()).combine_chunks()
    locations = pc.binary_join_element_wise(file, line, ":")
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), locations)
