"""What a policy is, and what it answers.

Source: SPEC §3 (dated, cited values, read by the date of the row itself; nothing known before the first of them).
Neither pandas nor pyarrow is imported before a column is asked for: `feedwarden --help` must not wait for them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.policy.entries import (
    BUSINESS_DAYS,
    DAY_UNITS,
    DURATION_UNITS,
    MarketplaceValues,
    PolicyEntry,
    PolicyValue,
)

if TYPE_CHECKING:
    import pandas as pd


class PolicyError(ValueError):
    """A policy that cannot be used: one line saying what, where, and what next. Always the operator's to fix."""

    def __init__(self, message: str) -> None:
        """The message is one line, whatever a file or an operating system put into it."""
        super().__init__(" ".join(message.splitlines()))


class PolicyRow(NamedTuple):
    """One line of `feedwarden policy`: one value of one entry, as text except for its date."""

    name: str
    value: str
    unit: str
    since: dt.date
    source: str
    what: str
    marketplaces: str


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
                _list_history(entry.history),
                *([part.names, part.unit, _list_history(part.history)] for part in entry.marketplaces),
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

    def row_days_in(self, name: str, marketplace: str, on: pd.Series[Any]) -> tuple[str, pd.Series[Any]]:
        """The unit that holds in the marketplace, and each row's number of them, as `row_days` has it.

        The entry is in days, calendar-days or business-days; all null where the marketplace has no value.
        """
        from pipeline.policy import columns as policy_columns

        entry = self._entry_in(name, (*DAY_UNITS, BUSINESS_DAYS)).in_marketplace(marketplace)
        amounts = [int(value.amount) for value in entry.history]
        return entry.unit, policy_columns.counts_in_force(on, entry.start_dates, amounts)

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
    """Every value of every entry, by name, then marketplaces as the entry has them, its default first, then date."""
    return [
        PolicyRow(
            name=entry.name,
            value=format_amount(value.amount),
            unit=part.unit,
            since=value.since,
            source=entry.source,
            what=entry.what,
            marketplaces=", ".join(part.names),
        )
        for entry in policy.entries
        for part in (MarketplaceValues((), entry.unit, entry.history), *entry.marketplaces)
        for value in part.history
    ]


def _list_history(history: tuple[PolicyValue, ...]) -> list[list[str]]:
    return [[value.since.isoformat(), format_amount(value.amount)] for value in history]


def format_amount(amount: Decimal) -> str:
    """The shortest digits of an amount, without exponent: equal amounts give equal text."""
    digits = f"{amount:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _to_timedelta(entry: PolicyEntry, amount: Decimal) -> dt.timedelta:
    """The amount as a length of time; the entry's unit is one of DURATIONS."""
    return dt.timedelta(**{entry.unit: int(amount)})
