"""What only all orders together tell: stock, rates, shared tracking numbers, the time between nights."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from pipeline.claims import stage
from pipeline.engine.spill import SpilledTable
from pipeline.ledger.history import History
from pipeline.lifecycle import changes, worklist_items
from pipeline.lifecycle import stock as lifecycle_stock
from pipeline.model import findings as model_findings
from pipeline.model.bucket_result import BucketPartials
from pipeline.model.file_plan import FilePlan
from pipeline.model.metrics import Metric
from pipeline.model.run_context import RunContext
from pipeline.passes.run_facts import RunFacts
from pipeline.reconcile import shared_tracking
from pipeline.rules import build_findings, files, lifecycle, shipment_parcels, stock_counts
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.policy_gaps import no_policy_value
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import CONTACTED_ITEMS_WITH_STOCK, STOCK_LEVELS
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


class Finalized(NamedTuple):
    """What only all buckets together tell."""

    line_outcomes: Array
    findings: pd.DataFrame
    action_items: pd.DataFrame
    stock: pd.DataFrame
    metrics: tuple[Metric, ...]
    claim_exposure: pd.DataFrame


def finalize_run(
    partials: Sequence[BucketPartials], parcel_tables: Sequence[SpilledTable], run_facts: RunFacts, history: History
) -> Finalized:
    """What follows from what the buckets tell together; ``parcel_tables`` are their parcels."""
    policy = run_facts.context.policy
    ordered = [
        lifecycle_stock.StockDemand(partial.purchased_units, partial.first_promise, partial.uncounted_skus)
        for partial in partials
    ]
    stock_levels = lifecycle_stock.compute_available(run_facts.latest_stock, ordered)
    contacted_items = lifecycle_stock.mark_stock_left(
        arrow.concat_frames([partial.contacted_items for partial in partials]), stock_levels
    )
    metrics = [
        functools.reduce(Metric.combine, bucket_metrics)
        for bucket_metrics in zip(*(partial.metrics for partial in partials), strict=True)
    ]
    findings_parts = [
        run_facts.feed_answers.findings,
        evaluate_rules(
            rules_about(stock_counts, STOCK_LEVELS), lifecycle_stock.append_uncounted(stock_levels, ordered), policy
        ),
        evaluate_rules(rules_about(lifecycle, CONTACTED_ITEMS_WITH_STOCK), contacted_items, policy),
        stage.check_odr_target(metrics[-1], sum(partial.claim_count for partial in partials)),
        *find_policy_gaps(partials),
        *find_shared_parcels(partials, parcel_tables, run_facts.context),
        *check_run_history(run_facts.plans, history, run_facts.context),
    ]
    return Finalized(
        sum((partial.line_outcomes for partial in partials), run_facts.line_outcomes),
        model_findings.sort_findings(model_findings.concat_findings(findings_parts)),
        worklist_items.build_restocks(stock_levels),
        stock_levels,
        (*metrics[:-1], stage.add_defects_until_target(metrics[-1])),
        stage.sum_exposures([partial.exposure for partial in partials]),
    )


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


def find_shared_parcels(
    partials: Sequence[BucketPartials], parcel_tables: Sequence[SpilledTable], context: RunContext
) -> list[pd.DataFrame]:
    """What there is to say of tracking numbers that are given for orders to different destinations."""
    shared_numbers = shared_tracking.find_shared_parcels([partial.tracking_order_pairs for partial in partials])
    if not len(shared_numbers):
        return []
    places = [shared_tracking.pair_with_destinations(rows, shared_numbers) for rows in _read_frames(parcel_tables)]
    destinations = (shared_tracking.count_destinations(rows, places) for rows in _read_frames(parcel_tables))
    return [evaluate_rules([shipment_parcels.one_parcel_many_places], rows, context.policy) for rows in destinations]


def _read_frames(pieces: Sequence[SpilledTable]) -> Iterator[pd.DataFrame]:
    return (arrow.to_frame(part) for table in pieces for part in table.iter_parts())


def check_run_history(plans: Sequence[FilePlan], history: History, context: RunContext) -> list[pd.DataFrame]:
    """What there is to say of the time since the last run, and of files whose content an earlier run has processed."""
    processed_inputs = history.runs_by_content()
    return [changes.find_report_gap(history.last_report_time(), context)] + [
        build_findings.file_finding(files.seen_before, plan.file, 1, run=processed_inputs[plan.sha256])
        for plan in plans
        if plan.sha256 in processed_inputs
    ]
