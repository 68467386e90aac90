"""submit: every part of the outputs is known to Amazon once, in their order (SPEC §11.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from pipeline.amazon.attempts import SLACK_SECONDS, send_part
from pipeline.amazon.candidates import find_candidates
from pipeline.amazon.operations import ENDED_STATUSES, NotFound, Unreachable
from pipeline.amazon.outputs import PublishedParts, find_changed, read_output
from pipeline.amazon.parts import (
    GIVEN_UP,
    PENDING_STATES,
    REFUSED_WHOLE,
    SUBMITTED,
    UNSURE,
    Attempt,
    Part,
    SentFeed,
    list_parts,
    read_part,
    save_part,
)
from pipeline.amazon.session import Session
from pipeline.amazon.unsure import MAX_AGE_DAYS, needs_permission, resolve_unsure
from pipeline.model.output_names import MANIFEST_NAME

ALL_KNOWN, SOME_WAIT, NOT_KNOWN = 0, 1, 4  # exit statuses
_FIRST_LOOK, _LONGEST_LOOK = 60.0, 600.0  # seconds between two looks at the feed before


def submit_outputs(session: Session, outputs: Sequence[Path]) -> int:
    """The exit status, once every part was submitted, refused, is unsure, or waits for a person.

    Raises InvalidOutput and FeedChanged before anything is asked of Amazon.
    """
    published = [(output, read_output(output)) for output in outputs]
    resolve_unsure(session)
    involved = [note_part(session, output, part) for output, parts in published for part in parts.parts]
    _report_others(session, [parts for _, parts in published])
    send_pending(session)
    return submission_status(session, {part.sha256 for part in involved})


def note_part(session: Session, output: Path, part: Part) -> Part:
    """The part as the state knows it, from now on at least.

    One that was published before the state was begun may have been submitted before the state was lost.
    """
    known = read_part(session.state, part.sha256)
    if known is not None and known.state == GIVEN_UP and known.published_at < part.published_at:
        return save_part(session.state, part)  # its rows were confirmed again since
    if known is not None:
        if known.state not in PENDING_STATES and known.state != UNSURE:
            feeds = ", ".join(feed.feed_id for feed in known.own_feeds)
            session.report_event("AMZ-721", part.about, reason=f"feed {feeds}" if feeds else known.state)
        return known
    if _is_older_than_state(session, output):
        since = part.published_at - dt.timedelta(seconds=SLACK_SECONDS)
        until = session.clock.amazon_time() + dt.timedelta(seconds=SLACK_SECONDS)
        lost = Attempt("", since, until, (), marketplaces=session.account.feed_marketplaces)
        listed = [] if session.state.is_successor else session.operations.list_feeds(part.feed_type, since)
        if session.state.is_successor or find_candidates(session, lost, listed):
            session.report_event("AMZ-724", part.about, reason="it was published before this state was begun")
            return save_part(session.state, part._replace(state=UNSURE, attempts=(lost,)))
    return save_part(session.state, part)


def _is_older_than_state(session: Session, output: Path) -> bool:
    return (output / MANIFEST_NAME).stat().st_mtime < session.state.begun_at


def _report_others(session: Session, published: Sequence[PublishedParts]) -> None:
    for name in sorted({name for parts in published for name in parts.others}):
        session.report_event("AMZ-722", name)


def send_pending(session: Session) -> None:
    """Every part that is pending was tried once, in order; none of a type of which another is unsure."""
    for pending in [part for part in list_parts(session.state) if part.state in PENDING_STATES]:
        parts = list_parts(session.state)
        part = next(part for part in parts if part.sha256 == pending.sha256)
        if any(other.state == UNSURE and other.feed_type == part.feed_type for other in parts):
            continue
        if needs_permission(session, part):
            session.report_event("AMZ-728", part.about, days=str(MAX_AGE_DAYS))
        elif find_changed([part]):
            session.report_event("AMZ-720", part.about, reason="its file was changed or removed")
        else:
            _wait_for_turn(session, part.feed_type)
            send_part(session, part)


def submission_status(session: Session, involved: set[str]) -> int:
    """0 where all these parts and all unsure ones are known to Amazon, 1 where a person must do something, else 4."""
    parts = list_parts(session.state)
    if any(part.state == UNSURE for part in parts):
        return NOT_KNOWN
    waiting = [part for part in parts if part.state in PENDING_STATES]
    if any(not needs_permission(session, part) and not find_changed([part]) for part in waiting):
        return NOT_KNOWN
    is_refused = any(part.state == REFUSED_WHOLE for part in parts if part.sha256 in involved)
    return SOME_WAIT if waiting or is_refused else ALL_KNOWN


def _wait_for_turn(session: Session, feed_type: str) -> None:
    """The feed of the type before has ended, or is as old as the spacing asks."""
    pause = _FIRST_LOOK
    feed = _find_running(list_parts(session.state), feed_type)
    while feed is not None:
        remaining = session.account.waits.spacing - session.seconds_since(feed.submitted_at)
        if remaining <= 0 or _has_ended(session, feed):
            return
        session.clock.sleep(min(pause, remaining))
        pause = min(2 * pause, _LONGEST_LOOK)


def _has_ended(session: Session, feed: SentFeed) -> bool:
    try:
        return session.operations.get_feed(feed.feed_id).status in ENDED_STATUSES
    except (NotFound, Unreachable):
        return False


def _find_running(parts: Sequence[Part], feed_type: str) -> SentFeed | None:
    """The feed of the type that was submitted last and is not known to have ended."""
    running = [
        feed
        for part in parts
        for feed in part.own_feeds
        if part.feed_type == feed_type and part.state == SUBMITTED and feed.ended_at is None
    ]
    return max(running, key=lambda feed: feed.submitted_at, default=None)
