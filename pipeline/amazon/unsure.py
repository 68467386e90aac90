"""Attempts whose answer was never seen: Amazon's list of feeds is looked at until one is found or none can be there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipeline.amazon.attempts import WHOLE_DAY, send_part
from pipeline.amazon.candidates import adopt_feed, find_candidates, list_doubtful, note_late_feeds
from pipeline.amazon.operations import AmazonFault, BadCredentials, Feed
from pipeline.amazon.parts import ABSENT, FEED_ORDER, STORED, UNSURE, Attempt, Part, list_parts, save_part
from pipeline.amazon.session import Session
from pipeline.amazon.waits import ASK

LOOKS_NEEDED = 3
MAX_AGE_DAYS = 7  # of a part that is sent by itself
_NOT_LISTED = "Amazon's list of feeds does not show it"


def resolve_unsure(session: Session) -> None:
    """Every unsure attempt was looked for once, and what surely was not made is sent again."""
    for feed_type in FEED_ORDER:
        parts = [part for part in list_parts(session.state) if part.feed_type == feed_type]
        unsure = [part for part in parts if part.state == UNSURE]
        attempts = [part.attempts[-1] for part in unsure]
        attempts += [attempt for part in parts for attempt in list_doubtful(session, part)]
        if not attempts:
            continue
        try:
            listed = session.operations.list_feeds(feed_type, min(attempt.since for attempt in attempts))
        except BadCredentials:
            raise
        except AmazonFault as fault:
            for part in unsure:
                session.report_event("AMZ-724", part.about, reason=f"Amazon's list of feeds cannot be had: {fault}")
            continue
        noted = [note_late_feeds(session, part, listed) for part in parts]
        unsure = [part for part in noted if part.state == UNSURE]
        for part in unsure:
            _resolve_part(session, part, listed, is_alone=len(unsure) == 1)


def needs_permission(session: Session, part: Part) -> bool:
    """Whether the part is too old to be sent by itself."""
    return is_old(part, session.clock.amazon_time())


def is_old(part: Part, instant: dt.datetime) -> bool:
    """Whether the part is too old then to be sent by itself; a person may have said that it is sent all the same."""
    return not part.is_permitted and (instant - part.published_at).total_seconds() > MAX_AGE_DAYS * WHOLE_DAY


def _resolve_part(session: Session, part: Part, listed: Sequence[Feed], *, is_alone: bool) -> None:
    """The part's feed adopted, one look more noted, or the attempt taken to have made nothing and repeated."""
    attempt = part.attempts[-1]
    candidates = find_candidates(session, attempt, listed)
    if len(candidates) == 1 and is_alone:
        adopt_feed(session, part, attempt, candidates[0])
        return
    if candidates:
        feeds = ", ".join(f"{feed.feed_id} of {feed.created:%Y-%m-%dT%H:%M:%SZ} {feed.status}" for feed in candidates)
        session.report_event("AMZ-727", part.about, feeds=feeds)
        ids = tuple(feed.feed_id for feed in candidates)
        save_part(session.state, part.with_attempt(attempt._replace(candidates=ids)))
        return
    attempt = attempt._replace(looks=(*attempt.looks, session.clock.amazon_time()), candidates=())
    if not _is_settled(session, attempt):
        session.report_event("AMZ-724", part.about, reason=f"{_NOT_LISTED}, or not yet")
        save_part(session.state, part.with_attempt(attempt))
    elif attempt.wants_person or session.account.waits.unsure == ASK:
        session.report_event("AMZ-724", part.about, reason=f"{_NOT_LISTED}; a person must say what to do")
        save_part(session.state, part.with_attempt(attempt))
    else:
        part = save_part(session.state, part.with_attempt(attempt._replace(outcome=ABSENT), state=STORED))
        if not needs_permission(session, part):
            send_part(session, part)


def _is_settled(session: Session, attempt: Attempt) -> bool:
    """Whether nothing was found for so long that nothing was made."""
    span = (attempt.looks[-1] - attempt.looks[0]).total_seconds()
    return len(attempt.looks) >= LOOKS_NEEDED and span >= session.account.waits.settle
