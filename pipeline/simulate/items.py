"""The items of orders, the parcels they leave in, and where Amazon says they stand on a night."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate import rates
from pipeline.simulate.chance import Bools, Chance, Ints
from pipeline.simulate.lives import BY_AMAZON, OTHER_CHANNEL, PLAIN, REFUSED, SHIPPED, Orders, World
from pipeline.simulate.nights import FAR

SLOTS = 4  # item keys an order has room for: at most three items, and one that is in no order


class Items(NamedTuple):
    """Order items, one place in every array each; ``order`` is the place of the order they belong to.

    ``first`` and ``second`` are the units of the (at most) two parcels, ``night`` and ``later`` the nights that
    confirm them; ``taken`` is the night whose feed Amazon took the first parcel from.
    """

    order: Ints
    place: Ints
    key: Ints
    units: Ints
    sku: Ints
    first: Ints
    second: Ints
    night: Ints
    later: Ints
    taken: Ints
    canceled: Ints
    called_off: Bools  # alone, while its order ships
    whole: Bools  # confirmed by one line for the order
    blank: Bools  # confirmed without a quantity

    def done(self) -> Ints:
        """The night after which nothing of the item remains; FAR where something always does."""
        return np.maximum(self.taken, np.where(self.second > 0, self.later, self.taken))

    def shipped(self, night: int) -> Ints:
        """The units that Amazon counts as shipped in the reports of a night."""
        return self.first * (self.taken < night) + self.second * (self.later < night)


def items(world: World, orders: Orders) -> Items:
    """The items of the orders, in their order."""
    order = np.repeat(np.arange(len(orders.number)), orders.items)
    place = np.arange(len(order)) - np.repeat(np.cumsum(orders.items) - orders.items, orders.items)
    key = orders.number[order] * SLOTS + place
    chance = Chance(world.asked.seed, key)
    of_order = Chance(world.asked.seed, orders.number)
    plain = ((orders.fate == SHIPPED) & (orders.afterwards == PLAIN))[order]
    last = place == orders.items[order] - 1
    called_off = plain & last & (place > 0) & of_order.happens("item called off", rates.ITEM_CALLED_OFF)[order]
    units = 1 + chance.among("units", rates.UNITS)
    later = orders.night[order] + 1 + chance.below("later", rates.SPLIT_NIGHTS)
    in_time = world.nights.as_of(later) <= orders.purchase[order] + world.confirm_within
    part = 1 + chance.below("part", np.maximum(units - 1, 1))
    apart = 2 * part != units  # a second line of the same quantity would be a correction of the first (SPEC §4)
    split = plain & ~called_off & (units > 1) & apart & in_time & chance.happens("split", rates.SPLIT)
    ships = (orders.fate == SHIPPED)[order] & ~called_off
    single = ~_any(split | called_off, order, len(orders.number))
    whole = ((orders.fate == SHIPPED) & single & of_order.happens("whole", rates.WHOLE_ORDER))[order]
    first = np.where(split, part, units) * ships
    night = np.where(ships, orders.night[order], FAR)
    return Items(
        *(order, place, key, units, (of_order.below("sku", rates.SKUS)[order] + place) % rates.SKUS),
        *(first, np.where(split, units - part, 0), night, np.where(split, later, FAR)),
        np.where((orders.afterwards == REFUSED)[order] & ships, orders.again[order], night),
        np.where(called_off, world.nights.taken(orders.night[order]), orders.canceled[order]),
        *(called_off, whole, ~split & chance.happens("blank", rates.UNITS_BLANK)),
    )


def _any(mask: Bools, order: Ints, size: int) -> Bools:
    out = np.zeros(size, bool)
    out[order[mask]] = True
    return out


class Standing(NamedTuple):
    """What Amazon knows of each item when the reports of a night are made."""

    bought: Bools
    pending: Bools
    canceled: Bools
    shipped: Bools
    open: Bools  # to be shipped by the seller: what the Unshipped Orders report holds
    sellers: Bools  # not fulfilled by Amazon, nor sold elsewhere


def standing(world: World, orders: Orders, items: Items, night: int) -> Standing:
    """Where each item stands in the reports of a night."""
    made = int(world.nights.made(night))
    at = items.order
    bought = orders.purchase[at] <= made
    canceled = bought & (items.canceled <= made)
    pending = bought & ~canceled & (orders.released[at] > made)
    sellers = ~np.isin(orders.fate, (OTHER_CHANNEL, BY_AMAZON))[at]
    left = np.where(sellers, items.done() < night, orders.released[at] <= made)
    shipped = bought & ~canceled & ~pending & left
    open_ = bought & ~canceled & ~pending & ~shipped & sellers
    return Standing(bought, pending, canceled, shipped, open_, sellers)
