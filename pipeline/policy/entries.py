"""A number of the policy through time, by marketplace where it differs."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal

DURATION_UNITS = ("minutes", "hours", "days")  # spelt as datetime.timedelta spells them: a unit is its own conversion
DAY_UNITS = ("days", "calendar-days")  # a rule that only knows plain dates counts `days` as local dates too
BUSINESS_DAYS = "business-days"  # Monday to Friday
UNITS = (*DURATION_UNITS, "calendar-days", BUSINESS_DAYS, "rate")


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """One number, in force from midnight UTC of `since` until the next one's `since`."""

    since: dt.date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MarketplaceValues:
    """What an entry holds for some marketplaces in the place of its default: names, unit, and values as there."""

    names: tuple[str, ...]
    unit: str
    history: tuple[PolicyValue, ...]


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """One named number through time: `history` rises strictly in `since`; `unit` is in UNITS.

    `history` is the default, and empty only where the entry has values for some `marketplaces` and none for others.
    """

    name: str
    what: str
    unit: str
    source: str
    history: tuple[PolicyValue, ...]
    marketplaces: tuple[MarketplaceValues, ...] = ()

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

    def in_marketplace(self, name: str) -> PolicyEntry:
        """The entry as it holds in that marketplace (case aside): its own values there, else the default."""
        own = next((part for part in self.marketplaces if name.casefold() in map(str.casefold, part.names)), None)
        unit, history = (own.unit, own.history) if own else (self.unit, self.history)
        return PolicyEntry(self.name, self.what, unit, self.source, history)


def _to_utc_date(on: dt.date) -> dt.date:
    """The UTC date of a date or of an instant. Raises TypeError for a datetime without offset."""
    if not isinstance(on, dt.datetime):
        return on
    if on.tzinfo is None:
        raise TypeError(f"{on} has no offset from UTC")
    return on.astimezone(dt.UTC).date()
