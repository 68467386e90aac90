"""The length of a policy window for each item."""

from __future__ import annotations

import pandas as pd

from pipeline.model.run_context import RunContext
from pipeline.utils.masked_ints import MaskedInts


def window_micros(items: pd.DataFrame, entry: str, context: RunContext) -> MaskedInts:
    """A policy window in µs by each item's purchase, unknown where none was in force."""
    return MaskedInts.from_column(context.policy.row_durations(entry, on=items["purchase_date"]))
