"""Points in time of which some are instants and some are whole local days, compared as the contract says (SPEC §5).

Two instants are compared as they are; where either side is a plain date, local dates are compared. Windows in hours
that begin with a plain date end with the local day.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc

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
        return (self.at != NEVER) | (self.day != NEVER)

    def take(self, rows: Array, missing: Array | None = None) -> Moments:
        """Those of the rows at the positions, unknown where ``missing``."""
        at, day = (side[rows] if len(side) else np.full(len(rows), NEVER) for side in self)
        return Moments(at, day) if missing is None else Moments(at, day).where(~missing)

    def where(self, keep: Array) -> Moments:
        """The same, unknown but where the mask holds."""
        return Moments(np.where(keep, self.at, NEVER), np.where(keep, self.day, NEVER))


def of(rows: pd.DataFrame, name: str) -> Moments:
    """A column of instants or dates, as it was parsed."""
    return Moments(frames.numbers(rows[name]), frames.numbers(rows[f"{name}_day"]))


def clock(channel: pd.Series[str], context: Context) -> Clock:
    """The clock of rows whose sales channel is given."""
    zone, used = days.zones(channel, context)
    return Clock(frames.moment(context.as_of), zone, used, days.day_of(context.as_of, used), context)


def local(one: Moments, clock: Clock) -> Array:
    """The local day of every moment, NEVER where unknown."""
    return np.where(one.at == NEVER, one.day, days.local_days(one.at, clock.zone, clock.used))


def after(one: Moments, other: Moments, clock: Clock) -> Array:
    """Where the one is later than the other, as bool; where either is unknown it is not."""
    later = (one.at > other.at) & (other.at != NEVER)
    mixed = np.flatnonzero(one.known & other.known & ((one.at == NEVER) | (other.at == NEVER)))
    if mixed.size:
        here = clock.at(mixed)
        later[mixed] = local(one.take(mixed), here) > local(other.take(mixed), here)
    return later


def future(one: Moments, clock: Clock) -> Array:
    """Which moments lie after as-of: have not happened."""
    return (one.at > clock.as_of) | (one.day > clock.days[clock.zone])


def past(one: Moments, clock: Clock) -> Array:
    """Which moments lie before as-of: are over. What is not known is not."""
    return ((one.at != NEVER) & (one.at < clock.as_of)) | ((one.day != NEVER) & (one.day < clock.days[clock.zone]))


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
    at, day = _window(entry, frames.instants(one.at), context), _window(entry, frames.days(one.day), context)
    ends = one.day + -(-np.where(day == NEVER, 0, day) // DAY)
    return Moments(
        np.where((one.at == NEVER) | (at == NEVER), NEVER, one.at + np.where(at == NEVER, 0, at)),
        np.where((one.day == NEVER) | (day == NEVER), NEVER, ends),
    )


def _window(entry: str, on: Any, context: Context) -> Array:
    """The window in µs in force at each instant or day, NEVER where there is none."""
    if not len(pc.drop_null(on)):
        return np.full(len(on), NEVER)
    return frames.numbers(context.policy.window(entry, on=frames.series(on)))


def ends(one: Moments, clock: Clock) -> Array:
    """The instants (µs UTC) at which the moments are over: of a plain date the last microsecond of its day."""
    plain = np.where(one.day == NEVER, NEVER, one.day + 1)
    if not (plain != NEVER).any():
        return one.at
    end = days.begins(plain, clock.zone, clock.used)
    return np.where(one.at != NEVER, one.at, np.where(end == NEVER, NEVER, end - 1))


def starts(one: Moments, clock: Clock) -> Array:
    """The instants (µs UTC) from which the moments may have been: of a plain date the beginning of its day."""
    if not (one.day != NEVER).any():
        return one.at
    return np.where(one.at != NEVER, one.at, days.begins(one.day, clock.zone, clock.used))


def first(group: Array, key: Array, among: Array, groups: int) -> Array:
    """For each of so many groups the position with the least key of those ``among``, the first such; −1 without one."""
    rows = np.flatnonzero(among)
    least = np.full(groups, LATEST)
    np.minimum.at(least, group[rows], key[rows])
    hit = rows[key[rows] == least[group[rows]]][::-1]
    found = np.full(groups, -1)
    found[group[hit]] = hit
    return found
