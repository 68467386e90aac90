"""What was returned and what was paid back, by the claim itself and by the Returns report."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import timepoints
from pipeline.claims.claim_rows import NOT_REFUNDED, ClaimRows
from pipeline.claims.order_index import OrderIndex
from pipeline.claims.return_index import ReturnIndex, is_partly_returned
from pipeline.claims.shipment_facts import ShipmentFacts
from pipeline.claims.timepoints import Timepoints
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import MONEY_SUM, NEVER, Array
from pipeline.utils.groups import expand_groups


class Refunds(NamedTuple):
    """Which claims are about something that came back and was not paid back in full, and the evidence of it.

    ``report_row`` is the position of the Returns report's row that says it came back (−1: none). ``order_total`` is
    what the order came to, ``order_limit`` what it came to at most as far as is known; null where unknown or of another
    currency than the claim. Of the claims of something not refunded, which ``claim_index`` names, ``amount_due`` is
    what was to be paid back, ``refunded`` what was.
    """

    owed: Array
    report_row: Array
    claim_index: Array  # rising
    amount_due: Any
    refunded: Any
    order_total: Any
    order_limit: Any

    def find_positions(self, rows: Array) -> Array:
        """Where among those not refunded the claims stand, all of which are."""
        return np.searchsorted(self.claim_index, rows)


class _ReportedRefunds(NamedTuple):
    """What the Returns report says of each claim's evidence; the amounts, of each claim of something not refunded."""

    report_row: Array
    refused: Array  # every row says that the return is not in policy
    refunded: Any
    partly_returned: Array  # fewer units came back than were ordered


def compute_refunds(
    claims: ClaimRows, returns: pd.DataFrame, return_index: ReturnIndex, facts: ShipmentFacts, orders: OrderIndex
) -> Refunds:
    """What is owed for returns."""
    claim_index = np.flatnonzero(claims.claim_type == NOT_REFUNDED)
    reported = _collect_reported(claims, claim_index, returns, return_index)
    totals = _find_totals(claims, return_index, facts, orders)
    claimed_refund = (
        arrow.to_arrow(claims.rows["refund_amount"]).take(pa.array(claim_index)).combine_chunks().cast(MONEY_SUM)
    )
    refunded = pc.max_element_wise(claimed_refund, reported.refunded)
    amount_due = pc.if_else(
        pa.array(reported.partly_returned), pa.scalar(None, MONEY_SUM), totals.of_evidence.take(pa.array(claim_index))
    )
    came_back = (
        claims.dates["returned_date"].take(claim_index).is_known | (reported.report_row[claim_index] >= 0)
    ) & ~reported.refused[claim_index]
    amount_unknown = claims.dates["refund_date"].take(claim_index).is_known & pc.is_null(refunded).to_numpy(
        zero_copy_only=False
    )
    owed = np.zeros(len(claims.rows), bool)
    owed[claim_index] = came_back & ~amount_unknown & is_short(refunded, amount_due)
    return Refunds(
        owed=owed,
        report_row=reported.report_row,
        claim_index=claim_index,
        amount_due=amount_due,
        refunded=refunded,
        order_total=totals.of_order,
        order_limit=totals.limit,
    )


def is_short(refunded: Any, amount_due: Any) -> Array:
    """Where nothing is refunded, or certainly less than is due."""
    nothing_paid = pc.fill_null(pc.equal(refunded, pa.scalar(0, MONEY_SUM)), True)
    paid_less = pc.fill_null(pc.less(refunded, amount_due), False)
    return pc.or_(nothing_paid, paid_less).to_numpy(zero_copy_only=False)


class _Totals(NamedTuple):
    """What the orders of claims came to, at most as far as is known, and what the item or order claimed came to."""

    of_order: Any
    limit: Any
    of_evidence: Any


def _find_totals(claims: ClaimRows, return_index: ReturnIndex, facts: ShipmentFacts, orders: OrderIndex) -> _Totals:
    """The amounts, null where not known or in another currency: the Returns report's before that of the items."""
    order_facts = orders.find_facts(claims.known_order_index)
    reported_currency = return_index.take_currencies(claims.order_index)
    reported = _in_currency(claims, return_index.take_order_amounts(claims.order_index), reported_currency)
    computed, known, of_item = (
        _in_currency(claims, amount, claims.take_items("currency"))
        for amount in (
            facts.take_amounts(order_facts),
            facts.take_known_amounts(order_facts),
            facts.take_amounts(claims.facts_index),
        )
    )
    of_order = pc.coalesce(reported, computed)
    one_of_many = pa.array(claims.facts_index != order_facts)
    return _Totals(of_order, pc.coalesce(of_order, known), pc.if_else(one_of_many, of_item, of_order))


def _in_currency(claims: ClaimRows, amount: Any, currency: Any) -> Any:
    """The amounts, null where their currency is certainly not the claim's."""
    differs = pc.fill_null(pc.not_equal(arrow.to_arrow(claims.rows["currency"]).combine_chunks(), currency), False)
    return pc.if_else(differs, pa.scalar(None, amount.type), amount)


def _collect_reported(
    claims: ClaimRows, claim_index: Array, returns: pd.DataFrame, return_index: ReturnIndex
) -> _ReportedRefunds:
    """The rows of the Returns report about each claim of something not refunded, as far as they have happened."""
    claim_count = len(claims.rows)
    starts = return_index.starts[claims.order_index[claim_index]]
    run_index, place = expand_groups(starts, return_index.starts[claims.order_index[claim_index] + 1] - starts)
    claim_row, return_row = claim_index[run_index], return_index.return_rows[place]
    claimed_item, returned_item = (
        arrow.to_int64(claims.rows["item_key"].take(claim_row)),
        arrow.to_int64(returns["item_key"].take(return_row)),
    )
    both_known = dtypes.is_known(claimed_item) & dtypes.is_known(returned_item)
    matches = ~both_known | (claimed_item == returned_item)
    claim_row, return_row, run_index = claim_row[matches], return_row[matches], run_index[matches]
    out_of_policy = arrow.equals_text(arrow.to_arrow(returns["in_policy"].take(return_row)), "N")
    delivery_day = arrow.to_int64(returns["return_delivery_date"].take(return_row))
    delivery_times = Timepoints(np.full(len(return_row), NEVER), delivery_day)
    came_back = (
        delivery_times.is_known & ~timepoints.is_future(delivery_times, claims.clock.take(claim_row)) & ~out_of_policy
    )
    report_row = np.full(claim_count, -1)
    report_row[claim_row[came_back]] = return_row[came_back]
    refused = np.zeros(claim_count, bool)
    refused[claim_row[out_of_policy]] = True
    refused[claim_row[~out_of_policy]] = False
    refunded = arrow.to_arrow(returns["refunded_amount"]).take(pa.array(return_row)).cast(MONEY_SUM)
    partly_returned = np.zeros(len(claim_index), bool)
    partly_returned[run_index[is_partly_returned(returns)[return_row]]] = True
    return _ReportedRefunds(
        report_row,
        refused,
        _sum_refunded(refunded, run_index, returned_item[matches], len(claim_index)),
        partly_returned,
    )


def _sum_refunded(amounts: Any, row: Array, item: Array, size: int) -> pa.Array:
    """For each claim what its rows say was paid back: of the items they name the sum, of each the largest amount."""
    return_rows = pa.table({"row": row, "item": item, "amount": amounts})
    by_item = return_rows.group_by(["row", "item"], use_threads=False).aggregate([("amount", "max")])
    by_item = by_item.append_column("named", pa.array(dtypes.is_known(by_item["item"].to_numpy())))
    by_named = by_item.group_by(["row", "named"], use_threads=False).aggregate([("amount_max", "sum")])
    return _max_by_claim(by_named["amount_max_sum"].cast(MONEY_SUM), by_named["row"], size)


def _max_by_claim(amounts: Any, row: Any, size: int) -> pa.Array:
    """For each claim the largest of the amounts of its rows, null without one."""
    amount_rows = pa.table({"row": row, "amount": amounts})
    largest = amount_rows.group_by("row", use_threads=False).aggregate([("amount", "max")])
    positions = np.full(size, -1)
    positions[largest.column("row").to_numpy()] = np.arange(len(largest))
    return largest.column("amount_max").combine_chunks().take(pa.array(positions, mask=positions < 0))
