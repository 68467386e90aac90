"""What the orders leave of the stock that was counted (SPEC §4, Stock)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline.lifecycle import columns
from pipeline.lifecycle.out_of_stock import mark_out_of_stock
from pipeline.lifecycle.worklist_items import build_restocks
from pipeline.model.columns import verified
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.run_context import RunContext
from pipeline.model.states import AUTO_CANCELED, CANCELED, OPEN_STATES, PENDING, SHIPPABLE_STATES, UNKNOWN
from pipeline.model.stock_demand import StockDemand
from pipeline.rules import build_findings, lifecycle, stock_counts
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import CONTACTED_ITEMS_WITH_STOCK, STOCK_LEVELS
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import MAX_INT64, NEVER, Array
from pipeline.utils.masked_ints import MaskedInts

_SOURCE_COLUMNS = ("sku", "file", "line", "record")


def select_latest_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """One row a counted sku: the latest count, then the last by file and line."""
    if not len(counts):
        return counts
    counted_at = arrow.to_int64(counts["counted_at"])
    row_order = np.lexsort((arrow.to_int64(counts["line"]), arrow.to_int64(counts["file"]), counted_at))
    return arrow.take_rows(counts, row_order).drop_duplicates("sku", keep="last").reset_index(drop=True)


def measure_demand(counts: pd.DataFrame, items: pd.DataFrame) -> StockDemand:
    """What the items that the seller ships say of the skus counted (one row a sku).

    Nothing is uncounted where nothing was counted at all.
    """
    size = len(counts)
    if not size:
        return StockDemand(
            np.zeros(0, np.int64), np.zeros(0, np.int64), _first_uncounted(items, np.zeros(len(items), bool))
        )
    sku_index = pd.Index(counts["sku"].to_numpy(object)).get_indexer(pd.Index(items["sku"].to_numpy(object)))
    state, promised_at = items["state"].to_numpy(np.int64), MaskedInts.from_column(items["promise_date"])
    by_seller = ~is_amazon_fulfilled(items["fulfillment_channel"])
    takes_stock = by_seller & ~np.isin(state, (CANCELED, AUTO_CANCELED))
    counted_at = MaskedInts.from_column(counts["counted_at"]).take(sku_index)
    after_count = (sku_index >= 0) & takes_stock & (MaskedInts.from_column(items["purchase_date"]) > counted_at)
    purchased = arrow.to_int64(items["quantity_purchased"], 0)
    units_taken = np.bincount(sku_index[after_count], weights=purchased[after_count], minlength=size).astype(np.int64)
    open_ = np.flatnonzero((sku_index >= 0) & by_seller & np.isin(state, SHIPPABLE_STATES))
    first_promise: Array = np.full(size, MAX_INT64)
    np.minimum.at(first_promise, sku_index[open_], promised_at.take(open_).fill(MAX_INT64))
    is_open = by_seller & np.isin(state, (*OPEN_STATES, UNKNOWN))
    uncounted = (sku_index < 0) & is_open & arrow.is_valid(items["sku"])
    return StockDemand(
        units_taken, np.where(first_promise == MAX_INT64, NEVER, first_promise), _first_uncounted(items, uncounted)
    )


def _first_uncounted(items: pd.DataFrame, mask: Array) -> pd.DataFrame:
    """Of each sku of the mask the first sighting, those of which no file of this run speaks behind all others."""
    rows = arrow.take_rows(arrow.to_frame(arrow.to_table(items, _SOURCE_COLUMNS)), np.flatnonzero(mask))
    return first_row_per_sku(rows)


def first_row_per_sku(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a sku: the first by file and line; those of no file come last, by their sku."""
    rows = arrow.take_rows(rows, pc.sort_indices(arrow.to_arrow(rows["sku"])).to_numpy())
    file, line = arrow.to_int64(rows["file"], -1), arrow.to_int64(rows["line"], 0)
    return arrow.take_rows(rows, np.lexsort((line, file, file < 0))).drop_duplicates("sku").reset_index(drop=True)


class StockResult(NamedTuple):
    """What the orders leave of the stock, what there is to say of it, and what to restock.

    ``levels`` has a row for each sku that is counted or was canceled for lack of stock. ``orders_to_invite`` are the
    ids of the canceled orders whose buyer wrote and of which something is left.
    """

    levels: pd.DataFrame
    findings: list[pd.DataFrame]
    action_items: pd.DataFrame
    orders_to_invite: frozenset[str]


def evaluate_stock(
    counts: pd.DataFrame,
    demands: Sequence[StockDemand],
    contacted_items: pd.DataFrame,
    canceled_at: Mapping[str, int],
    context: RunContext,
) -> StockResult:
    """What follows from what all orders take of the counted skus, and for the canceled items a buyer wrote about.

    ``canceled_at`` has by sku when (UTC µs) it was last canceled for lack of stock.
    """
    levels = mark_out_of_stock(compute_available(counts, demands), canceled_at)
    contacted_items = mark_stock_left(contacted_items, levels)
    stock_findings = [
        evaluate_rules(rules_about(stock_counts, STOCK_LEVELS), append_uncounted(levels, demands), context.policy),
        evaluate_rules(rules_about(lifecycle, CONTACTED_ITEMS_WITH_STOCK), contacted_items, context.policy),
    ]
    invited = arrow.filter_rows(contacted_items, arrow.to_bool(contacted_items["contacted_after_cancel"]))
    return StockResult(levels, stock_findings, build_restocks(levels), frozenset(invited["order_id"]))


def compute_available(counts: pd.DataFrame, demands: Sequence[StockDemand]) -> pd.DataFrame:
    """The counted skus with ``available`` by all the items, and ``first_open_promise``, the first open promise."""
    units_taken = np.sum([demand.units_taken for demand in demands], axis=0, dtype=np.int64)
    first_promise = np.min(
        [MaskedInts.from_sentinel(demand.first_promise).fill(MAX_INT64) for demand in demands], axis=0
    )
    return counts.assign(
        units_ordered=arrow.to_series(units_taken),
        available=arrow.to_series(arrow.to_int64(counts["quantity_counted"]) - units_taken),
        first_open_promise=arrow.to_series(
            dtypes.to_timestamps(np.where(first_promise == MAX_INT64, NEVER, first_promise))
        ),
    )


def append_uncounted(counted: pd.DataFrame, demands: Sequence[StockDemand]) -> pd.DataFrame:
    """The counted skus, and behind them the ordered ones that were not counted, at the sighting that holds them."""
    uncounted = first_row_per_sku(arrow.concat_frames([part.uncounted for part in demands]))
    row_groups = [(counted, np.zeros(len(counted), bool)), (uncounted, np.ones(len(uncounted), bool))]
    levels = arrow.concat_frames([part.assign(uncounted=arrow.to_series(mask)) for part, mask in row_groups])
    return verified(levels, columns.STOCK_LEVELS)


def select_contacted_items(contacts: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The items a buyer wrote about that are pending or canceled, with ``contacted_while_pending``."""
    from_buyer = arrow.equals_text(arrow.to_arrow(contacts["direction"]), "buyer")
    contacted = groups.is_in(arrow.to_int64(items["order_key"]), arrow.to_int64(contacts["order_key"])[from_buyer])
    contacted &= np.isin(items["state"].to_numpy(np.int64), (PENDING, CANCELED))
    rows = arrow.take_rows(items, np.flatnonzero(contacted))
    is_pending = rows["state"].to_numpy(np.int64) == PENDING
    return verified(rows.assign(contacted_while_pending=arrow.to_series(is_pending)), columns.CONTACTED_ITEMS)


def select_contacted_columns(contacted_items: pd.DataFrame) -> pd.DataFrame:
    """What of the items written about is needed once all buckets are done."""
    names = [*build_findings.quoted_columns(lifecycle.asked_after_cancel, contacted_items), "state", "sku"]
    return arrow.to_frame(arrow.to_table(contacted_items, names))


def mark_stock_left(contacted_items: pd.DataFrame, stock: pd.DataFrame) -> pd.DataFrame:
    """The items a buyer wrote about with ``stock_left``; ``contacted_after_cancel``: canceled, and some is left."""
    sku_index = pd.Index(stock["sku"].to_numpy(object)).get_indexer(pd.Index(contacted_items["sku"].to_numpy(object)))
    stock_left = np.where(sku_index >= 0, arrow.to_int64(stock["available"], 0)[sku_index] if len(stock) else 0, 0)
    canceled = contacted_items["state"].to_numpy(np.int64) == CANCELED
    with_stock = contacted_items.assign(
        contacted_after_cancel=arrow.to_series(canceled & (stock_left > 0)), stock_left=arrow.to_series(stock_left)
    )
    return verified(with_stock, columns.CONTACTED_ITEMS_WITH_STOCK)
