"""The stage: from the inputs about claims to their evaluation, findings and action items."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import amounts, worklist_items
from pipeline.claims import policy_gaps as claims_policy_gaps
from pipeline.claims.defect_rate import compute_odr, odr_window_length
from pipeline.claims.evaluate import build_claim_context, evaluate_in_slices
from pipeline.claims.exposure import find_exposed_orders, select_reported, select_unlisted, sum_exposure
from pipeline.claims.input_checks import check_inputs
from pipeline.claims.inputs import ClaimInputs
from pipeline.claims.model import ClaimContext, EvaluatedClaims
from pipeline.claims.scope import select_claim_scope
from pipeline.claims.unclaimed_returns import find_unclaimed_returns, list_return_items
from pipeline.claims.waiting_buyers import find_waiting_buyers
from pipeline.model import action_items as model_action_items
from pipeline.model import findings as model_findings
from pipeline.model.bucket_result import BucketClaims, PolicyGap
from pipeline.model.earlier_runs import EarlierRuns
from pipeline.model.metrics import Metric
from pipeline.model.run_context import RunContext
from pipeline.rules import unclaimed_orders
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import UNCLAIMED_RETURNS, WAITING_BUYERS
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array

ITEM_COLUMNS = (
    *("order_key", "item_key", "order_id", "order_item_id", "sku", "purchase_date", "promise_date", "state"),
    *("delivery_estimate", "quantity_confirmed", "quantity_shipped", "shipped_before_us", "fulfillment_channel"),
    *("sales_channel", "ship_country", "currency", *amounts.AMOUNT_COLUMNS, "file", "line", "record"),
)


class ClaimsResult(NamedTuple):
    """What the stage found out: the claims, what there is to say, what is to be done, and the order defect rate.

    ``invitations`` are what is to be done if there is stock. ``policy_gaps`` are the policy entries that were not in
    force at some event, ``closed_orders`` the orders (keys) with a claim, of which nothing more is to be shipped.
    """

    claims: BucketClaims
    findings: pd.DataFrame
    action_items: pd.DataFrame
    invitations: pd.DataFrame
    metric: Metric
    policy_gaps: list[PolicyGap]
    closed_orders: Array

    def mark_claimed(self, items: pd.DataFrame) -> pd.DataFrame:
        """The items with ``claimed``: a claim is open about their order, or was lost."""
        is_claimed = groups.is_in(arrow.to_int64(items["order_key"]), self.closed_orders)
        return items.assign(claimed=arrow.to_series(is_claimed))


class UnclaimedOrders(NamedTuple):
    """What there is to say and to do about the orders without a claim, and what would be lost if they were claimed."""

    findings: pd.DataFrame
    action_items: list[pd.DataFrame]
    invitations: pd.DataFrame
    exposure: pd.DataFrame


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
        unclaimed = unclaimed_future.result()
    findings = [unclaimed.findings, evaluated.findings, *check_inputs(claim_context)]
    return ClaimsResult(
        claims=_collect_claims(claim_context, evaluated, unclaimed.exposure),
        findings=model_findings.concat_findings(findings),
        action_items=model_action_items.concat_action_items([*evaluated.action_items, *unclaimed.action_items]),
        invitations=unclaimed.invitations,
        metric=compute_odr(items, claim_context, evaluated, context),
        policy_gaps=claims_policy_gaps.find_policy_gaps(evaluated, claim_context, context),
        closed_orders=_find_closed_orders(claim_context, evaluated),
    )


def _collect_claims(claim_context: ClaimContext, evaluated: EvaluatedClaims, exposure: pd.DataFrame) -> BucketClaims:
    """The claims as they are published and remembered, with what they were evaluated by."""
    inputs = claim_context.inputs
    return BucketClaims(
        rows=evaluated.rows,
        contacts=inputs.contacts,
        returns=inputs.returns,
        defects=inputs.defects,
        confirmations=claim_context.confirmations,
        file_names=inputs.file_names,
        exposure=exposure,
    )


def _find_closed_orders(claim_context: ClaimContext, evaluated: EvaluatedClaims) -> Array:
    """The orders (keys) with a claim that is neither withdrawn nor decided for the seller, by whatever file."""
    by_claim = claim_context.order_indices[0][evaluated.closes_order]
    by_return = np.flatnonzero(select_unlisted(claim_context) & select_reported(claim_context))
    return claim_context.order_keys[np.concatenate([by_claim, by_return])]


def sum_exposures(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """What would be lost of the orders of all parts, by reason and currency."""
    table = pa.concat_tables([arrow.to_table(part, part.columns) for part in parts], promote_options="permissive")
    sums = ("amount_sum", "amount_count", "count_all")
    summed = table.group_by(["reason", "currency"]).aggregate([(name, "sum") for name in sums])
    renamed = summed.rename_columns(["reason", "currency", *sums])
    return arrow.to_frame(renamed.sort_by([("reason", "ascending"), ("currency", "ascending")]))


def assess_unclaimed(claim_context: ClaimContext) -> UnclaimedOrders:
    """What there is to say and to do about orders without a claim, and what would be lost if they were claimed now."""
    lost = find_exposed_orders(claim_context)
    waiting, returns = find_waiting_buyers(claim_context), find_unclaimed_returns(claim_context)
    policy = claim_context.clock.context.policy
    return UnclaimedOrders(
        model_findings.concat_findings(
            [
                evaluate_rules(rules_about(unclaimed_orders, WAITING_BUYERS), waiting, policy),
                evaluate_rules(rules_about(unclaimed_orders, UNCLAIMED_RETURNS), returns, policy),
            ]
        ),
        [
            *worklist_items.list_buyer_items(waiting),
            *list_return_items(returns, claim_context.clock.as_of),
            *worklist_items.list_exposed_items(lost, claim_context),
        ],
        worklist_items.list_invitations(waiting),
        sum_exposure(lost, claim_context),
    )
