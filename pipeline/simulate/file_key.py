"""Which file of which marketplace and night a row is written to."""

from __future__ import annotations

from typing import NamedTuple


class FileKey(NamedTuple):
    """Which file a row goes into: of a market (its number), a night, a kind; of answers also the part, from 0."""

    market: int
    night: int
    kind: str
    part_number: int = 0
