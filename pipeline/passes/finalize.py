"""What follows only from all orders together: stock, rates, shared tracking numbers, the time between nights."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from pipeline.claims import check_odr_target, complete_odr, sum_exposures
from pipeline.engine import SpilledTable
from pipeline.ledger import History
from pipeline.lifecycle import StockResult, add_canceled_skus, check_rate_targets, evaluate_stock, find_report_gap
from pipeline.model import action_items, findings
from pipeline.model.bucket_result import BucketPartials
from pipeline.model.columns import switch_on
from pipeline.model.file_plan import FilePlan
from pipeline.model.metrics import Metric
from pipeline.model.run_context import RunContext
from pipeline.passes.run_facts import RunFacts
from pipeline.reconcile import check_shared_parcels
from pipeline.rules import build_findings, files
from pipeline.rules.policy_gaps import no_policy_value
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


class Finalized(NamedTuple):
    """What follows only from all buckets together."""

    line_outcomes: Array
    findings: pd.DataFrame
    action_items: pd.DataFrame
    stock: pd.DataFrame
    metrics: tuple[Metric, ...]
    claim_exposure: pd.DataFrame
    repeated_parts: Counter[tuple[int, int]]


def finalize_run(
    partials: Sequence[BucketPartials], parcel_tables: Sequence[SpilledTable], run_facts: RunFacts, history: History
) -> Finalized:
    """What follows from all buckets together; ``parcel_tables`` are their parcels."""
    switch_on(verify=run_facts.context.verify)
    stock = _sum_stock(partials, run_facts, history)
    rates = [
        functools.reduce(Metric.combine, bucket_rates)
        for bucket_rates in zip(*(partial.rates for partial in partials), strict=True)
    ]
    order_defect_rate = complete_odr([partial.order_defect_rate for partial in partials], history.iter_metrics())
    order_pairs = [partial.tracking_order_pairs for partial in partials]
    findings_parts = [
        run_facts.feed_answers.findings,
        *stock.findings,
        check_odr_target(order_defect_rate, sum(partial.claim_count for partial in partials)),
        *check_rate_targets(rates),
        *find_policy_gaps(partials),
        *check_shared_parcels(order_pairs, lambda: _read_frames(parcel_tables), run_facts.context),
        *check_run_history(run_facts.plans, history, run_facts.context),
    ]
    return Finalized(
        line_outcomes=sum((partial.line_outcomes for partial in partials), run_facts.line_outcomes),
        findings=findings.sort_findings(findings.concat_findings(findings_parts)),
        action_items=action_items.concat_action_items([stock.action_items, *_select_invitations(partials, stock)]),
        stock=stock.levels,
        metrics=(*rates, order_defect_rate),
        claim_exposure=sum_exposures([partial.exposure for partial in partials]),
        repeated_parts=sum((partial.repeated_parts for partial in partials), Counter()),
    )


def _sum_stock(partials: Sequence[BucketPartials], run_facts: RunFacts, history: History) -> StockResult:
    """What all orders leave of the stock."""
    contacted_items = arrow.concat_frames([partial.contacted_items for partial in partials])
    stock_demands = [partial.stock_demand for partial in partials]
    no_stock_skus = [sku for partial in partials for sku in partial.no_stock_skus]
    canceled_at = add_canceled_skus(history.read_out_of_stock(), no_stock_skus, run_facts.context)
    return evaluate_stock(run_facts.latest_stock, stock_demands, contacted_items, canceled_at, run_facts.context)


def _select_invitations(partials: Sequence[BucketPartials], stock: StockResult) -> list[pd.DataFrame]:
    """The lines about canceled orders of which something is left in stock."""
    invitations = [partial.invitations for partial in partials if len(partial.invitations)]
    return [
        arrow.filter_rows(lines, lines["order_id"].isin(stock.orders_to_invite).to_numpy(bool)) for lines in invitations
    ]


def find_policy_gaps(partials: Sequence[BucketPartials]) -> list[pd.DataFrame]:
    """A finding for each policy entry that was not in force yet at some event, at the earliest of them."""
    gaps = sorted(
        (gap for partial in partials for gap in partial.policy_gaps),
        key=lambda gap: (gap.first_day, gap.file, gap.line),
    )
    earliest_gaps = {gap.entry: gap for gap in reversed(gaps)}
    counts = {entry: sum(gap.occurrences for gap in gaps if gap.entry == entry) for entry in earliest_gaps}
    return [
        build_findings.file_finding(
            no_policy_value, gap.file, gap.line, "", entry=entry, day=gap.first_day, count=str(counts[entry])
        )
        for entry, gap in earliest_gaps.items()
    ]


def _read_frames(pieces: Sequence[SpilledTable]) -> Iterator[pd.DataFrame]:
    return (arrow.to_frame(part) for table in pieces for part in table.iter_parts())


def check_run_history(plans: Sequence[FilePlan], history: History, context: RunContext) -> list[pd.DataFrame]:
    """What there is to say of the time since the last run, and of files whose content an earlier run has processed."""
    processed_inputs = history.runs_by_content()
    return [find_report_gap(history.last_report_time(), context)] + [
        build_findings.file_finding(files.seen_before, plan.file, 1, run=str(processed_inputs[plan.sha256]))
        for plan in plans
        if plan.sha256 in processed_inputs
    ]
