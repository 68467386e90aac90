"""Report rows that say nothing new of an item: an older report than the ledger learned from, or content it knows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.item_columns import ITEM_FIELDS
from pipeline.model.published_parcels import locate_items
from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.model.run_context import RunContext
from pipeline.reconcile.item_evidence import ReportFiles
from pipeline.reconcile.report_rows import REPORT_RANK
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts

_NAMING = ("order_id", "order_item_id", "sku")
_ONLY_TONIGHT = ("reporting_date", "payments_date")  # that a report of this run has them says more than their values
_LEARNED_FROM = ("counted_at", "pending_at", "not_pending_at")
_SEEN_EVER = ("listed", "canceled_seen", "reported", "released")  # of which an older report is as good


class Outdated(NamedTuple):
    """Which report rows are outdated for what the ledger knows of their item, and which renew nothing, bool a row."""

    rows: Array
    renews_nothing: Array


def learned_at(items: pd.DataFrame) -> Array:
    """How new the newest report is from which the ledger has learned of each item, UTC µs; NEVER without one."""
    return np.maximum.reduce([arrow.to_int64(items[name]) for name in _LEARNED_FROM])


def find_outdated(
    ranked: RankedReportRows, ledger_items: pd.DataFrame, files: ReportFiles, context: RunContext
) -> Outdated:
    """What an earlier run has processed, and of items of the ledger what an older report says (SPEC §4).

    An Unshipped Orders report is older only where the latest moment at which it can have been made is not after what
    the ledger learned from; an Orders report has no age.
    """
    rows = ranked.rows
    is_repeated = np.isin(arrow.to_int64(rows["file"]), list(files.repeated))
    nothing = Outdated(np.zeros(len(rows), bool), is_repeated)
    if not len(rows) or not len(ledger_items):
        return nothing
    known = learned_at(ledger_items)
    latest = _latest_moments(rows, files, context)
    suspects = np.flatnonzero(is_repeated | (latest < known.max()))
    if not suspects.size:
        return nothing
    item_index = locate_items(ledger_items, arrow.take_rows(rows[["order_key", "item_key"]], suspects))
    is_old = is_repeated[suspects] | (latest[suspects] < known[item_index])
    is_outdated = np.zeros(len(rows), bool)
    is_outdated[suspects] = (item_index >= 0) & is_old
    return Outdated(is_outdated, is_outdated | is_repeated)


def _latest_moments(rows: pd.DataFrame, files: ReportFiles, context: RunContext) -> Array:
    """Of each row the last moment at which its report can tell of, UTC µs; without end where nothing says its age.

    What is not after it is no later: for an Unshipped Orders report it is one µs before the latest possible moment.
    """
    rank, age = arrow.to_int64(rows["rank"]), MaskedInts.from_column(rows["newest_evidence_us"])
    as_of_us = dtypes.instant_to_us(context.as_of)
    latest = np.minimum(files.latest[arrow.to_int64(rows["file"])], as_of_us)
    is_doubtful = age > MaskedInts(latest)  # by days-past-promise that fit no moment (ORD-107)
    conditions = [rank == REPORT_RANK["unshipped"], rank == REPORT_RANK["orders"]]
    unshipped_latest = np.where(is_doubtful, as_of_us, latest) - 1
    return np.select(conditions, [unshipped_latest, np.full(len(rows), dtypes.LATEST)], age.fill(dtypes.LATEST))


def keep_current(ranked: RankedReportRows, outdated: Array) -> RankedReportRows:
    """The rows in their order; of items of which some row is not outdated only these."""
    if not outdated.any():
        return ranked
    rows, row_index, item_starts = ranked
    group = groups.group_ids(item_starts, len(row_index))
    has_current = np.zeros(len(item_starts), bool)
    has_current[group[~outdated[row_index]]] = True
    kept = ~outdated[row_index] | ~has_current[group]
    return RankedReportRows(rows, row_index[kept], groups.group_starts(group[kept]))


def blank_outdated(
    items: pd.DataFrame, every_item: pd.DataFrame, ranked: RankedReportRows, outdated: Outdated
) -> pd.DataFrame:
    """The items as current rows have them: those of outdated rows alone name themselves, and nothing else.

    ``items`` are built of the current rows ``ranked``, ``every_item`` of all of them.
    """
    _, row_index, item_starts = ranked
    if not len(row_index):
        return items
    is_blank = np.logical_and.reduceat(outdated.rows[row_index], item_starts)
    renews = ~np.logical_and.reduceat(outdated.renews_nothing[row_index], item_starts)
    columns = {name: every_item[name] for name in _SEEN_EVER} | {"renewed": arrow.to_series(renews)}
    for name in [field.name for field in ITEM_FIELDS if field.name not in _NAMING] if is_blank.any() else []:
        column = arrow.to_arrow(items[name])
        columns[name] = arrow.to_series(pc.if_else(pa.array(is_blank), pa.scalar(None, column.type), column))
    return items.assign(**columns)


def fill_from_outdated(items: pd.DataFrame, every_item: pd.DataFrame) -> pd.DataFrame:
    """The items, what neither a current row nor the ledger has taken from outdated ones."""
    report_group = arrow.to_int64(items["report_group"], -1)
    taken = pa.array(np.maximum(report_group, 0), mask=report_group < 0)
    columns = {}
    for name in [field.name for field in ITEM_FIELDS if field.name not in (*_NAMING, *_ONLY_TONIGHT)]:
        column = arrow.to_arrow(items[name])
        if column.null_count and name in every_item:
            columns[name] = arrow.to_series(pc.coalesce(column, arrow.to_arrow(every_item[name]).take(taken)))
    return items.assign(**columns)
