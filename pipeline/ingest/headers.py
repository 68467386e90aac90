"""Where the header of a file is, and of which kind it is."""

from __future__ import annotations

import functools
from typing import NamedTuple

from pipeline.model import summary_lines
from pipeline.model.run_context import RunContext
from schemas.kind import FileKind
from schemas.kinds import KINDS, find_kind

HEADER_LINES = 3  # lines: template and label lines stand above the header (FORMATS §2a, §3a)
KEPT_HEADERS = 1 << 8  # different ones whose names are known without a look: files with the same share them


class FileHeader(NamedTuple):
    """A header: the kind it belongs to (None: not recognised), its physical line, its names and their spellings."""

    kind: FileKind | None
    line: int
    names: tuple[str, ...]
    spellings: tuple[str, ...]
    width: int = 0  # cells of the line, unnamed ones at its end among them


def find_header(lines: list[str], context: RunContext) -> FileHeader:
    """The header among a file's first lines: the first that a kind recognises, else the first with any text."""
    candidates = [_parse_header(number, line) for number, line in enumerate(lines[:HEADER_LINES], 1) if line.strip()]
    for candidate in candidates:
        kind_name = _match_kind(candidate.names)
        if kind_name:
            store, carriers_also = context.account.store, context.account.carriers_also
            return candidate._replace(kind=_adapt_kind(kind_name, store.day_first, carriers_also))
    if candidates and _has_summary_lines(lines):
        return _find_report_table(lines)
    return candidates[0] if candidates else FileHeader(None, 1, (), ())


@functools.lru_cache(KEPT_HEADERS)
def _match_kind(names: tuple[str, ...]) -> str:
    """The name of the first kind that the header is of; an empty text where there is none."""
    return next((kind.name for kind in KINDS if kind.matches_header(names)), "")


@functools.cache
def _adapt_kind(name: str, day_first: bool, carriers_also: tuple[str, ...]) -> FileKind:  # noqa: FBT001  a cache's key
    """The kind as the account's marketplace and carriers make it."""
    kind = find_kind(name)
    return (kind.with_day_first_dates() if day_first else kind).with_carriers(carriers_also)


def _find_report_table(lines: list[str]) -> FileHeader:
    """The header of a processing report's table; without one, no names, and the summary lines are all there is."""
    report = find_kind("processing-report")
    for number, line in enumerate(lines, 1):
        if "original-record-number" in line.lower():
            return _parse_header(number, line)._replace(kind=report)
    return FileHeader(report, len(lines), (), ())


def _has_summary_lines(lines: list[str]) -> bool:
    """True where two of the first lines are a label and a count: a processing report, perhaps without a table."""
    return sum(summary_lines.read_count(line) is not None for line in lines[: HEADER_LINES + 1]) >= 2  # noqa: PLR2004


@functools.lru_cache(KEPT_HEADERS)
def _parse_header(number: int, line: str) -> FileHeader:
    spellings = [name.strip() for name in line.split("\t")]
    width = len(spellings)
    while spellings and not spellings[-1]:  # a trailing TAB is an unnamed last column (FORMATS §0, 3)
        spellings.pop()
    return FileHeader(None, number, tuple(name.lower() for name in spellings), tuple(spellings), width)
