"""Lengths of time that the policy gives, counted from an instant or from a plain date, whose moment is not known.

A window that begins on a plain date ends at one of several instants: what a person is to do is due at the first of
them, and what is held against anybody is held only after the last (SPEC §1, two-sided time).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline.claims.timepoints import LocalClock, Timepoints, is_missing
from pipeline.model import calendar
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts


class TimeSpan(NamedTuple):
    """Between which instants something lies, ``first`` and ``last`` included (µs UTC, NEVER where unknown).

    Both are the same where the instant is known.
    """

    first: Array
    last: Array

    @property
    def is_known(self) -> Array:
        """Where anything is known, as bool."""
        return dtypes.is_known(self.first)

    @property
    def over_after(self) -> Array:
        """After which instants they are certainly over: of a plain date the end of the day, which is not in it."""
        return (MaskedInts.from_sentinel(self.last) + (self.last != self.first).astype(np.int64)).to_sentinel()

    def take(self, row_index: Array) -> TimeSpan:
        """Those of the rows at the positions."""
        return TimeSpan(*(side[row_index] for side in self))


def to_span(times: Timepoints, clock: LocalClock) -> TimeSpan:
    """Where the moments lie: an instant at itself, a plain date within its local day."""
    if is_missing(times.day):
        return TimeSpan(times.instant, times.instant)
    is_instant = dtypes.is_known(times.instant)
    begin, end = (
        calendar.local_day_starts(day, clock.zone_index, clock.zones)
        for day in (times.day, (MaskedInts.from_sentinel(times.day) + 1).to_sentinel())
    )
    last = (MaskedInts.from_sentinel(end) - 1).to_sentinel()
    return TimeSpan(np.where(is_instant, times.instant, begin), np.where(is_instant, times.instant, last))


def add_window(times: Timepoints, entry: str, clock: LocalClock) -> TimeSpan:
    """Where the moments a policy's window later lie, by the value in force at each; unknown where none was."""
    window = _window_length(entry, dtypes.to_timestamps(times.instant), clock.context)
    if not is_missing(times.day):
        of_day = _window_length(entry, dtypes.to_dates(times.day), clock.context)
        is_instant = dtypes.is_known(times.instant)
        window = MaskedInts(
            np.where(is_instant, window.fill(0), of_day.fill(0)),
            np.where(is_instant, window.is_known, of_day.is_known),
        )
    return TimeSpan(*((MaskedInts.from_sentinel(side) + window).to_sentinel() for side in to_span(times, clock)))


def _window_length(entry: str, dates: Any, context: RunContext) -> MaskedInts:
    """The window in µs in force at each instant or day, unknown where there is none."""
    return MaskedInts.from_column(context.policy.row_durations(entry, on=arrow.to_series(dates)))


def is_over(due: TimeSpan, clock: LocalClock) -> Array:
    """Which times are certainly over at as-of; at the very end of the last possible day none is yet."""
    return is_over_at(due, clock.as_of)


def is_over_at(due: TimeSpan, instant: int) -> Array:
    """The same at an instant (µs UTC); at the number of an unknown one nothing is over."""
    return MaskedInts.from_sentinel(due.over_after) < instant


def is_certainly_after(times: Timepoints, due: TimeSpan, clock: LocalClock) -> Array:
    """Which moments are later than every instant at which something was due."""
    return MaskedInts.from_sentinel(to_span(times, clock).first) > MaskedInts.from_sentinel(due.last)


def is_certainly_before(times: Timepoints, due: TimeSpan, clock: LocalClock) -> Array:
    """Which moments are earlier than every instant from which something was allowed."""
    return MaskedInts.from_sentinel(to_span(times, clock).last) < MaskedInts.from_sentinel(due.first)
