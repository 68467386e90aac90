"""What the seller uploads on a night: shipping confirmations and cancellations, cell by cell (FORMATS §2, §3a)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate import text_columns as text
from pipeline.simulate import tracking_numbers
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.incidents import CANCELLATION_REASONS
from pipeline.simulate.markets import Market
from pipeline.simulate.order_events import (
    CANCELED_BY_SELLER,
    CONFIRMATION_CORRECTED,
    CONFIRMATION_REPEATED,
    OrderEvents,
)
from pipeline.simulate.probabilities import SHIP_METHODS
from pipeline.simulate.text_columns import Cells
from pipeline.utils.dtypes import BoolArray, IntArray

_TRACKING_NUMBERS_PER_ITEM = 4  # tracking numbers a parcel has room for
FIRST_PARCEL, SECOND_PARCEL, REPLACED_NUMBER, NO_PARCEL = range(
    _TRACKING_NUMBERS_PER_ITEM
)  # of the first parcel, of the second, instead of the first, of no parcel
_SHIP_DATE_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%dT10:00:00")
_SHIP_DATE_FORMAT_WEIGHTS = (0.9, 0.04, 0.04, 0.02)
_TRANSPARENCY_PREFIX = "AZ:MADEUPMADEUPMADEUP"  # with ten digits behind it a transparency code of 31 characters


class ConfirmationLines(NamedTuple):
    """Lines of a Shipping Confirmation, each about the item at its place; ``units`` of 0 are left blank.

    ``whole_order`` lines name no item and stand for its order; ``ship_day`` is the local day on which the parcel left;
    ``parcel`` is one of FIRST, SECOND, NEW, WRONG. ``in_feed`` says that a line is to be in the feed: it is no repeat.
    """

    item_index: IntArray
    units: IntArray
    whole_order: BoolArray
    ship_day: IntArray
    parcel: IntArray
    in_feed: BoolArray

    def take_rows(self, rows: IntArray) -> ConfirmationLines:
        """Only these lines."""
        item_index, units, whole_order, ship_day, parcel, in_feed = self
        return ConfirmationLines(
            item_index[rows], units[rows], whole_order[rows], ship_day[rows], parcel[rows], in_feed[rows]
        )


def find_uploaded_orders(chunk: Chunk, night: int) -> BoolArray:
    """The orders about which the seller truly says something on a night."""
    orders: OrderEvents = chunk.orders
    return (
        (orders.upload_night == night)
        | (orders.followup_night == night)
        | chunk.any_item(chunk.items.second_night == night)
    )


def confirmation_lines(chunk: Chunk, market: int, night: int) -> ConfirmationLines:
    """The confirmations that the seller gives on a night, by order."""
    items, orders = chunk.items, chunk.orders
    selected = (chunk.market_index == market) & (~items.whole_order | (items.position == 0)) & (items.first_units > 0)
    first_items = np.flatnonzero(
        selected & ((items.first_night == night) | (orders.followup_night[items.order_index] == night))
    )
    second_items = np.flatnonzero((chunk.market_index == market) & (items.second_night == night))
    item_index = np.concatenate([first_items, second_items])
    is_followup = (orders.followup_night[items.order_index] == night)[item_index]
    is_second = np.arange(len(item_index)) >= len(first_items)
    confirmation_outcome = orders.confirmation_outcome[items.order_index[item_index]]
    blank_quantity = (items.whole_order | items.blank_quantity)[item_index]
    unsorted = ConfirmationLines(
        item_index,
        np.where(blank_quantity, 0, np.where(is_second, items.second_units[item_index], items.first_units[item_index])),
        items.whole_order[item_index],
        _ship_days(
            chunk, item_index, np.where(is_second, items.second_night[item_index], items.first_night[item_index])
        ),
        np.where(
            is_second,
            SECOND_PARCEL,
            np.where(is_followup & (confirmation_outcome == CONFIRMATION_CORRECTED), REPLACED_NUMBER, FIRST_PARCEL),
        ),
        ~(is_followup & (confirmation_outcome == CONFIRMATION_REPEATED)),
    )
    return unsorted.take_rows(np.lexsort((is_second, item_index)))


def _ship_days(chunk: Chunk, item_index: IntArray, night: IntArray) -> IntArray:
    """The local day before the night's run: a parcel leaves a day before it is confirmed."""
    order_index = chunk.items.order_index[item_index]
    return chunk.world.local_day(chunk.orders.market[order_index], chunk.world.nights.as_of(night)) - 1


def confirmation_cells(chunk: Chunk, market: Market, lines: ConfirmationLines) -> Cells:
    """The cells of the lines."""
    item_index, order_index = lines.item_index, chunk.items.order_index[lines.item_index]
    carrier_index = tracking_numbers.choose_carriers(market, chunk.item_draws.select_keys(item_index))
    buyer = chunk.buyer_cells(market, order_index)
    redirected = chunk.orders.redirected[order_index]
    draws = chunk.order_draws.select_keys(order_index)
    return {
        "order-id": chunk.order_id.take(order_index),
        "order-item-id": text.text_where(~lines.whole_order, chunk.item_id.take(item_index)),
        "quantity": text.text_where(lines.units > 0, text.format_integers(lines.units)),
        "ship-date": _format_ship_dates(lines.ship_day, draws.draw_weighted("form", _SHIP_DATE_FORMAT_WEIGHTS)),
        "carrier-code": text.pick_texts([carrier.code for carrier in market.carriers], carrier_index),
        "carrier-name": text.pick_texts([carrier.name for carrier in market.carriers], carrier_index),
        "tracking-number": tracking_numbers.build_tracking_numbers(
            market, carrier_index, chunk.items.key[item_index] * _TRACKING_NUMBERS_PER_ITEM + lines.parcel, chunk.seed
        ),
        "ship-method": _ship_methods(chunk, order_index),
        "transparency_code": text.text_where(
            draws.draw_flags("transparency", 1 / 50),
            text.join_texts(_TRANSPARENCY_PREFIX, text.zero_pad(chunk.items.key[item_index], 10)),
        ),
        "ship_from_address_name": text.repeat_text("Example Warehouse", len(item_index)),
        "ship_from_address_countrycode": text.repeat_text(market.marketplace.country, len(item_index)),
        "cod-collection-method": text.text_where(draws.draw_flags("cod", 1 / 50), "DirectPayment"),
        "ship-to-name": text.text_where(redirected, buyer["name"]),
        "ship-to-address-1": text.text_where(redirected, text.join_texts("Parcel shop ", buyer["street"])),
        "ship-to-country": text.text_where(redirected, buyer["country"]),
    }


def _format_ship_dates(days: IntArray, format_index: IntArray) -> text.TextArray:
    """The days, each in its form."""
    texts = text.format_dates(days)
    for number, date_format in enumerate(_SHIP_DATE_FORMATS[1:], 1):
        if (format_index == number).any():
            texts = text.text_where(format_index == number, text.format_dates(days, date_format), texts)
    return texts


def _ship_methods(chunk: Chunk, order_index: IntArray) -> text.TextArray:
    """The carrier's service, for most orders not named: never slower than what was asked for."""
    service, draws = chunk.orders.service[order_index], chunk.order_draws.select_keys(order_index)
    texts = text.repeat_text("", len(order_index))
    for service_index, methods in enumerate(SHIP_METHODS):
        texts = text.text_where(
            service == service_index, text.pick_texts(methods, draws.draw_below("method", len(methods))), texts
        )
    return texts


def cancellation_items(chunk: Chunk, market: int, night: int) -> tuple[IntArray, BoolArray]:
    """The items that the seller cancels on a night, and which of these lines stand for their whole order."""
    items, orders = chunk.items, chunk.orders
    canceled_by_seller = ((orders.outcome == CANCELED_BY_SELLER) & (orders.upload_night == night))[items.order_index]
    whole_order = chunk.order_draws.draw_flags("whole canceled", 2 / 3)[items.order_index]
    canceled_alone = items.canceled_alone & (orders.upload_night[items.order_index] == night)
    selected = (chunk.market_index == market) & (
        (canceled_by_seller & (~whole_order | (items.position == 0))) | canceled_alone
    )
    item_index = np.flatnonzero(selected)
    return item_index, (canceled_by_seller & whole_order)[item_index]


def cancellation_cells(chunk: Chunk, item_index: IntArray, whole_order: BoolArray) -> Cells:
    """The cells of the lines that cancel the items at the places, or their whole orders."""
    order_index = chunk.items.order_index[item_index]
    # of an item that is canceled alone the buyer has said nothing
    reason_index = np.where(chunk.items.canceled_alone[item_index], 0, chunk.incidents.cancel_reason[order_index])
    reason = text.pick_texts(CANCELLATION_REASONS, reason_index)
    return {
        "order-id": chunk.order_id.take(order_index),
        "cancellation-reason-code": text.text_where(~whole_order, reason),
        "amazon-order-item-code": text.text_where(~whole_order, chunk.item_id.take(item_index)),
    }
