"""Lines that are not read as rows: those of a file refused whole, and those that are too long. They are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.ingest.attempts import advise_reading
from pipeline.ingest.group_text import end_last_line, read_members
from pipeline.model import findings as model_findings
from pipeline.model.file_plan import MAX_LINE_BYTES, FilePlan
from pipeline.model.group_result import FileFacts, GroupResult
from pipeline.model.split_groups import SplitGroup
from pipeline.rules import build_findings, files
from pipeline.utils.arrow import to_frame, to_series
from pipeline.utils.byte_search import LF
from pipeline.utils.dtypes import IntArray


def count_group_lines(group: SplitGroup) -> GroupResult:
    """The lines of a group that is not going to be read: how many hold data, how many are blank."""
    if group.splits[0].is_too_long:
        return _build_counts(group, np.ones(1, np.int64))
    texts = [end_last_line(data.replace(b"\r\n", b"\n")) for data in read_members(group)]
    blank = np.array([_count_blank_lines(text) for text in texts])
    return _build_counts(group, np.array([text.count(b"\n") for text in texts]) - blank)._replace(blank_lines=blank)


def _count_blank_lines(data: bytes) -> int:
    text = np.frombuffer(b"\n" + data.translate(None, b" \t"), np.uint8)
    return int(np.count_nonzero((text[1:] == LF) & (text[:-1] == LF)))


def pass_over_line(group: SplitGroup) -> GroupResult:
    """The split of a line that is too long to be read: it is unreadable, and nothing of it is looked at."""
    (split,) = group.splits
    rows = to_frame(pa.table({"file": [split.file], "line": [split.first_line], "record": [1]}))
    rows["value"] = to_series([f"{split.end - split.start:,}"])
    wording = {
        "message": f"a line of {{value}} bytes; the longest that is read has {MAX_LINE_BYTES:,}",
        "hint": "Look for line ends that are missing, or download the file again.",
    }
    line_findings = build_findings.row_findings(files.too_many_cells, rows, value="value", column="", **wording)
    one = np.ones(1, np.int64)
    return _build_counts(group, one)._replace(findings=line_findings, unreadable_lines=one)


def _build_counts(group: SplitGroup, record_counts: IntArray) -> GroupResult:
    """A group of which no row travels."""
    nothing = np.zeros(len(group.splits), np.int64)
    return GroupResult(
        files=group.files,
        rows=to_frame(pa.table({})),
        findings=model_findings.empty_findings(),
        record_counts=record_counts,
        blank_lines=nothing,
        unreadable_lines=nothing,
        size_bytes=group.size_bytes,
        file_facts=FileFacts.know_nothing(len(group.splits)),
        profile=None,
    )


def give_up_split(group: SplitGroup, reason: str) -> GroupResult:
    """The split of a file that cannot be read, with the reason."""
    return _build_counts(group, np.zeros(1, np.int64))._replace(read_error=reason)


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
