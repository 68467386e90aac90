"""What follows a sale: letters, returns and A-to-z claims, cell by cell (SPEC §2, FORMATS §5a)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate import probabilities
from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.markets import Market
from pipeline.simulate.nights import DAY_SECONDS, FAR_FUTURE, HOUR_SECONDS
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.text_columns import Cells
from pipeline.utils.dtypes import BoolArray, IntArray

CONTACT_LOG_NIGHTS = 14  # a letter stands in the log of so many nights, a claim in the list of CLAIM_NIGHTS
DEFECT_DAYS = 10  # within so many days of its delivery an order has its defect
_CONTACT_TOPICS = ("delivery", "item", "other")
_EMPTY_CELL = " "  # how a returns report writes an empty cell


class FollowUps(NamedTuple):
    """What follows each order: instants in seconds UTC, FAR for what never comes."""

    delivered: IntArray
    message: IntArray
    return_request: IntArray  # to return it
    returned: IntArray
    claim: IntArray
    lost: BoolArray
    address_request: IntArray  # to send it elsewhere
    defect: IntArray  # negative feedback or a chargeback


def simulate_follow_ups(chunk: Chunk) -> FollowUps:
    """What follows the chunk's orders."""
    orders, draws, nights = chunk.orders, chunk.order_draws, chunk.world.nights
    shipped = orders.is_confirmed()
    sent_at = nights.feeds_taken_at(chunk.items.done_night()[chunk.first_item])
    claimed = shipped & draws.draw_flags("claimed", probabilities.CLAIMED)
    lost = claimed & draws.draw_flags("lost", probabilities.PARCEL_LOST)
    delivered = np.where(
        shipped & ~lost,
        sent_at + DAY_SECONDS + draws.draw_below("delivered", probabilities.DELIVERY_DAYS * DAY_SECONDS),
        FAR_FUTURE,
    )
    has_return = shipped & ~claimed & draws.draw_flags("returned", probabilities.RETURNED)
    return_request = np.where(
        has_return,
        delivered + HOUR_SECONDS + draws.draw_below("request", probabilities.RETURN_DAYS * DAY_SECONDS),
        FAR_FUTURE,
    )
    has_message = (shipped & draws.draw_flags("letter", probabilities.BUYER_MESSAGE)) | claimed
    waits_long = (orders.released < FAR_FUTURE) & (orders.released - orders.purchase > DAY_SECONDS)
    early_message = orders.purchase + (orders.released - orders.purchase) // 2
    message = np.where(
        has_message, orders.promise + DAY_SECONDS + draws.draw_below("written", 5 * DAY_SECONDS), FAR_FUTURE
    )
    message = np.where(
        waits_long & ~claimed & draws.draw_flags("pending letter", probabilities.PENDING_MESSAGE),
        early_message,
        message,
    )
    claim_at = np.where(claimed, message + 2 * DAY_SECONDS + draws.draw_below("claim", 2 * DAY_SECONDS), FAR_FUTURE)
    return FollowUps(
        delivered=delivered,
        message=message,
        return_request=return_request,
        returned=np.where(has_return, return_request + 5 * DAY_SECONDS, FAR_FUTURE),
        claim=claim_at,
        lost=lost,
        address_request=np.where(orders.redirected, _address_asked_at(chunk), FAR_FUTURE),
        defect=np.where(
            (delivered < FAR_FUTURE) & draws.draw_flags("defect", probabilities.DEFECT),
            delivered + DAY_SECONDS + draws.draw_below("defect day", DEFECT_DAYS * DAY_SECONDS),
            FAR_FUTURE,
        ),
    )


def contact_cells(chunk: Chunk, follow_ups: FollowUps, market: int, night: int) -> tuple[Cells, IntArray]:
    """The rows of the contact log of a night, and the order of each."""
    orders, draws, events = chunk.orders, chunk.order_draws, _contact_times(chunk.order_draws, follow_ups)
    made_at = int(chunk.world.nights.reports_made_at(night))
    in_log = (events <= made_at) & (events > made_at - CONTACT_LOG_NIGHTS * DAY_SECONDS) & (orders.market == market)
    order_index, event_index = np.nonzero(in_log.T)
    topic = text.pick_texts(_CONTACT_TOPICS, draws.select_keys(order_index).draw_below("topic", len(_CONTACT_TOPICS)))
    plain_date = (event_index < len(events) - 1) & _is_plain_date(chunk, order_index, event_index)
    sent_at = events[event_index, order_index]
    sent_day = chunk.world.local_day(orders.market[order_index], sent_at)
    by_amazon = draws.select_keys(order_index).draw_flags("asked by Amazon", 1 / 10)
    direction = np.where(event_index == 1, 1, np.where((event_index == len(events) - 1) & by_amazon, 2, 0))
    return {
        "contact-id": text.join_texts(
            "M-", text.format_integers(orders.number[order_index] + 1), "-", text.format_integers(event_index + 1)
        ),
        "order-id": chunk.order_id.take(order_index),
        "sent-date": text.text_where(plain_date, text.format_dates(sent_day), text.format_instants(sent_at)),
        "direction": text.pick_texts(("buyer", "seller", "amazon"), direction),
        "channel": text.pick_texts(("message", "return-request"), event_index == 2),  # noqa: PLR2004  the third event
        "topic": text.text_where(event_index == len(events) - 1, "address", topic),
    }, order_index


def _contact_times(draws: RandomDraws, follow_ups: FollowUps) -> IntArray:
    """When each contact of each order was sent: a message, its reply, a return request and a request for an address."""
    reply = follow_ups.message + HOUR_SECONDS + draws.draw_below("reply", 30 * HOUR_SECONDS)
    replied = (follow_ups.message < FAR_FUTURE) & draws.draw_flags("replied", probabilities.REPLIED)
    answered = np.where(replied, reply, FAR_FUTURE)
    return np.stack([follow_ups.message, answered, follow_ups.return_request, follow_ups.address_request])


def _address_asked_at(chunk: Chunk) -> IntArray:
    """When the buyer of a redirected order asks for it: not after the day on which the parcel leaves."""
    world, orders = chunk.world, chunk.orders
    upload_night = np.where(orders.redirected, orders.upload_night, 0)
    last_day = world.local_day(orders.market, world.nights.as_of(upload_night)) - 1
    last_moment = world.last_second(orders.market, last_day)
    first_moment = np.minimum(orders.released, last_moment)
    time_to_ask = last_moment - first_moment
    return first_moment + (time_to_ask * chunk.order_draws.draw_uniform("asked")).astype(np.int64)


def _is_plain_date(chunk: Chunk, order_index: IntArray, event_index: IntArray) -> BoolArray:
    """Of which entries in the contact log only the day is known."""
    keys = chunk.orders.number[order_index] * 8 + event_index
    return RandomDraws(chunk.seed, keys).draw_flags("plain date", probabilities.PLAIN_DATE)


def return_cells(chunk: Chunk, follow_ups: FollowUps, market: int, night: int) -> tuple[Cells, IntArray]:
    """The rows of a night's Returns report, and the order of each: requests of the day, and parcels that came back."""
    nights, orders = chunk.world.nights, chunk.orders
    came_back = nights.first_reporting_night(follow_ups.returned) == night
    order_index = np.flatnonzero(
        (orders.market == market) & (came_back | (nights.first_reporting_night(follow_ups.return_request) == night))
    )
    market_entry: Market = chunk.world.markets[market]
    item_index, draws, came_back = (
        chunk.first_item[order_index],
        chunk.order_draws.select_keys(order_index),
        came_back[order_index],
    )
    amount = text.format_money(chunk.paid_cents[item_index], market_entry.marketplace.currency)
    days = [
        chunk.world.local_day(orders.market[order_index], np.minimum(event[order_index], FAR_FUTURE - 1))
        for event in (follow_ups.return_request, follow_ups.returned)
    ]
    blank = text.repeat_text(_EMPTY_CELL, len(order_index))
    columns = market_entry.layouts["returns"].columns
    return dict.fromkeys(columns, blank) | {
        "Order ID": chunk.order_id.take(order_index),
        "Order date": text.format_english_dates(orders.purchase_day[order_index]),
        "Return request date": text.format_english_dates(days[0]),
        "Return delivery date": text.text_where(
            came_back, text.format_english_dates(np.where(came_back, days[1], 0)), blank
        ),
        "Return request status": text.pick_texts(("Approved", "Completed"), came_back),
        "Amazon RMA ID": text.join_texts("RMA-DEMO-", text.format_integers(orders.number[order_index] + 1)),
        "Currency code": text.repeat_text(market_entry.marketplace.currency, len(order_index)),
        "A-to-Z Claim": text.repeat_text("N", len(order_index)),
        "Is prime": text.repeat_text("N", len(order_index)),
        "ASIN": text.join_texts("B0DEMO", text.zero_pad(chunk.items.sku[item_index], 4)),
        "Merchant SKU": chunk.sku.take(item_index),
        "Item Name": chunk.item_titles(market_entry, item_index),
        "Return quantity": text.format_integers(chunk.items.units[item_index]),
        "Return type": text.repeat_text("C-Returns", len(order_index)),
        "Order Amount": amount,
        "Order quantity": text.format_integers(chunk.items.units[item_index]),
        "Refunded Amount": text.text_where(came_back, amount, blank),
        "Order Item ID": chunk.item_id.take(item_index),
    } | _drawn_cells(draws, market_entry), order_index


def _drawn_cells(draws: RandomDraws, market: Market) -> Cells:
    """The cells of a return that nothing else depends on."""
    return {
        "Label type": text.pick_texts(("AmazonPrePaidLabel", "AmazonUnPaidLabel"), draws.draw_below("label", 2)),
        "Label cost": text.format_money(np.full(len(draws.keys), 490), market.marketplace.currency),
        "Label to be paid by": text.pick_texts(("Seller", "Customer"), draws.draw_below("paid by", 2)),
        "Return Reason": text.pick_texts(("CR-DEFECTIVE", "CR-ORDERED_WRONG_ITEM"), draws.draw_below("why", 2)),
        "In policy": text.pick_texts(("Y", "N"), draws.draw_flags("out of policy", 1 / 20)),
        "Resolution": text.pick_texts(("StandardRefund", "RefundAtFirstScan"), draws.draw_below("resolution", 2)),
    }
