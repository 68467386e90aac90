"""The feeds of all runs, and what Amazon has answered to them: read off the rows of ``runs``."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any, NamedTuple


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


class FeedHistory:
    """What every run published and read of answers: its number, its as-of, and its feeds."""

    def __init__(self, runs: list[tuple[int, dt.datetime, dict[str, Any]]]) -> None:
        """The runs come oldest first."""
        self.runs = runs
        self.published = [
            PublishedFeed(run, part["part"], part["records"], as_of)
            for run, as_of, feeds in runs
            for part in feeds["published"]
        ]
        self.answers: list[dict[str, Any]] = [answer for _, _, feeds in runs for answer in feeds["answered"]]

    def unanswered(self) -> list[PublishedFeed]:
        """The feeds that Amazon has not answered yet, oldest first."""
        answered = {(answer["run"], answer["part"]) for answer in self.answers}
        return [feed for feed in self.published if feed.key not in answered]

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
        for run, as_of, feeds in self.runs:
            for records, number in Counter(feeds.get("ambiguous_counts", [])).items():
                open_counts += [AmbiguousCount(run, as_of, records)] * (number - closed[run, records])
        return open_counts
