"""What there is to do about claims and buyers: lines of the worklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import formatting
from pipeline.claims.status import INFO_DUE, INFO_OVERDUE, INVESTIGATING, is_one_of
from pipeline.model import action_items
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array

if TYPE_CHECKING:
    from pipeline.claims.model import ClaimContext, EvaluatedSlice, ExposedOrders

_CLAIM_COLUMNS = ("claim_id", "order_id", "order_item_id", "sku", "currency", "answer_by", "appeal_by")
_UNDECIDED = (INFO_OVERDUE, INFO_DUE, INVESTIGATING)
_DISPUTE_COLUMNS = ("claim_amount", "filed_early", "no_contact", "filed_at", "early_evidence", "channel_words")
_APPEAL_REASON = "claim {claim_id} was granted and debited: appeal with evidence that Amazon did not have{dispute_text}"
_DISPUTE_REASON = "claim {claim_id} can be disputed{dispute_text}"
_ITEM_COLUMNS = ("order_id", "order_item_id", "sku", "currency")
_CONFIRM_REASON = (
    "no usable tracking number is confirmed: confirm again with one, or Amazon would grant a claim automatically"
)


def select_open_claims(evaluated: EvaluatedSlice, last_run: int) -> Array:
    """Which claims can still change, undecided or to be appealed, or could when it was last looked."""
    statuses = evaluated.statuses
    lapsed = statuses.appeal_expired & (statuses.appeal_by >= last_run)
    return is_one_of(statuses.status, _UNDECIDED) | statuses.appealable | lapsed


def list_claim_items(evaluated: EvaluatedSlice) -> list[pd.DataFrame]:
    """A line for each claim that can be answered or appealed, with what can be disputed in its reason."""
    awaits_info, appealable, holds = (
        evaluated.statuses.awaits_info,
        evaluated.statuses.appealable,
        evaluated.grounds.holds,
    )
    early, contactless = holds["CLM-409"], holds["CLM-410"]
    is_open = is_one_of(evaluated.statuses.status, _UNDECIDED) & ~awaits_info
    early, contactless = is_open & early, is_open & contactless & ~early
    listed = np.flatnonzero(awaits_info | appealable | early | contactless)
    rows = arrow.take_rows(arrow.to_frame(arrow.to_table(evaluated.rows, (*_CLAIM_COLUMNS, *_DISPUTE_COLUMNS))), listed)
    rows = rows.assign(amount=rows["claim_amount"], dispute_text=arrow.to_series(_format_disputes(rows)))
    kinds: tuple[tuple[Array, str, str, str, str], ...] = (
        (
            awaits_info,
            "answer-claim",
            "CLM-406",
            "answer Amazon's questions about claim {claim_id}{dispute_text}",
            "answer_by",
        ),
        (appealable, "appeal", "CLM-407", _APPEAL_REASON, "appeal_by"),
        (early, "answer-claim", "CLM-409", _DISPUTE_REASON, ""),
        (contactless, "answer-claim", "CLM-410", _DISPUTE_REASON, ""),
    )
    worklist = []
    for mask, action, code, reason, due_column in kinds:
        part = arrow.filter_rows(rows, mask[listed])
        worklist.append(
            action_items.build_action_items(part, action, code, reason, part[due_column] if due_column else None)
        )
    return worklist


def _format_disputes(rows: pd.DataFrame) -> pa.Array:
    """What can be disputed, as the end of a sentence; empty where nothing can."""
    early, contactless = arrow.to_bool(rows["filed_early"]), arrow.to_bool(rows["no_contact"])
    parts = [arrow.to_arrow(rows[name]).combine_chunks() for name in ("filed_at", "early_evidence", "channel_words")]
    early_text = formatting.concat_text(": CLM-409, filed at ", parts[0], ", too early: ", parts[1])
    contactless_text = formatting.concat_text(
        ": CLM-410, filed at ", parts[0], " without a ", parts[2], " from the buyer"
    )
    dispute_text = pc.if_else(pa.array(early), early_text, pc.if_else(pa.array(contactless), contactless_text, ""))
    return pc.coalesce(dispute_text, "")


def list_buyer_items(waiting: pd.DataFrame) -> list[pd.DataFrame]:
    """A line for each buyer who waits: to be answered, or, where the order is pending, to be referred to Amazon."""
    pending, late = arrow.to_bool(waiting["pending"]), arrow.to_bool(waiting["overdue"])
    contact_text = "the buyer's {channel_words} of {contact_at} ({contact_place}) "
    kinds = (
        (pending, "refer", "LIF-210", contact_text + "is about a pending order: refer them to Amazon Customer Service"),
        (
            ~pending & ~late,
            "reply",
            "CLM-401",
            contact_text + "has no reply: reply by then, or Amazon would grant a claim automatically",
        ),
        (
            ~pending & late,
            "reply",
            "CLM-401",
            contact_text + "got no reply in time: reply before the buyer files a claim",
        ),
    )
    worklist = []
    for mask, action, code, reason in kinds:
        part = arrow.filter_rows(waiting, mask)
        worklist.append(action_items.build_action_items(part, action, code, reason, part["reply_by"]))
    return worklist


def list_exposed_items(exposed: ExposedOrders, claim_context: ClaimContext) -> list[pd.DataFrame]:
    """A line for each order item that was confirmed without a usable tracking number and would be lost for it.

    What was not sent has its line to be shipped (LIF-204), and who waits theirs to be answered (CLM-401).
    """
    order_index = exposed.order_index[exposed.reasons["CLM-402"] & ~exposed.facts.not_shipped]
    items = claim_context.items
    item_count = len(items)
    is_exposed = np.zeros(len(claim_context.orders.keys), bool)
    is_exposed[order_index] = True
    selected = (
        is_exposed[claim_context.orders.order_of_item]
        & claim_context.facts.confirmed[:item_count]
        & ~claim_context.facts.has_tracking[:item_count]
    )
    item_table = arrow.to_table(items, (*_ITEM_COLUMNS, "quantity_confirmed", "item_price"))
    rows = arrow.filter_rows(
        arrow.to_frame(item_table.rename_columns([*_ITEM_COLUMNS, "quantity", "amount"])), selected
    )
    return [action_items.build_action_items(rows, "confirm", "CLM-402", _CONFIRM_REASON, None)]
