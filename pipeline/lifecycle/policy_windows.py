"""The length of a policy window for each item."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.run_context import RunContext
from pipeline.utils import arrow
from pipeline.utils.dtypes import NEVER, Array


def window_micros(items: pd.DataFrame, entry: str, context: RunContext) -> Array:
    """A policy window in µs by each item's purchase, NEVER where none was in force."""
    window = arrow.to_arrow(context.policy.row_durations(entry, on=items["purchase_date"])).cast(pa.int64())
    return pc.fill_null(window, NEVER).to_numpy()
