"""The three order reports of a night, cell by cell (FORMATS §1)."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from pipeline.simulate import text
from pipeline.simulate.chance import Ints
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.items import Standing
from pipeline.simulate.lives import BY_AMAZON, OTHER_CHANNEL
from pipeline.simulate.markets import Market
from pipeline.simulate.nights import DAY
from pipeline.simulate.rates import SERVICES
from pipeline.simulate.text import Cells

_SHIPPING_CENTS = 399
_DELIVERY = 3  # days from the promised ship date to the latest delivery date


def unshipped(chunk: Chunk, market: Market, at: Ints, night: int) -> Cells:
    """The cells of the Unshipped Orders report about the items at the places."""
    orders, items, order = chunk.orders, chunk.items, chunk.items.order[at]
    made = int(chunk.world.nights.made(night))
    shipped = items.shipped(night)[at]
    person = chunk.person(market, order)
    return (
        _common(chunk, market, at)
        | {
            "payments-date": _local(chunk, market, orders.purchase[order], local=market.payments_local),
            "reporting-date": text.instants(orders.released[order]),
            "promise-date": text.instants(orders.promise[order]),
            "days-past-promise": text.numbers((made - orders.promise[order]) // DAY),
            "quantity-purchased": text.numbers(items.units[at]),
            "quantity-shipped": text.numbers(shipped),
            "quantity-to-ship": text.numbers(items.units[at] - shipped),
            "buyer-phone-number": person["phone"],
            "is-sold-by-ab": text.same("false", len(at)),
            "is-prime": text.same("false", len(at)),
        }
        | _buyer(person)
    )


def orders(chunk: Chunk, market: Market, at: Ints) -> Cells:
    """The cells of the Orders report about the items at the places."""
    told, order = chunk.orders, chunk.items.order[at]
    person = chunk.person(market, order)
    promise, currency = told.promise[order], market.store.currency
    local = _local(chunk, market, told.purchase[order], local=market.orders_local)
    nothing = text.money(np.zeros(len(at), np.int64), currency)
    return (
        _common(chunk, market, at)
        | {
            "purchase-date": local,
            "payments-date": local,
            "quantity-purchased": text.numbers(chunk.items.units[at]),
            "currency": text.same(currency, len(at)),
            "item-price": text.money(chunk.cents[at] * chunk.items.units[at], currency),
            "item-tax": nothing,
            "shipping-price": text.money(_shipping(chunk, at), currency),
            "shipping-tax": nothing,
            "ship-phone-number": person["phone"],
            "sales-channel": text.same(market.store.name, len(at)),
            "latest-ship-date": text.instants(promise),
            "earliest-ship-date": text.instants(told.released[order]),
            "latest-delivery-date": text.instants(promise + _DELIVERY * DAY),
            "earliest-delivery-date": text.instants(promise + DAY),
            "is-buyer-requested-cancellation": text.same("false", len(at)),
        }
        | _buyer(person)
    )


def all_orders(chunk: Chunk, market: Market, at: Ints, night: int, standing: Standing) -> Cells:
    """The cells of the All Orders report about the items at the places."""
    told, items, order = chunk.orders, chunk.items, chunk.items.order[at]
    channel, foreign = told.fate[order] == BY_AMAZON, told.fate[order] == OTHER_CHANNEL
    pending, canceled, shipped = standing.pending[at], standing.canceled[at], standing.shipped[at]
    item_status = text.choose(["Unshipped", "Shipped", "Cancelled"], np.select([canceled, shipped], [2, 1], 0))
    whole = [~chunk.any_of(~mask)[order] for mask in (standing.canceled, standing.shipped | standing.canceled)]
    status = np.select([whole[0], pending, whole[1]], [2, 0, 1], 3)
    price = text.money(chunk.cents[at] * items.units[at], market.store.currency, pad=False)
    known = ~pending & ~canceled
    ids = chunk.order_id.take(order)
    return _common(chunk, market, at) | {
        "amazon-order-id": text.where(foreign, text.join("S01-", text.strings(_tail(ids))), ids),
        "merchant-order-id": ids,
        "last-updated-date": text.instants(updated(chunk, at, night)),
        "order-status": text.choose(["Pending", "Shipped", "Cancelled", "Shipping"], status),
        "item-status": item_status,
        "fulfillment-channel": text.choose(["Merchant", "Amazon"], channel | foreign),
        "sales-channel": text.where(foreign, "Non-Amazon", text.same(market.store.name, len(at))),
        "quantity": text.numbers(np.where(canceled, 0, items.units[at])),
        "currency": text.where(known, market.store.currency),
        "item-price": text.where(known, price),
        "asin": text.join("B0DEMO", text.padded(items.sku[at], 4)),
        "ship-country": text.same(market.store.country, len(at)),
        "ship-city": text.same(market.words["city"], len(at)),
        "promotion-ids": text.choose(["", "Made-up offer, summer, 5% off"], chunk.luck.of(at).happens("offer", 1 / 20)),
    }


def updated(chunk: Chunk, at: Ints, night: int) -> Ints:
    """When what the night's reports say of each item last changed."""
    nights, items, order = chunk.world.nights, chunk.items, chunk.items.order[at]
    made = int(nights.made(night))
    events = (
        *(chunk.orders.purchase[order], chunk.orders.released[order], items.canceled[at]),
        *(nights.taken(items.taken[at]), nights.taken(items.later[at])),
    )
    return np.max([np.where(event <= made, event, 0) for event in events], axis=0)


def _common(chunk: Chunk, market: Market, at: Ints) -> Cells:
    """What several reports say alike."""
    order = chunk.items.order[at]
    return {
        "order-id": chunk.order_id.take(order),
        "order-item-id": chunk.item_id.take(at),
        "purchase-date": text.instants(chunk.orders.purchase[order]),
        "sku": chunk.sku.take(at),
        "product-name": chunk.title(market, at),
        "ship-service-level": text.choose(list(SERVICES), chunk.orders.service[order]),
        "is-business-order": text.choose(["false", "true"], chunk.chance.of(order).happens("business", 1 / 20)),
    }


def _buyer(person: Cells) -> Cells:
    return {
        "buyer-email": person["email"],
        "buyer-name": person["name"],
        "recipient-name": person["name"],
        "ship-address-1": person["street"],
        "ship-city": person["city"],
        "ship-state": person["state"],
        "ship-postal-code": person["postal"],
        "ship-country": person["country"],
    }


def _local(chunk: Chunk, market: Market, seconds: Ints, *, local: bool) -> text.Text:
    if not local:
        return text.instants(seconds)
    zone = chunk.world.zones[chunk.world.markets.index(market)]
    return text.instants(seconds, zone.offset(seconds))


def _shipping(chunk: Chunk, at: Ints) -> Ints:
    """The shipping price of each item: the order's, told at its first item."""
    return np.where(chunk.items.place[at] == 0, _SHIPPING_CENTS * chunk.orders.service[chunk.items.order[at]], 0)


def _tail(ids: text.Text) -> text.Text:
    return pc.utf8_slice_codeunits(ids, 4)
