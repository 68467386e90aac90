"""Step 8 of a night: notices of how it went (SPEC §12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipeline.amazon.session import Session


class NightOutcome(NamedTuple):
    """What there is to say of a night: its as-of and output, None where it did not come so far, and its exit status.

    ``stopped_at`` is the step that ended it, empty where it went through, ``state`` the folder of the state.
    """

    home: Path
    state: Path
    as_of: dt.datetime | None
    output: Path | None
    status: int
    stopped_at: str


def ignore_failure(_channel: str, _reason: str) -> None:
    """A notice that was not taken is in the log alone: there is no journal."""


def send_night_notices(
    outcome: NightOutcome,
    now: dt.datetime,
    record_failure: Callable[[str, str], None] = ignore_failure,
    refused_rows: int = 0,
) -> int:
    """The exit status of the night, once notices of it were sent; none is where the home has no notify.toml.

    ``refused_rows`` are those that Amazon refused in answers which the next night will judge.
    """
    from pipeline.app.notify_command import notify_night
    from pipeline.notify import Happening

    happening = Happening(
        "night",
        outcome.as_of or now,
        outcome.status,
        outcome.output,
        outcome.state,
        step=outcome.stopped_at,
        refused_rows=refused_rows,
    )
    return notify_night(outcome.home, happening, now, record_failure)


def note_undelivered(session: Session) -> Callable[[str, str], None]:
    """What puts a notice that a channel did not take into the journal of the state."""
    from pipeline.amazon.operations import Event
    from pipeline.model.severity import WARNING
    from pipeline.notify import UNDELIVERED_CODE

    return lambda channel, reason: session.state.record_event(Event(UNDELIVERED_CODE, channel, reason, WARNING))
