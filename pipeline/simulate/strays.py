"""Files that lie in a seller's folder and are of no use as they are: refused whole, or with a column nobody knows."""

from __future__ import annotations

import numpy as np

from pipeline.simulate.chance import Chance
from pipeline.simulate.files import Files, Place
from schemas import confirmation, contacts

_OFTEN = 5  # times the share of damaged lines: how many of the folders hold a stray file
_ROW = "111-0000000-0000000"
_FEED = confirmation.REQUIRED_FEED_COLUMNS


def _strays() -> list[tuple[str, list[str]]]:
    """The code that each file must get in its first line, and its lines."""
    log = [column.name for column in contacts.KIND.columns]
    short = [name for name in _FEED if name != "ship-date"]
    return [
        ("FIL-001", []),
        ("FIL-002", ["\t".join(short), _ROW]),
        ("FIL-003", ["\t".join([*log, "mood"])]),
        ("FIL-004", ["\t".join([*_FEED, "tracking-number"]), _ROW]),
        ("FIL-008", ["what\thow-much", "a made-up note\t1"]),
    ]


def write_strays(files: Files) -> None:
    """At most one in each market's night."""
    asked = files.world.asked
    for night in range(1, asked.nights + 1):
        for market in range(len(files.world.markets)):
            chance = Chance(asked.seed, np.array([night * len(files.world.markets) + market]))
            if chance.happens("stray", asked.dirty * _OFTEN)[0]:
                strays = _strays()
                code, lines = strays[int(chance.below("stray file", len(strays))[0])]
                files.stray(Place(market, night, "stray"), code, lines)
