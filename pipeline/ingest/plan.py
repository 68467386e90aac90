"""The planning pass: reads each file once, in order, and says how it is to be split and read."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from pipeline.ingest import foreign_formats, headers, sniff
from pipeline.ingest.attempts import advise_reading, attempt
from pipeline.ingest.file_scan import FileScan
from pipeline.ingest.stamps import check_unchanged
from pipeline.model import summary_lines
from pipeline.model.file_plan import FilePlan, InputFile
from pipeline.model.run_context import RunContext
from pipeline.rules import build_findings, files

SPLIT_SIZE = 1 << 24  # bytes: large enough for the parser to be busy, small enough for several to be read at once


PlannedFile = tuple[FilePlan, pd.DataFrame]  # how a file is to be read, and what there is to say of it as a file


class PlannedFiles(NamedTuple):
    """How the files are to be read, by number, and what there is to say of them as files."""

    plans: list[FilePlan]
    findings: pd.DataFrame


def plan_file(file: int, source: InputFile, context: RunContext, split_size: int | None = None) -> PlannedFile:
    """How one file is to be read, and what there is to say about it as a file; ``split_size``: bytes a split.

    Raises InputChanged where it changed meanwhile.
    """

    def refuse(reason: str) -> PlannedFile:
        wording = {"reason": reason, "hint": advise_reading(reason)}
        file_findings = build_findings.file_finding(files.file_empty, file, 1, **wording)
        return _refuse_unread(file, source, files.file_empty.code), file_findings

    if source.read_error:
        return refuse(source.read_error)
    return attempt(lambda: _plan_readable(file, source, context, split_size or SPLIT_SIZE), source, refuse)


def _plan_readable(file: int, source: InputFile, context: RunContext, split_size: int) -> PlannedFile:
    if source.foreign_format:
        code, file_findings = sniff.refuse_foreign(file, foreign_formats.describe_document(source.foreign_format))
        return _refuse_unread(file, source, code), file_findings
    scan = FileScan(source.path, split_size)
    check_unchanged(source)
    encoding = "utf-8" if source.source_encoding else context.encoding
    encoding = encoding or ("utf-8" if scan.is_utf8 else sniff.fallback_encoding(context))
    utf8 = scan.is_utf8 and encoding == "utf-8"
    head = sniff.FileHead.decode(scan.head, encoding, is_cut=scan.is_head_cut)
    head_lines = head.lines
    header = headers.find_header(head.whole_lines, context)
    refusal_code, file_findings = sniff.check_header(file, header, head)
    lines_above = [line for line in head_lines[: header.line] if line.strip()] if header.kind else []
    file_plan = FilePlan(
        file=file,
        source=source,
        kind=header.kind,
        encoding=source.source_encoding or encoding,
        sha256=source.sha256 or scan.sha256,
        size=source.size if source.sha256 else scan.size,
        lines=scan.lines,
        header=header.names,
        header_width=header.width,
        header_line=header.line,
        lines_through_header=len(lines_above),
        blank_lines_above_header=min(header.line, scan.lines) - len(lines_above) if header.kind else 0,
        refusal_code=refusal_code,
        is_utf8=utf8,
        reported_counts=summary_lines.read_counts(head.lines[: headers.HEADER_LINES + 1])
        if header.kind and header.kind.name == "processing-report"
        else (),
        splits=scan.make_splits(file, header.line if header.kind else 0),
    )
    return file_plan, file_findings if refusal_code else sniff.find_unknown_columns(file, header)


def _refuse_unread(file: int, source: InputFile, refusal_code: str) -> FilePlan:
    """The plan of a file that is refused before a line of it is read."""
    return FilePlan(
        file=file,
        source=source,
        kind=None,
        encoding="",
        sha256=source.sha256,
        size=source.size,
        lines=0,
        refusal_code=refusal_code,
    )
