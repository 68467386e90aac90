"""Returns about which no claims file has a claim: those that Amazon says are claimed, and those to be refunded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import formatting, timepoints
from pipeline.claims.columns import UNCLAIMED_RETURNS
from pipeline.claims.exposure import select_unclaimed, select_unlisted
from pipeline.claims.model import ClaimContext
from pipeline.claims.refunds import is_short
from pipeline.claims.return_index import is_partly_returned
from pipeline.claims.timepoints import Timepoints, unknown_times
from pipeline.model import action_items
from pipeline.model.columns import verified
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import MONEY_SUM, Array

_ZERO = pa.scalar(0, MONEY_SUM)
_DIFFERENCE = pa.decimal128(37, 2)  # has one digit more
_CLAIM_REASON = (
    "the Returns report ({return_place}) shows an A-to-z claim that no claims file has: answer it in Seller Central, "
    "and add it to the claims file"
)
_REFUND_REASON = (
    "returned {return_delivery_date} ({return_place}), {refunded_text} refunded: refund the rest before the buyer "
    "files a claim"
)


def find_unclaimed_returns(claim_context: ClaimContext) -> pd.DataFrame:
    """One row an order that only a Returns report says is claimed, and one a returned item that is not refunded."""
    claimed = _find_claimed(claim_context)
    returned, due, refunded = _find_owed(claim_context)
    unknown = pa.nulls(len(claimed), MONEY_SUM)
    parts = [
        _build_rows(claim_context, claimed, unknown, unknown).assign(**_flags(len(claimed), claimed=True)),
        _build_rows(claim_context, returned, due, refunded).assign(**_flags(len(returned), claimed=False)),
    ]
    return verified(arrow.concat_frames(parts), UNCLAIMED_RETURNS)


def _flags(size: int, *, claimed: bool) -> dict[str, pd.Series[bool]]:
    masks = {"claimed_in_report": claimed, "refund_owed": not claimed}
    return {name: arrow.to_series(np.full(size, value)) for name, value in masks.items()}


def _find_claimed(claim_context: ClaimContext) -> Array:
    """The last row of each order that is claimed there and in no claims file."""
    returns, order_index = claim_context.inputs.returns, claim_context.order_indices[2]
    unlisted = select_unlisted(claim_context)[order_index]
    is_claimed = arrow.equals_text(arrow.to_arrow(returns["a_to_z_claim"]), "Y")
    return _last_of_group(np.flatnonzero(is_claimed & unlisted), order_index)


def _find_owed(claim_context: ClaimContext) -> tuple[Array, Any, Any]:
    """The last row of each item that came back and is not refunded in full, with what is due and what was refunded."""
    returns, order_index = claim_context.inputs.returns, claim_context.order_indices[2]
    came_back = _has_come_back(claim_context) & select_unclaimed(claim_context)[order_index]
    item_group = groups.factorize_rows(returns, ("order_key", "item_key"))
    rows = _last_of_group(np.flatnonzero(came_back), item_group)
    refunded = _refunded_by_group(returns, item_group).take(pa.array(item_group[rows]))
    due = _find_due(claim_context, rows)
    owed = is_short(refunded, due)
    return rows[owed], due.filter(pa.array(owed)), refunded.filter(pa.array(owed))


def _last_of_group(rows: Array, group: Array) -> Array:
    """Of the rows at the positions the last of each group, rising."""
    by_group = rows[::-1]
    return np.sort(by_group[np.unique(group[by_group], return_index=True)[1]])


def _has_come_back(claim_context: ClaimContext) -> Array:
    """Which returns of the seller's own orders were delivered by as-of, within the policy and not to be replaced."""
    returns, order_index = claim_context.inputs.returns, claim_context.order_indices[2]
    delivered = Timepoints(unknown_times(len(returns)), arrow.to_int64(returns["return_delivery_date"]))
    happened = delivered.is_known & ~timepoints.is_future(delivered, claim_context.clock.take(order_index))
    out_of_policy = arrow.equals_text(arrow.to_arrow(returns["in_policy"]), "N")
    replaced = pc.fill_null(pc.starts_with(arrow.to_arrow(returns["resolution"]), "Replacement"), False).to_numpy()
    facts = claim_context.facts.take(claim_context.orders.find_facts(claim_context.known_order_index[order_index]))
    return happened & ~out_of_policy & ~replaced & ~facts.amazon_ships


def _refunded_by_group(returns: pd.DataFrame, item_group: Array) -> pa.Array:
    """For each item of an order, by the number of its group, the most that any row says was refunded."""
    amount = arrow.to_arrow(returns["refunded_amount"]).cast(MONEY_SUM)
    rows = pa.table({"group": item_group, "amount": amount})
    return rows.group_by("group").aggregate([("amount", "max")]).sort_by("group")["amount_max"].combine_chunks()


def _find_due(claim_context: ClaimContext, rows: Array) -> pa.Array:
    """What was to be refunded for the returns at the positions; null where it is not known.

    That is what the order came to, by the Returns report or its items, where the return may be all of it, else what its
    item came to; unknown where fewer units came back.
    """
    returns, orders = claim_context.inputs.returns, claim_context.orders
    order_index = claim_context.order_indices[2][rows]
    known_order = claim_context.known_order_index[order_index]
    order_facts, item_keys = orders.find_facts(known_order), arrow.to_int64(claim_context.items["item_key"])
    item_facts = orders.find_items(arrow.to_int64(returns["item_key"].take(rows)), known_order, item_keys)
    has_many = order_facts >= len(claim_context.items)
    differs = _has_other_currency(claim_context, rows, known_order)
    of_order, of_item = (
        pc.if_else(differs, None, claim_context.facts.take_amounts(facts_index))
        for facts_index in (order_facts, np.where(has_many, item_facts, -1))
    )
    of_order = pc.coalesce(claim_context.return_index.take_order_amounts(order_index), of_order)
    alone = np.bincount(claim_context.order_indices[2])[order_index] == 1
    due = pc.if_else(pa.array(alone & ~(has_many & (item_facts >= 0))), of_order, of_item)
    return pc.if_else(pa.array(is_partly_returned(returns)[rows]), pa.scalar(None, MONEY_SUM), due)


def _has_other_currency(claim_context: ClaimContext, rows: Array, known_order: Array) -> pa.Array:
    """Which of the returns at the positions certainly have another currency than their order, as bool."""
    starts = claim_context.orders.starts
    first_item = np.where(known_order >= 0, starts[np.maximum(known_order, 0)], -1) if len(starts) else known_order
    own = arrow.to_arrow(claim_context.inputs.returns["currency_code"]).take(pa.array(rows)).combine_chunks()
    positions = pa.array(np.maximum(first_item, 0), mask=first_item < 0)
    of_order = arrow.to_arrow(claim_context.items["currency"]).take(positions).combine_chunks()
    return pc.fill_null(pc.not_equal(own, of_order), False)


def _build_rows(claim_context: ClaimContext, rows: Array, due: Any, refunded: Any) -> pd.DataFrame:
    """The returns at the positions with what is missing of the refund, and where they stand."""
    returns = arrow.take_rows(claim_context.inputs.returns, rows)
    amounts = (amount.cast(_DIFFERENCE) for amount in (due, pc.coalesce(refunded, _ZERO)))
    missing = pc.subtract(*amounts).cast(MONEY_SUM)
    refunded_text = pc.coalesce(pc.if_else(pc.equal(refunded, _ZERO), None, refunded.cast(pa.string())), "nothing")
    due_text = pc.coalesce(formatting.concat_text(" of ", due.cast(pa.string())), "")
    return returns.assign(
        **formatting.find_lines(returns),
        sku=returns["merchant_sku"],
        currency=returns["currency_code"],
        amount=arrow.to_series(missing),
        refunded_text=arrow.to_series(formatting.concat_text(refunded_text, due_text)),
        return_place=arrow.to_series(
            formatting.format_locations(returns, claim_context.inputs.file_names, np.arange(len(returns)))
        ),
    )


def list_return_items(returns: pd.DataFrame, as_of: int) -> list[pd.DataFrame]:
    """A line for each claim to be answered at once (``as_of``, UTC µs), and for each refund that is missing."""
    claimed, owed = (arrow.to_bool(returns[name]) for name in ("claimed_in_report", "refund_owed"))
    answers, refunds = (arrow.filter_rows(returns, mask) for mask in (claimed, owed))
    now = arrow.to_series(dtypes.to_timestamps(np.full(len(answers), as_of)))
    return [
        action_items.build_action_items(answers, "answer-claim", "CLM-419", _CLAIM_REASON, now),
        action_items.build_action_items(refunds, "refund", "CLM-420", _REFUND_REASON, None),
    ]
