"""One look at one feed: what became of it, its processing report in the inbox, and what follows for its part."""

from __future__ import annotations

import urllib.parse
from pathlib import Path

from pipeline.amazon.attempts import WHOLE_DAY
from pipeline.amazon.downloads import save_document
from pipeline.amazon.durable_files import ASIDE, make_private_folder, sync_folder
from pipeline.amazon.feed_results import ANSWER_PREFIX, answers_part
from pipeline.amazon.inbox import is_gzip
from pipeline.amazon.operations import CANCELLED, DONE, ENDED_STATUSES, FATAL, IN_PROGRESS, IN_QUEUE, Feed, NotFound
from pipeline.amazon.parts import (
    EXPIRED,
    FAILED,
    FEED_ANSWERED,
    LOST,
    MADE,
    REFUSED_WHOLE,
    STORED,
    SUBMITTED,
    UNSURE,
    Part,
    SentFeed,
    read_part,
    save_part,
)
from pipeline.amazon.session import Session

_NOT_YET_SECONDS = 900.0  # in which Amazon may not know a feed that it has just made
_SLOW_HOURS = 8
_KEPT_DAYS = 28  # for which Amazon keeps the result of a feed
_HOUR_SECONDS = 3600.0
_LISTED_STATUSES = ENDED_STATUSES | {IN_QUEUE, IN_PROGRESS}


def look_at_feed(session: Session, inbox: Path, sha256: str, feed_id: str) -> bool:
    """Whether the feed ended FATAL or CANCELLED, was given up, or waits for more than 8 hours; its part is saved."""
    part = read_part(session.state, sha256)
    if part is None:
        return False
    sent = next(feed for feed in part.feeds if feed.feed_id == feed_id)
    age = session.seconds_since(sent.submitted_at)
    try:
        feed = session.operations.get_feed(feed_id)
    except NotFound:
        return False if age < _NOT_YET_SECONDS else _note_slow(session, part, sent, "unknown to Amazon")
    if feed.status not in _LISTED_STATUSES and sent.status != feed.status:
        session.report_event("AMZ-718", part.about, reason=f"feed {feed_id} is {feed.status}")
    sent = sent._replace(status=feed.status)
    if feed.status == CANCELLED:
        _note_canceled(session, part, sent)
        return True
    if feed.status in (DONE, FATAL) and feed.result_document_id:
        return _take_result(session, inbox, part, sent, feed)
    if feed.status == FATAL:
        return _note_end(session, part, sent, FAILED)
    return _note_slow(session, part, sent, feed.status)


def _note_slow(session: Session, part: Part, feed: SentFeed, status: str) -> bool:
    """Whether the feed waits for too long, said once a day; after 28 days it is given up."""
    age = session.seconds_since(feed.submitted_at)
    today = session.clock.amazon_time().date().isoformat()
    if age > _KEPT_DAYS * WHOLE_DAY:
        session.report_event("AMZ-734", part.about, feed=feed.feed_id, days=str(_KEPT_DAYS))
        return _note_end(session, part, feed, EXPIRED)
    is_slow = age > _SLOW_HOURS * _HOUR_SECONDS and status != DONE
    if feed.slow_on != today and status == DONE:
        session.report_event("AMZ-731", part.about, feed=feed.feed_id)
    elif feed.slow_on != today and is_slow:
        session.report_event("AMZ-732", part.about, feed=feed.feed_id, status=status, hours=str(_SLOW_HOURS))
    slow_on = today if is_slow or status == DONE else feed.slow_on
    save_part(session.state, part.with_feed(feed._replace(slow_on=slow_on)))
    return is_slow


def _take_result(session: Session, inbox: Path, part: Part, sent: SentFeed, feed: Feed) -> bool:
    """The processing report is in the inbox, unless it shows that a feed that was found is another's."""
    make_private_folder(inbox)
    name = f"{ANSWER_PREFIX}{urllib.parse.quote(feed.feed_id, safe='')}.txt"
    aside = inbox / f".{name}{ASIDE}"
    sha256 = save_document(
        session.operations,
        session.clock,
        lambda: session.operations.get_feed_document(feed.result_document_id),
        aside,
    )
    if sent.is_found and not answers_part(aside, part):
        aside.unlink()
        session.report_event("AMZ-726", part.about, feed=feed.feed_id)
        _disown_feed(session, part, sent)
        return False
    aside.replace(inbox / (f"{name}.gz" if is_gzip(aside) else name))
    sync_folder(inbox)
    return _note_end(
        session, part, sent._replace(result_sha256=sha256), FEED_ANSWERED if feed.status == DONE else FAILED
    )


def _note_end(session: Session, part: Part, feed: SentFeed, state: str) -> bool:
    """Whether the end is a bad one; the part is in that state once all its feeds ended."""
    if state == FAILED:
        session.report_event("AMZ-730", part.about, feed=feed.feed_id)
    part = part.with_feed(feed._replace(ended_at=session.clock.amazon_time()))
    is_running = any(other.ended_at is None for other in part.own_feeds)
    has_answer = any(other.status == DONE and other.result_sha256 for other in part.own_feeds)
    save_part(session.state, part._replace(state=SUBMITTED if is_running else FEED_ANSWERED if has_answer else state))
    return state != FEED_ANSWERED


def _note_canceled(session: Session, part: Part, feed: SentFeed) -> None:
    """A canceled feed was never begun: its part is sent again, once; of one that was found it is not known whose."""
    if feed.is_found:
        session.report_event("AMZ-733", part.about, feed=feed.feed_id, reason="it is looked for once more")
        _disown_feed(session, part, feed)
        return
    is_first = part.cancellations == 0
    reason = "the part is sent again" if is_first else "it was canceled before, so a person must send it again"
    session.report_event("AMZ-733", part.about, feed=feed.feed_id, reason=reason)
    ended = part.with_feed(feed._replace(ended_at=session.clock.amazon_time()))
    others = [other for other in ended.own_feeds if other.feed_id != feed.feed_id and other.status != CANCELLED]
    state = part.state if others else STORED if is_first else REFUSED_WHOLE
    save_part(session.state, ended._replace(state=state, document_id="", cancellations=part.cancellations + 1))


def _disown_feed(session: Session, part: Part, feed: SentFeed) -> None:
    """The feed is another's: its part is unsure again, unless it has a feed of its own that was not canceled."""
    foreign = feed._replace(is_foreign=True, ended_at=session.clock.amazon_time())
    part = part.with_feed(foreign)
    made = [attempt for attempt in part.attempts if attempt.outcome == MADE]
    if any(own.status != CANCELLED for own in part.own_feeds) or not made:
        save_part(session.state, part)
        return
    others = tuple(attempt for attempt in part.attempts if attempt != made[-1])
    save_part(session.state, part._replace(state=UNSURE, attempts=(*others, made[-1]._replace(outcome=LOST, looks=()))))
