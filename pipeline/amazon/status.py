"""What the state knows, for people: nights, reports that are under way, parts and what became of each."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.amazon.night import Night, list_nights
from pipeline.amazon.parts import UNSURE, Part, list_parts
from pipeline.amazon.report_records import ASKED, list_asked
from pipeline.amazon.state import StateReader
from pipeline.utils.instants import format_instant
from pipeline.utils.plural import format_count

_SHOWN_NIGHTS = 3
_SHOWN_HASH = 12  # digits, by which a person names a part
_PART_COLUMNS = ("part", "name", "published", "state", "feeds")


def describe_state(state: StateReader) -> str:
    """The last nights, the reports that were asked for and have not come, and every part, oldest first."""
    nights = [_describe_night(night) for night in list_nights(state)[-_SHOWN_NIGHTS:]]
    reports = [
        f"{report.kind_name}: report {report.report_id}, asked for {format_instant(report.asked_at)}"
        for report in list_asked(state)
        if report.outcome == ASKED
    ]
    parts = list_parts(state)
    sections = {"nights": nights, "reports under way": reports, "parts": _format_parts(parts)}
    doubtful = [line for part in parts if part.state == UNSURE for line in _describe_doubt(part)]
    sections["to be decided"] = doubtful
    blocks = ["\n".join([f"{title}:", *(f"  {line}" for line in lines)]) for title, lines in sections.items() if lines]
    return "\n\n".join(blocks) or f"{state.folder}: nothing is known yet"


def describe_parts(state: StateReader, sha256s: set[str]) -> str:
    """The parts with those hashes and what became of each."""
    lines = _format_parts([part for part in list_parts(state) if part.sha256 in sha256s])
    return "\n".join(lines) or "there was nothing to submit"


def _describe_night(night: Night) -> str:
    as_of = format_instant(night.as_of) if night.as_of else "not known yet"
    if night.status is not None:
        return f"{night.name}: as-of {as_of}, exit status {night.status}"
    return f"{night.name}: as-of {as_of}, {'left' if night.is_left else 'waits'} at step {night.next_step}"


def _format_parts(parts: Sequence[Part]) -> list[str]:
    rows = [_PART_COLUMNS, *map(_describe_part, parts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return ["  ".join(row).rstrip() for row in aligned] if parts else []


def _describe_part(part: Part) -> tuple[str, ...]:
    feeds = ", ".join(f"{feed.feed_id} {feed.status}" for feed in part.own_feeds)
    published = format_instant(part.published_at)
    return part.sha256[:_SHOWN_HASH], part.name, published, part.state, feeds or "-"


def _describe_doubt(part: Part) -> list[str]:
    """What a person can say of an unsure part."""
    name, attempt = part.sha256[:_SHOWN_HASH], part.attempts[-1]
    looks = f"{part.about}: looked for {format_count(len(attempt.looks), 'time')} since {format_instant(attempt.since)}"
    if not attempt.candidates:
        return [f"{looks}, not found; --again {name} sends it, --give-up {name} ends it"]
    return [f"{part.about} could be a feed of these: --adopt {name} {feed_id}" for feed_id in attempt.candidates]
