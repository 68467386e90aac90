"""The orders of some items: where each begins, which has a key, and where an item stands."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array
from pipeline.utils.groups import expand_groups

_MAX_LINES = 2**40  # more than a file has
_MIN_RUN = 100  # keys that rise in a row from which they count as sorted


class OrderIndex(NamedTuple):
    """The orders of the items: where each begins, and its key."""

    starts: Array
    keys: Array  # rising
    order_of_item: Array  # the number of each item's order
    order_facts: (
        Array  # where among the facts those of the whole order are: of its only item, or behind those of all items
    )
    lookup: Any  # the keys once more, as an index of pandas

    @classmethod
    def from_keys(cls, keys: Array) -> OrderIndex:
        """The orders of items with those keys, which come sorted."""
        starts = groups.group_starts(keys)
        has_many = np.diff(np.append(starts, len(keys))) > 1
        order_facts = np.where(has_many, len(keys) - 1 + np.cumsum(has_many), starts)
        return cls(starts, keys[starts], groups.group_ids(starts, len(keys)), order_facts, pd.Index(keys[starts]))

    def find_facts(self, order_index: Array) -> Array:
        """Where among the facts those of the orders of those numbers are, −1 for none."""
        return np.where(
            order_index < 0, -1, self.order_facts[np.maximum(order_index, 0)] if len(self.order_facts) else -1
        )

    def first_items(self, mask: Array) -> Array:
        """Of each order the position of its first item of the mask, of its first item where none is."""
        if not len(self.starts):
            return self.starts
        positions = np.minimum.reduceat(np.where(mask, np.arange(len(mask)), len(mask)), self.starts)
        return np.where(positions < len(mask), positions, self.starts)

    def find_orders(self, keys: Array) -> Array:
        """The numbers of the orders of those keys, −1 for one that is not known.

        Keys that come sorted, or in a few such runs, are looked for in the sorted keys: a third of the time of a hash.
        """
        descents = np.count_nonzero(keys[1:] < keys[:-1])
        if descents * _MIN_RUN > len(keys) or not len(self.keys):
            return self.lookup.get_indexer(pd.Index(keys, copy=False))
        order_index = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        order_index[self.keys[order_index] != keys] = -1
        return order_index

    def find_items(self, wanted: Array, order_index: Array, item_keys: Array) -> Array:
        """For each item key and number of its order the position among the item keys held, −1 where it has none."""
        known_rows = np.flatnonzero(order_index >= 0)
        counts = np.diff(np.append(self.starts, len(item_keys)))[order_index[known_rows]]
        run_index, item_index = expand_groups(self.starts[order_index[known_rows]], counts)
        row = known_rows[run_index]
        matches = item_keys[item_index] == wanted[row]
        positions = np.full(len(order_index), -1)
        positions[row[matches]] = item_index[matches]
        return positions


def find_last_reported(items: pd.DataFrame, orders: OrderIndex) -> Array:
    """For each order the position of the item that a report of this run held last; its last one where none did."""
    if not len(items):
        return np.zeros(0, np.int64)
    file, line = (np.maximum(arrow.to_int64(items[name]), -1) for name in ("file", "line"))
    report_position = file * _MAX_LINES + line
    last_items = np.flatnonzero(
        report_position == np.maximum.reduceat(report_position, orders.starts)[orders.order_of_item]
    )
    positions = np.zeros(len(orders.keys), np.int64)
    positions[orders.order_of_item[last_items]] = last_items
    return positions
