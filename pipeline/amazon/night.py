"""A night: its steps in order, which of them are done, and where the next start goes on (SPEC §11.8)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from pipeline.amazon.session import Session
from pipeline.amazon.state import NIGHT_RECORDS, StateReader, parse_instant
from pipeline.utils.instants import format_instant

OPENED, COLLECT, FETCH, RUN = "open", "collect", "fetch", "run"
SUBMIT, ANSWERS, ARCHIVE, NOTIFY = "submit", "collect answers", "archive", "notify"
STEPS = (OPENED, COLLECT, FETCH, RUN, SUBMIT, ANSWERS, ARCHIVE, NOTIFY)
LAST_STEPS = (ARCHIVE, NOTIFY)  # which are tried however the night ends
_RESUME_SECONDS = 20 * 3600.0  # for which an unfinished night is gone on with
_ONE_SECOND = 1.0


class Night(NamedTuple):
    """A night, named by its start; ``ends`` has the exit status of every step that is done.

    ``as_of`` is None before it is known, ``status`` before the night is over.
    """

    started_at: dt.datetime
    as_of: dt.datetime | None = None
    ends: Mapping[str, int] = {}
    status: int | None = None
    is_left: bool = False

    @property
    def name(self) -> str:
        """The name of the night, and of its record."""
        return name_instant(self.started_at)

    @property
    def next_step(self) -> str:
        """The first step that is not done."""
        return next((step for step in STEPS if step not in self.ends), NOTIFY)


def open_night(session: Session, as_of: dt.datetime | None) -> Night:
    """The night that is gone on with: a finished one of that as-of, else the unfinished one, else a new one.

    An unfinished one that began too long ago is closed (AMZ-740).
    """
    nights = list_nights(session.state)
    finished = [night for night in nights if night.status is not None and as_of is not None and night.as_of == as_of]
    if finished:
        return finished[-1]
    unfinished = [night for night in nights if night.status is None and not night.is_left]
    for night in unfinished:
        if 0 <= session.seconds_since(night.started_at) < _RESUME_SECONDS and night == unfinished[-1]:
            return night
        session.report_event("AMZ-740", night.name, step=night.next_step)
        save_night(session, night._replace(is_left=True))
    started_at = session.clock.amazon_time().replace(microsecond=0)
    taken = {night.started_at for night in nights}
    while started_at in taken:
        started_at += dt.timedelta(seconds=_ONE_SECOND)
    return note_step(session, Night(started_at, as_of), OPENED, 0)


def choose_as_of(session: Session, night: Night) -> Night:
    """The night with its as-of, chosen once: no report is younger than the instant it is judged at."""
    if night.as_of is not None:
        return night
    seconds = math.ceil(session.clock.amazon_time().timestamp())
    return save_night(session, night._replace(as_of=dt.datetime.fromtimestamp(seconds, dt.UTC)))


def note_step(session: Session, night: Night, step: str, status: int) -> Night:
    """The night with that step done, which the state knows."""
    return save_night(session, night._replace(ends={**night.ends, step: status}))


def save_night(session: Session, night: Night) -> Night:
    """The night, which is on the disk now."""
    record: dict[str, Any] = night._asdict() | {
        "started_at": format_instant(night.started_at),
        "ends": dict(night.ends),
    }
    record["as_of"] = format_instant(night.as_of) if night.as_of else None
    session.state.save_record(NIGHT_RECORDS, night.name, record)
    return night


def list_nights(state: StateReader) -> list[Night]:
    """Every night that the state knows, oldest first."""
    nights = [
        Night(
            parse_instant(record["started_at"]),
            parse_instant(record["as_of"]) if record["as_of"] else None,
            record["ends"],
            record["status"],
            record["is_left"],
        )
        for record in state.list_records(NIGHT_RECORDS)
    ]
    return sorted(nights, key=lambda night: night.started_at)


def name_instant(instant: dt.datetime) -> str:
    """An instant as a name that every file system takes."""
    return format_instant(instant).replace(":", "-")
