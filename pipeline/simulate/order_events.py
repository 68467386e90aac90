"""The lives of orders: pure functions of the seed and each order's number, as the seconds and nights of its events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline import policy
from pipeline.simulate import probabilities
from pipeline.simulate.markets import Market, load_market
from pipeline.simulate.nights import DAY_SECONDS, FAR_FUTURE, HOUR_SECONDS, Nights, TimeZone
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.refused_feeds import RefusedFeeds
from pipeline.utils.dtypes import BoolArray, IntArray

ORDER_OUTCOMES = tuple(probabilities.ORDER_OUTCOME_SHARES)
(
    SHIPPED_BY_SELLER,
    OTHER_CHANNEL,
    FULFILLED_BY_AMAZON,
    CANCELED_IN_HOLD,
    CANCELED_UNPAID,
    CANCELED_UNANNOUNCED,
    CANCELED_BY_SELLER,
    NEVER_CONFIRMED,
) = range(len(ORDER_OUTCOMES))
CONFIRMATION_ACCEPTED, CONFIRMATION_REFUSED, CONFIRMATION_WARNED, CONFIRMATION_REPEATED, CONFIRMATION_CORRECTED = range(
    len(probabilities.CONFIRMATION_OUTCOME_SHARES)
)
_FOLLOWUP_NIGHTS = 2  # nights after which a refused confirmation is resubmitted, and a mistaken one corrected


class SimulationOptions(NamedTuple):
    """What a simulation is asked for; ``history`` are the days of orders before the first night."""

    orders: int
    nights: int
    seed: int
    dirty: float
    start: dt.datetime
    history: int
    marketplaces: tuple[str, ...]


class World:
    """What all orders of a simulation have in common: its nights, stores and time zones, and Amazon's numbers."""

    def __init__(self, options: SimulationOptions) -> None:
        """Amazon's numbers are those of the policy at the first night."""
        self.options = options
        self.nights = Nights(int(options.start.timestamp()), options.nights)
        self.markets: Sequence[Market] = [load_market(code) for code in options.marketplaces]
        self.begin = self.nights.first_as_of - options.history * DAY_SECONDS
        self.end = int(self.nights.reports_made_at(options.nights))
        orders_per_night = options.orders / (options.history + options.nights)
        weights = np.array([entry.weight for entry in self.markets])
        self.refused_feeds = RefusedFeeds(options.seed, options.nights, orders_per_night * weights / weights.sum())
        self.zones = [
            TimeZone(entry.marketplace.time_zone, self.begin, self.end + options.history * DAY_SECONDS)
            for entry in self.markets
        ]
        amazon_policy = policy.load_policy("amazon")
        names = ("order.hold", "order.verification", "shipment.confirm_within")
        durations = [amazon_policy.duration_on(name, options.start) or dt.timedelta() for name in names]
        self.hold_seconds, self.verification_seconds, self.confirm_within_seconds = (
            int(entry.total_seconds()) for entry in durations
        )

    def local_day(self, market_index: IntArray, instants: IntArray) -> IntArray:
        """The local day of each instant in its market."""
        return self._apply_by_zone(market_index, instants, "day")

    def last_second(self, market_index: IntArray, days: IntArray) -> IntArray:
        """The last second of each local day in its market."""
        return self._apply_by_zone(market_index, days, "last_second")

    def _apply_by_zone(self, market_index: IntArray, values: IntArray, method_name: str) -> IntArray:
        converted = np.zeros(len(values), np.int64)
        for zone_number, zone in enumerate(self.zones):
            rows = np.flatnonzero(market_index == zone_number)
            converted[rows] = getattr(zone, method_name)(values[rows])
        return converted


class OrderEvents(NamedTuple):
    """Orders, one place in every array each: instants in seconds UTC, nights by number, FAR for what never comes."""

    number: IntArray
    market: IntArray
    outcome: IntArray
    purchase: IntArray
    purchase_day: IntArray  # local
    released: IntArray
    promise: IntArray
    canceled: IntArray
    upload_night: IntArray  # whose upload confirms the order, or calls it off
    confirmation_outcome: IntArray
    followup_night: (
        IntArray  # the night of the confirmation that follows, or that Amazon takes where it refused the first
    )
    service: IntArray
    item_count: IntArray
    redirected: BoolArray
    unusual_item_id: BoolArray  # an item id of unusual length

    def is_confirmed(self) -> BoolArray:
        """Which orders some night confirms."""
        return self.outcome == SHIPPED_BY_SELLER


def simulate_orders(world: World, numbers: IntArray) -> OrderEvents:
    """The lives of the orders of these numbers."""
    options, nights, draws = world.options, world.nights, RandomDraws(world.options.seed, numbers)
    offsets = (numbers + draws.draw_uniform("purchase")) * ((world.end - world.begin) / options.orders)
    purchase = world.begin + offsets.astype(np.int64)
    market_index = draws.draw_weighted("market", [market_entry.weight for market_entry in world.markets])
    outcome, service = (
        draws.draw_weighted("fate", list(probabilities.ORDER_OUTCOME_SHARES.values())),
        draws.draw_weighted("service", list(probabilities.SERVICE_SHARES.values())),
    )
    released = purchase + _release_delay(world, draws, outcome)
    purchase_day = world.local_day(market_index, purchase)
    sellable_from = np.where(released < FAR_FUTURE, released, purchase)
    handling = np.array(probabilities.HANDLING_DAYS, np.int64)[service]
    promise = world.last_second(market_index, world.local_day(market_index, sellable_from) + handling)
    upload_night = nights.first_reporting_night(sellable_from) + draws.draw_weighted(
        "confirmed", probabilities.CONFIRMATION_DELAY_SHARES
    )
    upload_night += world.local_day(market_index, nights.as_of(upload_night)) <= purchase_day
    upload_night = np.where(np.isin(outcome, (SHIPPED_BY_SELLER, CANCELED_BY_SELLER)), upload_night, FAR_FUTURE)
    confirmation_outcome, followup_night = _confirmation_outcomes(world, draws, market_index, (purchase, upload_night))
    confirmation_outcome = np.where(outcome == SHIPPED_BY_SELLER, confirmation_outcome, CONFIRMATION_ACCEPTED)
    item_count = np.where(
        np.isin(outcome, (OTHER_CHANNEL, FULFILLED_BY_AMAZON)),
        1,
        1 + draws.draw_weighted("items", probabilities.ITEM_COUNT_SHARES),
    )
    return OrderEvents(
        *(numbers, market_index, outcome, purchase, purchase_day, released, promise),
        _cancellation_instants(world, draws, (outcome, purchase, released, upload_night)),
        *(upload_night, confirmation_outcome, followup_night, service, item_count),
        (outcome == SHIPPED_BY_SELLER) & draws.draw_flags("redirected", probabilities.REDIRECTED),
        draws.draw_flags("odd", options.dirty * probabilities.UNUSUAL_ITEM_ID),
    )


def _release_delay(world: World, draws: RandomDraws, outcome: IntArray) -> IntArray:
    """The time from purchase to release: the hold, and for some orders Amazon's check; FAR where they never are."""
    hold_delay = world.hold_seconds + draws.draw_below("moment", HOUR_SECONDS // 60)
    verification_delay = (
        draws.draw_uniform("verified") ** 3 * (world.verification_seconds - world.hold_seconds - HOUR_SECONDS)
    ).astype(np.int64)
    verified_late = draws.draw_flags("late", probabilities.LATE_VERIFIED) & (outcome != OTHER_CHANNEL)
    never = np.isin(outcome, (CANCELED_IN_HOLD, CANCELED_UNPAID))
    return np.where(never, FAR_FUTURE, hold_delay + np.where(verified_late, verification_delay, 0))


def _cancellation_instants(
    world: World, draws: RandomDraws, events: tuple[IntArray, IntArray, IntArray, IntArray]
) -> IntArray:
    """When each order as a whole was canceled."""
    outcome, purchase, released, upload_night = events
    position = draws.draw_uniform("canceled")
    instants = {
        CANCELED_IN_HOLD: purchase + (position * world.hold_seconds).astype(np.int64),
        CANCELED_UNPAID: purchase + world.hold_seconds + (position * world.verification_seconds / 2).astype(np.int64),
        CANCELED_UNANNOUNCED: released + (position * 2 * DAY_SECONDS).astype(np.int64),
        CANCELED_BY_SELLER: world.nights.feeds_taken_at(upload_night),
        NEVER_CONFIRMED: purchase + world.confirm_within_seconds + (position * DAY_SECONDS).astype(np.int64),
    }
    return np.select([outcome == code for code in instants], list(instants.values()), FAR_FUTURE)


def _confirmation_outcomes(
    world: World, draws: RandomDraws, market_index: IntArray, events: tuple[IntArray, IntArray]
) -> tuple[IntArray, IntArray]:
    """What becomes of each confirmation, and the night on which one more follows."""
    purchase, upload_night = events
    confirmation_outcome = draws.draw_weighted("afterwards", list(probabilities.CONFIRMATION_OUTCOME_SHARES.values()))
    followup_night = upload_night + np.where(confirmation_outcome == CONFIRMATION_REPEATED, 1, _FOLLOWUP_NIGHTS)
    followup_night += world.refused_feeds.is_refused(market_index, followup_night)
    in_time = world.nights.as_of(followup_night) <= purchase + world.confirm_within_seconds
    confirmation_outcome = np.where(
        (upload_night >= 1) & (upload_night < FAR_FUTURE) & in_time, confirmation_outcome, CONFIRMATION_ACCEPTED
    )
    feed_refused = world.refused_feeds.is_refused(market_index, upload_night)
    confirmation_outcome = np.where(feed_refused, CONFIRMATION_REFUSED, confirmation_outcome)
    has_followup = np.isin(confirmation_outcome, (CONFIRMATION_REFUSED, CONFIRMATION_REPEATED, CONFIRMATION_CORRECTED))
    return confirmation_outcome, np.where(
        has_followup & in_time,
        followup_night,
        FAR_FUTURE,
    )
