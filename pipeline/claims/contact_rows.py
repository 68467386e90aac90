"""The contacts and, below them, the return requests of the Returns report, as far as they have happened."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import timepoints, windows
from pipeline.claims.timepoints import LocalClock, Timepoints
from pipeline.claims.windows import TimeSpan
from pipeline.utils import arrow, groups
from pipeline.utils.categories import encode_words
from pipeline.utils.dtypes import NEVER, Array

MESSAGE, RETURN_REQUEST = 0, 1
_CHANNELS = ("message", "return-request")
CHANNEL_WORDS = ("message", "return request")  # in sentences
BUYER, SELLER = 0, 1
_SENDERS = ("buyer", "seller")
_TOPICS = ("delivery", "item", "address", "other")
DELIVERY, ITEM, ADDRESS, OTHER = range(len(_TOPICS))
NOT_GIVEN = -1
_COMPLETED = "Completed"


class ContactRows(NamedTuple):
    """Contacts and return requests below each other; ``order_index`` is the number of the order of each."""

    times: Timepoints
    span: TimeSpan
    happened: Array
    order_index: Array
    sender: Array
    channel: Array
    topic: Array
    is_return_request: Array  # a row of the Returns report
    item_key: Array  # of the item that is to be returned, NEVER where none is named
    is_done: Array  # a return request that was completed or refunded
    resolved_last: Array  # when buyer and seller agreed at the latest (µs UTC)

    @property
    def wants_return(self) -> Array:
        """Which are about the item, or ask for a return."""
        return (self.channel == RETURN_REQUEST) | (self.topic == ITEM)

    def counts_for(self, channel: int) -> Array:
        """Which certainly count for a claim that needs the channel: they come by it and their topic fits."""
        if channel == MESSAGE:
            return (self.channel == MESSAGE) & ((self.topic == DELIVERY) | (self.topic == OTHER))
        return (self.channel == RETURN_REQUEST) & (self.topic != ADDRESS)

    def may_count(self, channel: int) -> Array:
        """Which do, or may, because nobody says how they came or what they are about."""
        may_come_by = (self.channel == channel) | (self.channel == NOT_GIVEN)
        may_be_about = self.topic != ADDRESS
        if channel == MESSAGE:
            may_be_about &= self.topic != ITEM
        return may_come_by & may_be_about


def stack_rows(
    contacts: pd.DataFrame, returns: pd.DataFrame, order_indices: tuple[Array, Array], clock: LocalClock
) -> ContactRows:
    """The rows of both; ``clock`` has a row an order."""
    sent_at = timepoints.read_timepoints(contacts, "sent_date")
    request_day = arrow.to_int64(returns["return_request_date"])
    contact_count, return_count = len(contacts), len(request_day)
    columns: tuple[tuple[Array, Array], ...] = (
        (sent_at.instant, np.full(return_count, NEVER)),
        (sent_at.day, request_day),
        order_indices,
        (encode_words(contacts["direction"], _SENDERS), np.zeros(return_count, np.int8)),
        (encode_words(contacts["channel"], _CHANNELS), np.full(return_count, RETURN_REQUEST, np.int8)),
        (encode_words(contacts["topic"], _TOPICS), np.full(return_count, ITEM, np.int8)),
        (np.zeros(contact_count, bool), np.ones(return_count, bool)),
        (np.full(contact_count, NEVER), arrow.to_int64(returns["item_key"])),
        (_resolved_last(contacts, order_indices[0], clock), np.full(return_count, NEVER)),
    )
    instant, day, order_index, sender, channel, topic, is_return, item_key, resolved = (
        np.concatenate(pair) if return_count else pair[0] for pair in columns
    )
    times = Timepoints(instant, day)
    row_clock = clock.take(order_index)
    done_returns = find_done_returns(returns)
    # of a return request in the contact log the Returns report says that it was done, not which row of it is the same
    is_done = (channel == RETURN_REQUEST) & groups.is_in(order_index, order_indices[1][done_returns])
    if return_count:
        is_done[contact_count:] = done_returns
    return ContactRows(
        times=times,
        span=windows.to_span(times, row_clock),
        happened=times.is_known & ~timepoints.is_future(times, row_clock),
        order_index=order_index,
        sender=sender,
        channel=channel,
        topic=topic,
        is_return_request=is_return,
        item_key=item_key,
        is_done=is_done,
        resolved_last=resolved,
    )


def find_done_returns(returns: pd.DataFrame) -> Array:
    """Which rows of the Returns report say that the return was completed, or that something was refunded."""
    is_refunded = pc.fill_null(pc.greater(arrow.to_arrow(returns["refunded_amount"]), 0), False).to_numpy()
    return arrow.equals_text(arrow.to_arrow(returns["return_request_status"]), _COMPLETED) | is_refunded


def _resolved_last(contacts: pd.DataFrame, order_index: Array, clock: LocalClock) -> Array:
    """When buyer and seller agreed at the latest, as far as that has happened; NEVER where nobody says."""
    resolved = timepoints.read_timepoints(contacts, "resolved_date")
    row_clock = clock.take(order_index)
    return windows.to_span(resolved.where(~timepoints.is_future(resolved, row_clock)), row_clock).last


def stack_column(contacts: pd.DataFrame, returns: pd.DataFrame, name: str) -> pa.ChunkedArray:
    """A column of the contacts and, behind them, of the returns."""
    parts = [arrow.to_arrow(rows[name]) for rows in (contacts, returns)]
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.int64())
