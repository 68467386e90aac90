"""A market's night, as far as a stretch of orders is concerned: where they stand, and what is to be damaged."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import care, items, mistakes, uploads
from pipeline.simulate.chance import Bools, Chance, Ints
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.files import Files, Place
from pipeline.simulate.markets import Market
from pipeline.simulate.mistakes import FRESH, LOTS, Mistakes, at_night
from pipeline.simulate.spoil import Rows, spoilt
from pipeline.simulate.text import Cells

_AGAIN_PENDING = 1 / 8  # of the damaged orders: a newer All Orders report calls them Pending


class Evening:
    """What every file of the night asks about; masks are one truth an order."""

    def __init__(self, chunk: Chunk, market: int, night: int) -> None:
        """Decides which orders the seller makes mistakes about."""
        self.chunk, self.number, self.night = chunk, market, night
        self.market: Market = chunk.world.markets[market]
        self.dirty = chunk.world.asked.dirty
        self.standing = items.standing(chunk.world, chunk.orders, chunk.items, night)
        self.said = uploads.uploading(chunk, night)
        self.chance = at_night(chunk.chance, night)
        self.lot = self.chance.below("lot", LOTS)
        free = mistakes.free(chunk, self.said, night) & (self.lot == LOTS - 1)
        self.wrong: Mistakes = mistakes.mistakes(chunk, self.standing, free, market, night)
        about = self._orders(self.wrong.at)
        self.fresh = self._orders(self.wrong.at[self.wrong.stands == FRESH])
        again = self.chance.happens("pending again", self.dirty * _AGAIN_PENDING)
        self.pending_again = free & ~about & chunk.any_of(self.standing.open) & again
        self.spared = self.said | about | self.pending_again

    def _orders(self, at: Ints) -> Bools:
        """The orders of the items at the places."""
        made = np.zeros(len(self.chunk.orders.number), bool)
        made[self.chunk.items.order[at]] = True
        return made

    def place(self, kind: str) -> Place:
        """The file of a kind."""
        return Place(self.number, self.night, kind)

    def luck(self, at: Ints) -> Chance:
        """Tonight's draws of the items at the places."""
        return at_night(self.chunk.luck.of(at), self.night)


def write_care(files: Files, evening: Evening, then: care.After) -> None:
    """The letters, returns and claims of the night; of the letters those that an upload depends on stay sound."""
    for kind, make in (("contacts", care.contacts), ("returns", care.returns), ("claims", care.claims)):
        cells, order = make(evening.chunk, then, evening.number, evening.night)
        if len(order):
            nth = np.arange(len(order)) - np.searchsorted(order, order)
            chance = Chance(evening.chunk.seed, evening.chance.keys[order] * np.uint64(8) + nth.astype(np.uint64))
            spared = evening.said[order] & (kind == "contacts")
            plain(files, evening.place(kind), cells, chance, spared)


def plain(files: Files, place: Place, cells: Cells, chance: Chance, spared: Bools) -> None:
    """Rows about which there is nothing to say but what their schema says."""
    world = files.world
    hit = ~spared & chance.happens(f"damaged {place.kind}", world.asked.dirty)
    layout = world.markets[place.market].layouts[place.kind]
    files.add(place, spoilt(Rows(place.kind, layout, cells, chance, hit, spared)))
