"""What a person decides of a part: which feed it is, that it is sent again, that it is given up."""

from __future__ import annotations

from pipeline.amazon.candidates import adopt_feed, find_candidates
from pipeline.amazon.operations import AmazonFault
from pipeline.amazon.parts import (
    EXPIRED,
    FAILED,
    FEED_ANSWERED,
    GIVEN_UP,
    LOST,
    OVERRULED,
    REFUSED_WHOLE,
    STORED,
    UNSURE,
    WAITING,
    Part,
    list_parts,
    save_part,
)
from pipeline.amazon.session import Session
from pipeline.amazon.state import StateReader
from pipeline.amazon.submit import send_pending, submission_status

_MIN_DIGITS = 6  # of a hash, that name a part
_MAY_GO_AGAIN = frozenset({WAITING, STORED, UNSURE, REFUSED_WHOLE, FAILED, EXPIRED, FEED_ANSWERED})
_MAY_BE_GIVEN_UP = frozenset({WAITING, STORED, UNSURE, REFUSED_WHOLE, FAILED, EXPIRED})


class InvalidDecision(AmazonFault):
    """The part is not known, or nothing of the kind can be decided of it."""

    exit_status = 2


def find_named_part(state: StateReader, name: str) -> Part:
    """The part whose hash begins so, or the only one of that name. Raises InvalidDecision."""
    parts = list_parts(state)
    named = [part for part in parts if len(name) >= _MIN_DIGITS and part.sha256.startswith(name.lower())]
    named = named or [part for part in parts if part.name == name]
    if len(named) != 1:
        found = f"{len(named)} parts have" if named else "no part of this state has"
        raise InvalidDecision(f"{found} the name {name[:40]!r}; feedwarden amazon status lists them with their hashes")
    return named[0]


def adopt_candidate(session: Session, name: str, feed_id: str) -> int:
    """The part is the feed of that id, which must be a candidate; the exit status. Raises InvalidDecision."""
    part = find_named_part(session.state, name)
    if part.state != UNSURE:
        raise InvalidDecision(f"{part.about} is {part.state}: there is nothing to adopt")
    attempt = part.attempts[-1]
    listed = session.operations.list_feeds(part.feed_type, attempt.since)
    candidates = {feed.feed_id: feed for feed in find_candidates(session, attempt, listed)}
    if feed_id not in candidates:
        raise InvalidDecision(f"{feed_id} is none of the feeds that {part.about} could be: {', '.join(candidates)}")
    adopt_feed(session, part, attempt, candidates[feed_id])
    return submission_status(session, {part.sha256})


def send_again(session: Session, name: str) -> int:
    """The part is sent once more, whatever came of it before; the exit status. Raises InvalidDecision."""
    part = find_named_part(session.state, name)
    if part.state not in _MAY_GO_AGAIN:
        raise InvalidDecision(f"{part.about} is {part.state} and cannot be sent again")
    _save_decision(session, part._replace(state=WAITING, document_id="", is_permitted=True))
    send_pending(session)
    return submission_status(session, {part.sha256})


def give_up_part(session: Session, name: str) -> int:
    """The part is not sent any more, and its rows count as not confirmed from the next run on; the exit status.

    Raises InvalidDecision.
    """
    part = find_named_part(session.state, name)
    if part.state not in _MAY_BE_GIVEN_UP:
        raise InvalidDecision(f"{part.about} is {part.state} and cannot be given up")
    _save_decision(session, part._replace(state=GIVEN_UP, given_up_at=session.clock.amazon_time()))
    return submission_status(session, {part.sha256})


def _save_decision(session: Session, part: Part) -> None:
    attempts = tuple(one._replace(outcome=OVERRULED) if one.outcome == LOST else one for one in part.attempts)
    save_part(session.state, part._replace(attempts=attempts))
