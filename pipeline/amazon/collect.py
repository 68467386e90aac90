"""collect: what became of the submitted feeds, and their processing reports in the inbox (SPEC §11.7)."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.amazon.feed_outcome import look_at_feed
from pipeline.amazon.operations import Unreachable
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
    """The exit status, once every open feed was looked at, again and again until all ended or ``wait`` (s) is over."""
    deadline = session.clock.monotonic() + wait
    is_bad, faults = False, dict[str, Unreachable]()
    next_looks = {one.feed.feed_id: _first_look(session, one.feed) if wait else 0.0 for one in _list_open(session)}
    resolve_unsure(session)
    while True:
        for part, feed in _list_open(session):
            if next_looks.setdefault(feed.feed_id, _first_look(session, feed)) > session.clock.monotonic():
                continue
            faults.pop(feed.feed_id, None)
            try:
                is_bad |= look_at_feed(session, inbox, part.sha256, feed.feed_id)
            except Unreachable as error:  # the other feeds are looked at all the same
                faults[feed.feed_id] = error
            next_looks[feed.feed_id] = session.clock.monotonic() + _seconds_to_next(session, feed)
        pause = _pause_until_next(session, next_looks)
        remaining = deadline - session.clock.monotonic()
        if pause is None or remaining <= 0:
            break
        session.clock.sleep(min(pause, remaining))
        if any(part.state == UNSURE for part in list_parts(session.state)):
            resolve_unsure(session)
    if faults:
        raise next(iter(faults.values()))
    if any(part.state == UNSURE for part in list_parts(session.state)):
        return STILL_UNSURE
    return SOME_FAILED if is_bad else EVERY_FEED_KNOWN


def _list_open(session: Session) -> list[_OpenFeed]:
    """The feeds that have not ended."""
    return list(_iterate_open(list_parts(session.state)))


def _iterate_open(parts: list[Part]) -> Iterator[_OpenFeed]:
    for part in parts:
        if part.state != GIVEN_UP:
            yield from (_OpenFeed(part, feed) for feed in part.own_feeds if feed.ended_at is None)


def _first_look(session: Session, feed: SentFeed) -> float:
    """When the feed is looked at first, on the monotonic clock: not in its first minute."""
    return session.clock.monotonic() + max(0.0, _LOOKS_AT[0] - session.seconds_since(feed.submitted_at))


def _seconds_to_next(session: Session, feed: SentFeed) -> float:
    """How long until the next look at a feed that is now as old as it is."""
    age = session.seconds_since(feed.submitted_at)
    marks = itertools.chain(_LOOKS_AT, itertools.count(_LOOKS_AT[-1] + _LOOK_EVERY, _LOOK_EVERY))
    if age < _LOOKS_AT[-1]:
        return _LOOKS_AT[bisect.bisect_right(_LOOKS_AT, age)] - age
    return next(mark for mark in marks if mark > age) - age


def _pause_until_next(session: Session, next_looks: dict[str, float]) -> float | None:
    """Seconds until something is to be looked at; None where nothing is left to wait for."""
    open_feeds = {one.feed.feed_id for one in _list_open(session)}
    now = session.clock.monotonic()
    pauses = [max(0.0, look - now) for feed_id, look in next_looks.items() if feed_id in open_feeds]
    if any(part.state == UNSURE and not part.attempts[-1].wants_person for part in list_parts(session.state)):
        pauses.append(session.account.waits.settle / (LOOKS_NEEDED - 1))
    return min(pauses, default=None)
