"""What a policy is, and what it answers.

Source: SPEC §3 (dated, cited values, read by the date of the row itself; nothing known before the first of them).
Neither pandas nor pyarrow is imported before a column is asked for: `feedwarden --help` must not wait for them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

DURATIONS = ("minutes", "hours", "days")  # spelt as datetime.timedelta spells them: a unit is its own conversion
WHOLE_DAYS = ("days", "calendar-days")  # a rule that only knows plain dates counts `days` as local dates too
UNITS = (*DURATIONS, "calendar-days", "rate")


class PolicyError(ValueError):
    """A policy that cannot be used: one line saying what, where, and what next. Always the operator's to mend."""

    def __init__(self, message: str) -> None:
        """The message is one line, whatever a file or an operating system put into it."""
        super().__init__(" ".join(message.splitlines()))


@dataclass(frozen=True, slots=True)
class Value:
    """One number, in force from midnight UTC of `since` until the next one's `since`."""

    since: dt.date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """One named number through time: `history` is not empty and rises strictly in `since`; `unit` is in UNITS."""

    name: str
    what: str
    unit: str
    source: str
    history: tuple[Value, ...]

    @property
    def starts(self) -> tuple[dt.date, ...]:
        """The first UTC date of each value, rising."""
        return tuple(value.since for value in self.history)

    def at(self, on: dt.date) -> Decimal | None:
        """The amount in force at `on` (a UTC date, or an instant with offset); None before the first value.

        Raises TypeError for a datetime without offset.
        """
        place = bisect_right(self.starts, _utc_date(on))
        return self.history[place - 1].amount if place else None


class Row(NamedTuple):
    """One line of `feedwarden policy`: one value of one entry, as text except for its date."""

    name: str
    value: str
    unit: str
    since: dt.date
    source: str
    what: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Every number a run uses: `entries` sorted by name. Equal entries have equal `sha256`, whatever the name.

    A name that no entry has raises KeyError, an entry of the wrong unit TypeError: both are bugs in the caller.
    Columns `on` are ArrowDtype timestamps with a time zone or date32, else TypeError. Results share their index.
    """

    name: str
    entries: tuple[Entry, ...]

    @property
    def sha256(self) -> str:
        """The hash of the canonical JSON of all entries, as 64 hexadecimal digits."""
        content = [
            [e.name, e.what, e.unit, e.source, [[v.since.isoformat(), plain(v.amount)] for v in e.history]]
            for e in self.entries
        ]
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()

    def entry(self, name: str) -> Entry:
        """The entry of that name. Raises KeyError."""
        found = next((entry for entry in self.entries if entry.name == name), None)
        if found is None:
            raise KeyError(f"policy {self.name} has no number {name!r}")
        return found

    def window(self, name: str, on: pd.Series[Any]) -> pd.Series[Any]:
        """Each row holds the time in force at its own date; null before the first value and where `on` is null.

        duration[us][pyarrow], to be added to Arrow timestamps. The entry is in minutes, hours or days.
        """
        from pipeline.policy import columns

        entry = self._entry_in(name, DURATIONS)
        return columns.durations(on, entry.starts, [_timedelta(entry, v.amount) for v in entry.history])

    def days(self, name: str, on: pd.Series[Any]) -> pd.Series[Any]:
        """Each row holds the number of days in force at its own date, for arithmetic of dates; null as in `window`.

        int64[pyarrow]. The entry is in calendar-days or days.
        """
        from pipeline.policy import columns

        entry = self._entry_in(name, WHOLE_DAYS)
        return columns.counts(on, entry.starts, [int(v.amount) for v in entry.history])

    def known(self, name: str, on: pd.Series[Any]) -> pd.Series[Any]:
        """Each row says whether any value is in force at its own date (POL-001: False); null where `on` is null.

        bool[pyarrow]. The entry is in any unit.
        """
        from pipeline.policy import columns

        return columns.started(on, self.entry(name).starts[0])

    def number(self, name: str, on: dt.date) -> Decimal | None:
        """The exact amount in force at `on`, in the entry's own unit (a rate is a share of 1); None before the first.

        `on` is a UTC date or an instant with offset; a datetime without one raises TypeError.
        """
        return self.entry(name).at(on)

    def duration(self, name: str, on: dt.date) -> dt.timedelta | None:
        """The time in force at `on`, as `number` but only for an entry in minutes, hours or days."""
        entry = self._entry_in(name, DURATIONS)
        amount = entry.at(on)
        return None if amount is None else _timedelta(entry, amount)

    def _entry_in(self, name: str, units: tuple[str, ...]) -> Entry:
        """The entry of that name, known to be in one of the units. Raises KeyError, TypeError."""
        entry = self.entry(name)
        if entry.unit not in units:
            raise TypeError(f"{name} is in {entry.unit}, not in {' or '.join(units)}")
        return entry


def describe(policy: Policy) -> list[Row]:
    """Every value of every entry, by name, then date."""
    return [
        Row(entry.name, plain(value.amount), entry.unit, value.since, entry.source, entry.what)
        for entry in policy.entries
        for value in entry.history
    ]


def plain(amount: Decimal) -> str:
    """The shortest digits of an amount, without exponent: equal amounts give equal text."""
    digits = f"{amount:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _timedelta(entry: Entry, amount: Decimal) -> dt.timedelta:
    """The amount as a length of time; the entry's unit is one of DURATIONS."""
    return dt.timedelta(**{entry.unit: int(amount)})


def _utc_date(on: dt.date) -> dt.date:
    """The UTC date of a date or of an instant. Raises TypeError for a datetime without offset."""
    if not isinstance(on, dt.datetime):
        return on
    if on.tzinfo is None:
        raise TypeError(f"{on} has no offset from UTC")
    return on.astimezone(dt.UTC).date()
