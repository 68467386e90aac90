"""What there is to do about claims and buyers: lines of the worklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames, todo
from pipeline.claims import words
from pipeline.claims.status import DUE, INVESTIGATING, OVERDUE, one_of
from pipeline.frames import Array

if TYPE_CHECKING:
    from pipeline.claims.judge import Known, Verdict
    from pipeline.claims.waiting import Exposed

_COLUMNS = ("claim_id", "order_id", "order_item_id", "sku", "currency", "answer_by", "appeal_by")
_UNDECIDED = (OVERDUE, DUE, INVESTIGATING)
_DISPUTES = ("claim_amount", "too_early", "no_contact", "filed_at", "early_said", "channel_words")
_APPEAL = "claim {claim_id} was granted and debited: appeal with what Amazon did not know{disputes}"
_DISPUTE = "claim {claim_id} can be disputed{disputes}"
_ITEM = ("order_id", "order_item_id", "sku", "currency")
_CONFIRM = "no usable tracking number is confirmed: confirm again with one, or a claim would be granted automatically"


def open_claims(judged: Verdict, since: int) -> Array:
    """Which claims can still change, undecided or to be appealed, or could when it was last looked."""
    standing = judged.standing
    lapsed = standing.too_late & (standing.appeal_by >= since)
    return one_of(standing.status, _UNDECIDED) | standing.appealable | lapsed


def of_claims(judged: Verdict) -> list[pd.DataFrame]:
    """A line for each claim that can be answered or appealed, with what can be disputed in its reason."""
    asked, appealable, holds = judged.standing.asked, judged.standing.appealable, judged.grounds.holds
    early, contactless = holds["CLM-409"], holds["CLM-410"]
    open_ = one_of(judged.standing.status, _UNDECIDED) & ~asked
    early, contactless = open_ & early, open_ & contactless & ~early
    some = np.flatnonzero(asked | appealable | early | contactless)
    rows = frames.take(frames.frame(frames.table(judged.rows, (*_COLUMNS, *_DISPUTES))), some)
    rows = rows.assign(amount=rows["claim_amount"], disputes=frames.series(_disputes(rows)))
    sorts: tuple[tuple[Array, str, str, str, str], ...] = (
        (asked, "answer-claim", "CLM-406", "answer what Amazon asks about claim {claim_id}{disputes}", "answer_by"),
        (appealable, "appeal", "CLM-407", _APPEAL, "appeal_by"),
        (early, "answer-claim", "CLM-409", _DISPUTE, ""),
        (contactless, "answer-claim", "CLM-410", _DISPUTE, ""),
    )
    made = []
    for mask, action, code, reason, due in sorts:
        part = frames.only(rows, mask[some])
        made.append(todo.lines(part, action, code, reason, part[due] if due else None))
    return made


def _disputes(rows: pd.DataFrame) -> pa.Array:
    """What can be disputed, as the end of a sentence; empty where nothing can."""
    early, contactless = frames.flags(rows["too_early"]), frames.flags(rows["no_contact"])
    text = [frames.arrow(rows[name]).combine_chunks() for name in ("filed_at", "early_said", "channel_words")]
    first = words.joined(": CLM-409, filed at ", text[0], " before it could be: ", text[1])
    other = words.joined(": CLM-410, filed at ", text[0], " without a ", text[2], " of the buyer")
    said = pc.if_else(pa.array(early), first, pc.if_else(pa.array(contactless), other, ""))
    return pc.coalesce(said, "")


def of_buyers(waits: pd.DataFrame) -> list[pd.DataFrame]:
    """A line for each buyer who waits: to be answered, or, where the order is pending, to be referred to Amazon."""
    pending, late = frames.flags(waits["pending"]), frames.flags(waits["overdue"])
    told = "the buyer's {channel_words} of {contact_at} ({contact_place}) "
    sorts = (
        (pending, "refer", "LIF-210", told + "is about a pending order: refer them to Amazon Customer Service"),
        (
            ~pending & ~late,
            "reply",
            "CLM-401",
            told + "has no reply: answer by then, or a claim would be granted",
        ),
        (~pending & late, "reply", "CLM-401", told + "has had no reply in time: answer before it is claimed"),
    )
    made = []
    for mask, action, code, reason in sorts:
        part = frames.only(waits, mask)
        made.append(todo.lines(part, action, code, reason, part["reply_by"]))
    return made


def of_exposed(exposed: Exposed, known: Known) -> list[pd.DataFrame]:
    """A line for each order item that was confirmed without a usable tracking number and would be lost for it.

    What was not sent has its line to be shipped (LIF-204), and who waits theirs to be answered (CLM-401).
    """
    orders = exposed.number[exposed.reasons["CLM-402"] & ~exposed.facts.nothing]
    items = known.items
    size = len(items)
    lost = np.zeros(len(known.orders.keys), bool)
    lost[orders] = True
    mine = lost[known.orders.of_item] & known.facts.confirmed[:size] & ~known.facts.tracked[:size]
    told = frames.table(items, (*_ITEM, "quantity_confirmed", "item_price"))
    rows = frames.only(frames.frame(told.rename_columns([*_ITEM, "quantity", "amount"])), mine)
    return [todo.lines(rows, "confirm", "CLM-402", _CONFIRM, None)]
