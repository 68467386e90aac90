"""The published parts of cancellations: a processing report may answer one of them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from pipeline.ledger.published_feeds import FeedHistory
from pipeline.model.feed_parts import CANCELLATION_STEM
from pipeline.model.submissions import FeedSubmission


class PublishedCancellations(NamedTuple):
    """A published part of cancellations: the run it was, its name, how many records it holds, and when.

    ``submission`` is what is known of it beside the ledger.
    """

    run: int
    name: str
    records: int
    published_at: dt.datetime
    submission: FeedSubmission


def list_cancellations(feeds: FeedHistory) -> list[PublishedCancellations]:
    """Every part of cancellations that a run has published, oldest first."""
    return [
        PublishedCancellations(row.run, part["name"], part["records"], row.as_of, feeds.find_submission(row, part))
        for row in feeds.runs
        for part in row.feeds.get("others", [])
        if part["name"].startswith(CANCELLATION_STEM)
    ]
