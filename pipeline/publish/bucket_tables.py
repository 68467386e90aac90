"""What goes out of the orders of a bucket: the tables that are published, each in its order, and what counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.model import findings
from pipeline.model.bucket_result import BucketResult
from pipeline.model.chunked_rows import InMemoryRows
from pipeline.model.run_counts import StateCounts, WorklistCounts
from pipeline.model.run_result import RunResult
from pipeline.publish import rejected
from pipeline.publish.feeds import uploads
from pipeline.publish.reports import claims, orders, worklist_rows
from pipeline.publish.reports.finding_counts import count_findings
from pipeline.utils.dtypes import Array


class BucketTables(NamedTuple):
    """The tables (``ready.KEYS``), the lines of uploads that are given back, things to do, and where items stand."""

    tables: dict[str, pa.Table]
    refused_lines: Array
    action_counts: WorklistCounts
    state_counts: StateCounts


def build_bucket_tables(bucket: BucketResult) -> BucketTables:
    """What goes out of a bucket."""
    items = orders.select_items(bucket.items)
    worklist_table, action_counts = worklist_rows.build_worklist(
        items, bucket.action_items, bucket.context, bucket.items, bucket.waiting_cancellations
    )
    tables = {
        "findings": _order_findings(bucket),
        "orders": orders.build_orders_table(items, bucket.context.as_of),
        "worklist": worklist_table,
        "claims": claims.build_claims_table(bucket.claims.rows, bucket.items, bucket.context),
        "confirmations": uploads.select_feed_rows(bucket.confirmations, uploads.CONFIRMATION_FEED),
        "cancellations": uploads.select_feed_rows(bucket.cancellations, uploads.CANCELLATION_FEED),
    }
    upload_frames = (bucket.confirmations, bucket.cancellations)
    return BucketTables(
        tables, rejected.list_refused(upload_frames), action_counts, orders.count_states(items, bucket.context.as_of)
    )


def _order_findings(bucket: BucketResult) -> pa.Table:
    names = [plan.source.name for plan in bucket.plans]
    return findings.to_report_order(bucket.findings, names)


def build_audit_result(bucket: BucketResult) -> RunResult:
    """The whole audit, which has findings alone."""
    no_rows = np.zeros(0, np.int64)
    report_tables = {"findings": _order_findings(bucket)}
    return build_run_result(
        bucket, BucketTables(report_tables, no_rows, WorklistCounts(), StateCounts(no_rows, no_rows))
    )


def build_run_result(bucket: BucketResult, bucket_tables: BucketTables) -> RunResult:
    """A whole run or audit, of one bucket."""
    finding_table = bucket_tables.tables["findings"]
    return RunResult(
        context=bucket.context,
        plans=bucket.plans,
        tallies=bucket.tallies,
        tables={name: InMemoryRows(table) for name, table in bucket_tables.tables.items()},
        finding_counts=count_findings(InMemoryRows(finding_table).iter_chunks()),
        rejected_lines=np.sort(
            np.concatenate([bucket_tables.refused_lines, rejected.list_unreadable(finding_table, bucket.plans)])
        ),
        worklist_counts=bucket_tables.action_counts,
        state_counts=bucket_tables.state_counts,
        stock=bucket.changes.stock,
        answered_feeds=bucket.changes.answered_feeds,
        ambiguous_counts=[],
        metrics=bucket.metrics,
        exposure=bucket.claims.exposure,
        last_run=bucket.changes.last_run,
        kind_profiles=bucket.kind_profiles,
        past_runs=bucket.past_runs,
        drift=bucket.drift,
    )
