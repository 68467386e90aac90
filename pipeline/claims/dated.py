"""What the policy has no number for among the claims: told once an entry."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.batch import Context
from pipeline.claims.grounds import RESPONSE, WAIT
from pipeline.claims.judge import Judged, Known
from pipeline.claims.moments import LATEST, Moments, never
from pipeline.claims.status import APPEAL, INFORMATION
from pipeline.frames import NEVER
from pipeline.ready import Undated


def undated(judged: Judged, known: Known, context: Context) -> list[Undated]:
    """The entries that were not in force yet at the date of some claim's event, with the earliest of these."""
    when, grounds = judged.when, judged
    asked = {
        RESPONSE: known.heard.at(grounds.contact),
        WAIT: Moments(never(len(grounds.estimate)), grounds.estimate),
        INFORMATION: when["info_requested_date"],
        APPEAL: when["decision_date"],
    }
    return [one for entry, moments in asked.items() for one in _one(entry, moments, context)]


def _one(entry: str, moments: Moments, context: Context) -> list[Undated]:
    counts, days = 0, []
    for side, dates in ((moments.at, frames.instants), (moments.day, frames.days)):
        first = side.min(where=side != NEVER, initial=LATEST)
        if first == LATEST or frames.flags(context.policy.known(entry, on=frames.series(dates(np.array([first])))))[0]:
            continue
        on = frames.series(dates(side))
        known = frames.arrow(context.policy.known(entry, on=on))
        before = frames.arrow(on).filter(pc.fill_null(pc.equal(known, False), False))
        counts += len(before)
        days += [str(pc.min(before).as_py())[:10]] if len(before) else []
    return [Undated(entry, counts, min(days), findings.LEDGER, 0)] if counts else []
