"""Who wrote when: the buyer's first contact about each order, the seller's reply to it, and who still waits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames
from pipeline.claims import moments
from pipeline.claims.coded import coded, few
from pipeline.claims.moments import Clock, Moments
from pipeline.frames import NEVER, Array

MESSAGE, REQUEST = 0, 1
_CHANNELS = ("message", "return-request")
_SIDES = ("buyer", "seller")
_ANSWERED = ("Approved", "Completed")  # a return request of this status was dealt with, though nobody says when


class Heard(NamedTuple):
    """The contacts and, behind them, the return requests; and of each order which of them count, −1 for none.

    ``first`` and ``reply`` have a row a channel, MESSAGE and REQUEST: the position of the buyer's first contact, and
    that of the seller's first contact after it, by any channel. ``waiting`` is the first of the buyer's contacts to
    which the seller has not said anything since, of either channel.
    """

    when: Moments
    order: Array  # the number of its order
    source: pa.ChunkedArray
    line: pa.ChunkedArray
    asks: Array  # a return request of the Returns report
    answered: Array  # one that was dealt with
    first: Array
    reply: Array
    waiting: Array

    def at(self, where: Array) -> Moments:
        """The moments of the contacts at the positions, unknown for −1."""
        return self.when.take(np.maximum(where, 0), where < 0)

    def place(self, names: list[str], where: Array) -> object:
        """``file:line`` of the contacts at the positions, null for −1."""
        at = np.maximum(where, 0)
        source, line = (frames.numbers(frames.series(few(column, at)), 0) for column in (self.source, self.line))
        return frames.addresses(names, source, line, where < 0)


class _Rows(NamedTuple):
    """Contacts and return requests below each other."""

    when: Moments
    order: Array
    side: Array
    channel: Array
    answered: Array  # a return request that was dealt with
    asks: Array


def hear(contacts: pd.DataFrame, returns: pd.DataFrame, order: tuple[Array, Array], clock: Clock) -> Heard:
    """What was said about the orders, as far as it has happened.

    ``order`` are the numbers of the orders of the contacts and of the returns, ``clock`` has a row an order.
    """
    rows = _rows(contacts, returns, order)
    plain = not moments.lacking(rows.when.day)
    here = clock.at(rows.order) if plain else clock
    happened = rows.when.known & ~moments.future(rows.when, here)
    end, begin = moments.ends(rows.when, here), moments.starts(rows.when, here)
    if plain:  # of a plain date, what is said on that day comes after
        begin = np.where(rows.when.at == NEVER, begin - 1, begin)
    size = len(clock.zone)
    buyer, seller = (np.flatnonzero(happened & (rows.side == side)) for side in range(len(_SIDES)))
    wrote, channel = rows.order[buyer], rows.channel[buyer]
    asked = [buyer[channel == one] for one in (MESSAGE, REQUEST)]
    first = np.stack([moments.first(wrote[channel == one], end, asked[one], size) for one in (MESSAGE, REQUEST)])
    said, spoke = rows.order[seller], end[seller]
    reply = np.stack([_reply((said, spoke, seller), end, begin, one) for one in first])
    last = np.full(size, NEVER)
    np.maximum.at(last, said, spoke)
    open_ = ~rows.answered[buyer] & (last[wrote] <= begin[buyer])
    waiting = moments.first(wrote[open_], end, buyer[open_], size)
    source, line = (_both(contacts, returns, name) for name in ("source", "source_line"))
    return Heard(rows.when, rows.order, source, line, rows.asks, rows.answered, first, reply, waiting)


def _both(contacts: pd.DataFrame, returns: pd.DataFrame, name: str) -> pa.ChunkedArray:
    """A column of the contacts and, behind them, of the returns."""
    parts = [frames.arrow(rows[name]) for rows in (contacts, returns)]
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.int64())


def _reply(sellers: tuple[Array, Array, Array], end: Array, begin: Array, first: Array) -> Array:
    """The position of the seller's first contact after the buyer's first in each order.

    ``sellers`` are the orders, the ends and the positions of what the seller said.
    """
    order, spoke, rows = sellers
    since = np.where(first >= 0, begin[first] if len(begin) else NEVER, moments.LATEST)
    later = spoke > since[order]
    return moments.first(order[later], end, rows[later], len(first))


def _rows(contacts: pd.DataFrame, returns: pd.DataFrame, order: tuple[Array, Array]) -> _Rows:
    told = moments.of(contacts, "sent_date")
    asked = frames.numbers(returns["return_request_date"])
    size, more = len(contacts), len(asked)
    status = frames.arrow(returns["return_request_status"])
    dealt = np.logical_or.reduce([frames.equal(status, word) for word in _ANSWERED])
    columns: tuple[tuple[Array, Array], ...] = (
        (told.at, np.full(more, NEVER)),
        (told.day, asked),
        order,
        (coded(contacts["direction"], _SIDES), np.zeros(more, np.int8)),
        (coded(contacts["channel"], _CHANNELS), np.full(more, REQUEST, np.int8)),
        (np.zeros(size, bool), dealt),
        (np.zeros(size, bool), np.ones(more, bool)),
    )
    at, day, *rest = (np.concatenate(both) if more else both[0] for both in columns)
    return _Rows(Moments(at, day), *rest)
