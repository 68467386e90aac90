"""What to do first, ranked by what is lost first.

Claims and their money, feeds that Amazon refused as a whole, orders about to be canceled, buyers who wait, what is
late; then files and lines to correct, what is to be shipped, and what to upload.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline.model.findings import COLUMNS as FINDING_COLUMNS
from pipeline.model.findings import LEDGER_FILE, LEDGER_FILE_NAME
from pipeline.model.run_counts import CodeCount, WorklistCounts
from pipeline.model.run_result import RunResult
from pipeline.model.severity import ERROR
from pipeline.publish.feeds.earlier import KeptPart
from pipeline.publish.files.cells import escape_name
from pipeline.publish.reports import findings, upload_steps, worklist_steps
from pipeline.rules import report_hints
from pipeline.utils import arrow
from schemas.kinds import OWN_KINDS

_LINE_RULE_FAMILIES = ("FIL", "FMT", "ORD", "SHP", "CAN")  # families of rules about lines, which a person can correct


class Deliverables(NamedTuple):
    """What a run wrote that needs an action: feeds to upload, of earlier runs too, lines to correct, things to do."""

    feed_paths: Sequence[list[str]]
    rejected_paths: list[str]
    action_counts: WorklistCounts
    kept_parts: Sequence[KeptPart] = ()


def list_next_steps(result: RunResult, counts: Sequence[CodeCount], deliverables: Deliverables) -> list[str]:
    """What to do, what is lost first at the top; empty where there is nothing."""
    refusal_codes = {entry.refusal_code for entry in result.plans if entry.refusal_code}
    errors = [entry for entry in counts if entry.severity == ERROR]
    action_counts = deliverables.action_counts
    return [
        *worklist_steps.claim_steps(action_counts),
        *_refused_feed_steps(result),
        *worklist_steps.confirm_steps(action_counts),
        *worklist_steps.buyer_steps(action_counts),
        *worklist_steps.called_off_steps(action_counts),
        *worklist_steps.late_steps(action_counts),
        *_correction_steps(result, [entry for entry in errors if entry.code in refusal_codes], "Fix"),
        *_correction_steps(result, _refused_rows(result, errors), "Look into"),
        *_correction_steps(
            result,
            [entry for entry in errors if entry.code not in refusal_codes and entry.code[:3] in _LINE_RULE_FAMILIES],
            "Correct",
        ),
        *_rejected_line_steps(result, deliverables.rejected_paths),
        *worklist_steps.cancel_steps(action_counts),
        *worklist_steps.ship_steps(action_counts),
        *worklist_steps.other_steps(action_counts),
        *_unanswered_feed_steps(counts),
        *upload_steps.earlier_feed_steps(result, deliverables.kept_parts),
        *upload_steps.feed_steps(result, deliverables.feed_paths),
    ]


def _rejected_line_steps(result: RunResult, rejected_paths: Sequence[str]) -> Iterator[str]:
    """Where the lines are that were not accepted: of uploads in copies, of the seller's other files in the files."""
    if rejected_paths:
        yield f"Correct the lines in {upload_steps.format_paths(rejected_paths)} and resubmit them."
    own_files = [
        plan.source.name
        for plan, tally in zip(result.plans, result.tallies, strict=True)
        if plan.kind and not plan.refusal_code and plan.kind.name in OWN_KINDS and tally.rejected + tally.unreadable
    ]
    if own_files:
        yield (
            f"Correct the rejected lines of {upload_steps.format_paths(own_files)} in the file itself: "
            f"{findings.FINDINGS_PATH}.tsv names them."
        )


def _refused_feed_steps(result: RunResult) -> Iterator[str]:
    """What Amazon says of each feed that it refused as a whole, and where."""
    for finding in arrow.to_table(result.refused_feeds, FINDING_COLUMNS).to_pylist():
        location = f"{escape_name(result.plans[finding['file']].source.name)}:{finding['line']}"
        yield f"Look into {location}: {finding['code']} {_join_sentences(finding)}"


def _join_sentences(finding: dict[str, Any]) -> str:
    """What was found and what to do next; a message may end with a sentence of Amazon's."""
    return f"{finding['message'].rstrip('.')}. {finding['hint']}"


def _refused_rows(result: RunResult, errors: Sequence[CodeCount]) -> list[CodeCount]:
    """The confirmations that Amazon refused one by one: without those of whole feeds."""
    refused_feeds = arrow.to_table(result.refused_feeds, ("file", "line")).to_pylist()
    row_counts = []
    for count in errors:
        if count.code != "ACK-601":
            continue
        examples = count.examples.to_pylist()
        row_index = [
            index
            for index, finding in enumerate(examples)
            if {name: finding[name] for name in ("file", "line")} not in refused_feeds
        ]
        if row_index:
            row_count = count.occurrences - (len(examples) - len(row_index))
            row_counts.append(count._replace(occurrences=row_count, examples=count.examples.take(pa.array(row_index))))
    return row_counts


def _unanswered_feed_steps(counts: Sequence[CodeCount]) -> Iterator[str]:
    """The feeds that Amazon has not answered in time: nobody may have uploaded them."""
    for count in counts:
        if count.code == "ACK-604":
            finding = count.examples.slice(0, 1).to_pylist()[0]
            more_text = f" (the first of {count.occurrences:,})" if count.occurrences > 1 else ""
            yield f"Look for the answer to a feed{more_text}: {count.code} {_join_sentences(finding)}"


def _correction_steps(result: RunResult, counts: Sequence[CodeCount], verb: str) -> Iterator[str]:
    """The most frequent offences, where each was met first, and how it is fixed."""
    for count in counts[: upload_steps.MAX_NAMED]:
        first_finding = count.examples.slice(0, 1).to_pylist()[0]
        plan = None if first_finding["file"] == LEDGER_FILE else result.plans[first_finding["file"]]
        file = escape_name(plan.source.name) if plan else LEDGER_FILE_NAME
        more_text = f", the first of {count.occurrences:,}" if count.occurrences > 1 else ""
        location = f"{file}:{first_finding['line']}{more_text}"
        is_amazons = plan is not None and report_hints.is_downloaded_again(count.code, plan.kind)
        yield f"{'Look into' if is_amazons else verb} {location}: {count.code} {_join_sentences(first_finding)}"
