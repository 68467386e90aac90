"""The three order reports of a night, cell by cell (FORMATS §1)."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.incident_cells import blank_item_status
from pipeline.simulate.items import ItemStates
from pipeline.simulate.markets import Market
from pipeline.simulate.nights import DAY_SECONDS
from pipeline.simulate.order_events import FULFILLED_BY_AMAZON, OTHER_CHANNEL
from pipeline.simulate.probabilities import SERVICE_SHARES
from pipeline.simulate.text_columns import Cells
from pipeline.utils.dtypes import IntArray

_SHIPPING_CENTS = 399
_DELIVERY_DAYS = 3  # days from the promised ship date to the latest delivery date


def unshipped_cells(chunk: Chunk, market: Market, item_index: IntArray, night: int) -> Cells:
    """The cells of the Unshipped Orders report about the items at the places."""
    orders, items, order_index = chunk.orders, chunk.items, chunk.items.order_index[item_index]
    made_at = int(chunk.world.nights.reports_made_at(night))
    shipped_units = items.shipped_units(night)[item_index]
    buyer = chunk.buyer_cells(market, order_index)
    return (
        _common_cells(chunk, market, item_index)
        | {
            "payments-date": _format_local_instants(
                chunk, market, orders.purchase[order_index], in_local_time=market.local_payment_dates
            ),
            "reporting-date": text.format_instants(orders.released[order_index]),
            "promise-date": text.format_instants(orders.promise[order_index]),
            "days-past-promise": text.format_integers((made_at - orders.promise[order_index]) // DAY_SECONDS),
            "quantity-purchased": text.format_integers(items.units[item_index]),
            "quantity-shipped": text.format_integers(shipped_units),
            "quantity-to-ship": text.format_integers(items.units[item_index] - shipped_units),
            "buyer-phone-number": buyer["phone"],
            "is-sold-by-ab": text.repeat_text("false", len(item_index)),
            "is-prime": text.repeat_text("false", len(item_index)),
            "sales-channel": text.repeat_text(market.marketplace.name, len(item_index)),
        }
        | _recipient_cells(buyer)
    )


def orders_cells(chunk: Chunk, market: Market, item_index: IntArray) -> Cells:
    """The cells of the Orders report about the items at the places."""
    orders, order_index = chunk.orders, chunk.items.order_index[item_index]
    buyer = chunk.buyer_cells(market, order_index)
    promise, currency = orders.promise[order_index], market.marketplace.currency
    purchase_texts = _format_local_instants(
        chunk, market, orders.purchase[order_index], in_local_time=market.local_order_dates
    )
    zero_amounts = text.format_money(np.zeros(len(item_index), np.int64), currency)
    return (
        _common_cells(chunk, market, item_index)
        | {
            "purchase-date": purchase_texts,
            "payments-date": purchase_texts,
            "quantity-purchased": text.format_integers(chunk.items.units[item_index]),
            "currency": text.repeat_text(currency, len(item_index)),
            "item-price": text.format_money(chunk.price_cents[item_index], currency),
            "item-tax": zero_amounts,
            "shipping-price": text.format_money(_shipping_prices(chunk, item_index), currency),
            "shipping-tax": zero_amounts,
            "ship-phone-number": buyer["phone"],
            "sales-channel": text.repeat_text(market.marketplace.name, len(item_index)),
            "latest-ship-date": text.format_instants(promise),
            "earliest-ship-date": text.format_instants(orders.released[order_index]),
            "latest-delivery-date": text.format_instants(promise + _DELIVERY_DAYS * DAY_SECONDS),
            "earliest-delivery-date": text.format_instants(promise + DAY_SECONDS),
        }
        | _recipient_cells(buyer)
    )


def all_orders_cells(chunk: Chunk, market: Market, item_index: IntArray, night: int, item_states: ItemStates) -> Cells:
    """The cells of the All Orders report about the items at the places."""
    orders, items, order_index = chunk.orders, chunk.items, chunk.items.order_index[item_index]
    by_amazon, other_channel = (
        orders.outcome[order_index] == FULFILLED_BY_AMAZON,
        orders.outcome[order_index] == OTHER_CHANNEL,
    )
    canceled = item_states.canceled[item_index]
    price_texts = text.format_money(chunk.price_cents[item_index], market.marketplace.currency, pad_decimals=False)
    has_price = ~item_states.pending[item_index] & ~canceled
    order_ids = chunk.order_id.take(order_index)
    return (
        _common_cells(chunk, market, item_index)
        | _status_cells(chunk, item_index, item_states)
        | {
            "amazon-order-id": text.text_where(
                other_channel, text.join_texts("S01-", text.to_strings(_drop_prefix(order_ids))), order_ids
            ),
            "merchant-order-id": order_ids,
            "last-updated-date": text.format_instants(find_last_updates(chunk, item_index, night)),
            "fulfillment-channel": text.pick_texts(["Merchant", "Amazon"], by_amazon | other_channel),
            "sales-channel": text.text_where(
                other_channel, "Non-Amazon", text.repeat_text(market.marketplace.name, len(item_index))
            ),
            "quantity": text.format_integers(np.where(canceled, 0, items.units[item_index])),
            "currency": text.text_where(has_price, market.marketplace.currency),
            "item-price": text.text_where(has_price, price_texts),
            "asin": text.join_texts("B0DEMO", text.zero_pad(items.sku[item_index], 4)),
            "ship-country": text.repeat_text(market.marketplace.country, len(item_index)),
            "ship-city": text.repeat_text(market.placeholders["city"], len(item_index)),
            "promotion-ids": text.pick_texts(
                ["", "Made-up offer, summer, 5% off"],
                chunk.item_draws.select_keys(item_index).draw_flags("offer", 1 / 20),
            ),
        }
    )


def _status_cells(chunk: Chunk, item_index: IntArray, item_states: ItemStates) -> Cells:
    """What All Orders says of each order as a whole, and of each item."""
    order_index = chunk.items.order_index[item_index]
    pending, canceled, shipped = (
        mask[item_index] for mask in (item_states.pending, item_states.canceled, item_states.shipped)
    )
    item_status = text.pick_texts(["Unshipped", "Shipped", "Cancelled"], np.select([canceled, shipped], [2, 1], 0))
    all_canceled, all_done = (
        ~chunk.any_item(~mask)[order_index]
        for mask in (item_states.canceled, item_states.shipped | item_states.canceled)
    )
    order_status = np.select([all_canceled, pending, all_done], [2, 0, 1], 3)
    return {
        "order-status": text.pick_texts(["Pending", "Shipped", "Cancelled", "Shipping"], order_status),
        "item-status": blank_item_status(chunk, order_index, all_canceled, item_status),
    }


def find_last_updates(chunk: Chunk, item_index: IntArray, night: int) -> IntArray:
    """When what the night's reports say of each item last changed."""
    nights, items, order_index = chunk.world.nights, chunk.items, chunk.items.order_index[item_index]
    made_at = int(nights.reports_made_at(night))
    events = (
        *(chunk.orders.purchase[order_index], chunk.orders.released[order_index], items.canceled[item_index]),
        chunk.incidents.cancel_asked[order_index],
        *(nights.feeds_taken_at(items.taken_night[item_index]), nights.feeds_taken_at(items.second_night[item_index])),
    )
    return np.max([np.where(event <= made_at, event, 0) for event in events], axis=0)


def _common_cells(chunk: Chunk, market: Market, item_index: IntArray) -> Cells:
    """What several reports say alike."""
    order_index = chunk.items.order_index[item_index]
    return {
        "order-id": chunk.order_id.take(order_index),
        "order-item-id": chunk.item_id.take(item_index),
        "purchase-date": text.format_instants(chunk.orders.purchase[order_index]),
        "sku": chunk.sku.take(item_index),
        "product-name": chunk.item_titles(market, item_index),
        "ship-service-level": text.pick_texts(list(SERVICE_SHARES), chunk.orders.service[order_index]),
        "is-business-order": text.pick_texts(
            ["false", "true"], chunk.order_draws.select_keys(order_index).draw_flags("business", 1 / 20)
        ),
    }


def _recipient_cells(buyer: Cells) -> Cells:
    return {
        "buyer-email": buyer["email"],
        "buyer-name": buyer["name"],
        "recipient-name": buyer["name"],
        "ship-address-1": buyer["street"],
        "ship-city": buyer["city"],
        "ship-state": buyer["state"],
        "ship-postal-code": buyer["postal"],
        "ship-country": buyer["country"],
    }


def _format_local_instants(chunk: Chunk, market: Market, seconds: IntArray, *, in_local_time: bool) -> text.TextArray:
    if not in_local_time:
        return text.format_instants(seconds)
    zone = chunk.world.zones[chunk.world.markets.index(market)]
    return text.format_instants(seconds, zone.utc_offset(seconds))


def _shipping_prices(chunk: Chunk, item_index: IntArray) -> IntArray:
    """The shipping price of each item: the order's, given at its first item."""
    return np.where(
        chunk.items.position[item_index] == 0,
        _SHIPPING_CENTS * chunk.orders.service[chunk.items.order_index[item_index]],
        0,
    )


def _drop_prefix(ids: text.TextArray) -> text.TextArray:
    return pc.utf8_slice_codeunits(ids, 4)
