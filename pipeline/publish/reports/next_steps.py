"""What to do first: files to fix, lines to correct, deadlines, feeds to upload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from pipeline.model.findings import LEDGER_FILE
from pipeline.model.run_counts import CodeCount, WorklistCounts
from pipeline.model.run_result import RunResult
from pipeline.model.severity import ERROR
from pipeline.publish.files.cells import escape_name, format_cells
from pipeline.utils import dtypes
from pipeline.utils.dtypes import TIMESTAMP

_MAX_NAMED = 2  # steps of one sort that are named one by one

_LINE_RULE_FAMILIES = ("FIL", "FMT", "ORD", "SHP", "CAN")  # families of rules about lines, which a person can correct


class Deliverables(NamedTuple):
    """What a run wrote that needs an action: feeds to upload, lines to correct, things to do."""

    feed_paths: Sequence[list[str]]
    rejected_paths: list[str]
    action_counts: WorklistCounts


def list_next_steps(result: RunResult, counts: Sequence[CodeCount], deliverables: Deliverables) -> list[str]:
    """What to do, the most urgent first; never empty."""
    refusal_codes = {entry.refusal_code for entry in result.plans if entry.refusal_code}
    errors = [entry for entry in counts if entry.severity == ERROR]
    next_steps = [
        *_correction_steps(result, [entry for entry in errors if entry.code in refusal_codes], "Fix"),
        *_correction_steps(
            result,
            [entry for entry in errors if entry.code not in refusal_codes and entry.code[:3] in _LINE_RULE_FAMILIES],
            "Correct",
        ),
        *(
            [f"Correct the lines in {_format_paths(deliverables.rejected_paths)} and resubmit them."]
            if deliverables.rejected_paths
            else []
        ),
        *_shipping_steps(deliverables.action_counts),
        *(f"Upload {_format_paths(paths)}." for paths in deliverables.feed_paths if paths),
    ]
    return next_steps or ["Nothing."]


def _correction_steps(result: RunResult, counts: Sequence[CodeCount], verb: str) -> Iterator[str]:
    """The most frequent offences, where each was met first, and how it is fixed."""
    for count in counts[:_MAX_NAMED]:
        first_finding = count.examples.slice(0, 1).to_pylist()[0]
        file = (
            "ledger"
            if first_finding["file"] == LEDGER_FILE
            else escape_name(result.plans[first_finding["file"]].source.name)
        )
        more_text = f", the first of {count.occurrences:,}" if count.occurrences > 1 else ""
        location = f"{file}:{first_finding['line']}{more_text}"
        yield f"{verb} {location}: {count.code} {first_finding['message']}. {first_finding['hint']}"


def _shipping_steps(action_counts: WorklistCounts) -> Iterator[str]:
    if action_counts.late_to_ship:
        late = _format_item_count(action_counts.late_to_ship)
        yield f"Ship what is late: the promised ship date of {late} has passed."
    if action_counts.to_confirm:
        first_due = _format_micros(action_counts.next_confirm_due)
        items = _format_item_count(action_counts.to_confirm)
        yield f"Confirm {items} before Amazon cancels them, the first at {first_due}."
    if action_counts.to_ship > action_counts.late_to_ship:
        first_due_text = (
            f", the first by {_format_micros(action_counts.next_ship_due)}"
            if dtypes.is_known(action_counts.next_ship_due)
            else ""
        )
        items = _format_item_count(action_counts.to_ship - action_counts.late_to_ship)
        yield f"Ship {items}{first_due_text} (reports/worklist.tsv)."


def _format_micros(micros: int) -> str:
    return str(format_cells(pa.array([micros], pa.int64()).cast(TIMESTAMP))[0])


def _format_item_count(number: int) -> str:
    return f"{number:,} order item{'' if number == 1 else 's'}"


def _format_paths(paths: Sequence[str]) -> str:
    """The path, both of two, or how many there are with the first and the last."""
    if len(paths) <= _MAX_NAMED:
        return " and ".join(map(escape_name, paths))
    return f"{len(paths):,} files ({escape_name(paths[0])} to {escape_name(paths[-1])})"
