"""The feeds of all runs, and what became of them: read off the rows of ``runs``."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pipeline.model.feed_parts import (
    ANSWERED,
    CONFIRMATION_STEM,
    PUBLISHED,
    UPLOADED,
    PublishedPart,
    PublishedRun,
    name_part,
)


class PublishedFeed(NamedTuple):
    """A published feed: the run and the part it was, how many records it holds, and when it was published.

    ``by_count`` says that it has an answer, which fits it by nothing but the number of its records.
    """

    run: int
    part: int
    records: int
    published_at: dt.datetime
    by_count: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """The run and the part."""
        return self.run, self.part


class AmbiguousCount(NamedTuple):
    """A report of no error that fitted several feeds of as many ``records``, read by a run at its as-of."""

    run: int
    read_at: dt.datetime
    records: int


class FeedRow(NamedTuple):
    """What a row of ``runs`` says of feeds: its number, the id of the run, its as-of, and ``feeds`` itself.

    ``run_id`` is None where it is no run but what a person said.
    """

    run: int
    run_id: str | None
    as_of: dt.datetime
    feeds: dict[str, Any]


class FeedHistory:
    """What every run published and read of answers, and what people said of it."""

    def __init__(self, runs: list[FeedRow]) -> None:
        """The runs come oldest first."""
        self.runs = runs
        self.published = [
            PublishedFeed(row.run, part["part"], part["records"], row.as_of)
            for row in runs
            for part in row.feeds["published"]
        ]
        self.answers: list[dict[str, Any]] = [answer for row in runs for answer in row.feeds["answered"]]

    def unanswered(self) -> list[PublishedFeed]:
        """The feeds that Amazon has not answered yet, oldest first."""
        answered = {(answer["run"], answer["part"]) for answer in self.answers}
        return [feed for feed in self.published if feed.key not in answered]

    def uploaded_at(self) -> dict[int, dt.datetime]:
        """By run when a person said that its parts were uploaded, of those of which somebody did."""
        first_stated: dict[int, dt.datetime] = {}
        for row in self.runs:
            for run in row.feeds.get("uploaded", []):
                first_stated.setdefault(run, row.as_of)
        return first_stated

    def list_runs(self, answered_now: Iterable[Any] = (), now: dt.datetime | None = None) -> list[PublishedRun]:
        """Every run with its parts, oldest first; ``answered_now`` are the feeds that are answered beside, ``now``."""
        answered_at = {
            (answer["run"], answer["part"]): row.as_of for row in self.runs for answer in row.feeds["answered"]
        }
        if now is not None:
            answered_at |= {feed.key: now for feed in answered_now}
        uploaded_at, folders = self.uploaded_at(), set[str]()
        listed = []
        for row in self.runs:
            if row.run_id is None:
                continue
            folder = _format_folder(row, folders)
            folders.add(folder)
            stated_at = uploaded_at.get(row.run)
            listed.append(
                PublishedRun(
                    run=row.run,
                    run_id=row.run_id,
                    as_of=row.as_of,
                    folder=folder,
                    columns=tuple(row.feeds.get("columns", ())),
                    uploaded_at=stated_at,
                    parts=tuple(_list_parts(row, answered_at, stated_at)),
                )
            )
        return listed

    def answered_by_count(self, since: dt.datetime) -> list[PublishedFeed]:
        """The feeds published since then whose answer fits them by the number of records alone, oldest first."""
        by_count = {(answer["run"], answer["part"]) for answer in self.answers if answer.get("by_count")}
        certain = {(answer["run"], answer["part"]) for answer in self.answers if not answer.get("by_count")}
        return [
            feed._replace(by_count=True)
            for feed in self.published
            if feed.key in by_count - certain and feed.published_at >= since
        ]

    def ambiguous_counts(self) -> list[AmbiguousCount]:
        """The reports that fitted several feeds, oldest first, without those that have closed one since."""
        sizes = {feed.key: feed.records for feed in self.published}
        closed = Counter(
            (answer["counted_run"], sizes[answer["run"], answer["part"]])
            for answer in self.answers
            if answer.get("counted_run")
        )
        open_counts = []
        for row in self.runs:
            for records, number in Counter(row.feeds.get("ambiguous_counts", [])).items():
                open_counts += [AmbiguousCount(row.run, row.as_of, records)] * (number - closed[row.run, records])
        return open_counts


def _list_parts(
    row: FeedRow, answered_at: dict[tuple[int, int], dt.datetime], uploaded_at: dt.datetime | None
) -> Iterator[PublishedPart]:
    """The parts as the run wrote them, each with what is known to have become of it."""
    for part in (*row.feeds["published"], *row.feeds.get("others", [])):
        state, since = PUBLISHED, row.as_of
        if (row.run, part.get("part")) in answered_at:
            state, since = ANSWERED, answered_at[row.run, part["part"]]
        elif uploaded_at:
            state, since = UPLOADED, uploaded_at
        name = part["name"] if "name" in part else name_part(CONFIRMATION_STEM, part["part"])
        yield PublishedPart(name, part["records"], part.get("sha256", ""), state, since)


def _format_folder(row: FeedRow, taken: set[str]) -> str:
    """The as-of as a name that every file system takes; a later run of the same as-of has its number behind it."""
    instant = row.as_of.astimezone(dt.UTC).isoformat().replace("+00:00", "Z").replace(":", "-")
    return f"{instant}-run-{row.run}" if instant in taken else instant
