"""Pass two, which knows every row of its orders: what each item's state is, and what may be uploaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.claims import inputs, stage
from pipeline.ledger import claims_history
from pipeline.ledger.history import History
from pipeline.lifecycle import (
    apply_uploads,
    carry_forward,
    changes,
    delivery_estimate,
    metrics,
    policy_gaps,
    reopen_refused,
    source_lines,
    state,
    stock,
    untouched_items,
    worklist_items,
)
from pipeline.model import action_items, calendar, findings
from pipeline.model.bucket_result import BucketPartials, BucketResult, LedgerChanges
from pipeline.model.metrics import Metric
from pipeline.model.run_context import RunContext
from pipeline.passes import line_counts
from pipeline.passes.run_facts import RunFacts, complete_kinds, mark_outcomes, select_believed
from pipeline.reconcile import cross_check, decide, enrich, merge_reports, report_rows, shared_tracking, ship_to
from pipeline.rules import build_findings, lifecycle, order_reports
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import CONTACTED_ITEMS, ORDER_ITEMS
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas.kinds import REPORT_KINDS, UPLOAD_KINDS


class PassTwoResult(NamedTuple):
    """What pass two made of a bucket: all about its orders, what only counts with others, and where parcels go."""

    result: BucketResult
    partials: BucketPartials
    parcels: pd.DataFrame


def process_bucket(bucket_rows: dict[str, pd.DataFrame], run_facts: RunFacts, history: History) -> PassTwoResult:
    """Pass two, which knows every row of its orders: what each item's state is, and what may be uploaded."""
    context, input_names, feed_answers = run_facts.context, run_facts.input_names, run_facts.feed_answers
    believed_rows = select_believed(rows := complete_kinds(bucket_rows))
    claim_inputs = gather_claim_inputs(believed_rows, run_facts, history)
    contacts = calendar.filter_until_as_of(claim_inputs.contacts, "sent_date", context)
    ranked_rows = rank_believed_reports(believed_rows)
    find_delisted = run_facts.delisted_check(rows["unshipped"])
    items, untouched = merge_with_history(ranked_rows, rows, claim_inputs, run_facts, history, find_delisted)
    delisted = find_delisted(items)
    in_force = feed_answers.in_force(history.read_published(rows["confirmation"]["order_key"]))
    states, quarantined = state.assign_state(items, context), enrich.collect_quarantined(rows, REPORT_KINDS)
    addresses = ship_to.ShipToLookup(ranked_rows, arrow.to_int64(items["report_group"]))
    facts = decide.DecisionInputs(states, addresses, delisted, quarantined, contacts, in_force, input_names, context)
    decisions = decide.decide_uploads(rows["confirmation"], rows["cancellation"], facts)
    items = apply_decisions(items, decisions, ranked_rows, context)
    all_items = arrow.concat_frames([untouched_items.select_kept_columns(items), untouched.items])
    changed_items = changes.find_changes(items, delisted, context)
    claim_outcome = evaluate_claims(claim_inputs, all_items, decisions.published_items(items), history, context)
    contacted_items = stock.select_contacted_items(contacts, changed_items)
    findings_parts = [
        *(decisions.findings, claim_outcome.findings, untouched.findings),
        *check_items(changed_items, contacted_items, context),
        *cross_check_reports(ranked_rows, rows["unshipped"], input_names, context),
    ]
    outcome_parts = [*mark_outcomes(rows), decisions.confirmations, decisions.cancellations]
    partials = collect_partials(all_items, contacted_items, claim_outcome, decisions.parcels, run_facts, history)
    partials = partials._replace(line_outcomes=line_counts.count_outcomes(outcome_parts, len(input_names)))
    ledger_rows = [untouched_items.select_ledger_rows(items), untouched.ledger_rows]
    todo = [untouched.action_items, worklist_items.build_reviews(changed_items, context), claim_outcome.action_items]
    result = BucketResult(
        context,
        tuple(run_facts.plans),
        (),
        findings.sort_findings(findings.concat_findings(findings_parts)),
        decisions.confirmations,
        decisions.cancellations,
        all_items,
        collect_ledger_changes(decisions, ledger_rows, run_facts, history),
        action_items=action_items.concat_action_items(todo),
        metrics=(),
        claims=claim_outcome.claims,
    )
    return PassTwoResult(result, partials, decisions.parcels)


def gather_claim_inputs(
    believed_rows: dict[str, pd.DataFrame], run_facts: RunFacts, history: History
) -> inputs.ClaimInputs:
    """Claims, contacts and returns of this run's files and of the ledger."""
    earlier_claims = claims_history.read_claims_history(history, believed_rows, run_facts.context)
    return inputs.gather_inputs(believed_rows, earlier_claims, run_facts.input_names, history.latest_as_of)


def collect_ledger_changes(
    decisions: decide.UploadDecisions, item_rows: list[pd.DataFrame], run_facts: RunFacts, history: History
) -> LedgerChanges:
    """What the ledger is to remember of a bucket; ``item_rows`` are the order items that changed, in parts."""
    return LedgerChanges(
        decisions.newly_published,
        run_facts.feed_answers.rows,
        run_facts.feed_answers.answered_feeds,
        run_facts.latest_stock,
        arrow.concat_frames(item_rows),
        history.last_run_number,
    )


def rank_believed_reports(believed_rows: dict[str, pd.DataFrame]) -> merge_reports.RankedReportRows:
    """The believed rows of all order reports, in the order in which they count (SPEC §4, Which report counts)."""
    prepared_rows = [
        report_rows.prepare_report_rows(believed_rows[name], name) for name in REPORT_KINDS if len(believed_rows[name])
    ]
    return merge_reports.rank_report_rows(prepared_rows)


def collect_partials(
    items: pd.DataFrame,
    contacted_items: pd.DataFrame,
    claim_outcome: stage.ClaimsResult,
    parcels: pd.DataFrame,
    run_facts: RunFacts,
    history: History,
) -> BucketPartials:
    """What of the order items says something only together with those of other buckets; no line is counted yet."""
    context = run_facts.context
    columns = [*build_findings.quoted_columns(lifecycle.asked_after_cancel, contacted_items), "state", "sku"]
    return BucketPartials(
        np.zeros(0, np.int64),
        *stock.measure_demand(run_facts.latest_stock, items),
        arrow.to_frame(arrow.to_table(contacted_items, columns)),
        shared_tracking.pair_with_orders(parcels),
        [*policy_gaps.find_policy_gaps(items, context), *claim_outcome.policy_gaps],
        (*measure_rates(items, history, context), claim_outcome.metric),
        claim_outcome.claims.exposure,
        len(claim_outcome.claims.rows),
    )


def evaluate_claims(
    claim_inputs: inputs.ClaimInputs,
    items: pd.DataFrame,
    sent_items: pd.DataFrame,
    history: History,
    context: RunContext,
) -> stage.ClaimsResult:
    """What becomes of the claims, over all orders of the window that tonight's files or the ledger know."""
    known_items = history.append_older_items(items, stage.ITEM_COLUMNS, stage.odr_window_length(context), context)
    return stage.evaluate_claims(
        claim_inputs, known_items, [history.read_published_months(known_items), sent_items], context
    )


def measure_rates(items: pd.DataFrame, history: History, context: RunContext) -> tuple[Metric, ...]:
    """The rates that follow from the order items."""
    return metrics.measure_rates(
        history.append_older_items(items, metrics.METRIC_COLUMNS, metrics.purchase_lookback(context), context), context
    )


def apply_decisions(
    items: pd.DataFrame,
    decisions: decide.UploadDecisions,
    ranked_rows: merge_reports.RankedReportRows,
    context: RunContext,
) -> pd.DataFrame:
    """Where each order item stands after what this run confirms and cancels."""
    items = state.assign_state(items, context, decisions.confirmed_units(len(items)), decisions.canceled_items)
    items = apply_uploads.apply_accepted_rows(
        items, decisions.newly_published, decisions.confirmations["tracked"], decisions.seller_canceled_items, context
    )
    return source_lines.assign_source_lines(
        delivery_estimate.add_delivery_estimate(items, context), ranked_rows.rows, ranked_rows.winning_rows()
    )


def merge_with_history(
    ranked_rows: merge_reports.RankedReportRows,
    rows: dict[str, pd.DataFrame],
    claim_inputs: inputs.ClaimInputs,
    run_facts: RunFacts,
    history: History,
    find_delisted: Callable[[pd.DataFrame], Array],
) -> tuple[pd.DataFrame, untouched_items.UntouchedItems]:
    """The order items of which a file of tonight speaks, and those that the ledger knows and only time can change."""
    context, feed_answers = run_facts.context, run_facts.feed_answers
    reported_items, refused_rows = merge_reports.build_order_items(ranked_rows), feed_answers.refused_items()
    wanted_orders = np.concatenate(
        [arrow.to_int64(rows[name]["order_key"]) for name in UPLOAD_KINDS]
        + [arrow.to_int64(refused_rows["order_key"]), claim_inputs.order_keys()]
    )
    count_times = arrow.to_int64(run_facts.stock_counts["counted_at"])
    known_items, untouched = history.split_items(
        reported_items,
        wanted_orders,
        count_times,
        context,
        lambda ledger_items: untouched_items.evaluate_untouched(ledger_items, find_delisted(ledger_items), context),
    )
    items = merge_reports.merge_order_level_rows(
        carry_forward.carry_items_forward(reported_items, known_items), ranked_rows
    )
    order_keys = np.concatenate(
        [reopen_refused.partly_reported_orders(items), arrow.to_int64(refused_rows["order_key"])]
    )
    items = reopen_refused.reopen_items(items, refused_rows, feed_answers.in_force(history.read_published(order_keys)))
    return items, untouched_items.merge_untouched(untouched)


def check_items(changed_items: pd.DataFrame, contacted_items: pd.DataFrame, context: RunContext) -> list[pd.DataFrame]:
    """Deadlines, changes since the last run, and what buyers wrote about pending orders."""
    return [
        evaluate_rules(rules_about(lifecycle, ORDER_ITEMS), changed_items, context.policy),
        evaluate_rules(rules_about(lifecycle, CONTACTED_ITEMS), contacted_items, context.policy),
    ]


def cross_check_reports(
    ranked_rows: merge_reports.RankedReportRows,
    unshipped: pd.DataFrame,
    input_names: Sequence[str],
    context: RunContext,
) -> list[pd.DataFrame]:
    """What the reports say that does not fit together."""
    rules = [
        order_reports.pending_elsewhere,
        order_reports.item_twice,
        order_reports.reports_disagree,
        order_reports.item_repeated,
    ]
    disagreements = evaluate_rules(rules, cross_check.cross_check_reports(ranked_rows, input_names), context.policy)
    promise_rows = cross_check.add_days_since_promise(unshipped)
    return [disagreements, evaluate_rules([order_reports.days_past_promise_wrong], promise_rows, context.policy)]
