"""What is known of the order items that each confirmation row stands for: the columns that the SHP rules ask about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import calendar
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.run_context import RunContext
from pipeline.model.states import AUTO_CANCELED, CANCELED, PENDING, SHIPPABLE_STATES, SHIPPED, UNKNOWN
from pipeline.reconcile import tracking_numbers
from pipeline.reconcile.item_warnings import add_item_warnings
from pipeline.reconcile.match import RowItemPairs, match_items
from pipeline.reconcile.ship_dates import localize_ship_dates
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import MAX_INT64, NEVER, Array
from pipeline.utils.masked_ints import MaskedInts
from schemas import lists
from schemas.confirmation import DELETE_TRACKING


def enrich_confirmations(
    rows: pd.DataFrame, items: pd.DataFrame, delisted: Array, quarantined: pd.DataFrame, context: RunContext
) -> tuple[pd.DataFrame, RowItemPairs, Array]:
    """The rows with the facts of their items, the pairs, and which of the pairs can be confirmed.

    ``delisted`` says which items are no longer listed, ``quarantined`` are report rows that were not believed
    (``order_key``, ``item_key``; null where unreadable). A ship-date that is an instant becomes the local day of the
    order's marketplace.
    """
    pairs = match_items(rows, items)
    facts = rows.assign(ship_date=localize_ship_dates(rows, items, pairs, context))
    confirmable = _add_states(facts, items, pairs, delisted[pairs.item_index])
    _add_unjudged(facts, pairs, quarantined)
    has_confirmable = pairs.any_by_row(confirmable)
    applies_to = pairs.filter(confirmable | ~has_confirmable[pairs.row_index])
    _add_days(facts, items, applies_to, context)
    _add_evidence_age(facts, items, applies_to, context)
    _add_service_level(facts, items, applies_to)
    _add_carrier_facts(facts)
    add_item_warnings(facts, items, applies_to, delisted)
    return facts, pairs, confirmable


def _add_states(facts: pd.DataFrame, items: pd.DataFrame, pairs: RowItemPairs, delisted: Array) -> Array:
    """Adds one truth a state, each only where none of the row's items can be confirmed; returns which pairs can be."""
    state = items["state"].to_numpy(np.int64)[pairs.item_index]
    amazon_fulfilled = is_amazon_fulfilled(items["fulfillment_channel"])[pairs.item_index]
    without_item_id = items["item_key"].to_numpy(np.int64)[pairs.item_index] < 0
    is_open = np.isin(state, SHIPPABLE_STATES) & ~amazon_fulfilled
    confirmable = is_open & ~without_item_id & ~delisted
    not_confirmable = ~pairs.any_by_row(confirmable)[pairs.row_index]
    has_items = pairs.any_by_row(np.ones(len(pairs.row_index), bool))

    def row_fact(mask: Array) -> pd.Series[bool]:
        return arrow.to_series(pa.array(pairs.any_by_row(mask & not_confirmable), mask=~has_items))

    facts["by_amazon"] = row_fact(amazon_fulfilled)
    facts["pending"] = row_fact((state == PENDING) & ~amazon_fulfilled)
    facts["canceled"] = row_fact((state == CANCELED) & ~amazon_fulfilled)
    facts["auto_canceled"] = row_fact((state == AUTO_CANCELED) & ~amazon_fulfilled)
    facts["not_unshipped"] = row_fact((np.isin(state, (SHIPPED, UNKNOWN)) | (is_open & delisted)) & ~amazon_fulfilled)
    facts["without_item_id"] = arrow.to_series(
        pairs.any_by_row(is_open & without_item_id & ~delisted & not_confirmable)
    )
    return confirmable


def collect_quarantined(rows: dict[str, pd.DataFrame], kinds: Sequence[str]) -> pd.DataFrame:
    """The ids, as far as they can be read, of the rows of the kinds of report that are not believed."""
    return pd.concat([rows[name].loc[~arrow.to_bool(rows[name]["valid"]), ["order_key", "item_key"]] for name in kinds])


def _add_unjudged(facts: pd.DataFrame, pairs: RowItemPairs, quarantined: pd.DataFrame) -> None:
    """Adds order_known and item_known (null where the id is unreadable), and unjudged: SHP-120 in their place."""
    order_key, item_key = arrow.to_int64(facts["order_key"]), arrow.to_int64(facts["item_key"])
    quarantined_orders, quarantined_items = (
        arrow.to_int64(quarantined["order_key"]),
        arrow.to_int64(quarantined["item_key"]),
    )
    in_quarantined_order = may_be_quarantined = np.zeros(len(order_key), bool)
    if len(quarantined_orders):
        in_quarantined_order = groups.is_in(order_key, quarantined_orders[dtypes.is_known(quarantined_orders)])
        quarantined_pairs = pd.MultiIndex.from_arrays([quarantined_orders, quarantined_items])
        is_quarantined = pd.MultiIndex.from_arrays([order_key, item_key]).isin(quarantined_pairs)
        is_quarantined &= dtypes.is_known(item_key)
        may_be_quarantined = in_quarantined_order & (
            groups.is_in(order_key, quarantined_orders[~dtypes.is_known(quarantined_items)]) | is_quarantined
        )
    has_items = np.zeros(len(order_key), bool)
    has_items[pairs.row_index] = True
    unknown_order = dtypes.is_known(order_key) & ~pairs.order_known
    unknown_item = pairs.order_known & pairs.names_item & ~pairs.item_known
    without_item_id = arrow.to_bool(facts["without_item_id"])
    rejected = (unknown_order & in_quarantined_order) | (unknown_item & ~has_items & may_be_quarantined)
    facts["unverifiable"] = arrow.to_series(rejected | without_item_id)
    reason = pc.if_else(pa.array(rejected), "its report row was rejected", "its report gives no item ids")
    facts["unverifiable_reason"] = arrow.to_series(reason)
    facts["order_known"] = arrow.to_series(pa.array(pairs.order_known, mask=~dtypes.is_known(order_key)))
    facts["item_known"] = arrow.to_series(
        pa.array(pairs.item_known, mask=~(pairs.order_known & pairs.names_item) | (has_items & ~pairs.item_known))
    )


def _add_days(facts: pd.DataFrame, items: pd.DataFrame, applies_to: RowItemPairs, context: RunContext) -> None:
    """Adds purchase_day (the latest of the items), promise_day (the earliest), today and confirm_by, local dates."""
    zone, zones_used = calendar.assign_time_zones(items["sales_channel"].take(applies_to.item_index), context)
    purchase_day = calendar.to_local_days(
        arrow.to_int64(items["purchase_date"])[applies_to.item_index], zone, zones_used
    )
    promise_day = calendar.to_local_days(arrow.to_int64(items["promise_date"])[applies_to.item_index], zone, zones_used)
    size, row_starts = len(facts), groups.group_starts(applies_to.row_index)
    today = np.full(size, calendar.as_of_days(context.as_of, zones_used)[0])
    latest_purchase, earliest_promise, confirm_by = np.full(size, NEVER), np.full(size, NEVER), np.full(size, NEVER)
    if row_starts.size:
        row_index = applies_to.row_index[row_starts]
        today[row_index] = calendar.as_of_days(context.as_of, zones_used)[zone[row_starts]]
        latest_purchase[row_index] = np.maximum.reduceat(purchase_day, row_starts)
        soonest = np.minimum.reduceat(MaskedInts.from_sentinel(promise_day).fill(MAX_INT64), row_starts)
        earliest_promise[row_index] = np.where(soonest == MAX_INT64, NEVER, soonest)
        confirm_by[row_index] = np.maximum.reduceat(
            arrow.to_int64(items["confirm_by"])[applies_to.item_index], row_starts
        )
    facts["purchase_day"], facts["promise_day"] = (
        arrow.to_series(dtypes.to_dates(latest_purchase)),
        arrow.to_series(dtypes.to_dates(earliest_promise)),
    )
    facts["today"], facts["confirm_by"] = (
        arrow.to_series(dtypes.to_dates(today)),
        arrow.to_series(dtypes.to_timestamps(confirm_by)),
    )


def _add_evidence_age(facts: pd.DataFrame, items: pd.DataFrame, applies_to: RowItemPairs, context: RunContext) -> None:
    """Adds evidence_old: an item known from the ledger alone was last seen longer ago than it may be (SPEC §4)."""
    last_seen = MaskedInts.from_column(items["last_seen_before"]).take(applies_to.item_index)
    now = dtypes.instant_to_us(context.as_of)
    check_every = context.policy.duration_on("order.check_every", context.as_of)
    is_old = np.zeros(len(last_seen), bool)
    if check_every:
        renewed = arrow.to_bool(items["renewed"])[applies_to.item_index]
        is_old = (last_seen < now - dtypes.duration_to_us(check_every)) & ~renewed
    row_last_seen = np.full(len(facts), NEVER)
    row_last_seen[applies_to.row_index[is_old]] = last_seen.take(is_old).to_sentinel()
    facts["evidence_old"] = arrow.to_series(applies_to.any_by_row(is_old))
    facts["last_seen_before"] = arrow.to_series(dtypes.to_timestamps(row_last_seen))
    window = context.policy.duration_text_on("order.check_every", context.as_of)
    facts["check_every"] = arrow.to_series(pa.repeat(pa.scalar(window), len(facts)))


def _add_service_level(facts: pd.DataFrame, items: pd.DataFrame, applies_to: RowItemPairs) -> None:
    """Adds the service level of the (first) item, and the ranks of the speed asked for and of the one given."""
    row_starts = groups.group_starts(applies_to.row_index)
    item_index, missing = np.zeros(len(facts), np.int64), np.ones(len(facts), bool)
    item_index[applies_to.row_index[row_starts]], missing[applies_to.row_index[row_starts]] = (
        applies_to.item_index[row_starts],
        False,
    )
    level = arrow.to_arrow(items["ship_service_level"]).take(pa.array(item_index, mask=missing))
    facts["ship_service_level"] = arrow.to_series(level)
    levels, methods = lists.speed_ranks()
    facts["speed_ordered"] = _rank_speed(arrow.to_series(level), levels)
    facts["speed_shipped"] = _rank_speed(facts["ship_method"], methods)


def _rank_speed(text: pd.Series[str], ranks: dict[str, int]) -> pd.Series[int]:
    """The rank of each text, compared by letters and digits only; null for one without."""
    encoded = pc.dictionary_encode(arrow.to_arrow(text)).combine_chunks()
    normalized = pc.replace_substring_regex(pc.utf8_lower(encoded.dictionary), "[^a-z0-9]", "")
    rank_index = pc.index_in(normalized, value_set=pa.array(list(ranks), pa.string()))
    return arrow.to_series(pa.array(list(ranks.values()), pa.int64()).take(rank_index).take(encoded.indices))


def _add_carrier_facts(facts: pd.DataFrame) -> None:
    """Adds what follows from carrier and tracking number alone; ``tracked``: present, no NULL, and no misfit."""
    carrier_code = arrow.to_arrow(facts["carrier_code"])
    is_other = pc.is_in(carrier_code, value_set=pa.array(sorted(lists.other_carriers())))
    facts["carrier_other"] = arrow.to_series(
        pc.if_else(pc.is_null(carrier_code), pa.scalar(None, pa.bool_()), is_other)
    )
    tracking_number = arrow.to_arrow(facts["tracking_number"])
    facts["tracking_fits"] = tracking_numbers.check_tracking_numbers(facts["carrier_code"], facts["tracking_number"])
    fits_carrier = pc.fill_null(arrow.to_arrow(facts["tracking_fits"]), True)
    facts["tracked"] = arrow.to_series(
        pc.and_(pc.fill_null(pc.not_equal(tracking_number, DELETE_TRACKING), False), fits_carrier)
    )
