"""The items of orders, the parcels they leave in, and where Amazon says they stand on a night."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate import probabilities
from pipeline.simulate.incidents import OrderIncidents
from pipeline.simulate.nights import FAR_FUTURE
from pipeline.simulate.order_events import (
    CONFIRMATION_ACCEPTED,
    CONFIRMATION_REFUSED,
    FULFILLED_BY_AMAZON,
    OTHER_CHANNEL,
    SHIPPED_BY_SELLER,
    OrderEvents,
    World,
)
from pipeline.simulate.random_draws import RandomDraws
from pipeline.utils.dtypes import BoolArray, IntArray

ITEM_KEYS_PER_ORDER = 4  # item keys an order has room for: at most three items, and one that is in no order


class OrderItems(NamedTuple):
    """Order items, one place in every array each; ``order_index`` is the place of the order they belong to.

    ``first_units`` and ``second_units`` are the units of the (at most) two parcels, ``night`` and ``second_night`` the
    nights that confirm them; ``taken_night`` is the night whose feed Amazon took the first parcel from.
    """

    order_index: IntArray
    position: IntArray
    key: IntArray
    units: IntArray
    sku: IntArray
    first_units: IntArray
    second_units: IntArray
    first_night: IntArray
    second_night: IntArray
    taken_night: IntArray
    canceled: IntArray
    canceled_alone: BoolArray  # alone, while its order ships
    whole_order: BoolArray  # confirmed by one line for the order
    blank_quantity: BoolArray  # confirmed without a quantity

    def done_night(self) -> IntArray:
        """The night after which nothing of the item remains; FAR where something always does."""
        return np.maximum(self.taken_night, np.where(self.second_units > 0, self.second_night, self.taken_night))

    def shipped_units(self, night: int) -> IntArray:
        """The units that Amazon counts as shipped in the reports of a night."""
        return self.first_units * (self.taken_night < night) + self.second_units * (self.second_night < night)


def simulate_items(world: World, orders: OrderEvents, incidents: OrderIncidents) -> OrderItems:
    """The items of the orders, in their order."""
    order_index = np.repeat(np.arange(len(orders.number)), orders.item_count)
    position = np.arange(len(order_index)) - np.repeat(
        np.cumsum(orders.item_count) - orders.item_count, orders.item_count
    )
    key = orders.number[order_index] * ITEM_KEYS_PER_ORDER + position
    item_draws = RandomDraws(world.options.seed, key)
    order_draws = RandomDraws(world.options.seed, orders.number)
    by_seller = orders.outcome == SHIPPED_BY_SELLER
    is_regular = ~incidents.easy_ship & ~(incidents.missing_from < FAR_FUTURE)
    accepted = (by_seller & is_regular & (orders.confirmation_outcome == CONFIRMATION_ACCEPTED))[order_index]
    is_last = (position > 0) & (position == orders.item_count[order_index] - 1)
    is_drawn = order_draws.draw_flags("item called off", probabilities.ITEM_CANCELED)[order_index]
    canceled_alone = accepted & is_last & is_drawn
    units = 1 + item_draws.draw_weighted("units", probabilities.UNIT_COUNT_SHARES)
    second_night = orders.upload_night[order_index] + 1 + item_draws.draw_below("later", probabilities.SPLIT_NIGHTS)
    second_night += world.refused_feeds.is_refused(orders.market[order_index], second_night)
    in_time = world.nights.as_of(second_night) <= orders.purchase[order_index] + world.confirm_within_seconds
    first_part = 1 + item_draws.draw_below("part", np.maximum(units - 1, 1))
    can_split = accepted & ~canceled_alone & (units > 1) & in_time
    is_split = can_split & item_draws.draw_flags("split", probabilities.SPLIT_SHIPMENT)
    ships = by_seller[order_index] & ~canceled_alone
    is_single = ~_any_per_order(is_split | canceled_alone, order_index, len(orders.number))
    whole_order = (by_seller & is_single & order_draws.draw_flags("whole", probabilities.WHOLE_ORDER_LINE))[order_index]
    sku_step = np.where(order_draws.draw_flags("same sku", probabilities.SAME_SKU)[order_index], 0, position)
    sku = (order_draws.draw_below("sku", probabilities.SKU_COUNT)[order_index] + sku_step) % probabilities.SKU_COUNT
    refused = (orders.confirmation_outcome == CONFIRMATION_REFUSED)[order_index] & ships
    canceled_at = world.nights.feeds_taken_at(orders.upload_night[order_index])
    first_units = np.where(is_split, first_part, units) * ships
    shipped_night = np.where(ships, orders.upload_night[order_index], FAR_FUTURE)
    is_unconfirmed = (incidents.easy_ship & ~incidents.confirmed_needlessly)[order_index]
    return OrderItems(
        *(order_index, position, key, units, sku),
        *(first_units, np.where(is_split, units - first_part, 0)),
        *(np.where(is_unconfirmed, FAR_FUTURE, shipped_night), np.where(is_split, second_night, FAR_FUTURE)),
        np.where(refused, orders.followup_night[order_index], shipped_night),
        np.where(canceled_alone, canceled_at, orders.canceled[order_index]),
        *(canceled_alone, whole_order, ~is_split & item_draws.draw_flags("blank", probabilities.BLANK_QUANTITY)),
    )


def _any_per_order(mask: BoolArray, order_index: IntArray, order_count: int) -> BoolArray:
    flags = np.zeros(order_count, bool)
    flags[order_index[mask]] = True
    return flags


class ItemStates(NamedTuple):
    """What Amazon knows of each item when the reports of a night are made."""

    bought: BoolArray
    pending: BoolArray
    canceled: BoolArray
    shipped: BoolArray
    open: BoolArray  # to be shipped, and in the Unshipped Orders report
    seller_fulfilled: BoolArray  # not fulfilled by Amazon, nor sold elsewhere


def find_item_states(
    world: World, orders: OrderEvents, incidents: OrderIncidents, items: OrderItems, night: int
) -> ItemStates:
    """Where each item stands in the reports of a night."""
    reports_made_at = int(world.nights.reports_made_at(night))
    order_index = items.order_index
    bought = orders.purchase[order_index] <= reports_made_at
    canceled = bought & (items.canceled <= reports_made_at)
    pending = bought & ~canceled & (orders.released[order_index] > reports_made_at)
    seller_fulfilled = ~np.isin(orders.outcome, (OTHER_CHANNEL, FULFILLED_BY_AMAZON))[order_index]
    is_done = np.where(seller_fulfilled, items.done_night() < night, orders.released[order_index] <= reports_made_at)
    shipped = bought & ~canceled & ~pending & is_done
    is_open = bought & ~canceled & ~pending & ~shipped & seller_fulfilled & ~incidents.is_missing(night)[order_index]
    return ItemStates(bought, pending, canceled, shipped, is_open, seller_fulfilled)
