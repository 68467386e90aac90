"""Items of All Orders reports without item ids, beside those that other reports or the ledger hold under their sku."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.reconcile.outdated_reports import learned_at
from pipeline.reconcile.report_rows import STATUS_SHIPPED
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.masked_ints import MaskedInts

_NO_STATUS = -1


class _SkuStatus(NamedTuple):
    """What is known of an order's items of a sku that have no item id, an array each, one entry an order and sku."""

    status_index: Array  # the position of an item that has the status on which all agree, −1 where they do not
    is_canceled: Array  # bool: all of them are
    evidence: Array  # µs UTC, the newest
    renewed: Array  # bool: a report of this run that says something new has it


def merge_unidentified(items: pd.DataFrame) -> pd.DataFrame:
    """The items; those without item id give way to those that the same order has of their sku with one.

    Of the latter a status is taken only where all of the former agree on it: it is not known which of them is which.
    """
    without_id = items["item_key"].to_numpy(np.int64) < 0
    if not without_id.any():
        return items
    candidates = np.flatnonzero(
        groups.is_in(arrow.to_int64(items["order_key"]), arrow.to_int64(items["order_key"])[without_id])
    )
    order_and_sku = groups.factorize_rows(
        arrow.take_rows(items[["order_key", "sku"]], candidates), ("order_key", "sku")
    )
    unidentified, identified = candidates[without_id[candidates]], candidates[~without_id[candidates]]
    group_of_unidentified = order_and_sku[without_id[candidates]]
    group_of_identified = order_and_sku[~without_id[candidates]]
    statuses = _agree(items, unidentified, group_of_unidentified, int(order_and_sku.max()) + 1)
    is_matched = np.isin(group_of_identified, group_of_unidentified)
    items = _take_statuses(items, identified[is_matched], group_of_identified[is_matched], statuses)
    is_merged = np.zeros(len(items), bool)
    is_merged[unidentified[np.isin(group_of_unidentified, group_of_identified)]] = True
    return arrow.take_rows(items, np.flatnonzero(~is_merged))


def _agree(items: pd.DataFrame, unidentified: Array, group: Array, group_count: int) -> _SkuStatus:
    """What the items without id of each group agree on: those of this run where there are any, else all."""
    in_this_run = arrow.to_bool(items["in_this_run"])[unidentified]
    group_in_run = np.bincount(group[in_this_run], minlength=group_count) > 0
    counts = in_this_run | ~group_in_run[group]
    unidentified, group = unidentified[counts], group[counts]
    status = groups.factorize_text(items["status"].take(unidentified))
    lowest, highest = np.full(group_count, dtypes.MAX_INT64), np.full(group_count, NEVER)
    evidence, status_index = np.full(group_count, NEVER), np.full(group_count, -1)
    np.minimum.at(lowest, group, status)
    np.maximum.at(highest, group, status)
    np.maximum.at(evidence, group, arrow.to_int64(items["counted_at"])[unidentified])
    status_index[group] = unidentified
    is_canceled = np.ones(group_count, bool)
    np.logical_and.at(is_canceled, group, arrow.to_bool(items["canceled_seen"])[unidentified])
    renewed = np.bincount(group[arrow.to_bool(items["renewed"])[unidentified]], minlength=group_count) > 0
    return _SkuStatus(np.where(lowest == highest, status_index, _NO_STATUS), is_canceled, evidence, renewed)


def _take_statuses(items: pd.DataFrame, matched: Array, group: Array, statuses: _SkuStatus) -> pd.DataFrame:
    """The items, those matched with the status of their group where that counts: it is newer, or theirs is unknown."""
    canceled = arrow.to_bool(items["canceled_seen"]).copy()
    canceled[matched] |= statuses.is_canceled[group]
    shipped, purchased = (arrow.to_int64(items[name], -1).copy() for name in ("quantity_shipped", "quantity_purchased"))
    counted_at = arrow.to_int64(items["counted_at"]).copy()
    counted_before = MaskedInts.from_column(items["counted_at"]).take(matched)
    learned_before = MaskedInts.from_sentinel(learned_at(items)[matched])
    newest_count = MaskedInts.from_sentinel(statuses.evidence[group])
    is_newer = (newest_count > counted_before) | (newest_count.is_known & ~counted_before.is_known)
    is_carried = ~arrow.to_bool(items["renewed"])[matched]
    is_newer |= is_carried & ((newest_count >= learned_before) | ~learned_before.is_known)
    is_newer &= statuses.renewed[group]
    agreed = statuses.status_index[group]
    is_shipped = (agreed >= 0) & (items["status"].take(agreed) == STATUS_SHIPPED).fillna(False).to_numpy(bool)
    fills = is_shipped & (is_newer | (shipped[matched] < 0))
    shipped[matched[fills]] = purchased[matched[fills]]
    counted_at[matched[fills]] = statuses.evidence[group[fills]]
    return items.assign(
        canceled_seen=arrow.to_series(canceled),
        quantity_shipped=arrow.to_series(pa.array(shipped, mask=shipped < 0)),
        counted_at=arrow.to_series(dtypes.to_timestamps(counted_at)),
    )
