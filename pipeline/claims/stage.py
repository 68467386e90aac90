"""The stage: from the inputs about claims to their evaluation, findings and action items."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import policy_gaps as claims_policy_gaps
from pipeline.claims import timepoints, worklist_items
from pipeline.claims.evaluate import build_claim_context, evaluate_in_slices
from pipeline.claims.exposure import ODR_WINDOW, find_exposed_orders, sum_exposure
from pipeline.claims.inputs import ClaimInputs
from pipeline.claims.model import ClaimContext, EvaluatedClaims
from pipeline.claims.order_index import OrderIndex
from pipeline.claims.scope import select_claim_scope
from pipeline.claims.waiting_buyers import find_waiting_buyers
from pipeline.model import action_items as model_action_items
from pipeline.model import findings as model_findings
from pipeline.model.bucket_result import BucketClaims, PolicyGap
from pipeline.model.earlier_runs import EarlierRuns
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.metrics import Metric
from pipeline.model.run_context import RunContext
from pipeline.policy.model import format_amount
from pipeline.rules import build_findings
from pipeline.rules import claims as rules_claims
from pipeline.rules.evaluate import evaluate_rules
from pipeline.utils import arrow, groups

ODR_TARGET = "odr.target"
ITEM_COLUMNS = (
    *("order_key", "item_key", "order_id", "order_item_id", "sku", "purchase_date", "promise_date", "state"),
    *("delivery_estimate", "quantity_confirmed", "quantity_shipped", "fulfillment_channel", "sales_channel"),
    *("ship_country", "currency", "item_price", "shipping_price", "file", "line", "record"),
)


class ClaimsResult(NamedTuple):
    """What the stage found out: the claims, what there is to say, what is to be done, and the order defect rate.

    ``policy_gaps`` are the policy entries that were not in force at some event.
    """

    claims: BucketClaims
    findings: pd.DataFrame
    action_items: pd.DataFrame
    metric: Metric
    policy_gaps: list[PolicyGap]


def odr_window_length(context: RunContext) -> dt.timedelta:
    """How far back purchases count."""
    return context.policy.duration_on(ODR_WINDOW, context.as_of) or dt.timedelta()


def evaluate_claims(
    inputs: ClaimInputs, items: pd.DataFrame, sent_items: pd.DataFrame, history: EarlierRuns, context: RunContext
) -> ClaimsResult:
    """What becomes of the claims over all orders of the window that this run's files or earlier runs know.

    ``sent_items`` are the confirmations of this run, one row an order item.
    """
    known_items = history.append_older_items(items, ITEM_COLUMNS, odr_window_length(context), context)
    return evaluate_known(inputs, known_items, [history.read_published_months(known_items), sent_items], context)


def evaluate_known(
    inputs: ClaimInputs, items: pd.DataFrame, confirmations: list[pd.DataFrame], context: RunContext
) -> ClaimsResult:
    """Everything that follows from the claims, the contacts and the returns at as-of.

    ``items`` (ITEM_COLUMNS) come in any order; ``confirmations`` are the published confirmations, the oldest first, by
    order_key and item_key, those of earlier nights with ``source_file``, this run's with the number of their file.
    """
    claim_context = build_claim_context(inputs, select_claim_scope(items, inputs, context), confirmations, context)
    with ThreadPoolExecutor(1) as pool:
        unclaimed_future = pool.submit(assess_unclaimed, claim_context)
        evaluated = evaluate_in_slices(claim_context)
        waiting_rows, exposed_items, exposure_sums = unclaimed_future.result()
    metric = compute_odr(items, claim_context, evaluated, context)
    finding_parts = [
        evaluate_rules([rules_claims.buyer_waits], waiting_rows, context.policy),
        evaluated.findings,
    ]
    claims = BucketClaims(
        evaluated.rows, inputs.contacts, inputs.returns, claim_context.confirmations, inputs.file_names, exposure_sums
    )
    worklist = model_action_items.concat_action_items(
        [*evaluated.action_items, *worklist_items.list_buyer_items(waiting_rows), *exposed_items]
    )
    return ClaimsResult(
        claims,
        model_findings.concat_findings(finding_parts),
        worklist,
        metric,
        claims_policy_gaps.find_policy_gaps(evaluated, claim_context, context),
    )


def compute_odr(
    items: pd.DataFrame, claim_context: ClaimContext, evaluated: EvaluatedClaims, context: RunContext
) -> Metric:
    """Distinct orders with a claim that counts, over all that the seller ships, purchased within the window."""
    in_window = timepoints.is_within_window(
        items["purchase_date"], ODR_WINDOW, claim_context.clock
    ) & ~is_amazon_fulfilled(items["fulfillment_channel"])
    odr_orders = OrderIndex.from_keys(np.sort(arrow.to_int64(items["order_key"])[in_window], kind="stable"))
    defect_keys = claim_context.order_keys[groups.sorted_unique(claim_context.order_indices[0][evaluated.odr_defects])]
    defects = int(np.count_nonzero(odr_orders.find_orders(defect_keys) >= 0))
    target = context.policy.amount_on(ODR_TARGET, context.as_of)
    return Metric("odr", defects, len(odr_orders.keys), odr_window_length(context), context.as_of, target)


def add_defects_until_target(metric: Metric) -> Metric:
    """The rate with how many more defects miss its target; None where it is unknown."""
    return replace(metric, extra_counts={"defects_until_target": metric.count_to_target})


def sum_exposures(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """What would be lost of the orders of all parts, by reason and currency."""
    table = pa.concat_tables([arrow.to_table(part, part.columns) for part in parts], promote_options="permissive")
    sums = ("amount_sum", "amount_count", "count_all")
    summed = table.group_by(["reason", "currency"]).aggregate([(name, "sum") for name in sums])
    renamed = summed.rename_columns(["reason", "currency", *sums])
    return arrow.to_frame(renamed.sort_by([("reason", "ascending"), ("currency", "ascending")]))


def check_odr_target(metric: Metric, claims: int) -> pd.DataFrame:
    """A finding where the rate is at or above its target, or one defect away; none where there is no claim at all."""
    if not claims or metric.count_to_target is None or metric.count_to_target > 1 or metric.target is None:
        return model_findings.empty_findings()
    percent = Fraction(metric.numerator, metric.denominator) * 100
    texts = {
        "defects": str(metric.numerator),
        "orders": str(metric.denominator),
        "days": str(metric.window.days),
        "rate": f"{float(percent):.2f}%",
        "target": f"{format_amount(metric.target * 100)}%",
        "left": "one more defect misses it" if metric.count_to_target else "it is missed",
    }
    return build_findings.file_finding(rules_claims.defect_rate_high, model_findings.LEDGER_FILE, 0, **texts)


def assess_unclaimed(claim_context: ClaimContext) -> tuple[pd.DataFrame, list[pd.DataFrame], pd.DataFrame]:
    """Who waits for a reply, what is to be done about what would be granted if it was claimed now, and its sums."""
    lost = find_exposed_orders(claim_context)
    return (
        find_waiting_buyers(claim_context),
        worklist_items.list_exposed_items(lost, claim_context),
        sum_exposure(lost, claim_context),
    )
