"""A processing report as it came: whether it speaks of the orders of the part whose feed it is taken to answer."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

from pipeline.amazon.body_check import GZIP_MAGIC
from pipeline.amazon.parts import CANCELLATION_TYPE, Part
from pipeline.model.summary_lines import read_counts

ANSWER_PREFIX = "processing-report-"  # with which the name of an answer in the inbox begins
_RECORD_COLUMN, _ORDER_COLUMN = "original-record-number", "order-id"
_SUMMARY_LINES = 4  # of a report at most, above its table
_LEADING_LINES = {CANCELLATION_TYPE: 1}  # of a feed, above its header: Amazon's template line


def answers_part(report: Path, part: Part) -> bool:
    """Whether a processing report may answer the part: it counts as many records, and names no other orders.

    A part whose file is not there any more is not compared with anything.
    """
    feed = Path(part.path)
    if not feed.is_file():
        return True
    processed, named_orders = _read_report(report)
    records, orders = _read_feed(feed, _LEADING_LINES.get(part.feed_type, 0))
    return processed in (None, records) and named_orders <= orders


def count_refused_rows(reports: Iterable[Path]) -> int:
    """How many rows Amazon refused, by the counts above the tables of the processing reports."""
    refused = 0
    for report in reports:
        counts = read_counts(_read_lines(report)[:_SUMMARY_LINES])
        processed, successful, *_ = [*counts, *counts, 0, 0]  # of one count alone nothing follows
        refused += max(0, processed - successful)
    return refused


def _read_report(path: Path) -> tuple[int | None, set[str]]:
    """How many records were processed, None where it is not said, and the orders that are named."""
    lines = _read_lines(path)
    counts = read_counts(lines[:_SUMMARY_LINES])
    header = next((number for number, line in enumerate(lines) if _RECORD_COLUMN in line.lower()), len(lines))
    return (counts[0] if counts else None), _read_orders(lines[header:])


def _read_feed(path: Path, leading_lines: int) -> tuple[int, set[str]]:
    """How many records the feed has, and of which orders."""
    lines = [line for line in _read_lines(path)[leading_lines:] if line.strip()]
    return len(lines) - 1, _read_orders(lines)


def _read_orders(lines: list[str]) -> set[str]:
    """The order ids below a header."""
    names = [name.strip().lower() for name in lines[0].split("\t")] if lines else []
    if _ORDER_COLUMN not in names:
        return set()
    column = names.index(_ORDER_COLUMN)
    cells = (line.split("\t")[column : column + 1] for line in lines[1:])
    return {cell[0].strip() for cell in cells if cell and cell[0].strip()}


def _read_lines(path: Path) -> list[str]:
    """The lines of a file; ids and numbers are ASCII in every encoding that Amazon uses."""
    content = path.read_bytes()
    return (gzip.decompress(content) if content.startswith(GZIP_MAGIC) else content).decode("latin-1").splitlines()
