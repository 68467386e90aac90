"""The latest delivery date of an order, moved where Amazon released the order late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.lifecycle.policy_windows import window_micros
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import DAY_US, NEVER


def add_delivery_estimate(items: pd.DataFrame, context: RunContext) -> pd.DataFrame:
    """The items with their delivery estimate: moved, where Amazon released the order late (SPEC §4, Released).

    By the days from the end of the hold to the release, rounded up, and never backwards. Once a report gives a newer
    estimate than an earlier night's, Amazon has moved it itself, and it stands as given.
    """
    given, released, purchased_at = (
        arrow.to_int64(items[name]) for name in ("latest_delivery_date", "released", "purchase_date")
    )
    hold = window_micros(items, "order.hold", context)
    late_by = np.where(
        (released == NEVER) | (purchased_at == NEVER) | (hold == NEVER), 0, released - purchased_at - hold
    )
    given_before = arrow.to_int64(items["latest_delivery_before"])
    renewed = arrow.to_bool(items["estimate_renewed_before"]) | ((given_before != NEVER) & (given > given_before))
    days = np.where(renewed, 0, np.maximum(-(-late_by // DAY_US), 0))
    return items.assign(
        estimate_renewed=arrow.to_series(renewed),
        delivery_estimate=arrow.to_series(dtypes.to_timestamps(np.where(given == NEVER, NEVER, given + days * DAY_US))),
        moved_days=arrow.to_series(np.where(given == NEVER, 0, days)),
    )


def mark_moved_estimates(rows: pd.DataFrame) -> None:
    """Adds whether the estimate moved, said once for each new estimate, and when the order was released."""
    estimate, estimate_before = arrow.to_int64(rows["delivery_estimate"]), arrow.to_int64(rows["estimate_before"])
    rows["estimate_moved"] = arrow.to_series((arrow.to_int64(rows["moved_days"]) > 0) & (estimate != estimate_before))
    rows["released_at"] = arrow.to_series(dtypes.to_timestamps(arrow.to_int64(rows["released"])))
