"""What must be said of true upload lines because of what has happened to their orders: no slip of the seller's."""

from __future__ import annotations

import numpy as np

from pipeline.simulate.chunk import Chunk
from pipeline.simulate.damage import CodeArray
from pipeline.simulate.incidents import CANCEL_COLUMN, CANCELLATION_REASONS, has_column
from pipeline.simulate.items import ItemStates
from pipeline.simulate.markets import Market
from pipeline.simulate.nights import FAR_FUTURE
from pipeline.simulate.order_events import CONFIRMATION_CORRECTED, CONFIRMATION_REPEATED
from pipeline.simulate.upload_cells import SECOND_PARCEL, ConfirmationLines
from pipeline.utils.dtypes import BoolArray, IntArray
from schemas.cancellation import BUYER_CANCELED

_NEWER_ORDERS = 10  # released since: so many that a report holds some of them, whatever is damaged in it


def confirmation_codes(chunk: Chunk, lines: ConfirmationLines, item_states: ItemStates, night: int) -> CodeArray:
    """The code that each confirmation of the night must get, empty where there is none."""
    items, incidents, orders = chunk.items, chunk.incidents, chunk.orders
    order_index = items.order_index[lines.item_index]
    outcome = orders.confirmation_outcome[order_index]
    is_followup = orders.followup_night[order_index] == night
    is_second = (lines.parcel == SECOND_PARCEL) & (items.first_night[lines.item_index] >= 1)
    same_units = items.first_units[lines.item_index] == items.second_units[lines.item_index]
    surely_delisted = _find_surely_delisted(chunk, order_index, item_states, night)
    is_missing = incidents.is_missing(night)[order_index] & surely_delisted
    conditions = {
        "FMT-011": orders.unusual_item_id[order_index] & ~lines.whole_order,
        "SHP-125": _shows_cancel_mark(chunk, order_index, night, wanted=True),
        "SHP-126": incidents.easy_ship[order_index],
        "SHP-115": is_missing & (incidents.missing_from[order_index] < night),
        "SHP-124": is_missing,
        "SHP-116": is_followup & (outcome == CONFIRMATION_REPEATED),
        "SHP-121": is_followup & (outcome == CONFIRMATION_CORRECTED),
        "SHP-127": is_second & same_units,
    }
    return np.select(list(conditions.values()), list(conditions), "").astype(object)


def cancellation_codes(chunk: Chunk, item_index: IntArray, whole_order: BoolArray, night: int) -> CodeArray:
    """The code that each cancellation of the night must get, empty where there is none."""
    order_index = chunk.items.order_index[item_index]
    names_buyer = chunk.incidents.cancel_reason[order_index] == CANCELLATION_REASONS.index(BUYER_CANCELED)
    names_buyer &= ~whole_order & ~chunk.items.canceled_alone[item_index]
    conditions = {
        "FMT-011": chunk.orders.unusual_item_id[order_index] & ~whole_order,
        "CAN-504": names_buyer & _shows_cancel_mark(chunk, order_index, night, wanted=False),
    }
    return np.select(list(conditions.values()), list(conditions), "").astype(object)


def _shows_cancel_mark(chunk: Chunk, order_index: IntArray, night: int, *, wanted: bool) -> BoolArray:
    """Of which orders, all of one market, the reports until the night show that the buyer wants to cancel, or not."""
    nights, market_numbers = chunk.world.nights, np.unique(chunk.orders.market[order_index])
    market: Market | None = chunk.world.markets[int(market_numbers[0])] if len(market_numbers) else None
    released_night = nights.first_reporting_night(chunk.orders.released[order_index])
    if market and any(has_column(market, kind, CANCEL_COLUMN) for kind in ("unshipped", "all-orders")):
        shown_night = np.full(len(order_index), night)
    elif market and has_column(market, "orders", CANCEL_COLUMN):
        shown_night = released_night  # the one night whose Orders report holds it
    else:
        return np.zeros(len(order_index), bool)
    asked = chunk.incidents.cancel_asked[order_index] <= nights.reports_made_at(shown_night)
    return np.asarray((released_night <= night) & (shown_night >= 1) & (asked == wanted))


def _find_surely_delisted(chunk: Chunk, order_index: IntArray, item_states: ItemStates, night: int) -> BoolArray:
    """Of which orders a report of the night that lacks them speaks: it surely holds some that are newer.

    Where the first night lists an order that a later one lacks; all orders are of one market.
    """
    if not len(order_index):
        return np.zeros(0, bool)
    in_market = chunk.market_index == chunk.orders.market[order_index[0]]
    released = chunk.orders.released[chunk.items.order_index[item_states.open & in_market]]
    if len(released) < _NEWER_ORDERS:
        return np.zeros(len(order_index), bool)
    newest = np.partition(released, -_NEWER_ORDERS)[-_NEWER_ORDERS]
    held_until = chunk.orders.purchase[order_index] + chunk.world.hold_seconds
    return np.asarray((held_until < newest) & (newest < FAR_FUTURE) & (night > 1))
