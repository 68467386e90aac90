"""Lines that the seller should not have given: confirmations and cancellations of what cannot be, and misspelt ones.

They stand below the night's true lines, each about an order of which nothing true is uploaded that night, so that
refusing them changes nothing in the order's life.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate.chunk import Chunk
from pipeline.simulate.items import ItemStates
from pipeline.simulate.order_events import CONFIRMATION_REFUSED, FULFILLED_BY_AMAZON, SHIPPED_BY_SELLER
from pipeline.simulate.random_draws import nightly_draws
from pipeline.simulate.upload_cells import NO_PARCEL, ConfirmationLines
from pipeline.utils.dtypes import BoolArray, IntArray

DAMAGE_GROUPS = 4  # an order is damaged in one of so many sorts of files a night: the three reports, or the uploads
OPEN_ORDER, NEW_ORDER, PENDING_ORDER, CANCELED_ORDER, SHIPPED_ORDER, LATE_ORDER, AMAZON_ORDER = range(7)
_STATE_WEIGHTS = (1, 1, 1, 1, 1 / 4, 20, 1 / 4)  # how likely each is, beside the share of damaged lines
_NEW_ORDER_SHARE = 1 / 20  # of the new orders: their rows in the reports may be damaged, all of them
_BOTH_FILES_SHARE = 1 / 30  # of the mistakes about open orders: confirmed and canceled at once
_CANCELLATION_SHARE = 1 / 5  # of the mistakes: made in the cancellation file


class UploadErrors(NamedTuple):
    """Orders about which the seller says something wrong: the item each is about, and where that stands."""

    item_index: IntArray
    order_state: IntArray
    in_cancellation: BoolArray  # in the cancellation file
    in_both_files: BoolArray  # in both files

    def filter_rows(self, mask: BoolArray) -> UploadErrors:
        """Those of the mask."""
        return UploadErrors(
            self.item_index[mask], self.order_state[mask], self.in_cancellation[mask], self.in_both_files[mask]
        )


def choose_upload_errors(
    chunk: Chunk, item_states: ItemStates, eligible: BoolArray, market: int, night: int
) -> UploadErrors:
    """The mistakes of a market's night, among the orders that are ``eligible`` to them."""
    order_state = _order_states(chunk, item_states, night)
    rate = np.array([*_STATE_WEIGHTS, 0.0])[order_state] * chunk.world.options.dirty * DAMAGE_GROUPS
    draws = nightly_draws(chunk.order_draws, night)
    has_error = eligible & (chunk.orders.market == market) & (order_state >= 0) & draws.draw_flags("mistake", rate)
    order_index = np.flatnonzero(has_error)
    first_open_item = _first_matching_item(chunk, item_states.open)
    item_index = np.where(np.isin(order_state, (OPEN_ORDER, NEW_ORDER, LATE_ORDER)), first_open_item, chunk.first_item)[
        order_index
    ]
    order_state, draws = order_state[order_index], draws.select_keys(order_index)
    in_both_files = (order_state == OPEN_ORDER) & draws.draw_flags("both", _BOTH_FILES_SHARE)
    may_cancel = np.isin(order_state, (OPEN_ORDER, PENDING_ORDER, CANCELED_ORDER, SHIPPED_ORDER))
    return UploadErrors(
        item_index,
        order_state,
        may_cancel & ~in_both_files & draws.draw_flags("cancels", _CANCELLATION_SHARE),
        in_both_files,
    )


def find_eligible_orders(chunk: Chunk, uploaded: BoolArray, night: int) -> BoolArray:
    """The orders that a mistake may be about: none is truly ``uploaded``, and nothing of them has been shipped.

    Nor has Amazon refused them: that the program knows only if it could read the answer.
    """
    orders = chunk.orders
    partly_shipped = chunk.any_item((chunk.items.shipped_units(night) > 0) & (chunk.items.done_night() >= night))
    return ~uploaded & ~partly_shipped & ~orders.unusual_item_id & (orders.confirmation_outcome != CONFIRMATION_REFUSED)


def find_new_orders(chunk: Chunk, item_states: ItemStates, night: int) -> BoolArray:
    """The orders that tonight's reports are the first to know, and of which all is open."""
    previous_reports_at = int(chunk.world.nights.reports_made_at(night - 1))
    return (chunk.orders.purchase > previous_reports_at) & ~chunk.any_item(~item_states.open)


def _order_states(chunk: Chunk, item_states: ItemStates, night: int) -> IntArray:
    """Where each order stands, one of OPEN to AMAZONS, as far as tonight's reports alone show; −1 for the others."""
    orders, nights, world = chunk.orders, chunk.world.nights, chunk.world
    is_late = orders.purchase + world.confirm_within_seconds < int(nights.as_of(night))
    is_new = nights.first_reporting_night(orders.purchase) == night
    done_night = np.maximum.reduceat(chunk.items.done_night(), chunk.first_item)
    is_open = chunk.any_item(item_states.open) & ~chunk.any_item(chunk.items.canceled_alone)
    conditions = {
        LATE_ORDER: is_open & is_late,
        NEW_ORDER: find_new_orders(chunk, item_states, night)
        & nightly_draws(chunk.order_draws, night).draw_flags("fresh", _NEW_ORDER_SHARE),
        OPEN_ORDER: is_open,
        PENDING_ORDER: chunk.any_item(item_states.pending & item_states.seller_fulfilled) & is_new,
        CANCELED_ORDER: (nights.first_reporting_night(orders.canceled) == night)
        & (orders.outcome != SHIPPED_BY_SELLER),
        SHIPPED_ORDER: (orders.outcome == SHIPPED_BY_SELLER)
        & (done_night == night - 1)
        & ~chunk.any_item(chunk.items.canceled_alone),
        AMAZON_ORDER: (orders.outcome == FULFILLED_BY_AMAZON) & is_new,
    }
    return np.select(list(conditions.values()), list(conditions), -1)


def _first_matching_item(chunk: Chunk, mask: BoolArray) -> IntArray:
    """For each order the place of its first item in the mask; of an order without one, of its first."""
    item_index = np.minimum.reduceat(np.where(mask, np.arange(len(mask)), len(mask)), chunk.first_item)
    return np.where(item_index < len(mask), item_index, chunk.first_item)


def error_lines(chunk: Chunk, errors: UploadErrors, night: int) -> ConfirmationLines:
    """The confirmations among the mistakes, in themselves faultless."""
    item_index = errors.item_index
    items, order_index = chunk.items, chunk.items.order_index[item_index]
    today = chunk.world.local_day(
        chunk.orders.market[order_index], np.full(len(item_index), int(chunk.world.nights.as_of(night)))
    )
    open_units = (items.units - items.shipped_units(night))[item_index]
    return ConfirmationLines(
        item_index,
        np.where(
            np.isin(errors.order_state, (OPEN_ORDER, NEW_ORDER, LATE_ORDER)), open_units, items.units[item_index] + 1
        ),
        np.zeros(len(item_index), bool),
        np.maximum(today - 1, chunk.orders.purchase_day[order_index]),
        np.full(len(item_index), NO_PARCEL),
        np.zeros(len(item_index), bool),
    )
