"""Every claim judged: its status, grounds, deadlines and money, and what there is to say about it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.batch import Context
from pipeline.claims import evidence, moments, refunds, status, words
from pipeline.claims.case import Case, case
from pipeline.claims.concerned import Concerned
from pipeline.claims.evidence import Facts, Orders
from pipeline.claims.grounds import DISPUTED, GRANTING, Grounds, grounds
from pipeline.claims.heard import Heard, hear
from pipeline.claims.moments import Clock
from pipeline.claims.refunds import Refunds
from pipeline.claims.status import COUNTS, STATUS, Standing
from pipeline.claims.told import Told
from pipeline.frames import Array

_LINES = 2**40  # more than a file has
NOWHERE = {"file": findings.LEDGER, "line": 0, "record": 0}  # of what no report of this run holds
_FACTS = {
    "no_tracking": "CLM-402",
    "no_reply": "CLM-403",
    "shipped_late": "CLM-404",
    "not_delivered": "CLM-405",
    "too_early": "CLM-409",
    "no_contact": "CLM-410",
    "order_unknown": "CLM-411",
    "claims_more": "CLM-412",
    "stranded": "CLM-414",
    "overcharged": "CLM-415",
    "owed": "CLM-416",
}


class Known(NamedTuple):
    """What the claims are held against: all that is told, the order items with their facts, and what was sent."""

    told: Told
    items: pd.DataFrame
    sent: pd.DataFrame
    orders: Orders
    facts: Facts
    heard: Heard
    keys: Array  # of the orders that anything is said of, in the order of their numbers
    held: Array  # the number of each among the orders of the items, −1 for none
    numbers: list[Array]  # of the orders of the claims, the contacts and the returns
    clock: Clock  # a row an order that anything is said of


class Judged(NamedTuple):
    """The claims, one row each with everything a rule or a report asks about, and what they were judged by."""

    rows: pd.DataFrame
    case: Case
    grounds: Grounds
    standing: Standing


def knowing(told: Told, mine: Concerned, sent: pd.DataFrame, context: Context) -> Known:
    """Everything that the claims, and the contacts about orders without one, are held against."""
    items, orders, numbers, keys = mine
    sent = evidence.standing(sent)
    clock = moments.clock(items["sales_channel"], context)
    held = np.arange(len(keys))
    held[len(orders.keys) :] = -1
    zone = np.zeros(len(keys), np.int64)  # of an order that is not known, the account's
    zone[: len(orders.keys)] = clock.zone[orders.starts]
    about = clock._replace(zone=zone)
    with ThreadPoolExecutor(1) as pool:
        facts = pool.submit(evidence.facts, items, sent, orders, clock.zone, clock.used)
        heard = hear(told.contacts, told.returns, (numbers[1], numbers[2]), about)
        return Known(told, items, sent, orders, facts.result(), heard, keys, held, numbers, about)


def judge(known: Known) -> Judged:
    """The claims as they stand at as-of."""
    told, items = known.told, known.items
    order = known.numbers[0]
    mine = case(told.claims, (order, known.held[order]), known.orders, items, known.clock.at(order))
    back = refunds.refunds(mine, told.returns, known.numbers[2], known.facts, items)
    found = grounds(mine, known.heard, known.facts, back, len(items))
    standing = status.stand(mine, found)
    rows = _rows(mine, found, standing, known)
    return Judged(_said(rows, known, mine, found, back), mine, found, standing)


def _rows(mine: Case, found: Grounds, standing: Standing, known: Known) -> pd.DataFrame:
    """The claims with the columns of the report, and with one truth a rule."""
    heard = known.heard
    rows = mine.rows.assign(
        status=frames.series(frames.strings(STATUS, standing.status)),
        eligible_from=frames.series(frames.instants(found.eligible)),
        contact_at=frames.series(words.spelt(heard.at(found.contact))),
        reply_at=frames.series(words.spelt(heard.at(found.reply))),
        reply_by=frames.series(frames.instants(moments.ends(found.due, mine.clock))),
        grant_reasons=frames.series(found.words(GRANTING)),
        dispute_grounds=frames.series(found.words(DISPUTED)),
        answer_by=frames.series(frames.instants(standing.answer_by)),
        appeal_by=frames.series(frames.instants(standing.appeal_by)),
        counts_in_odr=frames.series(frames.strings(COUNTS, standing.counts)),
        debited=frames.series(standing.debited),
        reimbursed=frames.series(standing.reimbursed),
        asked=frames.series(standing.asked),
        appealable=frames.series(standing.appealable),
        too_late=frames.series(standing.too_late),
        order_total=frames.series(found.total),
        **{name: frames.series(found.holds[code]) for name, code in _FACTS.items()},
    )
    item = pa.array(np.maximum(mine.item, 0), mask=mine.item < 0)
    for name in ("sku", "ship_country", "purchase_date"):
        rows[name] = frames.series(frames.arrow(known.items[name]).take(item))
    return _placed(rows, known, mine)


def _placed(rows: pd.DataFrame, known: Known, mine: Case) -> pd.DataFrame:
    """The claims with file, line and record of the report that last held their order; the ledger where none did."""
    at = last_report(known.items, known.orders)[np.maximum(mine.known, 0)] if len(known.orders.keys) else mine.known
    named = (mine.evidence >= 0) & (mine.evidence < len(known.items))
    at = np.where(named, mine.evidence, at)
    missing = mine.known < 0
    for name, otherwise in NOWHERE.items():
        held = frames.arrow(known.items[name]).take(pa.array(np.maximum(at, 0), mask=missing))
        rows[name] = frames.series(pc.fill_null(held, otherwise))
    return rows


def last_report(items: pd.DataFrame, orders: Orders) -> Array:
    """For each order the position of the item that a report of this run held last; its last one where none did."""
    if not len(items):
        return np.zeros(0, np.int64)
    file, line = (np.maximum(frames.numbers(items[name]), -1) for name in ("file", "line"))
    seen = file * _LINES + line
    hit = np.flatnonzero(seen == np.maximum.reduceat(seen, orders.starts)[orders.of_item])
    found = np.zeros(len(orders.keys), np.int64)
    found[orders.of_item[hit]] = hit
    return found


def _said(rows: pd.DataFrame, known: Known, mine: Case, found: Grounds, back: Refunds) -> pd.DataFrame:
    """The claims with the evidence of each rule in words."""
    told = words.Words(mine, found, known.heard, known.told.names, known.sent)
    texts = {
        "tracking_said": ("CLM-402", told.tracking),
        "reply_said": ("CLM-403", told.reply),
        "shipping_said": ("CLM-404", lambda at: told.shipping(at, known.items)),
        "delivery_said": ("CLM-405", told.delivery),
        "early_said": ("CLM-409", told.early),
        "channel_words": ("CLM-410", told.channel),
        "refund_said": ("CLM-416", lambda at: told.refund(at, back, known.told.returns)),
    }
    for name, (code, say) in texts.items():
        mask = found.holds[code]
        rows[name] = words.spread(mask, say(np.flatnonzero(mask)))
    asked, decided = rows["asked"].to_numpy(bool), frames.flags(rows["appealable"]) | frames.flags(rows["too_late"])
    filed = found.holds["CLM-409"] | found.holds["CLM-410"]
    for name, column, mask in (
        ("requested_at", "info_requested_date", asked),
        ("decided_at", "decision_date", decided),
        ("filed_at", "claim_date", filed),
    ):
        rows[name] = words.spread(mask, words.spelt(mine.when[column].take(np.flatnonzero(mask))))
    rows["contradiction"] = _contradiction(mine)
    told_of = np.logical_or.reduce(
        [asked, decided, rows["contradiction"].notna().to_numpy(bool), *found.holds.values()]
    )
    rows["claim_place"] = words.spread(told_of, words.places(rows, known.told.names, np.flatnonzero(told_of)))
    return rows


def _contradiction(mine: Case) -> pd.Series[str]:
    """What is wrong with each claim's own row, in words; null where all is well."""
    masks, said = zip(*status.contradictions(mine), strict=True)
    doubled = frames.arrow(mine.rows["doubled"]).combine_chunks()
    any_ = np.logical_or.reduce([*masks, pc.is_valid(doubled).to_numpy(zero_copy_only=False)])
    at = np.flatnonzero(any_)
    none = pa.scalar(None, pa.string())
    parts = [pc.if_else(pa.array(mask[at]), text, none) for mask, text in zip(masks, said, strict=True)]
    parts.append(doubled.take(pa.array(at)))
    return words.spread(any_, pc.binary_join_element_wise(*parts, "; ", null_handling="skip"))
