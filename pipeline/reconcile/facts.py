"""What is known of the order items that each confirmation row stands for: the columns that the SHP rules ask about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import days, frames
from pipeline.account import INDIVIDUAL
from pipeline.batch import Context, Whole
from pipeline.channels import by_amazon
from pipeline.frames import NEVER, Array
from pipeline.reconcile.match import Pairs, match
from pipeline.reconcile.sightings import evidence
from pipeline.rules import tracking
from pipeline.states import AUTO_CANCELED, CANCELED, PARTIALLY_SHIPPED, PENDING, SHIPPED, UNKNOWN, UNSHIPPED
from schemas import lists
from schemas.confirmation import ERASES
from schemas.kinds import REPORTS

_AT_MOST = np.iinfo(np.int64).max


def known(
    rows: pd.DataFrame, items: pd.DataFrame, gone: Array, quarantined: pd.DataFrame, context: Context
) -> tuple[pd.DataFrame, Pairs, Array]:
    """The rows with the facts of their items, the pairs, and which of the pairs can be confirmed.

    ``gone`` says which items are no longer listed, ``quarantined`` are report rows that were not believed
    (``order_key``, ``item_key``; null where unreadable).
    """
    pairs = match(rows, items)
    facts = rows.copy(deep=False)
    confirmable = _states(facts, items, pairs, gone[pairs.item])
    _unjudged(facts, pairs, quarantined)
    can = pairs.any(confirmable)
    stands = pairs.only(confirmable | ~can[pairs.row])
    _days(facts, items, stands, context)
    _evidence(facts, items, stands, context)
    _service(facts, items, stands)
    _carriers(facts)
    return facts, pairs, confirmable


def _states(facts: pd.DataFrame, items: pd.DataFrame, pairs: Pairs, gone: Array) -> Array:
    """Adds one truth a state, each only where none of the row's items can be confirmed; returns which pairs can be."""
    state = items["state"].to_numpy(np.int64)[pairs.item]
    amazon = by_amazon(items["fulfillment_channel"])[pairs.item]
    loose = items["item_key"].to_numpy(np.int64)[pairs.item] < 0
    open_ = np.isin(state, (UNSHIPPED, PARTIALLY_SHIPPED)) & ~amazon
    confirmable = open_ & ~loose & ~gone
    stuck = ~pairs.any(confirmable)[pairs.row]
    has = pairs.any(np.ones(len(pairs.row), bool))

    def fact(mask: Array) -> pd.Series[bool]:
        return frames.series(pa.array(pairs.any(mask & stuck), mask=~has))

    facts["by_amazon"] = fact(amazon)
    facts["pending"] = fact((state == PENDING) & ~amazon)
    facts["canceled"] = fact((state == CANCELED) & ~amazon)
    facts["auto_canceled"] = fact((state == AUTO_CANCELED) & ~amazon)
    facts["not_unshipped"] = fact((np.isin(state, (SHIPPED, UNKNOWN)) | (open_ & gone)) & ~amazon)
    facts["loose"] = frames.series(pairs.any(open_ & loose & ~gone & stuck))
    return confirmable


def of_file(rows: pd.DataFrame, kind: str, context: Context) -> Whole:
    """What the rows of a split say about their file as a whole."""
    if kind == "confirmation":
        keys = frames.numbers(rows["order_key"])
        lone = context.account.plan == INDIVIDUAL
        return Whole(orders=frames.distinct(keys[keys != NEVER]) if lone else None)
    if kind not in REPORTS:
        return Whole()
    told = frames.flags(rows["believed"]) & ~frames.flags(rows["ignored"])
    newest = frames.numbers(evidence(rows, kind))[told].max(initial=NEVER)
    made = frames.numbers(rows["reporting_date"]).max(initial=NEVER) if kind == "unshipped" else NEVER
    return Whole(int(made), int(newest))


def no_longer_listed(items: pd.DataFrame, unshipped: pd.DataFrame, newest: int, context: Context) -> Array:
    """Items whose order a complete Unshipped Orders report should hold and does not (SPEC §4, Verified); bool.

    ``unshipped`` are the report's rows: one that is not believed shows all the same that its order is listed.
    ``newest`` is the newest reporting-date of all of them, of whatever order (UTC µs, NEVER without one).
    """
    if context.account.unshipped != "complete" or newest == NEVER:
        return np.zeros(len(items), bool)
    made = frames.series(frames.instants(np.full(1, newest)))
    window = frames.numbers(context.policy.window("unshipped_report.window", on=made).dt.total_seconds())[0] * 10**6
    hold = frames.numbers(context.policy.window("order.hold", on=made).dt.total_seconds())[0] * 10**6
    bought = frames.numbers(items["purchase_date"])
    held = frames.among(frames.numbers(items["order_key"]), frames.numbers(unshipped["order_key"]))
    return (bought >= newest - window) & (bought < newest - hold) & ~held


def quarantined(rows: dict[str, pd.DataFrame], kinds: Sequence[str]) -> pd.DataFrame:
    """The ids, as far as they can be read, of the rows of the kinds of report that are not believed."""
    return pd.concat(
        [rows[name].loc[~frames.flags(rows[name]["believed"]), ["order_key", "item_key"]] for name in kinds]
    )


def _unjudged(facts: pd.DataFrame, pairs: Pairs, quarantined: pd.DataFrame) -> None:
    """Adds order_known and item_known (null where the id is unreadable), and unjudged: SHP-120 in their place."""
    order, item = frames.numbers(facts["order_key"]), frames.numbers(facts["item_key"])
    orders, inside = frames.numbers(quarantined["order_key"]), frames.numbers(quarantined["item_key"])
    shaky = maybe = np.zeros(len(order), bool)
    if len(orders):
        shaky = frames.among(order, orders[orders != NEVER])
        pair = pd.MultiIndex.from_arrays([orders, inside])
        same = pd.MultiIndex.from_arrays([order, item]).isin(pair) & (item != NEVER)
        maybe = shaky & (frames.among(order, orders[inside == NEVER]) | same)
    has = np.zeros(len(order), bool)
    has[pairs.row] = True
    unknown_order = (order != NEVER) & ~pairs.order_known
    unknown_item = pairs.order_known & pairs.names_item & ~pairs.item_known
    loose = frames.flags(facts["loose"])
    rejected = (unknown_order & shaky) | (unknown_item & ~has & maybe)
    facts["unjudged"] = frames.series(rejected | loose)
    why = pc.if_else(pa.array(rejected), "its report row was rejected", "its report gives no item ids")
    facts["unjudged_why"] = frames.series(why)
    facts["order_known"] = frames.series(pa.array(pairs.order_known, mask=order == NEVER))
    facts["item_known"] = frames.series(
        pa.array(pairs.item_known, mask=~(pairs.order_known & pairs.names_item) | (has & ~pairs.item_known))
    )


def _days(facts: pd.DataFrame, items: pd.DataFrame, stands: Pairs, context: Context) -> None:
    """Adds purchase_day (the latest of the items), promise_day (the earliest), today and confirm_by, local dates."""
    zone, used = days.zones(items["sales_channel"].take(stands.item), context)
    bought = days.local_days(frames.numbers(items["purchase_date"])[stands.item], zone, used)
    promise = days.local_days(frames.numbers(items["promise_date"])[stands.item], zone, used)
    size, starts = len(facts), frames.first_of_runs(stands.row)
    today = np.full(size, days.day_of(context.as_of, used)[0])
    latest, earliest, due = np.full(size, NEVER), np.full(size, NEVER), np.full(size, NEVER)
    if starts.size:
        at = stands.row[starts]
        today[at] = days.day_of(context.as_of, used)[zone[starts]]
        latest[at] = np.maximum.reduceat(bought, starts)
        soonest = np.minimum.reduceat(np.where(promise == NEVER, _AT_MOST, promise), starts)
        earliest[at] = np.where(soonest == _AT_MOST, NEVER, soonest)
        due[at] = np.maximum.reduceat(frames.numbers(items["confirm_by"])[stands.item], starts)
    facts["purchase_day"], facts["promise_day"] = (
        frames.series(frames.days(latest)),
        frames.series(frames.days(earliest)),
    )
    facts["today"], facts["confirm_by"] = frames.series(frames.days(today)), frames.series(frames.instants(due))


def _evidence(facts: pd.DataFrame, items: pd.DataFrame, stands: Pairs, context: Context) -> None:
    """Adds evidence_old: an item known from the ledger alone was last seen longer ago than it may be (SPEC §4)."""
    seen = frames.numbers(items["last_seen_before"])[stands.item]
    now = frames.moment(context.as_of)
    every = context.policy.duration("order.check_every", context.as_of)
    longest = frames.length(every) if every else _AT_MOST
    old = ~frames.flags(items["tonight"])[stands.item] & (seen != NEVER) & (now - np.maximum(seen, 0) > longest)
    last = np.full(len(facts), NEVER)
    last[stands.row[old]] = seen[old]
    facts["evidence_old"] = frames.series(stands.any(old))
    facts["last_seen_before"] = frames.series(frames.instants(last))


def _service(facts: pd.DataFrame, items: pd.DataFrame, stands: Pairs) -> None:
    """Adds the service level of the (first) item, and the ranks of the speed asked for and of the one given."""
    starts = frames.first_of_runs(stands.row)
    at, lacking = np.zeros(len(facts), np.int64), np.ones(len(facts), bool)
    at[stands.row[starts]], lacking[stands.row[starts]] = stands.item[starts], False
    level = frames.arrow(items["ship_service_level"]).take(pa.array(at, mask=lacking))
    facts["ship_service_level"] = frames.series(level)
    levels, methods = lists.speed_ranks()
    facts["speed_asked"] = _rank(frames.series(level), levels)
    facts["speed_given"] = _rank(facts["ship_method"], methods)


def _rank(text: pd.Series[str], ranks: dict[str, int]) -> pd.Series[int]:
    """The rank of each text, compared by letters and digits only; null for one without."""
    coded = pc.dictionary_encode(frames.arrow(text)).combine_chunks()
    plain = pc.replace_substring_regex(pc.utf8_lower(coded.dictionary), "[^a-z0-9]", "")
    at = pc.index_in(plain, value_set=pa.array(list(ranks), pa.string()))
    return frames.series(pa.array(list(ranks.values()), pa.int64()).take(at).take(coded.indices))


def _carriers(facts: pd.DataFrame) -> None:
    """Adds what follows from carrier and tracking number alone; ``tracked``: present, no NULL, and no misfit."""
    code = frames.arrow(facts["carrier_code"])
    other = pc.is_in(code, value_set=pa.array(sorted(lists.other_carriers())))
    facts["carrier_other"] = frames.series(pc.if_else(pc.is_null(code), pa.scalar(None, pa.bool_()), other))
    number = frames.arrow(facts["tracking_number"])
    facts["tracking_fits"] = tracking.fits(facts["carrier_code"], facts["tracking_number"])
    fits = pc.fill_null(frames.arrow(facts["tracking_fits"]), True)
    facts["tracked"] = frames.series(pc.and_(pc.fill_null(pc.not_equal(number, ERASES), False), fits))
