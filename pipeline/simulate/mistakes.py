"""Lines that the seller should not have given: confirmations and cancellations of what cannot be, and misspelt ones.

They stand below the night's true lines, each about an order of which nothing true is uploaded that night, so that
refusing them changes nothing in the order's life.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate import flaws, text
from pipeline.simulate.chance import Bools, Chance, Ints
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.damage import Way, broken_lines
from pipeline.simulate.items import SLOTS, Standing
from pipeline.simulate.lives import BY_AMAZON, REFUSED, SHIPPED
from pipeline.simulate.markets import Market
from pipeline.simulate.uploads import WRONG, Lines

LOTS = 4  # an order is damaged in one of so many sorts of files a night: the three reports, or the uploads
OPEN, FRESH, PENDING, CANCELED, GONE, LATE, AMAZONS = range(7)
_OFTEN = (1, 1, 1, 1, 1 / 4, 20, 1 / 4)  # how likely each is, beside the share of damaged lines
_FRESH = 1 / 20  # of the new orders: their rows in the reports may be damaged, all of them
_BOTH = 1 / 30  # of the mistakes about open orders: confirmed and canceled at once
_CANCELS = 1 / 5  # of the mistakes: made in the cancellation file


class Mistakes(NamedTuple):
    """Orders about which the seller says something wrong: the item each is about, and where that stands."""

    at: Ints
    stands: Ints
    cancels: Bools  # in the cancellation file
    both: Bools  # in both files

    def only(self, mask: Bools) -> Mistakes:
        """Those of the mask."""
        return Mistakes(self.at[mask], self.stands[mask], self.cancels[mask], self.both[mask])


def mistakes(chunk: Chunk, standing: Standing, open_: Bools, market: int, night: int) -> Mistakes:
    """The mistakes of a market's night, among the orders that are ``open_`` to them."""
    stands = _stands(chunk, standing, night)
    often = np.array([*_OFTEN, 0.0])[stands] * chunk.world.asked.dirty * LOTS
    chance = at_night(chunk.chance, night)
    hit = open_ & (chunk.orders.market == market) & (stands >= 0) & chance.happens("mistake", often)
    order = np.flatnonzero(hit)
    first_open = _first_of(chunk, standing.open)
    at = np.where(np.isin(stands, (OPEN, FRESH, LATE)), first_open, chunk.first)[order]
    stands, chance = stands[order], chance.of(order)
    both = (stands == OPEN) & chance.happens("both", _BOTH)
    may_cancel = np.isin(stands, (OPEN, PENDING, CANCELED, GONE))
    return Mistakes(at, stands, may_cancel & ~both & chance.happens("cancels", _CANCELS), both)


def at_night(chance: Chance, night: int) -> Chance:
    """The same keys, with other draws on every night."""
    return Chance(chance.seed, chance.keys * np.uint64(1 << 12) + np.uint64(night))


def free(chunk: Chunk, said: Bools, night: int) -> Bools:
    """The orders that a mistake may be about: nothing true is ``said`` of them, and nothing of them has been shipped.

    Nor has Amazon refused them: that the program knows only if it could read the answer.
    """
    told = chunk.orders
    touched = chunk.any_of((chunk.items.shipped(night) > 0) & (chunk.items.done() >= night))
    return ~said & ~touched & ~told.odd & (told.afterwards != REFUSED)


def fresh(chunk: Chunk, standing: Standing, night: int) -> Bools:
    """The orders that tonight's reports are the first to know, and of which all is open."""
    since = int(chunk.world.nights.made(night - 1))
    return (chunk.orders.purchase > since) & ~chunk.any_of(~standing.open)


def _stands(chunk: Chunk, standing: Standing, night: int) -> Ints:
    """Where each order stands, one of OPEN to AMAZONS, as far as tonight's reports alone tell; −1 for the others."""
    told, nights, world = chunk.orders, chunk.world.nights, chunk.world
    late = told.purchase + world.confirm_within < int(nights.as_of(night))
    new = nights.knowing(told.purchase) == night
    gone = np.maximum.reduceat(chunk.items.done(), chunk.first)
    is_open = chunk.any_of(standing.open) & ~chunk.any_of(chunk.items.called_off)
    conditions = {
        LATE: is_open & late,
        FRESH: fresh(chunk, standing, night) & at_night(chunk.chance, night).happens("fresh", _FRESH),
        OPEN: is_open,
        PENDING: chunk.any_of(standing.pending & standing.sellers) & new,
        CANCELED: (nights.knowing(told.canceled) == night) & (told.fate != SHIPPED),
        GONE: (told.fate == SHIPPED) & (gone == night - 1) & ~chunk.any_of(chunk.items.called_off),
        AMAZONS: (told.fate == BY_AMAZON) & new,
    }
    return np.select(list(conditions.values()), list(conditions), -1)


def _first_of(chunk: Chunk, mask: Bools) -> Ints:
    """For each order the place of its first item in the mask; of an order without one, of its first."""
    first = np.minimum.reduceat(np.where(mask, np.arange(len(mask)), len(mask)), chunk.first)
    return np.where(first < len(mask), first, chunk.first)


def lines(chunk: Chunk, told: Mistakes, night: int) -> Lines:
    """The confirmations among the mistakes, in themselves faultless."""
    at = told.at
    items, order = chunk.items, chunk.items.order[at]
    today = chunk.world.day(chunk.orders.market[order], np.full(len(at), int(chunk.world.nights.as_of(night))))
    left = (items.units - items.shipped(night))[at]
    return Lines(
        at,
        np.where(np.isin(told.stands, (OPEN, FRESH, LATE)), left, items.units[at] + 1),
        np.zeros(len(at), bool),
        np.maximum(today - 1, chunk.orders.purchase_day[order]),
        np.full(len(at), WRONG),
        np.zeros(len(at), bool),
    )


def confirming(chunk: Chunk, market: Market, told: Mistakes, night: int) -> list[Way]:
    """What may be wrong with each of the confirmations: with some the order alone, with those of open orders a cell."""
    items, order, chance = chunk.items, chunk.items.order[told.at], at_night(chunk.luck.of(told.at), night)
    layout = market.layouts["confirmation"]
    own, stands = (told.stands == OPEN) & ~told.both, told.stands
    left = (items.units - items.shipped(night))[told.at]
    plain = lines(chunk, told, night).day
    ahead, back = (1 + chance.below(name, 9) for name in ("ahead", "back"))
    unknown = text.order_ids(chunk.orders.number[order], np.full(len(order), 199), ~chunk.seed)
    stranger = text.item_ids(chunk.orders.number[order] * SLOTS + SLOTS - 1, chunk.seed)
    empty = text.same("", len(order))
    ways = [
        *(Way(code, stands == one, {}) for one, code in _BY_ORDER.items()),
        Way("CAN-503", told.both, {}),
        Way("SHP-101", own, {"order-id": unknown}),
        Way("SHP-102", own, {"order-item-id": stranger}),
        Way("SHP-106", own, {"quantity": text.numbers(left + ahead)}),
        Way("SHP-108", own, {"ship-date": text.dates(chunk.orders.purchase_day[order] - 1 - back)}),
        Way("SHP-109", own, {"ship-date": text.dates(plain + 1 + ahead)}),
        Way("SHP-111", own, {"carrier-code": text.same("Other", len(order)), "carrier-name": empty}),
        Way("FMT-013", own, {"order-item-id": empty}),
        *broken_lines("confirmation", layout, own),
        *flaws.ways("confirmation", layout, chance, ~own),
    ]
    if "ship-to-address-1" in layout.columns:
        elsewhere = text.same("1 Somewhere Else", len(order))
        ways.append(Way("SHP-114", own & ~chunk.orders.redirected[order], {"ship-to-address-1": elsewhere}))
    return ways


_BY_ORDER = {
    FRESH: "SHP-120",
    PENDING: "SHP-103",
    CANCELED: "SHP-104",
    GONE: "SHP-105",
    LATE: "SHP-110",
    AMAZONS: "SHP-118",
}


def canceling(chunk: Chunk, market: Market, told: Mistakes, night: int) -> list[Way]:
    """What may be wrong with each of the cancellations, which name no item."""
    chance, layout = at_night(chunk.luck.of(told.at), night), market.layouts["cancellation"]
    own = (told.stands == OPEN) & ~told.both
    reason = text.same("NoInventory", len(told.at))
    one = {"cancellation-reason-code": reason, "amazon-order-item-code": chunk.item_id.take(told.at)}
    return [
        Way("CAN-503", told.both, {}),
        Way("CAN-501", np.isin(told.stands, (PENDING, CANCELED, GONE)), {}),
        *(Way("CAN-502", own, {name: cell}) for name, cell in one.items()),
        *broken_lines("cancellation", layout, own),
        *(way._replace(cells=one | way.cells) for way in flaws.ways("cancellation", layout, chance, ~own)),
    ]
