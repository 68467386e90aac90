"""collect: what became of the submitted feeds, and their processing reports in the inbox (SPEC §11.7)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pipeline.amazon.body_check import DocumentBroken
from pipeline.amazon.documents import DocumentExpired
from pipeline.amazon.feed_outcome import look_at_feed
from pipeline.amazon.operations import NotFound, Refused, Unreachable
from pipeline.amazon.parts import GIVEN_UP, UNSURE, Part, SentFeed, list_parts
from pipeline.amazon.session import Session
from pipeline.amazon.unsure import LOOKS_NEEDED, resolve_unsure

EVERY_FEED_KNOWN, SOME_FAILED, STILL_UNSURE = 0, 1, 4  # exit statuses
_LOOKS_AT = (60.0, 180.0, 420.0, 900.0)  # seconds after the submission: after 1, 2, 4 and 8 minutes more
_LOOK_EVERY = 600.0  # from then on


class _OpenFeed(NamedTuple):
    """A feed that has not ended, and its part."""

    part: Part
    feed: SentFeed


def collect_feeds(session: Session, inbox: Path, wait: float = 0) -> int:
    """The exit status, once every open feed was looked at, again and again until all ended or ``wait`` (s) is over.

    Raises Unreachable where the last look at a feed failed.
    """
    deadline = session.clock.monotonic() + wait
    watch = _FeedWatch(session, inbox, is_waiting=wait > 0)
    watch.look_for_unsure()
    while True:
        watch.look_at_feeds()
        pause, remaining = watch.seconds_to_next(), deadline - session.clock.monotonic()
        if pause is None or remaining <= 0:
            break
        session.clock.sleep(min(pause, remaining))
        if watch.is_unsure_due:
            watch.look_for_unsure()
    if watch.faults:
        raise next(iter(watch.faults.values()))
    if _list_unsure(session):
        return STILL_UNSURE
    return SOME_FAILED if watch.is_bad else EVERY_FEED_KNOWN


class _FeedWatch:
    """The open feeds, with when each is to be looked at, on the monotonic clock."""

    def __init__(self, session: Session, inbox: Path, *, is_waiting: bool) -> None:
        """Without waiting every feed is looked at at once, with it none in its first minute."""
        self._session, self._inbox = session, inbox
        open_feeds = [one.feed for one in _list_open(session)]
        self._next_looks = {feed.feed_id: self._first_look(feed) if is_waiting else 0.0 for feed in open_feeds}
        self._unsure_at = 0.0
        self.is_bad = False
        self.faults = dict[str, Unreachable]()

    def look_for_unsure(self) -> None:
        """Attempts that are unsure were looked for."""
        resolve_unsure(self._session)
        self._unsure_at = self._session.clock.monotonic() + self._session.account.waits.settle / (LOOKS_NEEDED - 1)

    @property
    def is_unsure_due(self) -> bool:
        """Whether unsure attempts are to be looked for again."""
        return bool(_list_unsure(self._session)) and self._session.clock.monotonic() >= self._unsure_at

    def look_at_feeds(self) -> None:
        """Every feed that is due was looked at; what is wrong with one keeps no other from it."""
        for part, feed in _list_open(self._session):
            if self._next_looks.setdefault(feed.feed_id, self._first_look(feed)) > self._session.clock.monotonic():
                continue
            self.faults.pop(feed.feed_id, None)
            try:
                self.is_bad |= look_at_feed(self._session, self._inbox, part.sha256, feed.feed_id)
            except Unreachable as error:
                self.faults[feed.feed_id] = error
            except (DocumentBroken, DocumentExpired, NotFound, Refused) as error:
                self.is_bad = True
                self._session.report_event("AMZ-716", part.about, reason=str(error))
            self._next_looks[feed.feed_id] = self._session.clock.monotonic() + self._seconds_after(feed)

    def seconds_to_next(self) -> float | None:
        """Seconds until something is to be looked at; None where nothing is left to wait for."""
        open_feeds = {one.feed.feed_id for one in _list_open(self._session)}
        looks = [look for feed_id, look in self._next_looks.items() if feed_id in open_feeds]
        if any(not part.attempts[-1].wants_person for part in _list_unsure(self._session)):
            looks.append(self._unsure_at)
        return max(0.0, min(looks) - self._session.clock.monotonic()) if looks else None

    def _first_look(self, feed: SentFeed) -> float:
        age = self._session.seconds_since(feed.submitted_at)
        return self._session.clock.monotonic() + max(0.0, _LOOKS_AT[0] - age)

    def _seconds_after(self, feed: SentFeed) -> float:
        """How long until the next look at a feed that is now as old as it is."""
        age = self._session.seconds_since(feed.submitted_at)
        if age >= _LOOKS_AT[-1]:
            return _LOOK_EVERY - (age - _LOOKS_AT[-1]) % _LOOK_EVERY
        return next(mark for mark in _LOOKS_AT if mark > age) - age


def _list_open(session: Session) -> list[_OpenFeed]:
    """The feeds that have not ended."""
    parts = [part for part in list_parts(session.state) if part.state != GIVEN_UP]
    return [_OpenFeed(part, feed) for part in parts for feed in part.own_feeds if feed.ended_at is None]


def _list_unsure(session: Session) -> list[Part]:
    return [part for part in list_parts(session.state) if part.state == UNSURE]
