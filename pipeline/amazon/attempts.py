"""One part on its way to Amazon: its bytes are stored there, the intent is on the disk, then createFeed, once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipeline.amazon.candidates import find_candidates, list_doubtful
from pipeline.amazon.operations import (
    FEED_CONTENT_TYPE,
    AmazonFault,
    BadCredentials,
    FeedDocument,
    Forbidden,
    NotFound,
    Refused,
    Unreachable,
)
from pipeline.amazon.outputs import FeedChanged
from pipeline.amazon.parts import (
    ABSENT,
    LOST,
    MADE,
    NOT_MADE,
    REFUSED_WHOLE,
    STORED,
    SUBMITTED,
    UNSURE,
    Attempt,
    Part,
    SentFeed,
    save_part,
)
from pipeline.amazon.session import Session
from pipeline.utils.file_hash import hash_file

WHOLE_DAY = 86_400.0  # seconds
SLACK_SECONDS = 300.0  # before and after an attempt, for clocks that differ
_DOCUMENT_SECONDS = 47 * 3600.0  # Amazon keeps an upload for two days
_KNOWN_SECONDS = 2 * WHOLE_DAY  # of the feeds that an intent names
_DENIED_STATUS, _BAD_REQUEST, _UNKNOWN_STATUS = 403, 400, 404
_PASSING = frozenset({401, 429})  # refusals that end by themselves
_FIRST_PAUSE, _LONGEST_PAUSE = 120.0, 600.0  # seconds between two attempts that Amazon had no time for


def send_part(session: Session, part: Part) -> Part:
    """The part as it is once it was tried: submitted, refused or unsure.

    Raises Unreachable and its like where nothing was tried that could have made a feed.
    """
    deadline = session.clock.monotonic() + session.account.waits.feed
    session.operations.set_deadline(deadline)
    try:
        stored = _store_bytes(session, part)
        return _attempt_feed(session, stored, deadline) if stored.state == STORED else stored
    finally:
        session.operations.set_deadline(None)


def _store_bytes(session: Session, part: Part) -> Part:
    """Amazon has the bytes of the part; this may be repeated, for it makes nothing of them yet."""
    if part.document_id and part.stored_at and session.seconds_since(part.stored_at) < _DOCUMENT_SECONDS:
        return part if part.state == STORED else save_part(session.state, part._replace(state=STORED))
    path = Path(part.path)
    _check_bytes(part)
    try:
        document = _put_document(session, path)
    except Forbidden as refusal:
        return _refuse_part(session, part, str(refusal))
    except Refused as refusal:
        return _refuse_part(session, part, f"{refusal.status} {refusal.reason}".strip())
    _check_bytes(part)
    if not path.read_bytes().isascii():
        session.report_event("AMZ-718", part.about, reason="the feed is not ASCII; it is declared as UTF-8")
    stored_at = session.clock.amazon_time()
    return save_part(session.state, part._replace(state=STORED, document_id=document.document_id, stored_at=stored_at))


def _put_document(session: Session, path: Path) -> FeedDocument:
    """A new document with the bytes; where its URL was over, or does not fit, another one, once."""
    for is_last in (False, True):
        document = session.operations.create_feed_document(FEED_CONTENT_TYPE)
        try:
            session.operations.upload_document(document.url, path, FEED_CONTENT_TYPE)
        except (Refused, Forbidden):
            if is_last:
                raise
        else:
            return document
    raise AssertionError


def _check_bytes(part: Part) -> None:
    path = Path(part.path)
    if not path.is_file() or hash_file(path) != part.sha256:
        raise FeedChanged(f"{path}: is not the feed that was published; run again (AMZ-720)")


def _attempt_feed(session: Session, part: Part, deadline: float) -> Part:
    """createFeed; again only where Amazon surely made nothing and only asked to wait."""
    pause = _FIRST_PAUSE
    while True:
        is_repeated = any(
            attempt.outcome == ABSENT and attempt.document_id == part.document_id for attempt in part.attempts
        )
        part = _note_intent(session, part)
        if part.state != UNSURE:
            return part
        refusal = _create_feed(session, part)
        if isinstance(refusal, Part):
            return refusal
        denied = part.attempts[-1]._replace(outcome=NOT_MADE)
        if refusal.status in _PASSING:
            part = save_part(session.state, part.with_attempt(denied, state=STORED))
            if session.clock.monotonic() + pause > deadline:
                raise Unreachable(f"{part.about}: Amazon asked to wait for too long; submit again later")
            session.clock.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        elif refusal.status == _BAD_REQUEST and is_repeated:
            reason = "Amazon refuses the same document a second time; it may have taken it the first time"
            session.report_event("AMZ-724", part.about, reason=reason)
            return save_part(session.state, part.with_attempt(denied._replace(outcome=LOST, wants_person=True)))
        else:
            return _refuse_part(session, part.with_attempt(denied), f"{refusal.status} {refusal.reason}".strip())


def _note_intent(session: Session, part: Part) -> Part:
    """The intent is on the disk: from here on a feed of the part may exist.

    Where a feed shows up that an earlier attempt may have made the part stays as it is: that is looked into first.
    """
    listed = session.operations.list_feeds(part.feed_type, _before(session.clock.amazon_time(), _KNOWN_SECONDS))
    if any(find_candidates(session, attempt, listed) for attempt in list_doubtful(session, part)):
        return part
    now = session.clock.amazon_time()
    intent = Attempt(
        document_id=part.document_id,
        since=_before(now, SLACK_SECONDS),
        until=_before(now, -session.account.waits.read - SLACK_SECONDS),
        known=tuple(sorted(feed.feed_id for feed in listed)),
        marketplaces=session.account.feed_marketplaces,
    )
    return save_part(session.state, part._replace(state=UNSURE, attempts=(*part.attempts, intent)))


def _create_feed(session: Session, part: Part) -> Part | Refused:
    """The part, submitted or unsure; or why Amazon surely made nothing."""
    attempt = part.attempts[-1]
    try:
        feed_id = session.operations.create_feed(part.feed_type, attempt.marketplaces, part.document_id)
    except Refused as refusal:
        return refusal
    except Forbidden:
        return Refused(_DENIED_STATUS, "")
    except NotFound:
        return Refused(_UNKNOWN_STATUS, "")
    except BadCredentials:  # no token, no call
        save_part(session.state, part.with_attempt(attempt._replace(outcome=NOT_MADE), state=STORED))
        raise
    except AmazonFault as fault:
        session.report_event("AMZ-724", part.about, reason=str(fault))
        return part
    feed = SentFeed(feed_id, session.clock.amazon_time())
    return save_part(session.state, part.with_attempt(attempt._replace(outcome=MADE)).with_feed(feed, state=SUBMITTED))


def _refuse_part(session: Session, part: Part, reason: str) -> Part:
    session.report_event("AMZ-723", part.about, reason=reason)
    return save_part(session.state, part._replace(state=REFUSED_WHOLE, is_permitted=False))


def _before(instant: dt.datetime, seconds: float) -> dt.datetime:
    return instant - dt.timedelta(seconds=seconds)
