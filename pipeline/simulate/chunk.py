"""A stretch of orders with everything that several of their files say alike."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from pipeline.simulate import probabilities
from pipeline.simulate import text_columns as text
from pipeline.simulate.incidents import OrderIncidents, simulate_incidents
from pipeline.simulate.items import OrderItems, simulate_items
from pipeline.simulate.markets import Market
from pipeline.simulate.order_events import OrderEvents, World, simulate_orders
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.text_columns import Cells, TextArray
from pipeline.utils.dtypes import BoolArray, IntArray

_15TH_DIGIT = "1"
_LONG_ID_PREFIX = "10"  # put before the item id of an odd order: 16 digits or 17


class Chunk:
    """The orders from one number up to another, their items, and their texts once they are asked for."""

    def __init__(self, world: World, begin: int, end: int) -> None:
        """The lives are simulated at once."""
        self.world = world
        self.orders: OrderEvents = simulate_orders(world, np.arange(begin, end))
        self.incidents: OrderIncidents = simulate_incidents(world, self.orders)
        self.items: OrderItems = simulate_items(world, self.orders, self.incidents)
        self.first_item = np.flatnonzero(self.items.position == 0)  # of each order, the place of its first item
        self.order_draws = RandomDraws(world.options.seed, self.orders.number)  # a draw an order
        self.item_draws = RandomDraws(world.options.seed, self.items.key)  # a draw an item
        self.market_index = self.orders.market[self.items.order_index]

    @property
    def seed(self) -> int:
        """The seed of the simulation."""
        return self.world.options.seed

    @cached_property
    def order_id(self) -> TextArray:
        """The id of each order."""
        prefix = np.zeros(len(self.orders.number), np.int64)
        for market_number, market in enumerate(self.world.markets):
            candidates = np.array(market.order_id_prefixes, np.int64)[
                self.order_draws.draw_below("prefix", len(market.order_id_prefixes))
            ]
            prefix = np.where(self.orders.market == market_number, candidates, prefix)
        return text.format_order_ids(self.orders.number, prefix, self.seed)

    @cached_property
    def item_id(self) -> TextArray:
        """The id of each item."""
        regular_ids = text.format_item_ids(self.items.key, self.seed)
        is_long = np.array([market.long_item_ids for market in self.world.markets])[self.market_index]
        if is_long.any():
            regular_ids = text.text_where(is_long, text.join_texts(_15TH_DIGIT, regular_ids), regular_ids)
        is_unusual = self.orders.unusual_item_id[self.items.order_index]
        return (
            text.text_where(is_unusual, text.join_texts(_LONG_ID_PREFIX, regular_ids), regular_ids)
            if is_unusual.any()
            else regular_ids
        )

    @cached_property
    def sku(self) -> TextArray:
        """The sku of each item."""
        return format_skus(self.items.sku)

    @cached_property
    def unit_cents(self) -> IntArray:
        """What one unit of each item costs."""
        return 500 + (self.items.sku * 97) % 9500

    @cached_property
    def price_cents(self) -> IntArray:
        """What all units of each item cost, before any discount."""
        return self.unit_cents * self.items.units

    @cached_property
    def promotion_count(self) -> IntArray:
        """How many promotions each item was sold with: none, one or two."""
        draws = self.item_draws
        return draws.draw_flags("promotion", probabilities.PROMOTION) * (
            1 + draws.draw_flags("second promotion", probabilities.PROMOTION_DETAIL)
        )

    @cached_property
    def discount_cents(self) -> IntArray:
        """What each promotion of each item takes off its price."""
        return self.price_cents * probabilities.DISCOUNT_PERCENT // 100

    @cached_property
    def paid_cents(self) -> IntArray:
        """What the buyer paid for each item."""
        return self.price_cents - self.promotion_count * self.discount_cents

    def any_item(self, mask: BoolArray) -> BoolArray:
        """For each order whether the mask, one truth an item, holds for any of its items."""
        flags = np.zeros(len(self.orders.number), bool)
        flags[self.items.order_index[mask]] = True
        return flags

    def buyer_cells(self, market: Market, order_index: IntArray) -> Cells:
        """The placeholders for the buyer of each order (place) and where they live."""
        placeholders, number_text = (market.placeholders, text.format_integers(self.orders.number[order_index] + 1))
        return {
            "name": text.join_texts(placeholders["buyer"], " ", number_text),
            "email": text.join_texts("buyer-", number_text, "@example.com"),
            "phone": text.pick_texts(
                ["", "+1 555-0100"], self.order_draws.select_keys(order_index).draw_below("phone", 2)
            ),
            "street": text.join_texts(number_text, " ", placeholders["street"]),
            "city": text.repeat_text(placeholders["city"], len(order_index)),
            "state": text.repeat_text(placeholders["state"], len(order_index)),
            "postal": text.join_texts(placeholders["postal"], text.zero_pad(self.orders.number[order_index], 2)),
            "country": text.repeat_text(market.marketplace.country, len(order_index)),
        }

    def item_titles(self, market: Market, item_index: IntArray) -> TextArray:
        """The title of each item (place)."""
        return text.join_texts(
            market.placeholders["title"], " (", text.format_integers(self.items.sku[item_index]), ")"
        )


def format_skus(numbers: IntArray) -> TextArray:
    """Skus by their numbers; some begin with a zero."""
    return text.join_texts(text.pick_texts(["DEMO-", "0"], numbers % 2), text.zero_pad(numbers, 4))


def strip_dashes(ids: TextArray) -> TextArray:
    """The ids without their dashes."""
    return pc.replace_substring(ids, "-", "")
