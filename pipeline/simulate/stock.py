"""The seller's own stock count of a night (SPEC §2)."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import text
from pipeline.simulate.chance import Chance
from pipeline.simulate.chunk import sku
from pipeline.simulate.lives import World
from pipeline.simulate.nights import HOUR
from pipeline.simulate.rates import SKUS
from pipeline.simulate.text import Cells

_GONE = 1 / 100  # of the skus of which nothing is left


def stock(world: World, market: int, night: int) -> Cells:
    """The cells of the count: every sku, counted in the evening, enough of most for the orders of the hours since."""
    skus = np.arange(SKUS)
    chance = Chance(world.asked.seed, (night * len(world.markets) + market) * SKUS + skus)
    most = 40 + 4 * world.asked.orders // (world.asked.history + world.asked.nights) // SKUS
    left = np.where(chance.happens("gone", _GONE), 0, 20 + chance.below("left", most))
    counted = np.full(SKUS, int(world.nights.as_of(night)) - 2 * HOUR)
    return {"sku": sku(skus), "quantity": text.numbers(left), "counted-at": text.instants(counted)}
