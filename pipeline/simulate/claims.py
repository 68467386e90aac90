"""The A-to-z claims that buyers make, and what becomes of them."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.customer_service import FollowUps
from pipeline.simulate.nights import DAY_SECONDS, FAR_FUTURE
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.text_columns import Cells
from pipeline.utils.dtypes import BoolArray, IntArray

CLAIM_LIST_NIGHTS = 60
_CLAIM_TYPE_NAMES = ("not-received", "not-as-described", "not-refunded", "international-return", "extra-charges")


def claim_cells(chunk: Chunk, follow_ups: FollowUps, market: int, night: int) -> tuple[Cells, IntArray]:
    """The rows of the list of claims of a night, as far as each has got, and the order of each."""
    made_at, orders = int(chunk.world.nights.reports_made_at(night)), chunk.orders
    in_list = (
        (orders.market == market)
        & (follow_ups.claim <= made_at)
        & (follow_ups.claim > made_at - CLAIM_LIST_NIGHTS * DAY_SECONDS)
    )
    order_index = np.flatnonzero(in_list)
    draws, claim_at, item_index = (
        chunk.order_draws.select_keys(order_index),
        follow_ups.claim[order_index],
        chunk.first_item[order_index],
    )
    type_index = np.where(
        follow_ups.lost[order_index], 0, 1 + draws.draw_below("claim type", len(_CLAIM_TYPE_NAMES) - 1)
    )
    events = _claim_events(chunk, order_index, claim_at)

    def event_until_made(name: str) -> IntArray:
        return np.where(events[name] <= made_at, events[name], FAR_FUTURE)

    decided, appealed = (
        event_until_made("decision-date") < FAR_FUTURE,
        event_until_made("appeal-decision-date") < FAR_FUTURE,
    )
    currency = chunk.world.markets[market].marketplace.currency
    amount = text.format_money(chunk.paid_cents[item_index], currency)
    delivered_at = np.where(follow_ups.delivered[order_index] <= made_at, follow_ups.delivered[order_index], FAR_FUTURE)
    return {name: text.format_instants(event_until_made(name)) for name in events} | {
        "claim-id": text.join_texts("A-", text.format_integers(orders.number[order_index] + 1)),
        "order-id": chunk.order_id.take(order_index),
        "order-item-id": text.text_where(orders.item_count[order_index] > 1, chunk.item_id.take(item_index)),
        "claim-type": text.pick_texts(_CLAIM_TYPE_NAMES, type_index),
        "claim-date": text.format_instants(claim_at),
        "claim-amount": amount,
        "currency": text.repeat_text(currency, len(order_index)),
        "delivered-date": text.format_instants(delivered_at),
        "prepaid-label": text.text_where(type_index == _CLAIM_TYPE_NAMES.index("international-return"), "Y"),
    } | _decision_cells(draws, decided, appealed), order_index


def _decision_cells(draws: RandomDraws, decided: BoolArray, appealed: BoolArray) -> Cells:
    """How Amazon decided, who pays, and what came of the appeal."""
    return {
        "decision": text.text_where(decided, text.pick_texts(("granted", "denied"), draws.draw_below("verdict", 2))),
        "funded-by": text.text_where(
            decided, text.pick_texts(("seller", "amazon"), draws.draw_flags("amazon pays", 2 / 5))
        ),
        "appeal-decision": text.text_where(
            appealed, text.pick_texts(("reversed", "upheld"), draws.draw_below("appeal", 2))
        ),
    }


def _claim_events(chunk: Chunk, order_index: IntArray, claim_at: IntArray) -> dict[str, IntArray]:
    """When what happens to each claim happens."""
    draws = chunk.order_draws.select_keys(order_index)
    granted, seller_pays = draws.draw_below("verdict", 2) == 0, ~draws.draw_flags("amazon pays", 2 / 5)
    withdrawn = draws.draw_flags("withdrawn", 1 / 20)
    info_asked_at = np.where(draws.draw_flags("info asked", 4 / 5), claim_at + DAY_SECONDS, FAR_FUTURE)
    info_answered_at = np.where(
        (info_asked_at < FAR_FUTURE) & draws.draw_flags("info answered", 4 / 5), info_asked_at + DAY_SECONDS, FAR_FUTURE
    )
    decided_at = np.where(~withdrawn & draws.draw_flags("decided", 4 / 5), claim_at + 6 * DAY_SECONDS, FAR_FUTURE)
    appealed_at = np.where(
        (decided_at < FAR_FUTURE) & granted & seller_pays & draws.draw_flags("appeals", 2 / 5),
        decided_at + 5 * DAY_SECONDS,
        FAR_FUTURE,
    )
    return {
        "info-requested-date": info_asked_at,
        "info-answered-date": info_answered_at,
        "withdrawn-date": np.where(withdrawn, claim_at + 2 * DAY_SECONDS, FAR_FUTURE),
        "decision-date": decided_at,
        "appeal-date": appealed_at,
        "appeal-decision-date": np.where(appealed_at < FAR_FUTURE, appealed_at + 7 * DAY_SECONDS, FAR_FUTURE),
    }
