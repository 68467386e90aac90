"""Local days: an instant seen from the marketplace it belongs to."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Context
from pipeline.frames import NEVER, Array
from schemas import lists


def zones(channel: pd.Series[str], context: Context) -> tuple[Array, list[str]]:
    """For every row the number of its time zone, and the zones: the sales channel's, else the account's (SPEC §1)."""
    known = lists.time_zones()
    coded = pc.dictionary_encode(frames.arrow(channel)).combine_chunks()
    names = [known.get(str(name).casefold(), context.account.time_zone) for name in coded.dictionary.to_pylist()]
    used = [context.account.time_zone, *sorted(set(names) - {context.account.time_zone})]
    of = np.array([used.index(name) for name in names] + [0])
    return of[pc.fill_null(coded.indices.cast(pa.int64()), len(names)).to_numpy()], used


def local_days(instants: Array, zone: Array, used: list[str]) -> Array:
    """The local day of each UTC instant (int64 µs) in its zone, as days since 1970; NEVER where unknown."""
    days = np.full(len(instants), NEVER)
    for number, name in enumerate(used):
        here = np.flatnonzero((zone == number) & (instants != NEVER))
        if here.size:
            local = pc.local_timestamp(
                pa.array(instants[here], pa.timestamp("us", "UTC")).cast(pa.timestamp("us", name))
            )
            days[here] = pc.floor_temporal(local, unit="day").cast(pa.date32()).cast(pa.int32()).to_numpy()
    return days


def begins(day: Array, zone: Array, used: list[str]) -> Array:
    """The UTC instant (int64 µs) at which each local day (days since 1970) begins in its zone; NEVER where unknown."""
    instants = np.full(len(day), NEVER)
    for number, name in enumerate(used):
        here = np.flatnonzero((zone == number) & (day != NEVER))
        if here.size:
            each, which = np.unique(day[here], return_inverse=True)
            midnight = frames.days(each).cast(pa.timestamp("us"))
            # where the clocks go forward at midnight, the day begins after the gap
            begun = pc.assume_timezone(midnight, name, ambiguous="earliest", nonexistent="latest")
            instants[here] = begun.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()[which]
    return instants


def day_of(as_of: dt.datetime, used: list[str]) -> Array:
    """The local day of as-of in each zone, as days since 1970."""
    epoch = dt.date(1970, 1, 1).toordinal()
    return np.array([as_of.astimezone(zoneinfo.ZoneInfo(name)).date().toordinal() - epoch for name in used])


def happened(rows: pd.DataFrame, name: str, context: Context) -> pd.DataFrame:
    """The rows whose instant ``name`` lies before as-of, or whose plain date is no later than as-of's local day."""
    now = context.as_of.astimezone(zoneinfo.ZoneInfo(context.account.time_zone)).date()
    before = (rows[name] < context.as_of).fillna(False) | (rows[f"{name}_day"] <= now).fillna(False)
    return frames.only(rows, before.to_numpy(bool))
