"""Feeds of Amazon's that an attempt may have made, and parts that are taken to be one of them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.amazon.operations import Feed
from pipeline.amazon.parts import (
    ABSENT,
    LOST,
    MADE,
    SUBMITTED,
    UNSURE,
    Attempt,
    Part,
    SentFeed,
    list_parts,
    save_part,
)
from pipeline.amazon.session import Session

_LATE_SECONDS = 2 * 86_400.0  # for which a feed is looked for whose attempt was taken to have made nothing


def find_candidates(session: Session, attempt: Attempt, listed: Sequence[Feed]) -> list[Feed]:
    """Of the feeds listed those that the attempt may have made, oldest first."""
    taken = {feed.feed_id for part in list_parts(session.state) for feed in part.feeds}
    return sorted(
        (
            feed
            for feed in listed
            if feed.feed_id not in taken
            and feed.feed_id not in attempt.known
            and set(feed.marketplaces) == set(attempt.marketplaces)
            and attempt.since <= feed.created <= attempt.until
        ),
        key=lambda feed: (feed.created, feed.feed_id),
    )


def list_doubtful(session: Session, part: Part) -> list[Attempt]:
    """The attempts of a part, not long ago, that were taken to have made nothing or were passed over."""
    past = part.attempts[:-1] if part.state == UNSURE else part.attempts
    return [
        attempt
        for attempt in past
        if attempt.outcome in (ABSENT, LOST) and session.seconds_since(attempt.until) < _LATE_SECONDS
    ]


def adopt_feed(session: Session, part: Part, attempt: Attempt, feed: Feed) -> Part:
    """The part is taken to be that feed, until its processing report shows that it is not (AMZ-725)."""
    session.report_event("AMZ-725", part.about, feed=feed.feed_id)
    found = SentFeed(feed.feed_id, feed.created, is_found=True, status=feed.status)
    made = attempt._replace(outcome=MADE, candidates=())
    attempts = tuple(made if one == attempt else one for one in part.attempts)
    return save_part(session.state, part._replace(attempts=attempts).with_feed(found, state=SUBMITTED))


def note_late_feeds(session: Session, part: Part, listed: Sequence[Feed]) -> Part:
    """Feeds that show up after their attempt was taken to have made nothing are the part's.

    Where the part was sent again meanwhile it was sent twice: AMZ-727.
    """
    for attempt in list_doubtful(session, part):
        for feed in find_candidates(session, attempt, listed):
            if part.own_feeds:
                known = ", ".join([*(own.feed_id for own in part.own_feeds), feed.feed_id])
                session.report_event("AMZ-727", part.about, feeds=f"{known}; it may have been sent twice")
                late = SentFeed(feed.feed_id, feed.created, is_found=True, status=feed.status)
                part = save_part(session.state, part.with_feed(late))
            else:
                part = adopt_feed(session, part, attempt, feed)
    return part
