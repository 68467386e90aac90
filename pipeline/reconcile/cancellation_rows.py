"""Cancellation rows: what they cover, whether that can be canceled, and where they contradict a confirmation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.states import CANCELED, STATE_NAMES, UNSHIPPED
from pipeline.reconcile.line_locations import format_locations
from pipeline.reconcile.match import RowItemPairs, match_items
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER


def check_cancelable(rows: pd.DataFrame, items: pd.DataFrame) -> tuple[pd.DataFrame, RowItemPairs]:
    """The cancellation rows with ``cancelable`` and ``state_found``, and the pairs they cover.

    A row for a whole order needs all of its items unshipped, those already canceled aside; an item named needs to
    be unshipped itself. An item in none of the reports cannot be verified as unshipped, and what Amazon fulfils is not
    the seller's to cancel.
    """
    pairs = match_items(rows, items)
    state = items["state"].to_numpy(np.int64)[pairs.item_index]
    without_item_id = items["item_key"].to_numpy(np.int64)[pairs.item_index] < 0
    names_item = pairs.names_item[pairs.row_index]
    by_amazon = is_amazon_fulfilled(items["fulfillment_channel"])[pairs.item_index]
    is_cancelable = (state == UNSHIPPED) & ~by_amazon & ~(names_item & without_item_id)
    is_blocking = ~is_cancelable & ~((state == CANCELED) & ~names_item)
    readable = arrow.is_valid(rows["order_key"]) & (pairs.names_item | pairs.whole_order)
    row_cancelable = pairs.any_by_row(is_cancelable) & ~pairs.any_by_row(is_blocking)
    worst_state = np.full(len(rows), len(STATE_NAMES))
    worst_state[pairs.row_index[~is_cancelable]] = state[~is_cancelable]
    worst_state[pairs.row_index[by_amazon]] = len(STATE_NAMES) + 1
    state_names = arrow.take_strings([*STATE_NAMES, "in none of the reports", "fulfilled by Amazon"], worst_state)
    return rows.assign(
        cancelable=arrow.to_series(pa.array(row_cancelable, mask=~readable)),
        state_found=arrow.to_series(state_names),
    ), pairs


def find_opposing_rows(
    rows: pd.DataFrame,
    pairs: RowItemPairs,
    other_rows: pd.DataFrame,
    other_pairs: RowItemPairs,
    file_names: Sequence[str],
) -> pd.Series[str]:
    """For each row the address of the first of the other upload's rows about the same order item, null without one.

    Items that no report holds are the same where order and item ids are, a whole order being all of its items.
    """
    if not (len(rows) and len(other_rows)):
        return arrow.to_series(pa.nulls(len(rows), pa.string()))
    own_listed, other_listed = pairs.filter(~pairs.without_item_id), other_pairs.filter(~other_pairs.without_item_id)
    own_items = pd.DataFrame({"row": own_listed.row_index, "item": own_listed.item_index})
    shared_items = own_items.merge(
        pd.DataFrame({"other": other_listed.row_index, "item": other_listed.item_index}), on="item"
    )
    by_id = _rows_compared_by_id(rows, pairs).merge(
        _rows_compared_by_id(other_rows, other_pairs), on="order", suffixes=("", "_other")
    )
    whole_order = ~(dtypes.is_known(by_id["item"]) & dtypes.is_known(by_id["item_other"]))
    is_same_item = (by_id["item"] == by_id["item_other"]) | (
        whole_order & (by_id["ambiguous"] | by_id["ambiguous_other"])
    )
    by_id = by_id[is_same_item & (by_id["unlisted"] | by_id["unlisted_other"])].rename(columns={"row_other": "other"})
    first_other = pd.concat([shared_items[["row", "other"]], by_id[["row", "other"]]]).groupby("row")["other"].min()
    other_index = np.full(len(rows), NEVER)
    other_index[first_other.index.to_numpy(np.int64)] = first_other.to_numpy(np.int64)
    missing = ~dtypes.is_known(other_index)
    if missing.all():
        return arrow.to_series(pa.nulls(len(rows), pa.string()))
    return arrow.to_series(format_locations(other_rows, file_names, np.where(missing, 0, other_index), missing))


def _rows_compared_by_id(rows: pd.DataFrame, pairs: RowItemPairs) -> pd.DataFrame:
    """Row, order and item (keys, NEVER for the whole order) of the rows to be compared by their ids.

    These are the rows ``unlisted``, which stand beside no item of known id, and those that mean a whole order. A lost
    row is ``ambiguous`` where no report lists the items of its order: then a whole order may mean it, too.
    """
    order_key = arrow.to_int64(rows["order_key"])
    unlisted = dtypes.is_known(order_key) & (pairs.names_item | pairs.whole_order)
    unlisted[pairs.row_index[~pairs.without_item_id]] = False
    ambiguous = unlisted & (~pairs.order_known | pairs.any_by_row(pairs.without_item_id))
    row_index = np.flatnonzero(unlisted | (dtypes.is_known(order_key) & pairs.whole_order))
    item_key = arrow.to_int64(rows["item_key"])
    return pd.DataFrame(
        {
            "row": row_index,
            "order": order_key[row_index],
            "item": item_key[row_index],
            "unlisted": unlisted[row_index],
            "ambiguous": ambiguous[row_index],
        }
    )
