"""Lines that are not read as rows: those of a file refused whole, and those that are too long. They are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.ingest.attempts import advise_reading
from pipeline.ingest.invalid_bytes import build_line_rows
from pipeline.ingest.split_bytes import read_bytes
from pipeline.model import findings as model_findings
from pipeline.model.file_plan import MAX_LINE_BYTES, FilePlan, Split
from pipeline.model.split_result import FileFacts, SplitResult
from pipeline.rules import build_findings, files
from pipeline.utils.arrow import to_frame, to_series
from pipeline.utils.byte_search import LF


def count_split_lines(plan: FilePlan, split: Split) -> SplitResult:
    """The lines of a split that is not going to be read: how many hold data, how many are blank."""
    if split.is_too_long:
        return _build_counts(split, 1, 0)
    data = read_bytes(plan, split).replace(b"\r\n", b"\n")
    if data and not data.endswith(b"\n"):
        data = data.removesuffix(b"\r") + b"\n"  # a last line that is blank may end in a carriage return
    text = np.frombuffer(b"\n" + data.translate(None, b" \t"), np.uint8)
    blank = int(np.count_nonzero((text[1:] == LF) & (text[:-1] == LF)))
    return _build_counts(split, data.count(b"\n") - blank, blank)


def pass_over_line(plan: FilePlan, split: Split) -> SplitResult:
    """The split of a line that is too long to be read: it is unreadable, and nothing of it is looked at."""
    rows = build_line_rows(plan, split, np.zeros(1, np.int64), np.zeros(1, np.int64))
    rows["value"] = to_series([f"{split.end - split.start:,}"])
    wording = {
        "message": f"a line of {{value}} bytes; the longest that is read has {MAX_LINE_BYTES:,}",
        "hint": "Look for line ends that are missing, or download the file again.",
    }
    line_findings = build_findings.row_findings(files.too_many_cells, rows, value="value", column="", **wording)
    return _build_counts(split, 1, 0)._replace(findings=line_findings, unreadable_lines=1)


def _build_counts(split: Split, record_count: int, blank: int) -> SplitResult:
    """A split of which no row travels."""
    return SplitResult(
        file=split.file,
        rows=to_frame(pa.table({})),
        findings=model_findings.empty_findings(),
        record_count=record_count,
        blank_lines=blank,
        unreadable_lines=0,
        size_bytes=split.end - split.start,
        file_facts=FileFacts(),
        profile=None,
    )


def give_up_split(split: Split, reason: str) -> SplitResult:
    """The split of a file that cannot be read, with the reason."""
    return _build_counts(split, 0, 0)._replace(read_error=reason)


def refuse_unread_files(plans: Sequence[FilePlan], reasons: dict[int, str]) -> tuple[list[FilePlan], pd.DataFrame]:
    """The plans, those of files that could not be read to their ends refused (``reasons`` by file), and why."""
    refused = [plan for plan in plans if plan.file in reasons and not plan.refusal_code]
    kept = list(plans)
    for plan in refused:
        kept[plan.file] = replace(plan, refusal_code=files.file_empty.code)
    refusals = [
        build_findings.file_finding(
            files.file_empty,
            plan.file,
            plan.header_line,
            reason=f"the lines cannot be read ({reasons[plan.file]})",
            hint=advise_reading(reasons[plan.file]),
        )
        for plan in refused
    ]
    return kept, model_findings.concat_findings(refusals)
