"""The orders of some items: where each begins, which has a key, and where an item stands."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline import frames
from pipeline.frames import Array

_LINES = 2**40  # more than a file has
_RUN = 100  # keys that rise in a row from which they count as sorted


class Orders(NamedTuple):
    """The orders of the items: where each begins, and its key."""

    starts: Array
    keys: Array  # rising
    of_item: Array  # the number of each item's order
    whole: Array  # where among the facts those of the whole order are: of its only item, or behind those of all items
    lookup: Any  # the keys once more, as an index of pandas

    @classmethod
    def of(cls, keys: Array) -> Orders:
        """The orders of items with those keys, which come sorted."""
        starts = frames.first_of_runs(keys)
        many = np.diff(np.append(starts, len(keys))) > 1
        whole = np.where(many, len(keys) - 1 + np.cumsum(many), starts)
        return cls(starts, keys[starts], frames.run_numbers(starts, len(keys)), whole, pd.Index(keys[starts]))

    def facts(self, number: Array) -> Array:
        """Where among the facts those of the orders of those numbers are, −1 for none."""
        return np.where(number < 0, -1, self.whole[np.maximum(number, 0)] if len(self.whole) else -1)

    def find(self, keys: Array) -> Array:
        """The numbers of the orders of those keys, −1 for one that is not known.

        Keys that come sorted, or in a few such runs, are looked for in the sorted keys: a third of the time of a hash.
        """
        falls = np.count_nonzero(keys[1:] < keys[:-1])
        if falls * _RUN > len(keys) or not len(self.keys):
            return self.lookup.get_indexer(pd.Index(keys, copy=False))
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found[self.keys[found] != keys] = -1
        return found

    def position(self, asked: Array, order: Array, held: Array) -> Array:
        """For each item key and number of its order the position among the item keys held, −1 where it has none."""
        known = np.flatnonzero(order >= 0)
        many = np.diff(np.append(self.starts, len(held)))[order[known]]
        which, item = members(self.starts[order[known]], many)
        row = known[which]
        same = held[item] == asked[row]
        found = np.full(len(order), -1)
        found[row[same]] = item[same]
        return found


def members(starts: Array, many: Array) -> tuple[Array, Array]:
    """Of runs of so many that start at the positions: for every member the number of its run, and its position."""
    run = np.repeat(np.arange(len(many)), many)
    return run, np.arange(len(run)) + np.repeat(starts - np.cumsum(many) + many, many)


def last_report(items: pd.DataFrame, orders: Orders) -> Array:
    """For each order the position of the item that a report of this run held last; its last one where none did."""
    if not len(items):
        return np.zeros(0, np.int64)
    file, line = (np.maximum(frames.numbers(items[name]), -1) for name in ("file", "line"))
    seen = file * _LINES + line
    hit = np.flatnonzero(seen == np.maximum.reduceat(seen, orders.starts)[orders.of_item])
    found = np.zeros(len(orders.keys), np.int64)
    found[orders.of_item[hit]] = hit
    return found
