"""Our confirmations that Amazon has not answered, where its reports speak against them (SPEC §4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts


def doubtful_orders(items: pd.DataFrame, context: RunContext) -> Array:
    """The orders (keys) of items that we confirmed, and that are canceled or still to be shipped by a later report."""
    confirmed_at, unshipped_at = (MaskedInts.from_column(items[name]) for name in ("confirmed_at", "unshipped_at"))
    still_wanted = _is_wanted_in_full(items) & (unshipped_at > confirmed_at + _check_every(items, context))
    canceled = arrow.to_bool(items["canceled_seen"]) & arrow.is_valid(items["canceled_at"])
    in_doubt = (arrow.to_int64(items["quantity_confirmed"], 0) > 0) & (canceled | still_wanted)
    return np.unique(arrow.to_int64(items["order_key"])[in_doubt])


def mark_unanswered(
    items: pd.DataFrame, in_force: pd.DataFrame, open_feeds: frozenset[tuple[int, int]], context: RunContext
) -> pd.DataFrame:
    """The items with ``unaccepted`` and ``not_arrived``, by the published confirmations of those in doubt.

    The first are the units confirmed after the item was canceled and not accepted since, the second says that a report
    made longer after a confirmation than reports are to be read apart still wants all of the item shipped.
    ``open_feeds`` are the feeds (run, part) without an answer.
    """
    unaccepted, not_arrived = np.zeros(len(items), np.int64), np.zeros(len(items), bool)
    if len(in_force):
        keys = [
            pd.MultiIndex.from_arrays([arrow.to_int64(rows[name]) for name in ("order_key", "item_key")])
            for rows in (items, in_force)
        ]
        feeds = pd.MultiIndex.from_arrays([arrow.to_int64(in_force[name]) for name in ("run", "feed")])
        item_index = keys[0].get_indexer(keys[1])
        is_open = feeds.isin(list(open_feeds)) & (item_index >= 0) if open_feeds else np.zeros(len(in_force), bool)
        item_index, units = item_index[is_open], arrow.to_int64(in_force["units"], 0)[is_open]
        published_at = MaskedInts.from_column(in_force["published_at"]).take(is_open)
        canceled_at, unshipped_at = (
            MaskedInts.from_column(items[name]).take(item_index) for name in ("canceled_at", "unshipped_at")
        )
        np.add.at(unaccepted, item_index, np.where(published_at > canceled_at, units, 0))
        is_late = unshipped_at > published_at + _check_every(items, context).take(item_index)
        not_arrived[item_index[is_late & (units > 0)]] = True
    return items.assign(
        unaccepted=arrow.to_series(unaccepted),
        not_arrived=arrow.to_series(pa.array(not_arrived & _is_wanted_in_full(items))),
    )


def _is_wanted_in_full(items: pd.DataFrame) -> Array:
    """Of which the report that counts has nothing shipped, as bool."""
    return (arrow.to_int64(items["quantity_shipped"], -1) == 0) & ~arrow.to_bool(items["canceled_seen"])


def _check_every(items: pd.DataFrame, context: RunContext) -> MaskedInts:
    """Within what time reports are to be read, µs, the same for all items."""
    duration = context.policy.duration_on("order.check_every", context.as_of)
    size = len(items)
    if duration is None:
        return MaskedInts(np.zeros(size, np.int64), np.zeros(size, bool))
    return MaskedInts(np.full(size, dtypes.duration_to_us(duration)))
