"""The lengths of time in the account file, in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

RESEND, ASK = "resend", "ask"
_WAIT_DEFAULTS = {
    "report": "45m",
    "feed": "45m",
    "settle": "15m",
    "spacing": "20m",
    "connect": "10s",
    "read": "60s",
    "document": "30m",
}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION_PATTERN = re.compile(r"([0-9]{1,6})([smhd])")


class Waits(NamedTuple):
    """How long is waited, in seconds; ``unsure`` says what follows an attempt of which nothing is found."""

    report: float
    feed: float
    settle: float
    spacing: float
    connect: float
    read: float
    document: float
    unsure: str = RESEND


def refuse_unknown(prefix: str, table: Mapping[str, Any], known: set[str]) -> None:
    """Nothing where all keys of the table are known; ValueError that names the first that is not."""
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"unknown key {prefix}{unknown[0]}; the keys are {', '.join(sorted(known))}")


def parse_waits(table: Mapping[str, Any]) -> Waits:
    """The table [wait] of the account file, with the defaults; ValueError where it says what cannot be."""
    refuse_unknown("wait.", table, {*_WAIT_DEFAULTS, "unsure"})
    unsure = table.get("unsure", RESEND)
    if unsure not in (RESEND, ASK):
        raise ValueError('wait.unsure must be "resend" or "ask"')
    seconds = {key: parse_duration(f"wait.{key}", table.get(key, text)) for key, text in _WAIT_DEFAULTS.items()}
    return Waits(**seconds, unsure=unsure)


def parse_duration(key: str, text: Any) -> float:
    """Seconds of a length such as 45m: a number with s, m, h or d; ValueError for any other."""
    match = _DURATION_PATTERN.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise ValueError(f'{key} must be a length of time such as "45m": a number with s, m, h or d')
    return float(match[1]) * _SECONDS[match[2]]
