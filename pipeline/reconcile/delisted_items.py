"""Items that a complete Unshipped Orders report should hold and does not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts


def find_delisted_items(
    items: pd.DataFrame, unshipped: pd.DataFrame, newest_reported: int, context: RunContext
) -> Array:
    """Items whose order a complete Unshipped Orders report should hold and does not (SPEC §4, Verified); bool.

    ``unshipped`` are the report's rows: one that is not believed shows all the same that its order is listed.
    ``newest_reported`` is the newest reporting-date of all of them, of whatever order (UTC µs, NEVER without one).
    """
    if context.account.unshipped != "complete" or not dtypes.is_known(newest_reported):
        return np.zeros(len(items), bool)
    report_made = arrow.to_series(dtypes.to_timestamps(np.full(1, newest_reported)))
    window, hold = (
        MaskedInts.from_column(context.policy.row_durations(entry, on=report_made))
        for entry in ("unshipped_report.window", "order.hold")
    )
    purchased_at = MaskedInts.from_column(items["purchase_date"])
    is_listed = groups.is_in(arrow.to_int64(items["order_key"]), arrow.to_int64(unshipped["order_key"]))
    return (purchased_at + window >= newest_reported) & (purchased_at + hold < newest_reported) & ~is_listed
