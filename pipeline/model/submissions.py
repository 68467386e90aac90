"""What is known, beside the ledger, of published parts that were submitted to Amazon by the program (SPEC §11.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

FIRST_ANSWER, REPEATED_ANSWER, FAILED_ANSWER = "answer", "repeat", "failed"
_CLOCK_SECONDS = 300.0  # by which clocks may differ


class FeedSubmission(NamedTuple):
    """What became of one part at Amazon, by an as-of; all instants are of Amazon's clock, None for what has not been.

    ``feed_id`` is its first feed, empty before there is one. ``reports`` has the SHA-256 of every processing report
    of the part, and what that is: the answer, one to a repeat of a feed that Amazon had worked off before, or one of a
    feed that failed, of which some, none or all may have been done. ``is_pending`` says that the program will submit
    it, or looks whether it has: nobody should upload it by hand.
    """

    feed_id: str = ""
    submitted_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    given_up_at: dt.datetime | None = None
    reports: Mapping[str, str] = {}
    is_pending: bool = False

    @property
    def repeats(self) -> set[str]:
        """The contents of the answers to repeats."""
        return {content for content, role in self.reports.items() if role == REPEATED_ANSWER}

    def is_of(self, published_at: dt.datetime) -> bool:
        """Whether it can be that of a part published then: nothing became of it before that."""
        known = [instant for instant in (self.submitted_at, self.given_up_at) if instant]
        return not known or (published_at - min(known)).total_seconds() <= _CLOCK_SECONDS


NOT_SUBMITTED = FeedSubmission()
Submissions = Mapping[str, FeedSubmission]  # by the SHA-256 of the part
