"""Our confirmations that Amazon has not answered, where its reports speak against them (SPEC §4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model.feed_states import FeedStates
from pipeline.model.published_parcels import locate_items
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts


def doubtful_orders(items: pd.DataFrame, context: RunContext) -> Array:
    """The orders (keys) of items that we confirmed, and that are canceled or still to be shipped by a later report."""
    confirmed_at, unshipped_at = (MaskedInts.from_column(items[name]) for name in ("confirmed_at", "unshipped_at"))
    still_wanted = _is_wanted_in_full(items) & (unshipped_at > confirmed_at + _check_every(items, context))
    canceled = arrow.to_bool(items["canceled_seen"]) & arrow.is_valid(items["canceled_at"])
    in_doubt = (arrow.to_int64(items["quantity_confirmed"], 0) > 0) & (canceled | still_wanted)
    return groups.sorted_unique(arrow.to_int64(items["order_key"])[in_doubt])


def mark_unanswered(
    items: pd.DataFrame, published: pd.DataFrame, feed_states: FeedStates, context: RunContext
) -> pd.DataFrame:
    """The items with ``unaccepted`` and ``not_arrived``, by the published confirmations of those in doubt.

    The first are the units confirmed after the item was canceled and not accepted since, the second says that a report
    made longer after a confirmation than reports are to be read apart still wants all of the item shipped.
    """
    unaccepted, not_arrived = np.zeros(len(items), np.int64), np.zeros(len(items), bool)
    rows = np.flatnonzero(_is_unanswered(published, feed_states))
    if len(rows):
        unanswered = arrow.take_rows(published, rows)
        item_index = locate_items(items, unanswered)
        unanswered, item_index = arrow.filter_rows(unanswered, item_index >= 0), item_index[item_index >= 0]
        units, published_at = arrow.to_int64(unanswered["units"]), MaskedInts.from_column(unanswered["published_at"])
        canceled_at, unshipped_at = (
            MaskedInts.from_column(items[name]).take(item_index) for name in ("canceled_at", "unshipped_at")
        )
        np.add.at(unaccepted, item_index, np.where(published_at > canceled_at, units, 0))
        not_arrived[item_index[unshipped_at > published_at + _check_every(items, context).take(item_index)]] = True
    return items.assign(
        unaccepted=arrow.to_series(unaccepted),
        not_arrived=arrow.to_series(pa.array(not_arrived & _is_wanted_in_full(items))),
    )


def _is_unanswered(published: pd.DataFrame, feed_states: FeedStates) -> Array:
    """The confirmations of units of whose parcel Amazon has answered nothing: no correction of it either, bool."""
    if not feed_states.unanswered or not len(published):
        return np.zeros(len(published), bool)
    is_refused, is_open = arrow.to_bool(published["refused"]), feed_states.is_unanswered(published)
    parcel = groups.factorize_rows(published, ("order_key", "item_key", "parcel"))
    is_answered = np.isin(parcel, parcel[~is_open & ~is_refused])
    return is_open & ~is_refused & ~is_answered & (arrow.to_int64(published["units"], 0) > 0)


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
