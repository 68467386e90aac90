"""Feeds, reports, worklist, manifest: what a run writes, placed all at once or not at all."""

from pipeline.publish.accounts import (
    JOINT_WORKLIST_PATH,
    AccountOutcome,
    check_accounts_output,
    join_worklists,
    write_accounts_output,
)
from pipeline.publish.bucket_tables import build_bucket_tables
from pipeline.publish.feeds.earlier import check_feeds_known
from pipeline.publish.feeds.rewrite import rewrite_feeds
from pipeline.publish.feeds.waiting import list_elsewhere
from pipeline.publish.files.atomic_replace import OutputInUse, check_output, finish_placing, is_placed
from pipeline.publish.files.output_folder import WrittenFile
from pipeline.publish.files.output_target import OutputRefused, holds_output
from pipeline.publish.manifest import compute_run_id
from pipeline.publish.page.render import PAGE_PATH
from pipeline.publish.rejected import list_unreadable
from pipeline.publish.report_list import SORT_KEYS
from pipeline.publish.reports.audit import AUDIT_JSON_PATH
from pipeline.publish.reports.claim_statement import build_statement
from pipeline.publish.reports.due_counts import count_due
from pipeline.publish.reports.finding_counts import count_by_severity, count_findings
from pipeline.publish.reports.metrics import format_metrics
from pipeline.publish.reports.prometheus import PROMETHEUS_PATH, Gauge, format_gauges
from pipeline.publish.reports.read_report import read_report
from pipeline.publish.reports.worklist_counts import count_actions
from pipeline.publish.reports.worklist_rows import rank_other_actions
from pipeline.publish.writer import CommitCallback, PublishedOutput, publish_audit, publish_run

__all__ = [
    "AUDIT_JSON_PATH",
    "JOINT_WORKLIST_PATH",
    "PAGE_PATH",
    "PROMETHEUS_PATH",
    "SORT_KEYS",
    "AccountOutcome",
    "CommitCallback",
    "Gauge",
    "OutputInUse",
    "OutputRefused",
    "PublishedOutput",
    "WrittenFile",
    "build_bucket_tables",
    "build_statement",
    "check_accounts_output",
    "check_feeds_known",
    "check_output",
    "compute_run_id",
    "count_actions",
    "count_by_severity",
    "count_due",
    "count_findings",
    "finish_placing",
    "format_gauges",
    "format_metrics",
    "holds_output",
    "is_placed",
    "join_worklists",
    "list_elsewhere",
    "list_unreadable",
    "publish_audit",
    "publish_run",
    "rank_other_actions",
    "read_report",
    "rewrite_feeds",
    "write_accounts_output",
]
