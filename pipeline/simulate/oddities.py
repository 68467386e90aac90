"""What is odd about rows of order reports without any cell being unreadable: the ORD codes."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import text
from pipeline.simulate.chance import Bools, Ints
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.damage import Way
from pipeline.simulate.nights import DAY

_DAYS_OFF = 9  # far enough from the truth for any rounding
_AFTER = 2 * DAY  # past the time that Amazon's check takes


def unshipped(chunk: Chunk, at: Ints, night: int) -> list[Way]:
    """The ways open to rows of the Unshipped Orders report about the items at the places."""
    world, items, order = chunk.world, chunk.items, chunk.items.order[at]
    made, bought = int(world.nights.made(night)), chunk.orders.purchase[order]
    every = np.ones(len(at), bool)
    days = (made - chunk.orders.promise[order]) // DAY
    left = items.units[at] - items.shipped(night)[at]
    long_ago = bought + world.verification + _AFTER <= made
    return [
        Way("ORD-102", every, {"payments-date": text.instants(bought - 60)}),
        Way("ORD-103", every, {"quantity-to-ship": text.numbers(left + 1)}),
        Way("ORD-104", every, {"days-past-promise": text.numbers(days - 1)}, twice=True),
        Way("ORD-105", every, {"reporting-date": text.instants(bought + world.hold // 2)}),
        Way("ORD-106", long_ago, {"reporting-date": text.instants(bought + world.verification + DAY)}),
        Way("ORD-107", every, {"days-past-promise": text.numbers(days + _DAYS_OFF)}),
        Way("ORD-110", every, {}, twice=True),
    ]


def orders(chunk: Chunk, at: Ints, also_unshipped: Bools) -> list[Way]:
    """The ways open to rows of the Orders report; ``also_unshipped`` are in the Unshipped Orders report too."""
    bought = chunk.orders.purchase[chunk.items.order[at]]
    every, plain = np.ones(len(at), bool), also_unshipped
    return [
        Way("ORD-102", every, {"payments-date": text.instants(bought - 60)}),
        Way("ORD-108", plain, {"quantity-purchased": text.numbers(chunk.items.units[at] + 1)}),
        Way("ORD-108", plain, {"sku": text.join(chunk.sku.take(at), "-X")}),
        Way("ORD-110", every, {}, twice=True),
    ]
