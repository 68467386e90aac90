"""Which order items each row of an upload stands for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline import frames
from pipeline.frames import NEVER, Array


class Pairs(NamedTuple):
    """(row, item) for every item a row may stand for, sorted by row, and what is known of each row.

    ``order_known`` and ``item_known`` are bool a row (the latter also False where no item is named);
    ``names_item`` says that the row has a readable item id, ``whole`` that its item cell is empty.
    """

    row: Array
    item: Array
    order_known: Array
    item_known: Array
    names_item: Array
    whole: Array
    loose: Array  # a pair: the row names an item, and the report no item id: it may be another

    def only(self, keep: Array) -> Pairs:
        """The same, with the pairs of the mask only."""
        return self._replace(row=self.row[keep], item=self.item[keep], loose=self.loose[keep])

    def any(self, mask: Array) -> Array:
        """For every row whether the mask, one truth a pair, holds for any of its items."""
        out = np.zeros(len(self.whole), bool)
        out[self.row[mask]] = True
        return out


def match(rows: pd.DataFrame, items: pd.DataFrame) -> Pairs:
    """Every row beside the items it names: the one, or where it names none all of its order's.

    Items come in any order. Where a row names an item that no report with item ids holds, it stands beside those
    rows of its order whose item is not known.
    """
    size = len(rows)
    keys, item_keys = items["order_key"].to_numpy(np.int64), items["item_key"].to_numpy(np.int64)
    by = frames.in_order(keys, item_keys)
    keys, item_keys = keys[by], item_keys[by]
    starts = frames.first_of_runs(keys)
    counts = np.diff(np.append(starts, len(keys)))
    wanted, item = frames.numbers(rows["order_key"]), frames.numbers(rows["item_key"])
    at = pd.Index(keys[starts]).get_indexer(pd.Index(wanted)) if len(starts) else np.full(size, -1)
    at = np.where(wanted == NEVER, -1, at)
    order_known = at >= 0
    many = np.where(order_known, counts[at] if len(counts) else 0, 0)
    row = np.repeat(np.arange(size), many)
    first = np.cumsum(many) - many
    paired = np.repeat(starts[at] if len(starts) else at, many) + np.arange(len(row)) - np.repeat(first, many)
    whole = ~frames.known(rows["order-item-id"])
    names_item = item != NEVER
    exact = item_keys[paired] == item[row]
    item_known = np.zeros(size, bool)
    item_known[row[exact]] = True
    loose = (item_keys[paired] < 0) & names_item[row] & ~item_known[row]
    keep = exact | whole[row] | loose
    return Pairs(row[keep], by[paired[keep]], order_known, item_known, names_item, whole, loose[keep])
