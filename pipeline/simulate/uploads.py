"""What the seller uploads on a night: shipping confirmations and cancellations, cell by cell (FORMATS §2, §3a)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate import parcels, text
from pipeline.simulate.chance import Bools, Ints
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.lives import CALLED_OFF, CORRECTED, REPEATED, Orders
from pipeline.simulate.markets import Market
from pipeline.simulate.rates import METHODS
from pipeline.simulate.text import Cells

_SLOTS = 4  # tracking numbers a parcel has room for
FIRST, SECOND, NEW, WRONG = range(_SLOTS)  # of the first parcel, of the second, instead of the first, of no parcel
_FORMS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%dT10:00:00")
_FORM_WEIGHTS = (0.9, 0.04, 0.04, 0.02)
_REASONS = ("NoInventory", "BuyerCanceled", "GeneralAdjustment", "ShippingAddressUndeliverable")
_CODE = "AZ:MADEUPMADEUPMADEUP"  # with ten digits behind it a transparency code of 31 characters


class Lines(NamedTuple):
    """Lines of a Shipping Confirmation, each about the item at its place; ``units`` of 0 are left blank.

    ``whole`` lines name no item and stand for its order; ``day`` is the local day on which the parcel left;
    ``parcel`` is one of FIRST, SECOND, NEW, WRONG. ``fed`` says that a line is to be in the feed: it is no repeat.
    """

    at: Ints
    units: Ints
    whole: Bools
    day: Ints
    parcel: Ints
    fed: Bools

    def of(self, rows: Ints) -> Lines:
        """Only these lines."""
        at, units, whole, day, parcel, fed = self
        return Lines(at[rows], units[rows], whole[rows], day[rows], parcel[rows], fed[rows])


def uploading(chunk: Chunk, night: int) -> Bools:
    """The orders about which the seller truly says something on a night."""
    told: Orders = chunk.orders
    return (told.night == night) | (told.again == night) | chunk.any_of(chunk.items.later == night)


def lines(chunk: Chunk, market: int, night: int) -> Lines:
    """The confirmations that the seller gives on a night, by order."""
    items, told = chunk.items, chunk.orders
    mine = (chunk.market == market) & (~items.whole | (items.place == 0)) & (items.first > 0)
    first = np.flatnonzero(mine & ((items.night == night) | (told.again[items.order] == night)))
    second = np.flatnonzero((chunk.market == market) & (items.later == night))
    at = np.concatenate([first, second])
    again = (told.again[items.order] == night)[at]
    later = np.arange(len(at)) >= len(first)
    after = told.afterwards[items.order[at]]
    blank = (items.whole | items.blank)[at]
    made = Lines(
        at,
        np.where(blank, 0, np.where(later, items.second[at], items.first[at])),
        items.whole[at],
        _left(chunk, at, np.where(later, items.later[at], items.night[at])),
        np.where(later, SECOND, np.where(again & (after == CORRECTED), NEW, FIRST)),
        ~(again & (after == REPEATED)),
    )
    return made.of(np.lexsort((later, at)))


def _left(chunk: Chunk, at: Ints, night: Ints) -> Ints:
    """The local day before the night's run: a parcel leaves a day before it is confirmed."""
    order = chunk.items.order[at]
    return chunk.world.day(chunk.orders.market[order], chunk.world.nights.as_of(night)) - 1


def confirmation(chunk: Chunk, market: Market, told: Lines) -> Cells:
    """The cells of the lines."""
    at, order = told.at, chunk.items.order[told.at]
    carrier = parcels.carriers(market, chunk.luck.of(at))
    person = chunk.person(market, order)
    moved = chunk.orders.redirected[order]
    chance = chunk.chance.of(order)
    return {
        "order-id": chunk.order_id.take(order),
        "order-item-id": text.where(~told.whole, chunk.item_id.take(at)),
        "quantity": text.where(told.units > 0, text.numbers(told.units)),
        "ship-date": _dates(told.day, chance.among("form", _FORM_WEIGHTS)),
        "carrier-code": text.choose([one.code for one in market.carriers], carrier),
        "carrier-name": text.choose([one.name for one in market.carriers], carrier),
        "tracking-number": parcels.numbers(market, carrier, chunk.items.key[at] * _SLOTS + told.parcel, chunk.seed),
        "ship-method": _method(chunk, order),
        "transparency_code": text.where(
            chance.happens("transparency", 1 / 50), text.join(_CODE, text.padded(chunk.items.key[at], 10))
        ),
        "ship_from_address_name": text.same("Example Warehouse", len(at)),
        "ship_from_address_countrycode": text.same(market.store.country, len(at)),
        "cod-collection-method": text.where(chance.happens("cod", 1 / 50), "DirectPayment"),
        "ship-to-name": text.where(moved, person["name"]),
        "ship-to-address-1": text.where(moved, text.join("Parcel shop ", person["street"])),
        "ship-to-country": text.where(moved, person["country"]),
    }


def _dates(days: Ints, form: Ints) -> text.Text:
    """The days, each in its form."""
    made = text.dates(days)
    for place, one in enumerate(_FORMS[1:], 1):
        if (form == place).any():
            made = text.where(form == place, text.dates(days, one), made)
    return made


def _method(chunk: Chunk, order: Ints) -> text.Text:
    """The carrier's service, for most orders not named: never slower than what was asked for."""
    service, chance = chunk.orders.service[order], chunk.chance.of(order)
    made = text.same("", len(order))
    for place, methods in enumerate(METHODS):
        made = text.where(service == place, text.choose(methods, chance.below("method", len(methods))), made)
    return made


def cancellations(chunk: Chunk, market: int, night: int) -> tuple[Ints, Bools]:
    """The items that the seller cancels on a night, and which of these lines stand for their whole order."""
    items, told = chunk.items, chunk.orders
    off = ((told.fate == CALLED_OFF) & (told.night == night))[items.order]
    whole = chunk.chance.happens("whole canceled", 2 / 3)[items.order]
    alone = items.called_off & (told.night[items.order] == night)
    mine = (chunk.market == market) & ((off & (~whole | (items.place == 0))) | alone)
    at = np.flatnonzero(mine)
    return at, (off & whole)[at]


def cancellation(chunk: Chunk, at: Ints, whole: Bools) -> Cells:
    """The cells of the lines that cancel the items at the places, or their whole orders."""
    reason = text.choose(_REASONS, chunk.luck.of(at).below("reason", len(_REASONS)))
    return {
        "order-id": chunk.order_id.take(chunk.items.order[at]),
        "cancellation-reason-code": text.where(~whole, reason),
        "amazon-order-item-code": text.where(~whole, chunk.item_id.take(at)),
    }
