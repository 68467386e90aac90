"""Step 8 of a night: the place where notices are sent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from pipeline.app.console import OK
from pipeline.utils.events import log

NOTICE_SETTINGS = "notify.toml"


class NightOutcome(NamedTuple):
    """What there is to tell of a night: its as-of and output, None where it did not come so far, and its exit status.

    ``stopped_at`` is the step that ended it, empty where it went through, ``state`` the folder of the state.
    """

    home: Path
    state: Path
    as_of: dt.datetime | None
    output: Path | None
    status: int
    stopped_at: str


def send_night_notices(outcome: NightOutcome) -> int:
    """0 once what is to be told was sent; nothing is where the home has no notify.toml."""
    if (outcome.home / NOTICE_SETTINGS).is_file():
        log.warning("%s is there, but this version sends no notices", NOTICE_SETTINGS)
    return OK
