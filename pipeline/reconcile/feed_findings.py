"""What there is to say about feeds and the answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model import findings
from pipeline.model.file_plan import FilePlan
from pipeline.model.run_context import RunContext
from pipeline.reconcile.processing_report import ProcessingReport
from pipeline.rules import acknowledgements, build_findings
from pipeline.rules.rule import Rule
from pipeline.utils import arrow
from pipeline.utils.instants import format_instant

EXPECTED_WITHIN = "acknowledgement.expected_within"


def processing_report_findings(report: ProcessingReport, feed: Any, refused_count: int) -> pd.DataFrame:
    """One finding a row of the report, and one where its counts are not those of the feed or of what it refuses."""
    plan, report_rows = report.plan, _add_answer_columns(report.rows)
    whole_message = (
        f"Amazon refused the whole feed {feed.part} of run {feed.run}, and none of its rows counts as confirmed: "
        "{answer_code} {answer_text}"
    )
    is_row = ~report.is_warning & ~report.refuses_feed
    whole_hint = "Fix what Amazon names, and confirm the rows again."
    kinds: tuple[tuple[Rule, Any, dict[str, str]], ...] = (
        (acknowledgements.refused, is_row, {}),
        (acknowledgements.refused, report.refuses_feed, {"message": whole_message, "hint": whole_hint}),
        (acknowledgements.warned, report.is_warning, {}),
    )
    parts = [
        build_findings.row_findings(
            rule, arrow.filter_rows(report_rows, mask), **wording, value="value", column="error-code"
        )
        for rule, mask, wording in kinds
        if mask.any()
    ]
    mismatch = _describe_mismatch(plan, feed, refused_count)
    if mismatch:
        parts.append(build_findings.file_finding(acknowledgements.counts_differ, plan.file, 1, mismatch=mismatch))
    return findings.concat_findings(parts)


def select_feed_refusals(report: ProcessingReport, report_findings: pd.DataFrame) -> pd.DataFrame:
    """Of the findings about a report those that say that Amazon refuses a whole feed."""
    fatal_lines = arrow.to_int64(report.rows["line"])[report.refuses_feed]
    about_feed = np.isin(arrow.to_int64(report_findings["line"]), fatal_lines) & (
        report_findings["severity"] == acknowledgements.refused.severity
    ).to_numpy(bool)
    return arrow.filter_rows(report_findings, about_feed)


def unmatched_report_findings(
    report: ProcessingReport, candidates: list[Any], cancellations: Sequence[Any] = ()
) -> pd.DataFrame:
    """What Amazon says in a report of which it is not known what feed of confirmations it answers.

    ``candidates`` and ``cancellations`` are the feeds it fits. One finding about the report, none where it is known to
    answer cancellations, and one a row; a row that refuses a whole feed says all of it by itself.
    """
    is_known = bool(cancellations) and not candidates
    named = _name_feeds([], cancellations)
    fits = f"it answers {named}" if is_known else _describe_candidates(candidates, cancellations)
    rows = _unmatched_row_findings(report, fits, named if is_known else "an unknown feed")
    if is_known or report.refuses_feed.any():
        return rows
    wait = "; none of them is closed before a day has passed without a better answer" if candidates else ""
    mismatch = build_findings.file_finding(
        acknowledgements.counts_differ, report.plan.file, 1, mismatch=f"{fits}{wait}"
    )
    return findings.concat_findings([mismatch, rows])


def _unmatched_row_findings(report: ProcessingReport, fits: str, feed: str) -> pd.DataFrame:
    """What each row says; ``fits`` says which feeds the report fits, ``feed`` is of which a row speaks."""
    rows, is_whole = _add_answer_columns(report.rows), report.refuses_feed
    return findings.concat_findings(
        [
            build_findings.row_findings(
                acknowledgements.counts_differ,
                arrow.filter_rows(rows, ~is_whole),
                message=f"about a record of {feed} Amazon says: {{answer_code}} {{answer_text}}",
                value="value",
                column="error-code",
            ),
            build_findings.row_findings(
                acknowledgements.feed_refused,
                arrow.filter_rows(rows, is_whole).assign(
                    fits=arrow.to_series(pa.repeat(pa.scalar(fits), is_whole.sum()))
                ),
                value="value",
                column="error-code",
            ),
        ]
    )


def _describe_candidates(candidates: list[Any], cancellations: Sequence[Any]) -> str:
    if not candidates:
        return "this report matches no published feed that waits for one"
    count = len(candidates) + len(cancellations)
    return f"this report matches {count} published feeds ({_name_feeds(candidates, cancellations)})"


def _name_feeds(candidates: list[Any], cancellations: Sequence[Any]) -> str:
    names = [f"feed {feed.part} of run {feed.run}" for feed in candidates]
    return ", ".join([*names, *(f"{part.name} of run {part.run}" for part in cancellations)])


def _add_answer_columns(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(answer_code=rows["error-code"], answer_text=rows["error-message"], value=rows["error-code"])


def _describe_mismatch(plan: FilePlan, feed: Any, refused_count: int) -> str:
    """What of the counts at the top of a report contradicts the feed or the errors below them; empty where nothing."""
    processed, successful = (*plan.reported_counts, None, None)[:2]
    if processed is None or (processed == 0 and refused_count == feed.records):
        return ""  # a feed that is refused as a whole may not have been processed at all
    if processed != feed.records:
        return f"{processed} records processed, but the feed of run {feed.run} has {feed.records}"
    if successful is None or processed - successful == refused_count:
        return ""
    if successful > processed:
        return f"{processed} records processed, but {successful} successful"
    return f"by its counts {processed - successful} of {processed} records failed, but its errors name {refused_count}"


def overdue_feed_findings(feeds: Sequence[Any], context: RunContext) -> pd.DataFrame:
    """A finding about each feed that should have been answered by now, in the order of the feeds."""
    expected = context.policy.duration_on(EXPECTED_WITHIN, context.as_of)
    overdue = [] if expected is None else [feed for feed in feeds if context.as_of - feed.sent_at > expected]
    if not overdue:
        return findings.empty_findings()
    columns: dict[str, Any] = {
        "file": pa.repeat(pa.scalar(findings.LEDGER_FILE), len(overdue)),
        "line": pa.repeat(pa.scalar(0), len(overdue)),
        "record": pa.repeat(pa.scalar(0), len(overdue)),
        "feed": [str(feed.part) for feed in overdue],
        "run": [str(feed.run) for feed in overdue],
        "sent": ["submitted" if feed.submission.submitted_at else "published" for feed in overdue],
        "since": [format_instant(feed.sent_at) for feed in overdue],
    }
    return build_findings.row_findings(acknowledgements.unanswered, arrow.to_frame(pa.table(columns)))
