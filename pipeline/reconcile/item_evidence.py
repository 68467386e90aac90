"""What the reports of this run say of an item beside its fields: when its order was pending, and when it was not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.reconcile.report_rows import REPORT_RANK, STATUS_PENDING
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array


def add_pending_times(items: pd.DataFrame, ranked: RankedReportRows) -> pd.DataFrame:
    """The items with ``pending_at`` and ``not_pending_at`` brought up to date by the reports of this run.

    The first is the newest last-updated-date at which an All Orders report calls the order Pending, the second the
    newest evidence at which a report has the item and does not; null where none does (SPEC §4, ORD-101).
    """
    evidence = arrow.to_int64(ranked.rows["evidence_us"])
    is_pending = arrow.equals_text(arrow.to_arrow(ranked.rows["status"]), STATUS_PENDING)
    times = {
        "pending_at": _newest_by_order(items, ranked.rows, is_pending, evidence),
        "not_pending_at": newest_by_item(items, ranked, np.where(is_pending, NEVER, evidence)),
    }
    return items.assign(
        **{
            name: arrow.to_series(dtypes.to_timestamps(np.maximum(arrow.to_int64(items[name]), newest)))
            for name, newest in times.items()
        }
    )


def newest_by_item(items: pd.DataFrame, ranked: RankedReportRows, times: Array) -> Array:
    """Of each item the newest of the times (UTC µs, one a report row); NEVER where it has none."""
    _, row_index, item_starts = ranked
    if not len(row_index):
        return np.full(len(items), NEVER)
    newest = np.maximum.reduceat(times[row_index], item_starts)
    report_group = arrow.to_int64(items["report_group"], -1)
    return np.where(report_group >= 0, newest[report_group], NEVER)


def _newest_by_order(items: pd.DataFrame, rows: pd.DataFrame, selected: Array, evidence: Array) -> Array:
    """Of each item the newest evidence of the selected All Orders rows of its order, UTC µs; NEVER without one."""
    of_order = np.flatnonzero(selected & (arrow.to_int64(rows["rank"], 0) == REPORT_RANK["all-orders"]))
    if not len(of_order):
        return np.full(len(items), NEVER)
    newest = pd.Series(evidence[of_order]).groupby(arrow.to_int64(rows["order_key"])[of_order]).max()
    order_index = newest.index.get_indexer(pd.Index(arrow.to_int64(items["order_key"])))
    return np.where(order_index >= 0, newest.to_numpy(np.int64)[order_index], NEVER)
