"""A part of a feed as the state remembers it: what was tried, which feeds of Amazon's came of it, and how it ended."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from pipeline.amazon.operations import IN_QUEUE
from pipeline.amazon.state import PART_RECORDS, StateFolder, StateReader, parse_instant
from pipeline.utils.instants import format_instant

# WAITING: known, nothing was done. STORED: Amazon has its bytes and makes nothing of them. UNSURE: a feed may exist.
WAITING, STORED, UNSURE, SUBMITTED = "published", "uploaded", "unsure", "submitted"
FEED_ANSWERED, REFUSED_WHOLE, FAILED, GIVEN_UP, EXPIRED = "answered", "refused", "fatal", "given-up", "unanswered"
PENDING_STATES = frozenset({WAITING, STORED})
# What became of an attempt; ABSENT: it is taken to have made nothing, OVERRULED: a person has decided.
LOST, MADE, NOT_MADE, ABSENT, OVERRULED = "unsure", "submitted", "refused", "absent", "overruled"
CONFIRMATION_TYPE = "POST_FLAT_FILE_FULFILLMENT_DATA"
CANCELLATION_TYPE = "POST_FLAT_FILE_ORDER_ACKNOWLEDGEMENT_DATA"
FEED_ORDER = (CONFIRMATION_TYPE, CANCELLATION_TYPE)  # of one output the confirmations go first
_HASH_DIGITS = 12


class Attempt(NamedTuple):
    """One createFeed: a feed that is made of it is made between ``since`` and ``until``, and is none of ``known``.

    ``looks`` are the instants at which nothing of it was found, ``candidates`` the feeds it could be.
    """

    document_id: str
    since: dt.datetime
    until: dt.datetime
    known: tuple[str, ...]
    outcome: str = LOST
    looks: tuple[dt.datetime, ...] = ()
    candidates: tuple[str, ...] = ()
    marketplaces: tuple[str, ...] = ()
    wants_person: bool = False


class SentFeed(NamedTuple):
    """A feed of Amazon's that a part is, or is taken to be; ``is_found`` where its making was not seen.

    ``is_foreign`` says that it turned out to be another's; ``slow_on`` is the day on which AMZ-732 was last said.
    """

    feed_id: str
    submitted_at: dt.datetime
    is_found: bool = False
    status: str = IN_QUEUE
    ended_at: dt.datetime | None = None
    result_sha256: str = ""
    is_foreign: bool = False
    slow_on: str = ""


class Part(NamedTuple):
    """One file of ``feeds/`` of a published output, known by the hash of its bytes.

    ``is_permitted`` says that a person wants it sent, whatever its age; ``cancellations`` how often Amazon canceled it.
    """

    sha256: str
    run_id: str
    name: str
    feed_type: str
    published_at: dt.datetime
    path: str
    state: str = WAITING
    document_id: str = ""
    stored_at: dt.datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    feeds: tuple[SentFeed, ...] = ()
    is_permitted: bool = False
    cancellations: int = 0
    given_up_at: dt.datetime | None = None

    @property
    def about(self) -> str:
        """The part as events name it."""
        return f"{self.name} ({self.sha256[:_HASH_DIGITS]})"

    @property
    def own_feeds(self) -> tuple[SentFeed, ...]:
        """Its feeds without those that turned out to be another's."""
        return tuple(feed for feed in self.feeds if not feed.is_foreign)

    @property
    def sort_key(self) -> tuple[dt.datetime, int, str]:
        """The order in which parts are sent: by as-of of their run, confirmations first, in their own order."""
        return self.published_at, FEED_ORDER.index(self.feed_type), self.name

    def with_attempt(self, attempt: Attempt, **changes: Any) -> Part:
        """The part with its last attempt replaced, and other changes."""
        return self._replace(attempts=(*self.attempts[:-1], attempt), **changes)

    def with_feed(self, feed: SentFeed, **changes: Any) -> Part:
        """The part with the feed of that id replaced or added, and other changes."""
        others = tuple(other for other in self.feeds if other.feed_id != feed.feed_id)
        return self._replace(feeds=(*others, feed), **changes)


def list_parts(state: StateReader) -> list[Part]:
    """Every part that the state knows, in the order in which parts are sent."""
    return sorted(map(_parse_part, state.list_records(PART_RECORDS)), key=lambda part: part.sort_key)


def read_part(state: StateReader, sha256: str) -> Part | None:
    """The part with that hash, None where it is not known."""
    record = state.read_record(PART_RECORDS, sha256)
    return _parse_part(record) if record else None


def save_part(state: StateFolder, part: Part) -> Part:
    """The part, which is on the disk now."""
    record = part._asdict() | {
        "attempts": [_format_values(attempt._asdict()) for attempt in part.attempts],
        "feeds": [_format_values(feed._asdict()) for feed in part.feeds],
    }
    state.save_record(PART_RECORDS, part.sha256, _format_values(record))
    return part


def _format_values(values: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON takes them."""
    return {
        name: format_instant(value)
        if isinstance(value, dt.datetime)
        else [format_instant(entry) if isinstance(entry, dt.datetime) else entry for entry in value]
        if isinstance(value, tuple | list)
        else value
        for name, value in values.items()
    }


def _parse_part(record: dict[str, Any]) -> Part:
    values = {name: record[name] for name in Part._fields if name in record}
    values |= _parse_instants(record, "published_at", "stored_at", "given_up_at")
    attempts = tuple(
        Attempt(
            **attempt
            | _parse_instants(attempt, "since", "until")
            | {name: tuple(attempt[name]) for name in ("known", "candidates", "marketplaces")}
            | {"looks": tuple(map(parse_instant, attempt["looks"]))}
        )
        for attempt in record["attempts"]
    )
    feeds = tuple(SentFeed(**feed | _parse_instants(feed, "submitted_at", "ended_at")) for feed in record["feeds"])
    return Part(**values | {"attempts": attempts, "feeds": feeds})


def _parse_instants(record: dict[str, Any], *names: str) -> dict[str, dt.datetime | None]:
    return {name: parse_instant(record[name]) if record.get(name) else None for name in names}
