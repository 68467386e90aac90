"""What follows a sale: letters, returns and A-to-z claims, cell by cell (SPEC §2, FORMATS §5a)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.simulate import rates, text
from pipeline.simulate.chance import Bools, Ints
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.markets import Market
from pipeline.simulate.nights import DAY, FAR, HOUR
from pipeline.simulate.text import Cells

LOG_NIGHTS = 14  # a letter stands in the log of so many nights, a claim in the list of CLAIM_NIGHTS
CLAIM_NIGHTS = 60
_TOPICS = ("delivery", "item", "other")
_TYPES = ("not-received", "not-as-described", "not-refunded", "international-return", "extra-charges")
_BLANK = " "  # how a returns report writes an empty cell


class After(NamedTuple):
    """What follows each order: instants in seconds UTC, FAR for what never comes."""

    delivered: Ints
    letter: Ints
    request: Ints  # to return it
    returned: Ints
    claim: Ints
    lost: Bools


def after(chunk: Chunk) -> After:
    """What follows the chunk's orders."""
    told, chance, nights = chunk.orders, chunk.chance, chunk.world.nights
    shipped = told.confirmed()
    sent = nights.taken(chunk.items.done()[chunk.first])
    claims = shipped & chance.happens("claimed", rates.CLAIMED)
    lost = claims & chance.happens("lost", rates.LOST)
    delivered = np.where(shipped & ~lost, sent + DAY + chance.below("delivered", rates.DELIVERY_DAYS * DAY), FAR)
    returns = shipped & ~claims & chance.happens("returned", rates.RETURNED)
    request = np.where(returns, delivered + HOUR + chance.below("request", rates.RETURN_DAYS * DAY), FAR)
    writes = (shipped & chance.happens("letter", rates.LETTERS)) | claims
    waits = (told.released < FAR) & (told.released - told.purchase > DAY)
    early = told.purchase + (told.released - told.purchase) // 2
    letter = np.where(writes, told.promise + DAY + chance.below("written", 5 * DAY), FAR)
    letter = np.where(waits & ~claims & chance.happens("pending letter", rates.PENDING_LETTERS), early, letter)
    claim = np.where(claims, letter + 2 * DAY + chance.below("claim", 2 * DAY), FAR)
    return After(delivered, letter, request, np.where(returns, request + 5 * DAY, FAR), claim, lost)


def contacts(chunk: Chunk, then: After, market: int, night: int) -> tuple[Cells, Ints]:
    """The rows of the contact log of a night, and the order of each."""
    told, chance = chunk.orders, chunk.chance
    made = int(chunk.world.nights.made(night))
    asked = told.released + ((chunk.world.nights.made(told.night) - told.released) * chance.share("asked")).astype(int)
    moved = np.where(told.redirected, asked, FAR)
    reply = then.letter + HOUR + chance.below("reply", 30 * HOUR)
    replied = (then.letter < FAR) & chance.happens("replied", rates.REPLIED)
    events = np.stack([then.letter, np.where(replied, reply, FAR), then.request, moved])
    seen = (events <= made) & (events > made - LOG_NIGHTS * DAY) & (told.market == market)
    order, what = np.nonzero(seen.T)
    topic = text.choose(_TOPICS, chance.of(order).below("topic", len(_TOPICS)))
    amazon = chance.of(order).happens("asked by Amazon", 1 / 10)
    direction = np.where(what == 1, 1, np.where((what == len(events) - 1) & amazon, 2, 0))
    return {
        "contact-id": text.join("M-", text.numbers(told.number[order] + 1), "-", text.numbers(what + 1)),
        "order-id": chunk.order_id.take(order),
        "sent-date": text.instants(events[what, order]),
        "direction": text.choose(("buyer", "seller", "amazon"), direction),
        "channel": text.choose(("message", "return-request"), what == 2),  # noqa: PLR2004  the third event
        "topic": text.where(what == len(events) - 1, "address", topic),
    }, order


def returns(chunk: Chunk, then: After, market: int, night: int) -> tuple[Cells, Ints]:
    """The rows of a night's Returns report, and the order of each: requests of the day, and parcels that came back."""
    nights, told = chunk.world.nights, chunk.orders
    came = nights.knowing(then.returned) == night
    order = np.flatnonzero((told.market == market) & (came | (nights.knowing(then.request) == night)))
    store: Market = chunk.world.markets[market]
    at, chance, came = chunk.first[order], chunk.chance.of(order), came[order]
    amount = text.money(chunk.cents[at] * chunk.items.units[at], store.store.currency)
    days = [chunk.world.day(told.market[order], np.minimum(one[order], FAR - 1)) for one in then[2:4]]
    blank = text.same(_BLANK, len(order))
    columns = store.layouts["returns"].columns
    return dict.fromkeys(columns, blank) | {
        "Order ID": chunk.order_id.take(order),
        "Order date": text.english_dates(told.purchase_day[order]),
        "Return request date": text.english_dates(days[0]),
        "Return request status": text.choose(("Approved", "Completed"), came),
        "Amazon RMA ID": text.join("RMA-DEMO-", text.numbers(told.number[order] + 1)),
        "Label type": text.choose(("AmazonPrePaidLabel", "AmazonUnPaidLabel"), chance.below("label", 2)),
        "Label cost": text.money(np.full(len(order), 490), store.store.currency),
        "Currency code": text.same(store.store.currency, len(order)),
        "Label to be paid by": text.choose(("Seller", "Customer"), chance.below("paid by", 2)),
        "A-to-Z Claim": text.same("N", len(order)),
        "Is prime": text.same("N", len(order)),
        "ASIN": text.join("B0DEMO", text.padded(chunk.items.sku[at], 4)),
        "Merchant SKU": chunk.sku.take(at),
        "Item Name": chunk.title(store, at),
        "Return quantity": text.numbers(chunk.items.units[at]),
        "Return Reason": text.choose(("CR-DEFECTIVE", "CR-ORDERED_WRONG_ITEM"), chance.below("why", 2)),
        "In policy": text.choose(("Y", "N"), chance.happens("out of policy", 1 / 20)),
        "Return type": text.same("C-Returns", len(order)),
        "Resolution": text.choose(("StandardRefund", "RefundAtFirstScan"), chance.below("resolution", 2)),
        "Return delivery date": text.where(came, text.english_dates(np.where(came, days[1], 0)), blank),
        "Order Amount": amount,
        "Order quantity": text.numbers(chunk.items.units[at]),
        "Refunded Amount": text.where(came, amount, blank),
        "Order Item ID": chunk.item_id.take(at),
    }, order


def claims(chunk: Chunk, then: After, market: int, night: int) -> tuple[Cells, Ints]:
    """The rows of the list of claims of a night, as far as each has got, and the order of each."""
    made, told = int(chunk.world.nights.made(night)), chunk.orders
    seen = (told.market == market) & (then.claim <= made) & (then.claim > made - CLAIM_NIGHTS * DAY)
    order = np.flatnonzero(seen)
    chance, claim, at = chunk.chance.of(order), then.claim[order], chunk.first[order]
    kind = np.where(then.lost[order], 0, 1 + chance.below("claim type", len(_TYPES) - 1))
    events = _events(chunk, order, claim)

    def known(name: str) -> Ints:
        return np.where(events[name] <= made, events[name], FAR)

    decided, appealed = known("decision-date") < FAR, known("appeal-decision-date") < FAR
    currency = chunk.world.markets[market].store.currency
    amount = text.money(chunk.cents[at] * chunk.items.units[at], currency)
    delivered = np.where(then.delivered[order] <= made, then.delivered[order], FAR)
    return {name: text.instants(known(name)) for name in events} | {
        "claim-id": text.join("A-", text.numbers(told.number[order] + 1)),
        "order-id": chunk.order_id.take(order),
        "order-item-id": text.where(told.items[order] > 1, chunk.item_id.take(at)),
        "claim-type": text.choose(_TYPES, kind),
        "claim-date": text.instants(claim),
        "claim-amount": amount,
        "currency": text.same(currency, len(order)),
        "decision": text.where(decided, text.choose(("granted", "denied"), chance.below("verdict", 2))),
        "funded-by": text.where(decided, text.choose(("seller", "amazon"), chance.happens("amazon pays", 2 / 5))),
        "appeal-decision": text.where(appealed, text.choose(("reversed", "upheld"), chance.below("appeal", 2))),
        "delivered-date": text.instants(delivered),
        "prepaid-label": text.where(kind == _TYPES.index("international-return"), "Y"),
    }, order


def _events(chunk: Chunk, order: Ints, claim: Ints) -> dict[str, Ints]:
    """When what happens to each claim happens."""
    chance = chunk.chance.of(order)
    granted, pays = chance.below("verdict", 2) == 0, ~chance.happens("amazon pays", 2 / 5)
    withdrawn = chance.happens("withdrawn", 1 / 20)
    asked = np.where(chance.happens("info asked", 4 / 5), claim + DAY, FAR)
    answered = np.where((asked < FAR) & chance.happens("info answered", 4 / 5), asked + DAY, FAR)
    decision = np.where(~withdrawn & chance.happens("decided", 4 / 5), claim + 6 * DAY, FAR)
    appeal = np.where((decision < FAR) & granted & pays & chance.happens("appeals", 2 / 5), decision + 5 * DAY, FAR)
    return {
        "info-requested-date": asked,
        "info-answered-date": answered,
        "withdrawn-date": np.where(withdrawn, claim + 2 * DAY, FAR),
        "decision-date": decision,
        "appeal-date": appeal,
        "appeal-decision-date": np.where(appeal < FAR, appeal + 7 * DAY, FAR),
    }
