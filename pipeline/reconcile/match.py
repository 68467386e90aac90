"""Which order items each row of an upload stands for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import Array


class RowItemPairs(NamedTuple):
    """(row, item) for every item a row may stand for, sorted by row, and what is known of each row.

    ``order_known`` and ``item_known`` are bool a row (the latter also False where no item is named);
    ``names_item`` says that the row has a readable item id, ``whole_order`` that its item cell is empty.
    """

    row_index: Array
    item_index: Array
    order_known: Array
    item_known: Array
    names_item: Array
    whole_order: Array
    without_item_id: Array  # a pair: the row names an item, and the report no item id: it may be another

    def filter(self, mask: Array) -> RowItemPairs:
        """The same, with the pairs of the mask only."""
        return self._replace(
            row_index=self.row_index[mask], item_index=self.item_index[mask], without_item_id=self.without_item_id[mask]
        )

    def any_by_row(self, mask: Array) -> Array:
        """For every row whether the mask, one truth a pair, holds for any of its items."""
        holds = np.zeros(len(self.whole_order), bool)
        holds[self.row_index[mask]] = True
        return holds


def match_items(rows: pd.DataFrame, items: pd.DataFrame) -> RowItemPairs:
    """Every row beside the items it names: the one, or where it names none all of its order's.

    Items come in any order. Where a row names an item that no report with item ids holds, it stands beside those
    rows of its order whose item is not known.
    """
    size = len(rows)
    item_order_keys, item_keys = items["order_key"].to_numpy(np.int64), items["item_key"].to_numpy(np.int64)
    sorted_items = groups.stable_argsort(item_order_keys, item_keys)
    item_order_keys, item_keys = item_order_keys[sorted_items], item_keys[sorted_items]
    order_starts = groups.group_starts(item_order_keys)
    order_sizes = np.diff(np.append(order_starts, len(item_order_keys)))
    row_order_key, row_item_key = arrow.to_int64(rows["order_key"]), arrow.to_int64(rows["item_key"])
    order_index = (
        pd.Index(item_order_keys[order_starts]).get_indexer(pd.Index(row_order_key))
        if len(order_starts)
        else np.full(size, -1)
    )
    order_index = np.where(dtypes.is_known(row_order_key), order_index, -1)
    order_known = order_index >= 0
    item_counts = np.where(order_known, order_sizes[order_index] if len(order_sizes) else 0, 0)
    row_index = np.repeat(np.arange(size), item_counts)
    first_pair = np.cumsum(item_counts) - item_counts
    sorted_place = (
        np.repeat(order_starts[order_index] if len(order_starts) else order_index, item_counts)
        + np.arange(len(row_index))
        - np.repeat(first_pair, item_counts)
    )
    whole_order = ~arrow.is_valid(rows["order-item-id"])
    names_item = dtypes.is_known(row_item_key)
    is_exact = item_keys[sorted_place] == row_item_key[row_index]
    item_known = np.zeros(size, bool)
    item_known[row_index[is_exact]] = True
    without_item_id = (item_keys[sorted_place] < 0) & names_item[row_index] & ~item_known[row_index]
    is_kept = is_exact | whole_order[row_index] | without_item_id
    return RowItemPairs(
        row_index=row_index[is_kept],
        item_index=sorted_items[sorted_place[is_kept]],
        order_known=order_known,
        item_known=item_known,
        names_item=names_item,
        whole_order=whole_order,
        without_item_id=without_item_id[is_kept],
    )
