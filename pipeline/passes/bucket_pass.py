"""Pass two, which knows every row of its orders: what each item's state is, and what may be uploaded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline import claims, lifecycle, reconcile
from pipeline.ledger import History
from pipeline.lifecycle import UntouchedItems
from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.model.upload_decisions import UploadDecisions
from pipeline.passes.bucket_input import BucketInput, open_bucket
from pipeline.passes.bucket_outcome import BucketOutcome, PassTwoResult
from pipeline.passes.run_facts import RunFacts
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


def process_bucket(bucket_rows: dict[str, pd.DataFrame], run_facts: RunFacts, history: History) -> PassTwoResult:
    """Pass two over a bucket, step by step as in SPEC §4: from its rows to what is published and remembered of them."""
    bucket, context = open_bucket(bucket_rows, run_facts, history), run_facts.context
    reports = reconcile.rank_reports(bucket.believed_rows)
    items, current, untouched = carry_forward(reports, bucket)
    delisted = bucket.find_delisted(items, current.counting_files(items))
    items, contacts = lifecycle.assign_state(delisted.mark(items), context), bucket.select_contacts(items)
    decisions = decide_uploads(items, delisted.refused, contacts, reports, bucket)
    items = lifecycle.apply_decisions(items, decisions, current, context)
    changes = lifecycle.find_changes(items, delisted.missing, contacts, context)
    all_items, ledger_rows = untouched.append_to(items)
    sent_items = decisions.published_items(items)
    claims_result = claims.evaluate_claims(bucket.claim_inputs, all_items, sent_items, history, context)
    report_findings = reconcile.check_reports(reports, bucket.rows["unshipped"], run_facts.input_names, context)
    return BucketOutcome(
        bucket=bucket,
        items=claims_result.mark_claimed(all_items),
        ledger_rows=ledger_rows,
        untouched=untouched,
        decisions=decisions,
        changes=changes,
        claims=claims_result,
        report_findings=[*report_findings, bucket.promotion_findings],
    ).build_result()


def carry_forward(
    reports: RankedReportRows, bucket: BucketInput
) -> tuple[pd.DataFrame, RankedReportRows, UntouchedItems]:
    """The order items of which a file of this run speaks, and those that the ledger knows and only time can change.

    Between them the report rows that are not outdated, where an item has any such.
    """
    context, reported_items = bucket.run_facts.context, reconcile.build_order_items(reports)
    known_items, untouched = bucket.history.split_items(
        reported_items,
        bucket.wanted_orders(),
        arrow.to_int64(bucket.run_facts.stock_counts["counted_at"]),
        context,
        lambda ledger_items: _evaluate_untouched(ledger_items, bucket),
    )
    outdated = reconcile.find_outdated(reports, known_items, bucket.run_facts.report_files, context)
    current = reconcile.keep_current(reports, outdated.rows)
    current_items = reconcile.build_order_items(current) if current is not reports else reported_items
    if outdated.renews_nothing.any():
        current_items = reconcile.blank_outdated(current_items, reported_items, current, outdated)
    items = lifecycle.carry_items_forward(current_items, known_items)
    items = reconcile.fill_from_outdated(items, reported_items) if outdated.rows.any() else items
    items = reconcile.merge_order_level_rows(items, reports)
    items = reconcile.add_evidence(items, reports, bucket.run_facts.report_files, outdated.renews_nothing)
    refused_items = bucket.refused_items
    published = bucket.read_published(arrow.to_int64(refused_items["order_key"]))
    items = lifecycle.reopen_items(items, refused_items, published)
    in_doubt = bucket.read_published(lifecycle.doubtful_orders(items, context))
    items = lifecycle.mark_unanswered(items, in_doubt, bucket.run_facts.feed_states, context)
    return items, current, lifecycle.merge_untouched(untouched)


def _evaluate_untouched(ledger_items: pd.DataFrame, bucket: BucketInput) -> UntouchedItems:
    delisted = bucket.find_delisted(ledger_items, np.full(len(ledger_items), -1))
    return lifecycle.evaluate_untouched(ledger_items, delisted.missing, delisted.flagged, bucket.run_facts.context)


def decide_uploads(
    items: pd.DataFrame, delisted: Array, contacts: pd.DataFrame, reports: RankedReportRows, bucket: BucketInput
) -> UploadDecisions:
    """What becomes of every row of the uploads, held against the order items and what earlier runs have published."""
    return reconcile.decide_uploads(
        reconcile.DecisionInputs(
            rows=bucket.rows,
            items=items,
            reports=reports,
            delisted=delisted,
            contacts=contacts,
            published_before=bucket.read_published(bucket.rows["confirmation"]["order_key"]),
            file_names=bucket.run_facts.input_names,
            context=bucket.run_facts.context,
        )
    )
