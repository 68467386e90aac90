"""What there is to say about feeds and the answers to them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.model import findings
from pipeline.model.file_plan import FilePlan
from pipeline.model.run_context import RunContext
from pipeline.rules import acknowledgements, build_findings
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


def processing_report_findings(
    plan: FilePlan, rows: pd.DataFrame, feed: Any, is_warning: Array, refused_count: int
) -> pd.DataFrame:
    """One finding a row of the report, and one where its counts are not those of the feed."""
    report_rows = rows.assign(
        answer_code=rows["error-code"], answer_text=rows["error-message"], value=rows["error-code"]
    )
    parts = [
        build_findings.row_findings(rule, arrow.filter_rows(report_rows, mask), value="value", column="error-code")
        if mask.any()
        else findings.empty_findings()
        for rule, mask in ((acknowledgements.refused, ~is_warning), (acknowledgements.warned, is_warning))
    ]
    processed, successful = (*plan.reported_counts, None, None)[:2]
    problems = []
    if processed is not None and processed != feed.records:
        problems.append(f"{processed} records processed, but the feed of run {feed.run} holds {feed.records}")
    elif processed is not None and successful is not None and processed - successful != refused_count:
        problems.append(f"{processed - successful} records failed, but {refused_count} are named")
    parts += [
        build_findings.file_finding(acknowledgements.counts_differ, plan.file, 1, mismatch=problem)
        for problem in problems
    ]
    return findings.concat_findings(parts)


def overdue_feed_findings(feed: Any, context: RunContext) -> pd.DataFrame:
    """A finding about a feed that should have been answered by now; none before that."""
    expected = context.policy.duration_on("acknowledgement.expected_within", context.as_of)
    if expected is None or context.as_of - feed.published_at <= expected:
        return findings.empty_findings()
    since = feed.published_at.isoformat().replace("+00:00", "Z")
    placeholders = {"feed": str(feed.part), "run": str(feed.run), "since": since}
    return build_findings.file_finding(acknowledgements.unanswered, findings.LEDGER_FILE, 0, **placeholders)
