"""What a fetch or a collect did, for people: one line a report or a feed."""

from __future__ import annotations

import urllib.parse
from collections.abc import Collection, Sequence
from pathlib import Path

from pipeline.amazon.feed_results import ANSWER_PREFIX
from pipeline.amazon.parts import UNSURE, Part, SentFeed, list_parts
from pipeline.amazon.report_records import ASKED, PLACED, AskedReport, list_asked
from pipeline.amazon.state import StateReader


def describe_fetched(state: StateReader, before: Collection[AskedReport], kinds: Sequence[str], inbox: Path) -> str:
    """For each kind the reports that are not as they were ``before``, or the newest, and where the file of each is."""
    known = list_asked(state)
    lines = []
    for kind in kinds:
        own = [report for report in known if report.kind_name == kind]
        changed = [report for report in own if report not in before] or own[-1:]
        lines += [f"{kind}: {_describe_report(report, inbox)}" for report in changed] or [f"{kind}: not asked for"]
    return "\n".join(lines)


def _describe_report(report: AskedReport, inbox: Path) -> str:
    if report.outcome == PLACED:
        path = inbox / report.file
        return f"{path}" if path.is_file() else f"report {report.report_id}, {report.file}, was read already"
    if report.outcome == ASKED:
        return f"report {report.report_id} is not there yet; the next fetch waits for it"
    return f"report {report.report_id} ended {report.status}, without a file"


def describe_collected(state: StateReader, before: Sequence[Part], inbox: Path) -> str:
    """Every feed that was open ``before`` or is new since, its status, and where its processing report is."""
    ended = {feed.feed_id for part in before for feed in part.feeds if feed.ended_at}
    parts = list_parts(state)
    lines = [
        f"{part.about}: {_describe_feed(feed, inbox)}"
        for part in parts
        for feed in part.own_feeds
        if feed.feed_id not in ended
    ]
    lines += [f"{part.about}: it is not known whether Amazon has it" for part in parts if part.state == UNSURE]
    return "\n".join(lines) or "no feed waits for an answer"


def _describe_feed(feed: SentFeed, inbox: Path) -> str:
    stem = f"{ANSWER_PREFIX}{urllib.parse.quote(feed.feed_id, safe='')}.txt"
    found = next((path for path in (inbox / stem, inbox / f"{stem}.gz") if path.is_file()), None)
    return f"feed {feed.feed_id} is {feed.status}{f', {found}' if found else ''}"
