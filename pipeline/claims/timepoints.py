"""Points in time of which some are instants and some are whole local days, compared as the contract says (SPEC §5).

Two instants are compared as they are; where either side is a plain date, local dates are compared. A column mostly has
only instants, or only dates: the side that it lacks is one cell, repeated without being stored, and is passed over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.model import calendar
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.masked_ints import MaskedInts


class LocalClock(NamedTuple):
    """As-of, and for every row the number of its time zone among those used."""

    as_of: int  # µs UTC
    zone_index: Array
    zones: list[str]
    as_of_day: Array  # the local day of as-of in each of the zones
    context: RunContext

    def take(self, row_index: Array) -> LocalClock:
        """The clock of the rows at the positions."""
        return self._replace(zone_index=self.zone_index[row_index])


class Timepoints(NamedTuple):
    """One point in time a row: ``instant`` (µs UTC) where it is known, else ``day`` (days since 1970), or NEVER."""

    instant: Array
    day: Array

    @property
    def is_known(self) -> Array:
        """Where anything is known, as bool."""
        if is_missing(self.day):
            return self.instant != NEVER
        return self.day != NEVER if is_missing(self.instant) else (self.instant != NEVER) | (self.day != NEVER)

    def take(self, row_index: Array, missing: Array | None = None) -> Timepoints:
        """Those of the rows at the positions, unknown where ``missing``."""
        instant, day = (unknown_times(len(row_index)) if is_missing(side) else side[row_index] for side in self)
        return Timepoints(instant, day) if missing is None else Timepoints(instant, day).where(~missing)

    def where(self, keep: Array) -> Timepoints:
        """The same, unknown but where the mask holds."""
        return Timepoints(*(side if is_missing(side) else np.where(keep, side, NEVER) for side in self))


def unknown_times(size: int) -> Array:
    """So many unknown instants or days, of which but one is stored."""
    return np.broadcast_to(np.int64(NEVER), size)


def is_missing(side: Array) -> bool:
    """Whether nothing is known of the side of any of the moments, and so need not be looked at."""
    return not len(side) or (side.strides == (0,) and side[0] == NEVER)


def read_timepoints(rows: pd.DataFrame, name: str) -> Timepoints:
    """A column of instants or dates, as it was parsed."""
    return Timepoints(*(_read_side(rows[column]) for column in (name, f"{name}_day")))


def _read_side(values: pd.Series[Any]) -> Array:
    array = arrow.to_arrow(values)
    return unknown_times(len(array)) if array.null_count == len(array) else arrow.to_int64(values)


def build_clock(sales_channel: pd.Series[str], context: RunContext) -> LocalClock:
    """The clock of rows whose sales channel is given."""
    zone_index, zones = calendar.assign_time_zones(sales_channel, context)
    return LocalClock(
        dtypes.instant_to_us(context.as_of), zone_index, zones, calendar.as_of_days(context.as_of, zones), context
    )


def local_days(times: Timepoints, clock: LocalClock) -> Array:
    """The local day of every moment, NEVER where unknown."""
    if is_missing(times.instant):
        return times.day
    day = calendar.to_local_days(times.instant, clock.zone_index, clock.zones)
    return day if is_missing(times.day) else np.where(times.instant == NEVER, times.day, day)


def is_after(times: Timepoints, others: Timepoints, clock: LocalClock) -> Array:
    """Where the one is later than the other, as bool; where either is unknown it is not."""
    later = (times.instant > others.instant) & (others.instant != NEVER)
    if is_missing(times.day) and is_missing(others.day):
        return later
    mixed = np.flatnonzero(times.is_known & others.is_known & ((times.instant == NEVER) | (others.instant == NEVER)))
    if mixed.size:
        row_clock = clock.take(mixed)
        later[mixed] = local_days(times.take(mixed), row_clock) > local_days(others.take(mixed), row_clock)
    return later


def is_future(times: Timepoints, clock: LocalClock) -> Array:
    """Which moments lie after as-of: have not happened."""
    ahead = times.instant > clock.as_of
    return ahead if is_missing(times.day) else ahead | (times.day > clock.as_of_day[clock.zone_index])


def is_within_window(purchase_date: pd.Series[Any], entry: str, clock: LocalClock) -> Array:
    """Which instants lie within a policy's window before as-of, by the value in force at each, both ends included."""
    purchased_at = MaskedInts.from_column(purchase_date)
    if not len(purchased_at):
        return np.zeros(0, bool)
    window = MaskedInts.from_column(clock.context.policy.row_durations(entry, on=purchase_date))
    return (purchased_at <= clock.as_of) & (purchased_at + window >= clock.as_of)
