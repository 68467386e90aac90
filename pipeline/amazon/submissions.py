"""What a run is told of submitted parts: read off the state, which another command may hold meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from pipeline.amazon.operations import DONE
from pipeline.amazon.parts import PENDING_STATES, UNSURE, Part, SentFeed, list_parts
from pipeline.amazon.state import StateReader
from pipeline.model.submissions import FAILED_ANSWER, FIRST_ANSWER, REPEATED_ANSWER, FeedSubmission, Submissions


def read_submissions(folder: Path, as_of: dt.datetime) -> Submissions:
    """What the state knows of each part, by its hash: nothing that came to be after as-of but processing reports.

    Raises StateDamaged.
    """
    return {part.sha256: _describe_submission(part, as_of) for part in list_parts(StateReader(folder))}


def _describe_submission(part: Part, as_of: dt.datetime) -> FeedSubmission:
    feeds = sorted(part.own_feeds, key=lambda feed: (feed.submitted_at, feed.feed_id))
    known = [feed for feed in feeds if feed.submitted_at <= as_of]
    answered = [feed.ended_at for feed in known if feed.status == DONE and feed.ended_at and feed.ended_at <= as_of]
    return FeedSubmission(
        feed_id=known[0].feed_id if known else "",
        submitted_at=known[0].submitted_at if known else None,
        answered_at=min(answered, default=None),
        given_up_at=part.given_up_at if part.given_up_at and part.given_up_at <= as_of else None,
        reports={feed.result_sha256: _describe_report(feeds, feed) for feed in feeds if feed.result_sha256},
        is_pending=part.state == UNSURE or part.state in PENDING_STATES,
    )


def _describe_report(feeds: Sequence[SentFeed], feed: SentFeed) -> str:
    """What the processing report of one of a part's feeds is, oldest first."""
    if feed.status != DONE:
        return FAILED_ANSWER
    return REPEATED_ANSWER if feed != feeds[0] and feeds[0].status == DONE else FIRST_ANSWER
