"""The feeds of all runs, and what became of them: read off the rows of ``runs``."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
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
from pipeline.model.submissions import NOT_SUBMITTED, FeedSubmission, Submissions
from pipeline.utils.instants import format_instant


class PublishedFeed(NamedTuple):
    """A published feed: the run and the part it was, how many records it holds, and when it was published.

    ``by_count`` says that it has an answer, which fits it by nothing but the number of its records; ``submission`` is
    what is known of it beside the ledger.
    """

    run: int
    part: int
    records: int
    published_at: dt.datetime
    by_count: bool = False
    submission: FeedSubmission = NOT_SUBMITTED

    @property
    def sent_at(self) -> dt.datetime:
        """When it was submitted, where that is known, else when it was published."""
        return self.submission.submitted_at or self.published_at

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

    def __init__(self, runs: list[FeedRow], submissions: Submissions) -> None:
        """The runs come oldest first."""
        recorded = {
            content: FeedSubmission(feed_id, dt.datetime.fromisoformat(submitted_at))
            for row in runs
            for content, (feed_id, submitted_at) in row.feeds.get("submitted", {}).items()
        }
        self.runs, self._submissions, self._recorded = runs, {**recorded, **submissions}, recorded
        self.published = [
            PublishedFeed(row.run, part["part"], part["records"], row.as_of, submission=self.find_submission(row, part))
            for row in runs
            for part in row.feeds["published"]
        ]
        self.answers: list[dict[str, Any]] = [answer for row in runs for answer in row.feeds["answered"]]

    def unanswered(self) -> list[PublishedFeed]:
        """The feeds that Amazon has not answered yet, oldest first."""
        answered = {(answer["run"], answer["part"]) for answer in self.answers}
        return [feed for feed in self.published if feed.key not in answered]

    def answered_again(self, contents: Collection[str]) -> list[PublishedFeed]:
        """The feeds with an answer that were sent twice, and whose second answer is among the contents (hashes)."""
        open_keys, wanted = {feed.key for feed in self.unanswered()}, set(contents)
        return [feed for feed in self.published if feed.key not in open_keys and feed.submission.repeats & wanted]

    def find_submitted(self) -> dict[str, tuple[str, str]]:
        """By content the feed and the instant of the parts of which no run knew yet that they were submitted."""
        parts = [part for row in self.runs for part in (*row.feeds["published"], *row.feeds.get("others", []))]
        contents = {part.get("sha256", "") for part in parts} - self._recorded.keys()
        return {
            content: (submission.feed_id, submission.submitted_at.isoformat())
            for content, submission in sorted(self._submissions.items())
            if submission.submitted_at and content in contents
        }

    def submitted_parts(self) -> frozenset[tuple[int, int]]:
        """Run and part of the feeds that are known to have been submitted."""
        return frozenset(feed.key for feed in self.published if feed.submission.submitted_at)

    def pending_parts(self) -> frozenset[tuple[int, int]]:
        """Run and part of the feeds that the program is about to submit."""
        return frozenset(feed.key for feed in self.published if feed.submission.is_pending)

    def find_submission(self, row: FeedRow, part: dict[str, Any]) -> FeedSubmission:
        """What is known of the part that the run has published; the same bytes may have been published before it."""
        submission = self._submissions.get(part.get("sha256", ""), NOT_SUBMITTED)
        return submission if submission.is_of(row.as_of) else NOT_SUBMITTED

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
                    parts=tuple(self._list_parts(row, answered_at, stated_at)),
                )
            )
        return listed

    def _list_parts(
        self, row: FeedRow, answered_at: dict[tuple[int, int], dt.datetime], uploaded_at: dt.datetime | None
    ) -> Iterator[PublishedPart]:
        """The parts as the run wrote them, each with what is known to have become of it."""
        for part in (*row.feeds["published"], *row.feeds.get("others", [])):
            submission = self.find_submission(row, part)
            changes = {
                ANSWERED: answered_at.get((row.run, part.get("part", 0))) or submission.answered_at,
                UPLOADED: uploaded_at or submission.submitted_at,
                PUBLISHED: row.as_of,
            }
            state = next(state for state, since in changes.items() if since)
            name = part["name"] if "name" in part else name_part(CONFIRMATION_STEM, part["part"])
            yield PublishedPart(name, part["records"], part.get("sha256", ""), state, changes[state] or row.as_of)

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


def _format_folder(row: FeedRow, taken: set[str]) -> str:
    """The as-of as a name that every file system takes; a later run of the same as-of has its number behind it."""
    instant = format_instant(row.as_of).replace(":", "-")
    return f"{instant}-run-{row.run}" if instant in taken else instant
