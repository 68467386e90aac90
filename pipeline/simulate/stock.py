"""The seller's own stock count of a night (SPEC §2)."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import format_skus
from pipeline.simulate.nights import HOUR_SECONDS
from pipeline.simulate.order_events import World
from pipeline.simulate.probabilities import SKU_COUNT
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.text_columns import Cells

_SOLD_OUT = 1 / 100  # of the skus of which nothing is left


def stock_cells(world: World, market: int, night: int) -> Cells:
    """The cells of the count: every sku, counted in the evening, enough of most for the orders of the hours since."""
    skus = np.arange(SKU_COUNT)
    draws = RandomDraws(world.options.seed, (night * len(world.markets) + market) * SKU_COUNT + skus)
    restock_limit = 40 + 4 * world.options.orders // (world.options.history + world.options.nights) // SKU_COUNT
    quantity = np.where(draws.draw_flags("gone", _SOLD_OUT), 0, 20 + draws.draw_below("left", restock_limit))
    counted_at = np.full(SKU_COUNT, int(world.nights.as_of(night)) - 2 * HOUR_SECONDS)
    return {
        "sku": format_skus(skus),
        "quantity": text.format_integers(quantity),
        "counted-at": text.format_instants(counted_at),
    }
