"""What there is to do for buyers who have not filed a claim: lines of the worklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.model import action_items
from pipeline.utils import arrow

if TYPE_CHECKING:
    from pipeline.claims.model import ClaimContext, ExposedOrders

_ITEM_COLUMNS = ("order_id", "order_item_id", "sku", "currency")
_CONTACT_ACTIONS = ("reply", "refer", "resolve")
_INVITE_REASON = "is about a canceled order, and there is stock: invite the buyer to place a new order"
_CONTACT = "the buyer's {channel_words} of {contact_at} ({contact_place}) "
_RESOLVE = "has a reply and is not resolved: agree with the buyer by then, who can file a claim afterwards"
_RETURN_FIRST = "; guide the buyer to a return request, and have the item back before the refund"
_CONFIRM_REASON = (
    "no usable tracking number is confirmed: confirm again with one, or Amazon would grant a claim automatically"
)


def list_buyer_items(waiting: pd.DataFrame) -> list[pd.DataFrame]:
    """A line for each buyer who waits: to be answered, to be referred to Amazon, or for what is to be resolved."""
    late, wants_return = arrow.to_bool(waiting["overdue"]), arrow.to_bool(waiting["wants_return"])
    reply, refer, resolve = (
        arrow.equals_text(arrow.to_arrow(waiting["action"]), action) for action in _CONTACT_ACTIONS
    )
    kinds = (
        (refer, "refer", "LIF-210", _CONTACT + "is about a pending order: refer them to Amazon Customer Service"),
        (
            reply & ~late,
            "reply",
            "CLM-401",
            _CONTACT + "has no reply: reply by then, or the buyer can file a claim that Amazon grants automatically",
        ),
        (reply & late, "reply", "CLM-401", _CONTACT + "got no reply in time: reply before the buyer files a claim"),
        (resolve & ~wants_return, "resolve", "CLM-401", _CONTACT + _RESOLVE),
        (resolve & wants_return, "resolve", "CLM-401", _CONTACT + _RESOLVE + _RETURN_FIRST),
    )
    worklist = []
    for mask, action, code, reason in kinds:
        part = arrow.filter_rows(waiting, mask)
        worklist.append(action_items.build_action_items(part, action, code, reason, part["reply_by"]))
    return worklist


def list_invitations(waiting: pd.DataFrame) -> pd.DataFrame:
    """A line for each buyer of a canceled order who waits: to be invited to order again, if any of it is in stock."""
    invited = arrow.filter_rows(waiting, arrow.equals_text(arrow.to_arrow(waiting["action"]), "invite"))
    return action_items.build_action_items(invited, "invite", "LIF-211", _CONTACT + _INVITE_REASON, invited["reply_by"])


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
