"""Points in time of which some are instants and some are whole local days, compared as the contract says (SPEC §5).

Two instants are compared as they are; where either side is a plain date, local dates are compared. Windows in hours
that begin with a plain date end with the local day. A column mostly has only instants, or only dates: the side that it
lacks is one cell, repeated without being stored, and is passed over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline import days, frames
from pipeline.batch import Context
from pipeline.frames import NEVER, Array

DAY = 86_400_000_000  # µs
LATEST = np.iinfo(np.int64).max


class Clock(NamedTuple):
    """As-of, and for every row the number of its time zone among those used."""

    as_of: int  # µs UTC
    zone: Array
    used: list[str]
    days: Array  # the local day of as-of in each of the zones
    context: Context

    def at(self, rows: Array) -> Clock:
        """The clock of the rows at the positions."""
        return self._replace(zone=self.zone[rows])


class Moments(NamedTuple):
    """One point in time a row: ``at`` (µs UTC) where an instant is known, else ``day`` (days since 1970), or NEVER."""

    at: Array
    day: Array

    @property
    def known(self) -> Array:
        """Where anything is known, as bool."""
        if lacking(self.day):
            return self.at != NEVER
        return self.day != NEVER if lacking(self.at) else (self.at != NEVER) | (self.day != NEVER)

    def take(self, rows: Array, missing: Array | None = None) -> Moments:
        """Those of the rows at the positions, unknown where ``missing``."""
        at, day = (never(len(rows)) if lacking(side) else side[rows] for side in self)
        return Moments(at, day) if missing is None else Moments(at, day).where(~missing)

    def where(self, keep: Array) -> Moments:
        """The same, unknown but where the mask holds."""
        return Moments(*(side if lacking(side) else np.where(keep, side, NEVER) for side in self))


def never(size: int) -> Array:
    """So many unknown instants or days, of which but one is stored."""
    return np.broadcast_to(np.int64(NEVER), size)


def lacking(side: Array) -> bool:
    """Whether nothing is known of the side of any of the moments, and so need not be looked at."""
    return not len(side) or (side.strides == (0,) and side[0] == NEVER)


def of(rows: pd.DataFrame, name: str) -> Moments:
    """A column of instants or dates, as it was parsed."""
    return Moments(*(_side(rows[one]) for one in (name, f"{name}_day")))


def _side(values: pd.Series[Any]) -> Array:
    array = frames.arrow(values)
    return never(len(array)) if array.null_count == len(array) else frames.numbers(values)


def clock(channel: pd.Series[str], context: Context) -> Clock:
    """The clock of rows whose sales channel is given."""
    zone, used = days.zones(channel, context)
    return Clock(frames.moment(context.as_of), zone, used, days.day_of(context.as_of, used), context)


def local(one: Moments, clock: Clock) -> Array:
    """The local day of every moment, NEVER where unknown."""
    if lacking(one.at):
        return one.day
    day = days.local_days(one.at, clock.zone, clock.used)
    return day if lacking(one.day) else np.where(one.at == NEVER, one.day, day)


def after(one: Moments, other: Moments, clock: Clock) -> Array:
    """Where the one is later than the other, as bool; where either is unknown it is not."""
    later = (one.at > other.at) & (other.at != NEVER)
    if lacking(one.day) and lacking(other.day):
        return later
    mixed = np.flatnonzero(one.known & other.known & ((one.at == NEVER) | (other.at == NEVER)))
    if mixed.size:
        here = clock.at(mixed)
        later[mixed] = local(one.take(mixed), here) > local(other.take(mixed), here)
    return later


def future(one: Moments, clock: Clock) -> Array:
    """Which moments lie after as-of: have not happened."""
    ahead = one.at > clock.as_of
    return ahead if lacking(one.day) else ahead | (one.day > clock.days[clock.zone])


def past(one: Moments, clock: Clock) -> Array:
    """Which moments lie before as-of: are over. What is not known is not."""
    over = (one.at != NEVER) & (one.at < clock.as_of)
    return over if lacking(one.day) else over | ((one.day != NEVER) & (one.day < clock.days[clock.zone]))


def within(bought: pd.Series[Any], entry: str, clock: Clock) -> Array:
    """Which instants lie within a policy's window before as-of, by the value in force at each, both ends included."""
    when = frames.numbers(bought)
    if not len(when):
        return np.zeros(0, bool)
    window = frames.numbers(clock.context.policy.window(entry, on=bought))
    since = clock.as_of - np.where(window == NEVER, 0, window)
    return (when != NEVER) & (window != NEVER) & (when <= clock.as_of) & (when >= since)


def plus(one: Moments, entry: str, context: Context) -> Moments:
    """The moments a policy's window later, by the value in force at each; unknown where none was.

    A window that begins with a plain date ends with a local day.
    """
    at, day = one
    if not lacking(at):
        window = _window(entry, frames.instants(at), context)
        at = np.where((at == NEVER) | (window == NEVER), NEVER, at + np.where(window == NEVER, 0, window))
    if not lacking(day):
        window = _window(entry, frames.days(day), context)
        ends = day + -(-np.where(window == NEVER, 0, window) // DAY)
        day = np.where((day == NEVER) | (window == NEVER), NEVER, ends)
    return Moments(at, day)


def _window(entry: str, on: Any, context: Context) -> Array:
    """The window in µs in force at each instant or day, NEVER where there is none."""
    return frames.numbers(context.policy.window(entry, on=frames.series(on)))


def ends(one: Moments, clock: Clock) -> Array:
    """The instants (µs UTC) at which the moments are over: of a plain date the last microsecond of its day."""
    if lacking(one.day):
        return one.at
    plain = np.where(one.day == NEVER, NEVER, one.day + 1)
    end = days.begins(plain, clock.zone, clock.used)
    return np.where(one.at != NEVER, one.at, np.where(end == NEVER, NEVER, end - 1))


def starts(one: Moments, clock: Clock) -> Array:
    """The instants (µs UTC) from which the moments may have been: of a plain date the beginning of its day."""
    if lacking(one.day):
        return one.at
    return np.where(one.at != NEVER, one.at, days.begins(one.day, clock.zone, clock.used))


def first(group: Array, key: Array, rows: Array, groups: int) -> Array:
    """For each of so many groups the position with the least key among some, the first such; −1 without one.

    ``rows`` are the positions that count, rising, and ``group`` is the group of each of these.
    """
    keys = key[rows]
    least = np.full(groups, LATEST)
    np.minimum.at(least, group, keys)
    hit = np.flatnonzero(keys == least[group])[::-1]
    found = np.full(groups, -1)
    found[group[hit]] = rows[hit]
    return found
