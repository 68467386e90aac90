"""Who wrote when: which of the buyer's contacts count for a claim, the seller's replies, and who still waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import timepoints, windows
from pipeline.claims.contact_rows import (
    ADDRESS,
    BUYER,
    MESSAGE,
    RETURN_REQUEST,
    SELLER,
    ContactRows,
    stack_column,
    stack_rows,
)
from pipeline.claims.replies import SellerContacts
from pipeline.claims.timepoints import LocalClock, Timepoints
from pipeline.claims.windows import TimeSpan
from pipeline.utils import arrow, groups
from pipeline.utils.arrow import take_sparse
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.groups import expand_groups
from pipeline.utils.masked_ints import MaskedInts

if TYPE_CHECKING:
    from pipeline.claims.claim_rows import ClaimRows

NO_REPLY_GRANT = "claim.no_reply_grant"
_CHANNEL_COUNT = 2


class MissedContacts(NamedTuple):
    """The buyer's contacts that certainly got no reply in time, by order and by the channel that their claims need."""

    contact_index: Array
    group: Array  # rising: the number of the order times the number of channels, plus the channel

    @property
    def order_index(self) -> Array:
        """The number of the order of each."""
        return self.group // _CHANNEL_COUNT

    def find_first(self, claims: ClaimRows, channel: Array, timeline: ContactTimeline) -> Array:
        """For each claim the first of them before it was filed, of all where that is unknown; −1 without one.

        A return request for another item than the claim's is none of them.
        """
        order_index, filed = claims.order_index, claims.dates["claim_date"]
        wanted = order_index * _CHANNEL_COUNT + channel
        starts, ends = (np.searchsorted(self.group, wanted, side=side) for side in ("left", "right"))
        claim_index, place = expand_groups(starts, ends - starts)
        contact_index, filed = self.contact_index[place], filed.take(claim_index)
        claimed_item = MaskedInts.from_column(claims.rows["item_key"].take(claim_index))
        is_other_item = claimed_item.differs_from(MaskedInts.from_sentinel(timeline.item_key[contact_index]))
        is_earlier = ~filed.is_known | timepoints.is_after(
            filed, timeline.times_at(contact_index), timeline.clock.take(order_index[claim_index])
        )
        counting = np.flatnonzero(is_earlier & ~is_other_item)
        by_time = counting[np.argsort(timeline.span.first[contact_index[counting]], kind="stable")[::-1]]
        first = np.full(len(order_index), -1)
        first[claim_index[by_time]] = contact_index[by_time]
        return first


class ContactTimeline(NamedTuple):
    """The contacts and, behind them, the return requests; and of each order which of them count, −1 for none.

    ``first_contact`` has a row a channel, MESSAGE and RETURN_REQUEST: the position of the buyer's first contact that
    counts for a claim that needs that channel. ``reply_index`` is for each contact of a buyer the seller's first one
    after it. ``unanswered_contact`` is the first contact of the buyer that the seller has not replied to, whatever
    it is about, ``waiting_contact`` the first that is not about the address, and ``unresolved_contact`` the first such
    that has a reply and is not resolved.
    """

    times: Timepoints
    span: TimeSpan
    order_index: Array  # the number of its order
    source: pa.ChunkedArray
    line: pa.ChunkedArray
    is_return_request: Array  # a return request of the Returns report
    item_key: Array  # of the item that is to be returned, NEVER where none is named
    wants_return: Array  # it is about the item, or asks for a return
    first_contact: Array
    reply_index: Array
    missed: MissedContacts
    unanswered_contact: Array
    waiting_contact: Array
    unresolved_contact: Array
    clock: LocalClock  # a row an order

    def times_at(self, contact_index: Array) -> Timepoints:
        """The moments of the contacts at the positions, unknown for −1."""
        return self.times.take(np.maximum(contact_index, 0), contact_index < 0)

    def replies_to(self, contact_index: Array) -> Array:
        """The replies to the contacts at the positions, −1 for none and for −1."""
        if not len(self.reply_index):
            return contact_index
        return np.where(contact_index < 0, -1, self.reply_index[np.maximum(contact_index, 0)])

    def format_locations(self, file_names: list[str], contact_index: Array) -> object:
        """``file:line`` of the contacts at the positions, null for −1."""
        safe_index = np.maximum(contact_index, 0)
        source, line = (
            arrow.to_int64(arrow.to_series(take_sparse(column, safe_index)), 0) for column in (self.source, self.line)
        )
        return arrow.format_locations(file_names, source, line, contact_index < 0)


def build_timeline(
    contacts: pd.DataFrame,
    returns: pd.DataFrame,
    order_indices: tuple[Array, Array],
    clock: LocalClock,
    *,
    resolutions_logged: bool,
) -> ContactTimeline:
    """What was said about the orders, as far as it has happened.

    ``order_indices`` are the numbers of the orders of the contacts and of the returns, ``clock`` has a row an order;
    ``resolutions_logged`` says that the contact log has when buyer and seller agreed.
    """
    rows = stack_rows(contacts, returns, order_indices, clock)
    order_count, span = len(clock.zone_index), rows.span
    is_buyer, reply_index = rows.happened & (rows.sender == BUYER), _find_replies(rows)

    def find_first(mask: Array) -> Array:
        index = np.flatnonzero(mask)
        return groups.argmin_by_group(rows.order_index[index], span.first, index, order_count)

    unanswered = is_buyer & (reply_index < 0) & ~rows.is_done
    unresolved = (
        is_buyer & (rows.topic != ADDRESS) & (reply_index >= 0) & ~rows.is_done & ~_is_resolved(rows, order_count)
    )
    return ContactTimeline(
        times=rows.times,
        span=span,
        order_index=rows.order_index,
        source=stack_column(contacts, returns, "source"),
        line=stack_column(contacts, returns, "source_line"),
        is_return_request=rows.is_return_request,
        item_key=rows.item_key,
        wants_return=rows.wants_return,
        first_contact=np.stack(
            [find_first(is_buyer & rows.may_count(channel)) for channel in (MESSAGE, RETURN_REQUEST)]
        ),
        reply_index=reply_index,
        missed=_find_missed(rows, is_buyer, reply_index, clock),
        unanswered_contact=find_first(unanswered),
        waiting_contact=find_first(unanswered & (rows.topic != ADDRESS)),
        unresolved_contact=find_first(unresolved & ~rows.is_return_request & resolutions_logged),
        clock=clock,
    )


def _find_replies(rows: ContactRows) -> Array:
    """For each contact of a buyer the seller's first one after it, −1 without one."""
    seller, buyer = (np.flatnonzero(rows.happened & (rows.sender == sender)) for sender in (SELLER, BUYER))
    replies = SellerContacts(seller, rows.order_index[seller], rows.span.take(seller))
    sent = rows.span.take(buyer)
    reply_index = np.full(len(rows.sender), -1)
    # of a plain date, what is said on that day comes after
    reply_index[buyer] = replies.find_first_after(rows.order_index[buyer], sent.first - (sent.first != sent.last))
    return reply_index


def _find_missed(rows: ContactRows, is_buyer: Array, reply_index: Array, clock: LocalClock) -> MissedContacts:
    """The contacts to which no reply can have come in time: what was done of a return request is in time."""
    indices, group_parts = [], []
    for channel in (MESSAGE, RETURN_REQUEST):
        index = np.flatnonzero(is_buyer & rows.counts_for(channel) & ~rows.is_done)
        row_clock = clock.take(rows.order_index[index])
        due = windows.add_window(rows.times.take(index), NO_REPLY_GRANT, row_clock)
        reply = reply_index[index]
        reply_first = MaskedInts(rows.span.first[np.maximum(reply, 0)], reply >= 0)
        in_time = reply_first <= MaskedInts.from_sentinel(due.last)
        index = index[windows.is_over(due, row_clock) & ~in_time]
        indices.append(index)
        group_parts.append(rows.order_index[index] * _CHANNEL_COUNT + channel)
    contact_index, group = np.concatenate(indices), np.concatenate(group_parts)
    by_group = np.argsort(group, kind="stable")
    return MissedContacts(contact_index[by_group], group[by_group])


def _is_resolved(rows: ContactRows, order_count: int) -> Array:
    """Which contacts stand in orders in which buyer and seller have agreed at the time of the contact or later."""
    last_agreement = np.full(order_count, NEVER)
    np.maximum.at(last_agreement, rows.order_index, rows.resolved_last)
    return MaskedInts.from_sentinel(last_agreement[rows.order_index]) >= MaskedInts.from_sentinel(rows.span.first)
