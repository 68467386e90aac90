"""Which kind of file this is, in which encoding, and what is odd about its header."""

from __future__ import annotations

import codecs
import functools
import re
from collections import Counter
from typing import NamedTuple

import pandas as pd

from pipeline.ingest import foreign_formats
from pipeline.ingest.headers import KEPT_HEADERS, FileHeader
from pipeline.model import findings
from pipeline.model.run_context import RunContext
from pipeline.model.severity import INFO, WARNING
from pipeline.rules import build_findings, files
from pipeline.rules import rule as rules_rule
from schemas.headings import show_heading
from schemas.kinds import KINDS

HEAD_LINES = 12  # lines of a file in which its header and a processing report's table begin
_BEGIN_BYTES = 1 << 12  # by which a file that is no text is recognized
_NEAR_SHARE = 0.5  # of a kind's columns: with more of them a header is near to it
_DATA_PATTERN = re.compile(r"[0-9]{3}-[0-9]{7}-[0-9]{7}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_MAX_HEADER_WIDTH = 1 << 12  # of a header: a line is made as wide as it
# All characters of text, and what some encodings read as something else: escapes, shifts to other sets.
_ASCII_SAMPLE = bytes(set(range(0x20, 0x7F)) - {ord("\\")}) + b"\t\r\n\\n\\u0041 +AEE- ~{!!~} \x1b$B!!\x1b(B"


class FileHead(NamedTuple):
    """The first lines of a file as text, and the bytes with which it begins.

    The first ``whole_count`` lines are whole.
    """

    lines: list[str]
    whole_count: int
    begin: bytes

    @classmethod
    def decode(cls, data: bytes, encoding: str, *, is_cut: bool) -> FileHead:
        """The head of which these are the bytes; where it ``is_cut``, their last line goes on behind them."""
        pieces = data.split(b"\n", HEAD_LINES)
        lines = [line.decode(encoding, "backslashreplace").rstrip("\r") for line in pieces[:HEAD_LINES]]
        return cls(lines, min(len(pieces) - is_cut, len(lines)), data[:_BEGIN_BYTES])

    @property
    def whole_lines(self) -> list[str]:
        """The lines among which the header is."""
        return self.lines[: self.whole_count]


def fallback_encoding(context: RunContext) -> str:
    """The encoding of a file that is not UTF-8: that of the account's marketplace (SPEC §2)."""
    return context.account.store.encoding


def is_usable_encoding(name: str) -> bool:
    """True for an encoding Python knows in which TAB, line ends and digits are the bytes of ASCII."""
    try:
        return _ASCII_SAMPLE.decode(name, "backslashreplace") == _ASCII_SAMPLE.decode("ascii")
    except (LookupError, ValueError):
        return False


def canonical_encoding(encoding: str) -> str:
    """The encoding's one name in Python, so that utf8 and UTF-8-SIG are both utf-8: a BOM is dropped anyway."""
    return codecs.lookup(encoding).name.removesuffix("-sig")


def check_header(file: int, file_header: FileHeader, head: FileHead) -> tuple[str, pd.DataFrame]:
    """The code and the one finding of a file refused whole; an empty code and no finding where it is not."""
    if not any(line.strip() for line in head.lines):
        reason = "the file is empty" if head.whole_count == len(head.lines) else "its first lines are blank"
        return _refuse_file(files.file_empty, file, file_header.line, reason=reason)
    if file_header.kind is None:
        return _refuse_unrecognized(file, file_header, head)
    fault = _find_header_fault(file_header)
    if fault:
        return _refuse_file(files.file_empty, file, file_header.line, reason=fault)
    repeated = next((name for name, times in Counter(file_header.names).items() if name and times > 1), None)
    if repeated:
        position = file_header.names.index(repeated)
        spelling = show_heading(file_header.kind, file_header.spellings[position], position + 1)
        return _refuse_file(files.column_twice, file, file_header.line, spelling, column=spelling)
    missing = [name for name in file_header.kind.required_columns() if name not in file_header.names]
    if missing and file_header.names:
        words = {"column": missing[0], "kind": file_header.kind.title, "columns": ", ".join(missing)}
        return _refuse_file(files.column_missing, file, file_header.line, "", **words)
    return "", _no_findings()


@functools.cache
def _no_findings() -> pd.DataFrame:
    """The one empty table that all files share of which there is nothing to say."""
    return findings.empty_findings()


def _find_header_fault(file_header: FileHeader) -> str:
    """Why the line cannot be a header although a kind recognises it; an empty text where it can."""
    if file_header.width > _MAX_HEADER_WIDTH:
        return f"the header has {file_header.width:,} columns, more than {_MAX_HEADER_WIDTH:,}"
    return "the header line contains data: a line break is missing" if _hold_data(file_header.spellings) else ""


@functools.lru_cache(KEPT_HEADERS)
def _hold_data(spellings: tuple[str, ...]) -> bool:
    """Whether a cell of data is among the names of a header."""
    return any(_DATA_PATTERN.search(name) for name in spellings)


def _refuse_unrecognized(file: int, file_header: FileHeader, head: FileHead) -> tuple[str, pd.DataFrame]:
    foreign = foreign_formats.recognize_format(head.begin, head.lines)
    if foreign:
        return refuse_foreign(file, foreign)
    if not file_header.names and head.whole_count < len(head.lines):
        return _refuse_file(files.file_empty, file, 1, reason="the first line is longer than 1 MiB")
    if _hold_data(file_header.spellings):
        return _refuse_file(files.file_empty, file, file_header.line, reason="the first line is data, not a header")
    return _refuse_file(
        files.kind_unknown, file, file_header.line, "", reason=_describe_nearest(file_header), advice=""
    )


def refuse_foreign(file: int, foreign: foreign_formats.ForeignFormat) -> tuple[str, pd.DataFrame]:
    """The code and the one finding of a file that is known to be something else."""
    return _refuse_file(files.kind_unknown, file, 1, "", reason=f"it is {foreign.title}", advice=f" {foreign.advice}")


def _describe_nearest(file_header: FileHeader) -> str:
    """The kind most of whose columns the header has, with what it lacks; no kind is near where half are missing."""
    nearest = max(KINDS, key=lambda candidate: (candidate.share_of_columns(file_header.names), candidate.name))
    if nearest.share_of_columns(file_header.names) <= _NEAR_SHARE:
        return "its headings match no known kind of file"
    surplus = [f"no {name}" for name in nearest.must_lack if name in file_header.names]
    columns = ", ".join(nearest.missing_columns(file_header.names) or surplus)
    return f"the nearest is the {nearest.title}, which needs {columns}"


def _refuse_file(
    rule: rules_rule.Rule, file: int, line: int, value: str = "", **words: str
) -> tuple[str, pd.DataFrame]:
    return rule.code, build_findings.file_finding(rule, file, line, value, **words)


def find_unknown_columns(file: int, file_header: FileHeader) -> pd.DataFrame:
    """A finding for each column the kind does not know: a warning in a confirmation, where Amazon warns too."""
    if file_header.kind is None:
        return _no_findings()
    severity = WARNING if file_header.kind.name == "confirmation" else INFO
    shown = [
        show_heading(file_header.kind, spelling, position)
        for position, (name, spelling) in enumerate(zip(file_header.names, file_header.spellings, strict=True), 1)
        if file_header.kind.find_column(name) is None
    ]
    unknown = [
        build_findings.file_finding(
            files.column_unknown, file, file_header.line, heading, column=heading, severity=severity
        )
        for heading in shown
    ]
    return findings.concat_findings(unknown) if unknown else _no_findings()
