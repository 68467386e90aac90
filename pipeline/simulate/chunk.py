"""A stretch of orders with everything that several of their files say alike."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from pipeline.simulate import text
from pipeline.simulate.chance import Bools, Chance, Ints
from pipeline.simulate.items import Items, items
from pipeline.simulate.lives import Orders, World, orders
from pipeline.simulate.markets import Market
from pipeline.simulate.text import Cells, Text

_LONG_ID = "1"  # put before the item id of an odd order: 15 digits


class Chunk:
    """The orders from one number up to another, their items, and their texts once they are asked for."""

    def __init__(self, world: World, begin: int, end: int) -> None:
        """The lives are told at once."""
        self.world = world
        self.orders: Orders = orders(world, np.arange(begin, end))
        self.items: Items = items(world, self.orders)
        self.first = np.flatnonzero(self.items.place == 0)  # of each order, the place of its first item
        self.chance = Chance(world.asked.seed, self.orders.number)  # a draw an order
        self.luck = Chance(world.asked.seed, self.items.key)  # a draw an item
        self.market = self.orders.market[self.items.order]

    @property
    def seed(self) -> int:
        """The seed of the simulation."""
        return self.world.asked.seed

    @cached_property
    def order_id(self) -> Text:
        """The id of each order."""
        prefix = np.zeros(len(self.orders.number), np.int64)
        for number, one in enumerate(self.world.markets):
            some = np.array(one.prefixes, np.int64)[self.chance.below("prefix", len(one.prefixes))]
            prefix = np.where(self.orders.market == number, some, prefix)
        return text.order_ids(self.orders.number, prefix, self.seed)

    @cached_property
    def item_id(self) -> Text:
        """The id of each item."""
        usual = text.item_ids(self.items.key, self.seed)
        odd = self.orders.odd[self.items.order]
        return text.where(odd, text.join(_LONG_ID, usual), usual) if odd.any() else usual

    @cached_property
    def sku(self) -> Text:
        """The sku of each item."""
        return sku(self.items.sku)

    @cached_property
    def cents(self) -> Ints:
        """What one unit of each item costs."""
        return 500 + (self.items.sku * 97) % 9500

    def any_of(self, mask: Bools) -> Bools:
        """For each order whether the mask, one truth an item, holds for any of its items."""
        out = np.zeros(len(self.orders.number), bool)
        out[self.items.order[mask]] = True
        return out

    def person(self, market: Market, order: Ints) -> Cells:
        """The placeholders for the buyer of each order (place) and where they live."""
        words, number = market.words, text.numbers(self.orders.number[order] + 1)
        return {
            "name": text.join(words["buyer"], " ", number),
            "email": text.join("buyer-", number, "@example.com"),
            "phone": text.choose(["", "+1 555-0100"], self.chance.of(order).below("phone", 2)),
            "street": text.join(number, " ", words["street"]),
            "city": text.same(words["city"], len(order)),
            "state": text.same(words["state"], len(order)),
            "postal": text.join(words["postal"], text.padded(self.orders.number[order], 2)),
            "country": text.same(market.store.country, len(order)),
        }

    def title(self, market: Market, at: Ints) -> Text:
        """The title of each item (place)."""
        return text.join(market.words["title"], " (", text.numbers(self.items.sku[at]), ")")


def sku(numbers: Ints) -> Text:
    """Skus by their numbers; some begin with a zero."""
    return text.join(text.choose(["DEMO-", "0"], numbers % 2), text.padded(numbers, 4))


def plain_id(ids: Text) -> Text:
    """The ids without their dashes."""
    return pc.replace_substring(ids, "-", "")
