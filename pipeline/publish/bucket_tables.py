"""What goes out of the orders of a bucket: the tables that are published, each in its order, and what counts."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from pipeline.model import findings
from pipeline.model.bucket_result import BucketResult
from pipeline.model.run_counts import StateCounts, WorklistCounts
from pipeline.publish import rejected
from pipeline.publish.feeds import uploads
from pipeline.publish.reports import claims, orders, worklist_rows
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
