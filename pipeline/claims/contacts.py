"""Who wrote when: the buyer's first contact about each order, the seller's reply to it, and who still waits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import timepoints
from pipeline.claims.timepoints import LocalClock, Timepoints
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.arrow import take_sparse
from pipeline.utils.categories import encode_words
from pipeline.utils.dtypes import NEVER, Array

MESSAGE, RETURN_REQUEST = 0, 1
_CHANNELS = ("message", "return-request")
CHANNEL_WORDS = ("message", "return request")  # in sentences
_SENDERS = ("buyer", "seller")
_RESOLVED = ("Approved", "Completed")  # a return request of this status was dealt with, though without a date


class ContactTimeline(NamedTuple):
    """The contacts and, behind them, the return requests; and of each order which of them count, −1 for none.

    ``first_contact`` and ``first_reply`` have a row a channel, MESSAGE and REQUEST: the position of the buyer's first
    contact, and that of the seller's first contact after it, by any channel. ``unanswered_contact`` is the first of the
    buyer's contacts that the seller has not answered since, of either channel.
    """

    times: Timepoints
    order_index: Array  # the number of its order
    source: pa.ChunkedArray
    line: pa.ChunkedArray
    is_return_request: Array  # a return request of the Returns report
    is_resolved: Array  # one that was dealt with
    first_contact: Array
    first_reply: Array
    unanswered_contact: Array

    def times_at(self, contact_index: Array) -> Timepoints:
        """The moments of the contacts at the positions, unknown for −1."""
        return self.times.take(np.maximum(contact_index, 0), contact_index < 0)

    def format_locations(self, file_names: list[str], contact_index: Array) -> object:
        """``file:line`` of the contacts at the positions, null for −1."""
        safe_index = np.maximum(contact_index, 0)
        source, line = (
            arrow.to_int64(arrow.to_series(take_sparse(column, safe_index)), 0) for column in (self.source, self.line)
        )
        return arrow.format_locations(file_names, source, line, contact_index < 0)


class _ContactRows(NamedTuple):
    """Contacts and return requests below each other."""

    times: Timepoints
    order_index: Array
    sender: Array
    channel: Array
    is_resolved: Array  # a return request that was dealt with
    is_return_request: Array


def build_timeline(
    contacts: pd.DataFrame, returns: pd.DataFrame, order_indices: tuple[Array, Array], clock: LocalClock
) -> ContactTimeline:
    """The contacts about the orders, as far as they have happened.

    ``order_indices`` are the numbers of the orders of the contacts and of the returns, ``clock`` has a row an order.
    """
    rows = _stack_rows(contacts, returns, order_indices)
    has_dates = not timepoints.is_missing(rows.times.day)
    row_clock = clock.take(rows.order_index) if has_dates else clock
    happened = rows.times.is_known & ~timepoints.is_future(rows.times, row_clock)
    end, begin = timepoints.end_instants(rows.times, row_clock), timepoints.start_instants(rows.times, row_clock)
    if has_dates:  # after a plain date, a contact of that day counts as later
        begin = np.where(dtypes.is_known(rows.times.instant), begin, begin - 1)
    order_count = len(clock.zone_index)
    buyer, seller = (np.flatnonzero(happened & (rows.sender == sender)) for sender in range(len(_SENDERS)))
    by_channel = [buyer[rows.channel[buyer] == channel] for channel in (MESSAGE, RETURN_REQUEST)]
    first_contact = np.stack(
        [groups.argmin_by_group(rows.order_index[index], end, index, order_count) for index in by_channel]
    )
    seller_order, seller_end = rows.order_index[seller], end[seller]
    first_reply = np.stack(
        [_find_reply((seller_order, seller_end, seller), end, begin, per_channel) for per_channel in first_contact]
    )
    last_seller_end = np.full(order_count, NEVER)
    np.maximum.at(last_seller_end, seller_order, seller_end)
    is_open = ~rows.is_resolved[buyer] & (last_seller_end[rows.order_index[buyer]] <= begin[buyer])
    unanswered = groups.argmin_by_group(rows.order_index[buyer[is_open]], end, buyer[is_open], order_count)
    source, line = (_stack_column(contacts, returns, name) for name in ("source", "source_line"))
    return ContactTimeline(
        times=rows.times,
        order_index=rows.order_index,
        source=source,
        line=line,
        is_return_request=rows.is_return_request,
        is_resolved=rows.is_resolved,
        first_contact=first_contact,
        first_reply=first_reply,
        unanswered_contact=unanswered,
    )


def _stack_column(contacts: pd.DataFrame, returns: pd.DataFrame, name: str) -> pa.ChunkedArray:
    """A column of the contacts and, behind them, of the returns."""
    parts = [arrow.to_arrow(rows[name]) for rows in (contacts, returns)]
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.int64())


def _find_reply(sellers: tuple[Array, Array, Array], end: Array, begin: Array, first_contact: Array) -> Array:
    """The position of the seller's first contact after the buyer's first in each order.

    ``sellers`` are the orders, the ends and the positions of the seller's contacts.
    """
    order_index, seller_end, rows = sellers
    since = np.where(first_contact >= 0, begin[first_contact] if len(begin) else NEVER, dtypes.LATEST)
    later = seller_end > since[order_index]
    return groups.argmin_by_group(order_index[later], end, rows[later], len(first_contact))


def _stack_rows(contacts: pd.DataFrame, returns: pd.DataFrame, order_indices: tuple[Array, Array]) -> _ContactRows:
    sent_at = timepoints.read_timepoints(contacts, "sent_date")
    request_day = arrow.to_int64(returns["return_request_date"])
    contact_count, return_count = len(contacts), len(request_day)
    status = arrow.to_arrow(returns["return_request_status"])
    is_resolved = np.logical_or.reduce([arrow.equals_text(status, word) for word in _RESOLVED])
    columns: tuple[tuple[Array, Array], ...] = (
        (sent_at.instant, np.full(return_count, NEVER)),
        (sent_at.day, request_day),
        order_indices,
        (encode_words(contacts["direction"], _SENDERS), np.zeros(return_count, np.int8)),
        (encode_words(contacts["channel"], _CHANNELS), np.full(return_count, RETURN_REQUEST, np.int8)),
        (np.zeros(contact_count, bool), is_resolved),
        (np.zeros(contact_count, bool), np.ones(return_count, bool)),
    )
    instant, day, *rest = (np.concatenate(pair) if return_count else pair[0] for pair in columns)
    return _ContactRows(Timepoints(instant, day), *rest)
