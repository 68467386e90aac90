"""An instant as text; many at once are those of ``timestamps``, which takes longer to load."""

from __future__ import annotations

import datetime as dt


def format_instant(instant: dt.datetime) -> str:
    """The instant in ISO 8601, in UTC: 2026-03-10T07:00:00Z."""
    return instant.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
