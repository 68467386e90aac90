"""What there is to do about claims and buyers: lines of the worklist."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames, todo
from pipeline.claims import words
from pipeline.claims.judge import Judged, Known
from pipeline.claims.status import DUE, INVESTIGATING, OVERDUE
from pipeline.claims.waiting import Exposed
from pipeline.frames import Array

_COLUMNS = ("claim_id", "order_id", "order_item_id", "sku", "currency", "answer_by", "appeal_by")
_CONFIRM = "no usable tracking number is confirmed: confirm again with one, or a claim would be granted automatically"


def open_claims(judged: Judged) -> Array:
    """Which claims can still change: undecided, or to be appealed."""
    return np.isin(judged.standing.status, (OVERDUE, DUE, INVESTIGATING)) | judged.standing.appealable


def of_claims(judged: Judged) -> list[pd.DataFrame]:
    """A line for each claim that can be answered or appealed, with what can be disputed in its reason."""
    standing, holds = judged.standing, judged.grounds.holds
    disputed = (holds["CLM-409"] | holds["CLM-410"]) & np.isin(standing.status, (OVERDUE, DUE, INVESTIGATING))
    rows = frames.frame(frames.table(judged.rows, _COLUMNS))
    rows = rows.assign(amount=judged.rows["claim_amount"], disputes=frames.series(_disputes(judged.rows)))
    mine = {
        "asked": (
            standing.asked,
            "answer-claim",
            "CLM-406",
            "answer what Amazon asks about claim {claim_id}{disputes}",
        ),
        "appealable": (
            standing.appealable,
            "appeal",
            "CLM-407",
            "claim {claim_id} was granted and debited: appeal with what Amazon did not know{disputes}",
        ),
    }
    made = []
    for name, (mask, action, code, reason) in mine.items():
        due = "answer_by" if name == "asked" else "appeal_by"
        made.append(todo.lines(frames.only(rows, mask), action, code, reason, frames.only(rows, mask)[due]))
    for code in ("CLM-409", "CLM-410"):
        also = disputed & ~standing.asked & holds[code] & ((code == "CLM-409") | ~holds["CLM-409"])
        part = frames.only(rows, also)
        made.append(todo.lines(part, "answer-claim", code, "claim {claim_id} can be disputed{disputes}", None))
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
    mine = np.isin(known.orders.of_item, orders) & known.facts.confirmed[:size] & ~known.facts.tracked[:size]
    rows = frames.only(items, mine).assign(
        quantity=frames.only(items, mine)["quantity_confirmed"], amount=frames.only(items, mine)["item_price"]
    )
    return [todo.lines(rows, "confirm", "CLM-402", _CONFIRM, None)]
