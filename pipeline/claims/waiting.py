"""Before there is a claim: who waits for a reply, and what would be granted if it was claimed now."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames
from pipeline.channels import by_amazon
from pipeline.claims import lines, moments, words
from pipeline.claims.coded import few
from pipeline.claims.evidence import Facts
from pipeline.claims.grounds import RESPONSE
from pipeline.claims.heard import MESSAGE, REQUEST
from pipeline.claims.judge import Known
from pipeline.frames import NEVER, Array
from pipeline.states import CANCELED, PENDING

_CHANNELS = ("message", "return request")
WINDOW = "odr.window"


def unclaimed(known: Known) -> tuple[pd.DataFrame, list[pd.DataFrame], pd.DataFrame]:
    """Who waits for a reply, what is to be done about what would be granted if it was claimed now, and its sums."""
    lost = exposed(known)
    return waiting(known), lines.of_exposed(lost, known), exposure(lost, known)


def _free(known: Known) -> Array:
    """Which of the orders that anything is said of nobody claims, as bool."""
    free = np.ones(len(known.keys), bool)
    free[known.numbers[0]] = False
    return free


def waiting(known: Known) -> pd.DataFrame:
    """One row an order without a claim whose buyer waits for a reply, with when it was or is due.

    An order that no report holds stands in it, too: who wrote waits all the same.
    """
    number = np.flatnonzero((known.heard.waiting >= 0) & _free(known))
    at = known.heard.waiting[number]
    clock = known.clock.at(number)
    contact = known.heard.at(at)
    due = moments.plus(contact, RESPONSE, clock.context)
    held = known.held[number]
    item = known.last[np.maximum(held, 0)] if len(known.last) else held
    mine = frames.take(
        frames.frame(frames.table(known.items, ("file", "line", "record", "sku", "currency", "state"))),
        np.maximum(item, 0),
        held < 0,
    )
    rows = mine.assign(
        **{
            name: frames.series(frames.numbers(mine[name], other))
            for name, other in (("file", -1), ("line", 0), ("record", 0))
        },
        order_id=frames.series(_order_ids(known, at)),
        order_item_id=frames.series(pa.nulls(len(at), pa.string())),
        amount=frames.series(known.facts.worth(known.orders.facts(held))),
        contact_at=frames.series(words.spelt(contact)),
        contact_place=frames.series(known.heard.place(known.told.names, at)),
        channel_words=frames.series(frames.strings(_CHANNELS, known.heard.asks[at].astype(np.int64))),
        reply_by=frames.series(frames.instants(moments.ends(due, clock))),
        overdue=frames.series(moments.past(due, clock)),
        pending=frames.series(frames.numbers(mine["state"]) == PENDING),
    )
    return rows.assign(buyer_waits=frames.series(np.ones(len(rows), bool)))


def _order_ids(known: Known, at: Array) -> pa.Array:
    """The order ids of some of the contacts and, behind them, return requests."""
    ids = [frames.arrow(rows["order_id"]) for rows in (known.told.contacts, known.told.returns)]
    return few(pa.chunked_array([chunk for one in ids for chunk in one.chunks], pa.string()), at)


class Exposed(NamedTuple):
    """The orders nobody has claimed yet that would be granted at once: which of the orders, and for what reasons."""

    number: Array  # of the order, among those of the items
    reasons: dict[str, Array]  # bool an exposed order
    facts: Facts


def exposed(known: Known) -> Exposed:
    """The orders that would be lost if their buyers claimed now.

    Orders that the seller ships, neither pending nor canceled, purchased within the window of the order defect rate.
    Nothing sent counts from the promised day on (CLM-404): before that no buyer can claim. Of what was sent nobody
    knows before a claim whether it was delivered, so that only what was never sent is late (CLM-405).
    """
    items, orders = known.items, known.orders
    candidates = np.flatnonzero(_eligible(known) & _free(known)[: len(orders.keys)])
    mine = known.facts.take(orders.facts(candidates))
    clock = moments.clock(items["sales_channel"].take(orders.starts[candidates]), known.clock.context)
    today = clock.days[clock.zone]
    unsent = mine.nothing & (mine.promise != NEVER) & (mine.promise < clock.as_of)
    reasons = {
        "CLM-402": (mine.no_tracking & ~mine.nothing) | unsent,
        "CLM-403": _unanswered(known)[candidates],
        "CLM-404": (mine.late >= 0) | unsent,
        "CLM-405": mine.nothing & (mine.estimate != NEVER) & (mine.estimate < today),
    }
    hit = np.logical_or.reduce(list(reasons.values()))
    return Exposed(candidates[hit], {code: mask[hit] for code, mask in reasons.items()}, mine.take(np.flatnonzero(hit)))


def _eligible(known: Known) -> Array:
    """Which orders a buyer could claim and a seller would pay for."""
    items, orders = known.items, known.orders
    if not len(items):
        return np.zeros(0, bool)
    amazon = by_amazon(items["fulfillment_channel"])
    recent = moments.within(items["purchase_date"], WINDOW, known.clock)
    state = items["state"].to_numpy(np.int64)
    closed = (state == CANCELED) | (state == PENDING)
    return np.logical_or.reduceat(recent & ~amazon & ~closed, orders.starts)


def _unanswered(known: Known) -> Array:
    """Of the orders of the items those with a contact to which the reply came too late, or not in time yet."""
    found = np.zeros(len(known.orders.keys), bool)
    for channel in (MESSAGE, REQUEST):
        number = np.flatnonzero((known.heard.first[channel] >= 0) & (known.held >= 0))
        contact, answer = known.heard.first[channel][number], known.heard.at(known.heard.reply[channel][number])
        clock = known.clock.at(number)
        due = moments.plus(known.heard.at(contact), RESPONSE, clock.context)
        never = ~known.heard.answered[contact] & ~answer.known & moments.past(due, clock)
        late = moments.after(answer, due, clock) | never
        found[known.held[number[late]]] = True
    return found


def exposure(exposed: Exposed, known: Known) -> pd.DataFrame:
    """For each reason, and for any of them, how many orders would be lost and what they came to, by currency."""
    first = known.orders.starts[exposed.number] if len(exposed.number) else exposed.number
    currency = frames.arrow(known.items["currency"]).combine_chunks().take(pa.array(first, pa.int64()))
    any_ = np.ones(len(first), bool)
    parts = []
    for reason, mask in {"any": any_, **exposed.reasons}.items():
        told = pa.table({"currency": currency, "amount": exposed.facts.amount}).filter(pa.array(mask, pa.bool_()))
        summed = told.group_by("currency").aggregate([("amount", "sum"), ("amount", "count"), ([], "count_all")])
        parts.append(summed.append_column("reason", pa.repeat(pa.scalar(reason), len(summed))))
    return frames.frame(pa.concat_tables(parts).sort_by([("reason", "ascending"), ("currency", "ascending")]))
