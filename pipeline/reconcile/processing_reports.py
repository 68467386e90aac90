"""Amazon's processing reports against the feeds that were published: which rows were refused (SPEC §8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model import findings
from pipeline.model.amazon_texts import mask_texts
from pipeline.model.feed_answers import REFUSED, WARNED, AnsweredFeed
from pipeline.model.file_plan import FilePlan
from pipeline.model.run_context import RunContext
from pipeline.reconcile.feed_findings import (
    EXPECTED_WITHIN,
    overdue_feed_findings,
    processing_report_findings,
    select_feed_refusals,
    unmatched_report_findings,
)
from pipeline.reconcile.match_feeds import (
    MatchedReport,
    OpenFeeds,
    close_counted,
    feed_rows,
    match_reports,
)
from pipeline.reconcile.processing_report import read_report
from pipeline.reconcile.processing_results import ProcessingResults
from pipeline.reconcile.submitted_feeds import give_up_feed, note_submissions, select_unanswered
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


def match_processing_reports(
    rows: pd.DataFrame,
    plans: Sequence[FilePlan],
    open_feeds: OpenFeeds,
    published: pd.DataFrame,
    context: RunContext,
) -> ProcessingResults:
    """What Amazon says in every processing report, of the feed that it answers.

    ``published`` are the confirmations of the open feeds (one row an order item).
    """
    published, is_noted_now = note_submissions(published, [*open_feeds.feeds, *open_feeds.repeats])
    masked_rows = mask_texts(rows)
    reports = [read_report(plan, masked_rows) for plan in plans if _is_report(plan)]
    results = [_apply_report(found, published) for found in match_reports(reports, open_feeds, published)]
    answered = [feed for result in results for feed in result.answered_feeds]
    closed, waiting = _close_counted(open_feeds, answered, context)
    given_up = [give_up_feed(feed, published) for feed in waiting if feed.submission.given_up_at]
    results += given_up
    empty = published.head(0).assign(answer_file=arrow.to_series(pa.nulls(0, pa.string())))
    answered_rows = arrow.concat_frames([empty, *(result.rows for result in results)])
    overdue = overdue_feed_findings([feed for feed in waiting if not feed.submission.given_up_at], context)
    return ProcessingResults(
        rows=answered_rows,
        answered_feeds=[*answered, *closed, *(feed for result in given_up for feed in result.answered_feeds)],
        findings=findings.concat_findings([*(result.findings for result in results), overdue]),
        ambiguous_counts=[count for result in results for count in result.ambiguous_counts],
        refused_feeds=findings.concat_findings([result.refused_feeds for result in results]),
        submitted=select_unanswered(published, is_noted_now, answered_rows),
    )


def _close_counted(
    open_feeds: OpenFeeds, answered: list[AnsweredFeed], context: RunContext
) -> tuple[list[AnsweredFeed], list[Any]]:
    """The feeds that a count of an earlier run closes by now, and those that still wait for an answer."""
    answered_keys = {feed.key for feed in answered}
    unanswered = [feed for feed in open_feeds.feeds if not feed.by_count and feed.key not in answered_keys]
    wait = context.policy.duration_on(EXPECTED_WITHIN, context.as_of)
    closed = close_counted(open_feeds.ambiguous_counts, unanswered, context.as_of, wait)
    closed_keys = {feed.key for feed in closed}
    return closed, [feed for feed in unanswered if feed.key not in closed_keys]


def _is_report(plan: FilePlan) -> bool:
    return plan.kind is not None and plan.kind.name == "processing-report" and not plan.refusal_code


def _apply_report(found: MatchedReport, published: pd.DataFrame) -> ProcessingResults:
    """What a report says of its feed; where it is not known which that is, only what Amazon says."""
    report, feed = found.report, found.feed
    if feed is None:
        counts = [report.processed] if found.candidates and not report.refuses_something else []
        report_findings = unmatched_report_findings(report, found.candidates, found.cancellations)
        return ProcessingResults(
            rows=published.head(0),
            answered_feeds=[],
            findings=report_findings,
            ambiguous_counts=[count for count in counts if count],
            refused_feeds=select_feed_refusals(report, report_findings),
            submitted=published.head(0),
        )
    published = feed_rows(published, feed)
    record = arrow.to_int64(published["record"])
    is_refused = np.isin(record, found.records[~report.is_warning & (found.records >= 0)]) | report.refuses_feed.any()
    is_warned = np.isin(record, found.records[report.is_warning & (found.records >= 0)])
    answered_items = _add_answers(published, found, is_refused, is_refused | is_warned)
    by_count = not report.names_orders and not report.refuses_something
    refused_count = len(np.unique(record[is_refused])) + report.repeated_records
    report_findings = processing_report_findings(report, feed, refused_count)
    return ProcessingResults(
        rows=answered_items,
        answered_feeds=[AnsweredFeed(feed.run, feed.part, by_count)] if report.closes_feed else [],
        findings=report_findings,
        ambiguous_counts=[],
        refused_feeds=select_feed_refusals(report, report_findings),
        submitted=published.head(0),
    )


def _add_answers(published: pd.DataFrame, found: MatchedReport, is_refused: Array, is_answered: Array) -> pd.DataFrame:
    """The confirmations that are answered, with the row of the report that says it; a refusal goes before a warning."""
    report = found.report
    row_order = np.argsort(report.is_warning, kind="stable")
    first_row = pd.Series(row_order, index=found.records[row_order]).groupby(level=0).first()
    about_feed = int(np.flatnonzero(report.refuses_feed)[0]) if report.refuses_feed.any() else -1
    row = first_row.reindex(arrow.to_int64(published["record"])).fillna(about_feed).to_numpy(np.int64)
    row = np.where(report.refuses_feed.any() & report.is_warning[row] if len(report.rows) else False, about_feed, row)
    answered = np.flatnonzero(is_answered)
    answer_row = pa.array(row[answered], mask=row[answered] < 0)
    sources = {"answer_line": "line", "answer_code": "error-code", "answer_text": "error-message"}
    return arrow.take_rows(published, answered).assign(
        answer=arrow.to_series(np.where(is_refused, REFUSED, WARNED)[answered].astype(object)),
        answer_file=arrow.to_series(pa.repeat(pa.scalar(report.plan.source.name), len(answered))),
        **{
            name: arrow.to_series(arrow.to_arrow(report.rows[source]).take(answer_row))
            for name, source in sources.items()
        },
    )
