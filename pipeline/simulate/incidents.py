"""What sets some orders apart: buyers who ask to cancel, Easy Ship, nights on which a report lacks an open order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate import probabilities
from pipeline.simulate.markets import Market
from pipeline.simulate.nights import FAR_FUTURE
from pipeline.simulate.order_events import (
    CANCELED_BY_SELLER,
    CANCELED_UNANNOUNCED,
    CONFIRMATION_ACCEPTED,
    SHIPPED_BY_SELLER,
    OrderEvents,
    World,
)
from pipeline.simulate.random_draws import RandomDraws
from pipeline.utils.dtypes import BoolArray, IntArray
from schemas.cancellation import BUYER_CANCELED

CANCELLATION_REASONS = ("NoInventory", BUYER_CANCELED, "GeneralAdjustment", "ShippingAddressUndeliverable")
CANCEL_COLUMN, FULFILLED_BY = "is-buyer-requested-cancellation", "fulfilled-by"
_REASON_BUYER = CANCELLATION_REASONS.index(BUYER_CANCELED)


class OrderIncidents(NamedTuple):
    """Orders, one place in every array each: instants in seconds UTC, nights by number, FAR for what never comes.

    ``missing_from`` and ``missing_until`` are the first and the last night on which the Unshipped Orders report lacks
    an order that is open, or that nobody is told to be canceled yet.
    """

    cancel_asked: IntArray  # by the buyer
    cancel_reason: IntArray  # place in CANCELLATION_REASONS
    easy_ship: BoolArray  # Amazon's carrier picks it up
    confirmed_needlessly: BoolArray  # by the seller, although Amazon has picked it up
    missing_from: IntArray
    missing_until: IntArray

    def is_any(self) -> BoolArray:
        """Which orders have one."""
        return (self.cancel_asked < FAR_FUTURE) | self.easy_ship | (self.missing_from < FAR_FUTURE)

    def is_missing(self, night: int) -> BoolArray:
        """Which orders the Unshipped Orders report of the night lacks."""
        return (self.missing_from <= night) & (night <= self.missing_until)


def simulate_incidents(world: World, orders: OrderEvents) -> OrderIncidents:
    """What sets the orders apart; most have none of it."""
    draws = RandomDraws(world.options.seed, orders.number)
    shipped = (orders.outcome == SHIPPED_BY_SELLER) & (orders.confirmation_outcome == CONFIRMATION_ACCEPTED)
    cancel_reason = draws.draw_below("cancel reason", len(CANCELLATION_REASONS))
    by_buyer = (orders.outcome == CANCELED_BY_SELLER) & (cancel_reason == _REASON_BUYER)
    asks = (shipped & draws.draw_flags("asks to cancel", probabilities.CANCEL_ASKED)) | (
        by_buyer & draws.draw_flags("asked before", probabilities.CANCEL_ASKED_BEFORE)
    )
    time_to_ask = world.nights.reports_made_at(np.where(asks, orders.upload_night, 0)) - orders.released
    asked_at = orders.released + (time_to_ask * draws.draw_uniform("asked to cancel")).astype(np.int64)
    has_easy_ship = np.array([FULFILLED_BY in market.layouts["unshipped"].columns for market in world.markets])
    easy_ship = shipped & ~asks & has_easy_ship[orders.market] & draws.draw_flags("easy", probabilities.EASY_SHIP)
    return OrderIncidents(
        np.where(asks, asked_at, FAR_FUTURE),
        cancel_reason,
        easy_ship,
        easy_ship & draws.draw_flags("needless", probabilities.CONFIRMED_NEEDLESSLY),
        *_missing_nights(world, orders, draws, shipped & ~asks & ~easy_ship),
    )


def _missing_nights(
    world: World, orders: OrderEvents, draws: RandomDraws, shipped: BoolArray
) -> tuple[IntArray, IntArray]:
    """Between which nights each order is missing: until it is confirmed all the same, or until its cancellation shows.

    All of them were listed on a night before. Where a report is complete, none is confirmed that it lacks.
    """
    is_complete = np.array([market.complete_reports for market in world.markets])[orders.market]
    canceled = orders.outcome == CANCELED_UNANNOUNCED
    until = np.where(canceled, world.nights.first_reporting_night(orders.canceled) - 1, orders.upload_night)
    since = until - np.where(shipped, draws.draw_below("nights missing", probabilities.NIGHTS_MISSING), 0)
    first_listed = np.maximum(world.nights.first_reporting_night(orders.released), 1)
    share = np.where(canceled, probabilities.CANCELLATION_SHOWN_LATE, probabilities.MISSING)
    is_missing = (canceled | (shipped & ~is_complete)) & (first_listed < since) & draws.draw_flags("missing", share)
    return np.where(is_missing, since, FAR_FUTURE), np.where(is_missing, until, FAR_FUTURE)


def has_column(market: Market, kind: str, name: str) -> bool:
    """Whether the market's files of the kind have the column."""
    return name in market.layouts[kind].columns
