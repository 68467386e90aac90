"""Items that an Unshipped Orders report of this run should hold and does not (SPEC §4, Verified)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.masked_ints import MaskedInts

_ASKED_COLUMNS = ("order_key", "item_key")
_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well spread


class DelistedItems(NamedTuple):
    """Bool an item: which no confirmation may stand for, which this run's report lacks, and which some report lacked.

    ``flagged`` is remembered until a report lists the item again.
    """

    refused: Array
    missing: Array
    flagged: Array

    def mark(self, items: pd.DataFrame) -> pd.DataFrame:
        """The items with ``delisted`` brought up to date."""
        return items.assign(delisted=arrow.to_series(self.flagged))


class NewReports(NamedTuple):
    """The newest reporting-date (UTC µs) of each Unshipped Orders report that no earlier run has processed, by file.

    ``latest`` has for every file by when it must have been made, LATEST where that is not known, ``places`` the places
    of its rows.
    """

    newest: dict[int, int]
    latest: Array
    places: list[frozenset[str]]

    def latest_of(self, files: list[int], as_of_us: int) -> int:
        """By when the files must have been made (UTC µs): the last of them."""
        return min(as_of_us, max((int(self.latest[file]) for file in files), default=as_of_us))

    def like(self, files: list[int]) -> list[int]:
        """The reports that are of a place of which one of the files is, too.

        Sellers with several marketplaces ask a report of each: of two in one run neither says what the other lacks.
        """
        places = {place for file in files for place in self.places[file]}
        unlike = {file for file in self.newest if places and self.places[file] and places.isdisjoint(self.places[file])}
        return [file for file in self.newest if file not in unlike]


def find_delisted_items(
    items: pd.DataFrame, counting_files: Array, unshipped: pd.DataFrame, reports: NewReports, context: RunContext
) -> DelistedItems:
    """Which items the Unshipped Orders reports of this run should hold and do not.

    ``counting_files`` has the number of the file whose row counts for each item. ``unshipped`` are the rows of these
    reports: one that is not believed shows all the same that its item is listed. A report that need not be complete
    speaks only of what an earlier one has listed, and one that is certainly older than the last that listed an item
    says nothing of it.
    """
    new_reports = reports.newest
    newest = max(new_reports.values(), default=NEVER)
    flagged = arrow.to_bool(items["delisted"])
    if not dtypes.is_known(newest):
        none = np.zeros(len(items), bool)
        return DelistedItems(none, none, flagged)
    newest_files = [number for number, reported in new_reports.items() if reported == newest]
    latest = reports.latest_of(newest_files, dtypes.instant_to_us(context.as_of))
    listed_before = MaskedInts.from_column(items["unshipped_at"]) >= latest
    expected = _is_expected(items, newest, context) & ~listed_before
    in_newest = np.isin(counting_files, newest_files)
    listed, asked = in_newest.copy(), np.flatnonzero((expected | flagged) & ~in_newest)
    if asked.size:
        others = arrow.take_rows(items[[*_ASKED_COLUMNS]], asked)
        listed[asked], in_newest[asked] = _find_listed(others, unshipped, reports, newest_files)
    refused = expected & ~listed & (context.account.unshipped == "complete")
    missing = refused | (expected & ~in_newest & dtypes.is_known(arrow.to_int64(items["reported"])))
    return DelistedItems(refused, missing, missing | (flagged & ~listed))


def _find_listed(
    items: pd.DataFrame, unshipped: pd.DataFrame, reports: NewReports, newest_files: list[int]
) -> tuple[Array, Array]:
    """Which items any of the reports lists, and which the newest of them lists or says nothing of, bool."""
    file, new_files = arrow.to_int64(unshipped["file"]), list(reports.newest)
    in_any = _is_listed(items, arrow.filter_rows(unshipped, np.isin(file, new_files)))
    if len(newest_files) == len(new_files):
        return in_any, in_any
    in_newest, in_like = (
        _is_listed(items, arrow.filter_rows(unshipped, np.isin(file, files)))
        for files in (newest_files, reports.like(newest_files))
    )
    return in_any, in_newest | (in_any & ~in_like)


def _is_expected(items: pd.DataFrame, newest: int, context: RunContext) -> Array:
    """Which items were purchased in the time of which a report of that newest reporting-date (UTC µs) tells."""
    report_made = arrow.to_series(dtypes.to_timestamps(np.full(1, newest)))
    window, hold = (
        MaskedInts.from_column(context.policy.row_durations(entry, on=report_made))
        for entry in ("unshipped_report.window", "order.hold")
    )
    purchased_at = MaskedInts.from_column(items["purchase_date"])
    return (purchased_at + window >= newest) & (purchased_at + hold < newest)


def _is_listed(items: pd.DataFrame, rows: pd.DataFrame) -> Array:
    """Which items the rows list, bool; where either has no readable item id, by the order."""
    order_key, row_order_key = arrow.to_int64(items["order_key"]), arrow.to_int64(rows["order_key"])
    item_key, row_item_key = items["item_key"].to_numpy(np.int64), arrow.to_int64(rows["item_key"])
    listed, in_order = np.zeros(len(items), bool), np.flatnonzero(groups.is_in(order_key, row_order_key))
    if in_order.size:
        order_key, item_key = order_key[in_order], item_key[in_order]
        by_order = groups.is_in(order_key, row_order_key[~dtypes.is_known(row_item_key)]) | (item_key < 0)
        # two items of one mixed key would only be thought listed, which accuses nobody
        by_item = groups.is_in(_mix(order_key, item_key), _mix(row_order_key, row_item_key))
        listed[in_order] = by_order | by_item
    return listed


def _mix(order_key: Array, item_key: Array) -> Array:
    """One number for both, int64."""
    return (order_key.astype(np.uint64) * _MIX + item_key.astype(np.uint64)).view(np.int64)
