"""Every claim judged: its status, grounds, deadlines and money, and what there is to say about it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims import claim_actions, refunds, return_index, shipment_facts, status, timepoints
from pipeline.claims import confirmations as claims_confirmations
from pipeline.claims.claim_rows import build_claim_rows
from pipeline.claims.contacts import build_timeline
from pipeline.claims.grounds import find_grounds
from pipeline.claims.inputs import ClaimInputs
from pipeline.claims.model import ClaimContext, EvaluatedClaims, EvaluatedSlice
from pipeline.claims.order_index import find_last_reported
from pipeline.claims.result_rows import build_result_rows
from pipeline.claims.scope import ClaimScope
from pipeline.claims.status import AT_RISK, DENIED, REVERSED, WITHDRAWN, YES, is_one_of
from pipeline.claims.timepoints import Timepoints
from pipeline.model import action_items, findings
from pipeline.model.run_context import RunContext
from pipeline.policy import Policy
from pipeline.rules import build_findings
from pipeline.rules import claims as rules_claims
from pipeline.rules.rule import Rule, rules_about
from pipeline.rules.subjects import EVALUATED_CLAIMS
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array

_BOOL = pd.ArrowDtype(pa.bool_())
_MIN_SLICE = 20_000  # claims that are not worth a thread
_OF_NO_CLAIMS: dict[tuple[str, ...], EvaluatedClaims] = {}  # by their columns: empty whatever the night holds besides


def build_claim_context(
    inputs: ClaimInputs, scope: ClaimScope, confirmations: list[pd.DataFrame], context: RunContext
) -> ClaimContext:
    """Everything that the claims, and the contacts about orders without one, are held against."""
    items, orders, order_indices, order_keys = scope
    clock = timepoints.build_clock(items["sales_channel"], context)
    known_order_index = np.arange(len(order_keys))
    known_order_index[len(orders.keys) :] = -1
    zone_index = np.zeros(len(order_keys), np.int64)  # of an order that is not known, the account's
    zone_index[: len(orders.keys)] = clock.zone_index[orders.first_items(arrow.is_valid(items["sales_channel"]))]
    order_clock = clock._replace(zone_index=zone_index)
    with ThreadPoolExecutor(1) as pool:
        timeline = pool.submit(
            build_timeline,
            inputs.contacts,
            inputs.returns,
            (order_indices[1], order_indices[2]),
            order_clock,
            resolutions_logged=inputs.logs.resolutions,
        )
        in_force = claims_confirmations.select_in_force(
            claims_confirmations.join_confirmations(confirmations, items, orders, inputs.file_names)
        )
        facts = shipment_facts.build_shipment_facts(items, in_force, orders, clock.zone_index, clock.zones)
        return ClaimContext(
            inputs=inputs,
            items=items,
            confirmations=in_force,
            orders=orders,
            last_reported_item=find_last_reported(items, orders),
            facts=facts,
            timeline=timeline.result(),
            order_keys=order_keys,
            known_order_index=known_order_index,
            order_indices=order_indices,
            return_index=return_index.index_returns(inputs.returns, order_indices[2], len(order_keys)),
            clock=order_clock,
        )


def evaluate_in_slices(claim_context: ClaimContext) -> EvaluatedClaims:
    """The claims as they stand at as-of: each for itself, and so in slices, one for each core."""
    claims = claim_context.inputs.claims
    if len(claims):
        return _evaluate_slices(claim_context)
    columns = tuple(claims.columns)
    if columns not in _OF_NO_CLAIMS:
        _OF_NO_CLAIMS[columns] = _evaluate_slices(claim_context)
    evaluated = _OF_NO_CLAIMS[columns]
    return evaluated._replace(rows=evaluated.rows.copy(deep=False))


def _evaluate_slices(claim_context: ClaimContext) -> EvaluatedClaims:
    cores, claim_count = pa.cpu_count(), len(claim_context.inputs.claims)
    slice_size = max(-(-claim_count // cores), _MIN_SLICE)
    slices = [claim_context.slice_claims(begin, slice_size) for begin in range(0, max(claim_count, 1), slice_size)]
    with ThreadPoolExecutor(cores) as pool:
        futures = [pool.submit(_evaluate_slice, part) for part in slices[1:]]
        return _join_slices([_evaluate_slice(slices[0]), *(part.result() for part in futures)])


def _evaluate_slice(claim_context: ClaimContext) -> tuple[EvaluatedSlice, pd.DataFrame, list[pd.DataFrame]]:
    """The verdict of a slice of the claims, the findings and what is to be done."""
    evaluated = _assess_claims(claim_context)
    is_open = arrow.to_bool(evaluated.rows["in_this_run"]) | claim_actions.select_open_claims(
        evaluated, claim_context.inputs.last_run
    )
    rule_findings = findings.concat_findings(
        [
            _evaluate_rule(rule, evaluated.rows, is_open, claim_context.clock.context.policy)
            for rule in rules_about(rules_claims, EVALUATED_CLAIMS)
        ]
    )
    return evaluated, rule_findings, claim_actions.list_claim_items(evaluated)


def _evaluate_rule(rule: Rule, rows: pd.DataFrame, is_open: Array, policy: Policy) -> pd.DataFrame:
    """A rule's findings about the open claims: it is asked of those for which all that it needs is true, or there."""
    row_index = np.flatnonzero(np.logical_and.reduce([is_open, *(_is_given(rows[name]) for name in rule.needs)]))
    if not row_index.size:
        return findings.empty_findings()
    rule_rows = arrow.to_frame(
        arrow.to_table(rows, dict.fromkeys([*build_findings.quoted_columns(rule, rows), *rule.needs]))
    )
    rule_rows = arrow.take_rows(rule_rows, row_index)
    return build_findings.row_findings(rule, arrow.filter_rows(rule_rows, rule.offending_rows(rule_rows, policy)))


def _is_given(values: pd.Series[Any]) -> Array:
    """Where a value is true, or there."""
    return arrow.to_bool(values) if values.dtype == _BOOL else arrow.is_valid(values)


def _assess_claims(claim_context: ClaimContext) -> EvaluatedSlice:
    order_index, items = claim_context.order_indices[0], claim_context.items
    claims = build_claim_rows(
        claim_context.inputs.claims,
        (order_index, claim_context.known_order_index[order_index]),
        claim_context.orders,
        items,
        claim_context.clock.take(order_index),
    )
    claim_refunds = refunds.compute_refunds(
        claims, claim_context.inputs.returns, claim_context.return_index, claim_context.facts, claim_context.orders
    )
    found = find_grounds(
        claims,
        claim_context.timeline,
        claim_context.facts,
        claim_refunds,
        contacts_logged=claim_context.inputs.logs.contacts,
    )
    statuses = status.assign_status(claims, found)
    return EvaluatedSlice(
        build_result_rows(claims, found, claim_refunds, statuses, claim_context), claims, found, statuses
    )


def _join_slices(parts: list[tuple[EvaluatedSlice, pd.DataFrame, list[pd.DataFrame]]]) -> EvaluatedClaims:
    """The slices behind each other; what is to be done by its sort, and within a sort by slice."""
    evaluations = [part[0] for part in parts]
    slice_findings = [part[1] for part in parts]
    slice_items = [part[2] for part in parts]
    window_starts = {}
    for name in ("info_requested_date", "decision_date"):
        sides = zip(*(evaluation.claims.dates[name] for evaluation in evaluations), strict=True)
        window_starts[name] = Timepoints(*(np.concatenate(side) for side in sides))
    return EvaluatedClaims(
        rows=arrow.concat_frames([evaluation.rows for evaluation in evaluations]),
        odr_defects=np.concatenate([evaluation.statuses.counts_in_odr == YES for evaluation in evaluations]),
        odr_at_risk=np.concatenate([evaluation.statuses.counts_in_odr == AT_RISK for evaluation in evaluations]),
        closes_order=np.concatenate(
            [~is_one_of(evaluation.statuses.status, (WITHDRAWN, DENIED, REVERSED)) for evaluation in evaluations]
        ),
        window_starts=window_starts,
        first_contact=np.concatenate([evaluation.grounds.first_contact for evaluation in evaluations]),
        estimated_day=np.concatenate([evaluation.grounds.estimated_day for evaluation in evaluations]),
        findings=findings.concat_findings(slice_findings),
        action_items=[
            action_items.concat_action_items(items_of_kind) for items_of_kind in zip(*slice_items, strict=True)
        ],
    )
