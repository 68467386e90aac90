"""What the reports of this run say of an item beside its fields: when they had it pending, canceled and unshipped."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.reconcile.report_rows import (
    REPORT_RANK,
    STATUS_CANCELED,
    STATUS_PENDING,
    cancels_whole_order,
    report_times,
)
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.masked_ints import MaskedInts

CANCEL_MARK = "is-buyer-requested-cancellation"  # the column that says whether the buyer asks to cancel
MARK = CANCEL_MARK.replace("-", "_")


class ReportFiles(NamedTuple):
    """The numbers of the files that have CANCEL_MARK, and of those whose content an earlier run has processed.

    ``latest`` has for every file by when it must have been made (UTC µs), LATEST where that is not known.
    """

    marking: frozenset[int]
    repeated: frozenset[int]
    latest: Array


def add_evidence(
    items: pd.DataFrame, ranked: RankedReportRows, files: ReportFiles, renews_nothing: Array
) -> pd.DataFrame:
    """The items with ``pending_at``, ``not_pending_at``, ``canceled_at`` and ``unshipped_at`` brought up to date.

    ``pending_at`` is how new the newest All Orders report is that calls the order Pending, ``not_pending_at`` how new
    the newest report that has the item and does not (SPEC §4, ORD-101);
    ``canceled_at`` the earliest last-updated-date at which one has it Cancelled, ``unshipped_at`` the newest
    reporting-date of an Unshipped report that no earlier run has processed and that lists it. Null where none does.
    A new Unshipped report is newer than what the ledger knows, but for rows of which ``renews_nothing`` (bool) holds.
    An item without the buyer's wish to cancel has the mark ``false`` where a report has the column.
    """
    rows = ranked.rows
    if not len(rows):
        return items
    file = arrow.to_int64(rows["file"])
    newest = _find_newest(items, ranked, ~np.isin(file, list(files.repeated)), renews_nothing)
    times = {name: np.maximum(arrow.to_int64(items[name]), found) for name, found in newest.items()}
    times["canceled_at"] = dtypes.min_known(arrow.to_int64(items["canceled_at"]), _find_canceled(items, ranked))
    columns = {name: arrow.to_series(dtypes.to_timestamps(found)) for name, found in times.items()}
    return items.assign(**columns, **{MARK: _fill_marks(items, ranked, np.isin(file, list(files.marking)))})


def _find_newest(
    items: pd.DataFrame, ranked: RankedReportRows, is_new: Array, renews_nothing: Array
) -> dict[str, Array]:
    """What the report rows say of each item of pending, not pending and unshipped (UTC µs), NEVER where nothing."""
    rows = ranked.rows
    report_time, rank = report_times(rows), arrow.to_int64(rows["rank"], 0)
    is_pending = arrow.equals_text(arrow.to_arrow(rows["status"]), STATUS_PENDING)
    is_listing = rank == REPORT_RANK["unshipped"]
    is_listed_again = _newest_by_item(items, ranked, is_listing & ~renews_nothing, np.ones(len(rows), np.int64)) > 0
    is_tracking, is_unnamed = rank == REPORT_RANK["all-orders"], rows["item_key"].to_numpy(np.int64) < 0
    pending_at = _newest_by_order(items, rows, is_pending & is_tracking, report_time)
    released_at = _newest_by_order(items, rows, is_unnamed & is_tracking & ~is_pending, report_time)
    ends_pending = MaskedInts.from_sentinel(released_at) > MaskedInts.from_sentinel(
        np.maximum(pending_at, arrow.to_int64(items["pending_at"]))
    )  # of an order that was never pending, and beside what is, rows without item ids say nothing of one item
    not_pending = [
        _newest_by_item(items, ranked, ~is_pending, report_time),
        np.where(ends_pending, released_at, NEVER),
        np.where(is_listed_again, arrow.to_int64(items["pending_at"]), NEVER),
    ]
    listed_at = arrow.to_int64(rows["newest_evidence_us"])
    return {
        "pending_at": pending_at,
        "not_pending_at": np.maximum.reduce(not_pending),
        "unshipped_at": _newest_by_item(items, ranked, is_listing & is_new, listed_at),
    }


def _find_canceled(items: pd.DataFrame, ranked: RankedReportRows) -> Array:
    """The earliest evidence of the report rows that call each item or its order canceled, UTC µs; NEVER without any."""
    rows = ranked.rows
    is_canceled = arrow.equals_text(arrow.to_arrow(rows["status"]), STATUS_CANCELED)
    evidence = arrow.to_int64(rows["evidence_us"])
    return dtypes.min_known(
        _earliest(_newest_by_order(items, rows, cancels_whole_order(rows), -evidence)),
        _earliest(_newest_by_item(items, ranked, is_canceled, -evidence)),
    )


def _newest_by_item(items: pd.DataFrame, ranked: RankedReportRows, selected: Array, times: Array) -> Array:
    """Of each item the newest of the times of its selected report rows; NEVER where it has none."""
    _, row_index, item_starts = ranked
    selected_times = np.where(selected, times, NEVER)
    newest = np.maximum.reduceat(selected_times[row_index], item_starts)
    report_group = arrow.to_int64(items["report_group"], -1)
    return np.where(report_group >= 0, newest[report_group], NEVER)


def _newest_by_order(items: pd.DataFrame, rows: pd.DataFrame, selected: Array, times: Array) -> Array:
    """Of each item the newest of the times of the selected report rows of its order; NEVER where it has none."""
    if not selected.any():
        return np.full(len(items), NEVER)
    newest = pd.Series(times[selected]).groupby(arrow.to_int64(rows["order_key"])[selected]).max()
    order_index = newest.index.get_indexer(pd.Index(arrow.to_int64(items["order_key"])))
    return np.where(order_index >= 0, newest.to_numpy(np.int64)[order_index], NEVER)


def _earliest(newest_negative: Array) -> Array:
    """The earliest times, found as the newest of their negatives."""
    return np.where(dtypes.is_known(newest_negative), -newest_negative, NEVER)


def _fill_marks(items: pd.DataFrame, ranked: RankedReportRows, has_mark: Array) -> pd.Series[str]:
    """The buyer's wish to cancel: false where the cell is empty, and some report of the item has the column."""
    mark = arrow.to_arrow(items[MARK])
    if not has_mark.any():
        return items[MARK]
    in_marking = _newest_by_item(items, ranked, has_mark, np.ones(len(has_mark), np.int64)) > 0
    return arrow.to_series(pc.coalesce(mark, pc.if_else(pa.array(in_marking), "false", None)))
