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

DURATION_UNITS = ("minutes", "hours", "days")  # spelt as datetime.timedelta spells them: a unit is its own conversion
DAY_UNITS = ("days", "calendar-days")  # a rule that only knows plain dates counts `days` as local dates too
UNITS = (*DURATION_UNITS, "calendar-days", "rate")


class PolicyError(ValueError):
    """A policy that cannot be used: one line saying what, where, and what next. Always the operator's to fix."""

    def __init__(self, message: str) -> None:
        """The message is one line, whatever a file or an operating system put into it."""
        super().__init__(" ".join(message.splitlines()))


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """One number, in force from midnight UTC of `since` until the next one's `since`."""

    since: dt.date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """One named number through time: `history` is not empty and rises strictly in `since`; `unit` is in UNITS."""

    name: str
    what: str
    unit: str
    source: str
    history: tuple[PolicyValue, ...]

    @property
    def start_dates(self) -> tuple[dt.date, ...]:
        """The first UTC date of each value, rising."""
        return tuple(value.since for value in self.history)

    def amount_at(self, on: dt.date) -> Decimal | None:
        """The amount in force at `on` (a UTC date, or an instant with offset); None before the first value.

        Raises TypeError for a datetime without offset.
        """
        value_number = bisect_right(self.start_dates, _to_utc_date(on))
        return self.history[value_number - 1].amount if value_number else None


class PolicyRow(NamedTuple):
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
    entries: tuple[PolicyEntry, ...]

    @property
    def sha256(self) -> str:
        """The hash of the canonical JSON of all entries, as 64 hexadecimal digits."""
        content = [
            [
                entry.name,
                entry.what,
                entry.unit,
                entry.source,
                [[value.since.isoformat(), format_amount(value.amount)] for value in entry.history],
            ]
            for entry in self.entries
        ]
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()

    def find_entry(self, name: str) -> PolicyEntry:
        """The entry of that name. Raises KeyError."""
        match = next((entry for entry in self.entries if entry.name == name), None)
        if match is None:
            raise KeyError(f"policy {self.name} has no number {name!r}")
        return match

    def row_durations(self, name: str, on: pd.Series[Any]) -> pd.Series[Any]:
        """Each row holds the time in force at its own date; null before the first value and where `on` is null.

        duration[us][pyarrow], to be added to Arrow timestamps. The entry is in minutes, hours or days.
        """
        from pipeline.policy import columns as policy_columns

        entry = self._entry_in(name, DURATION_UNITS)
        return policy_columns.durations_in_force(
            on, entry.start_dates, [_to_timedelta(entry, value.amount) for value in entry.history]
        )

    def row_days(self, name: str, on: pd.Series[Any]) -> pd.Series[Any]:
        """Each row holds the number of days in force at its own date, for arithmetic of dates; null as in `window`.

        int64[pyarrow]. The entry is in calendar-days or days.
        """
        from pipeline.policy import columns as policy_columns

        entry = self._entry_in(name, DAY_UNITS)
        return policy_columns.counts_in_force(on, entry.start_dates, [int(value.amount) for value in entry.history])

    def row_in_force(self, name: str, on: pd.Series[Any]) -> pd.Series[Any]:
        """Each row says whether any value is in force at its own date (POL-001: False); null where `on` is null.

        bool[pyarrow]. The entry is in any unit.
        """
        from pipeline.policy import columns as policy_columns

        return policy_columns.has_started(on, self.find_entry(name).start_dates[0])

    def amount_on(self, name: str, on: dt.date) -> Decimal | None:
        """The exact amount in force at `on`, in the entry's own unit (a rate is a share of 1); None before the first.

        `on` is a UTC date or an instant with offset; a datetime without one raises TypeError.
        """
        return self.find_entry(name).amount_at(on)

    def duration_on(self, name: str, on: dt.date) -> dt.timedelta | None:
        """The time in force at `on`, as `number` but only for an entry in minutes, hours or days."""
        entry = self._entry_in(name, DURATION_UNITS)
        amount = entry.amount_at(on)
        return None if amount is None else _to_timedelta(entry, amount)

    def duration_text_on(self, name: str, on: dt.date) -> str:
        """The time in force at `on` for messages, as `72 hours` or `1 day`; empty before the first."""
        amount, unit = self.amount_on(name, on), self._entry_in(name, DURATION_UNITS).unit
        return "" if amount is None else f"{format_amount(amount)} {unit.removesuffix('s') if amount == 1 else unit}"

    def _entry_in(self, name: str, units: tuple[str, ...]) -> PolicyEntry:
        """The entry of that name, known to be in one of the units. Raises KeyError, TypeError."""
        entry = self.find_entry(name)
        if entry.unit not in units:
            raise TypeError(f"{name} is in {entry.unit}, not in {' or '.join(units)}")
        return entry


def list_values(policy: Policy) -> list[PolicyRow]:
    """Every value of every entry, by name, then date."""
    return [
        PolicyRow(entry.name, format_amount(value.amount), entry.unit, value.since, entry.source, entry.what)
        for entry in policy.entries
        for value in entry.history
    ]


def format_amount(amount: Decimal) -> str:
    """The shortest digits of an amount, without exponent: equal amounts give equal text."""
    digits = f"{amount:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _to_timedelta(entry: PolicyEntry, amount: Decimal) -> dt.timedelta:
    """The amount as a length of time; the entry's unit is one of DURATIONS."""
    return dt.timedelta(**{entry.unit: int(amount)})


def _to_utc_date(on: dt.date) -> dt.date:
    """The UTC date of a date or of an instant. Raises TypeError for a datetime without offset."""
    if not isinstance(on, dt.datetime):
        return on
    if on.tzinfo is None:
        raise TypeError(f"{on} has no offset from UTC")
    return on.astimezone(dt.UTC).date()
