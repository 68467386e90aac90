"""The latest delivery date of an order, moved where Amazon released the order late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.lifecycle.policy_windows import window_micros
from pipeline.model import calendar
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes
from pipeline.utils.masked_ints import MaskedInts


def add_delivery_estimate(items: pd.DataFrame, context: RunContext) -> pd.DataFrame:
    """The items with their delivery estimate, moved where Amazon released the order late (SPEC §4, Released).

    Only an estimate that the ledger saw before the release, and that no report has renewed since, moves: by the local
    days from the end of the hold to the release, never backwards. Adds ``delivery_estimate`` (instant, null where no
    report gives one), ``moved_days`` (int64) and ``estimate_renewed`` (bool: this run's reports give another one).
    """
    given, given_before, estimate_before, last_seen, purchased_at = (
        MaskedInts.from_column(items[name])
        for name in (
            "latest_delivery_date",
            "latest_delivery_before",
            "estimate_before",
            "last_seen_before",
            "purchase_date",
        )
    )
    released = MaskedInts.from_sentinel(arrow.to_int64(items["released"]))
    renewed = given.differs_from(given_before)
    seen_before_release = given_before.is_known & ((last_seen < released) | (estimate_before > given_before))
    hold_ends = purchased_at + window_micros(items, "order.hold", context)
    candidates = np.flatnonzero(seen_before_release & ~renewed & given.is_known & (hold_ends < released))
    zone_index, zone_names = calendar.assign_time_zones(items["sales_channel"].take(candidates), context)
    days_late = calendar.count_local_days(
        hold_ends.take(candidates).to_sentinel(), released.take(candidates).to_sentinel(), zone_index, zone_names
    )
    moved_days, estimate = np.zeros(len(items), np.int64), given.fill(0).copy()
    moved_days[candidates] = days_late
    estimate[candidates] = calendar.add_local_days(estimate[candidates], days_late, zone_index, zone_names)
    return items.assign(
        estimate_renewed=arrow.to_series(renewed),
        delivery_estimate=arrow.to_series(MaskedInts(estimate, given.is_known).to_timestamps()),
        moved_days=arrow.to_series(moved_days),
    )


def mark_moved_estimates(rows: pd.DataFrame) -> None:
    """Adds whether the estimate moved, true once for each new estimate, and when the order was released."""
    estimate, estimate_before = arrow.to_int64(rows["delivery_estimate"]), arrow.to_int64(rows["estimate_before"])
    is_moved = arrow.to_int64(rows["moved_days"], 0) > 0
    rows["estimate_moved"] = arrow.to_series(is_moved & (estimate != estimate_before))
    rows["released_at"] = arrow.to_series(dtypes.to_timestamps(arrow.to_int64(rows["released"])))
