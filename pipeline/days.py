"""Local days: an instant seen from the marketplace it belongs to."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Context
from pipeline.frames import NEVER, Array
from schemas import lists

_QUARTER = 900_000_000  # µs of a quarter of an hour
_SINCE = 315_532_800_000_000  # µs, 1980: before that there were clocks that moved by other amounts
_MOST = 200_000  # quarters of an hour worth a table: five years
_LATEST = np.iinfo(np.int64).max


def zones(channel: pd.Series[str], context: Context) -> tuple[Array, list[str]]:
    """For every row the number of its time zone, and the zones: the sales channel's, else the account's (SPEC §1)."""
    known = lists.time_zones()
    coded = pc.dictionary_encode(frames.arrow(channel)).combine_chunks()
    names = [known.get(str(name).casefold(), context.account.time_zone) for name in coded.dictionary.to_pylist()]
    used = [context.account.time_zone, *sorted(set(names) - {context.account.time_zone})]
    of = np.array([used.index(name) for name in names] + [0])
    return of[pc.fill_null(coded.indices.cast(pa.int64()), len(names)).to_numpy()], used


def local_days(instants: Array, zone: Array, used: list[str]) -> Array:
    """The local day of each UTC instant (int64 µs) in its zone, as days since 1970; NEVER where unknown.

    Instants near each other are looked up in a table of quarters of an hour: clocks move by no less since 1980.
    """
    known = instants != NEVER
    if not known.any():
        return np.full(len(instants), NEVER)
    least, most = int(instants.min(where=known, initial=_LATEST)), int(instants.max())
    begin, end = least // _QUARTER, most // _QUARTER + 1
    if least < _SINCE or end - begin > min(_MOST, len(instants)):
        return _each(known, zone, lambda here, name: _local(instants[here], name), used)
    quarters = np.where(known, instants, least) // _QUARTER - begin
    table = [_local(np.arange(begin, end) * _QUARTER, name) for name in used]
    days = np.stack(table)[zone, quarters] if len(used) > 1 else table[0][quarters]
    return days if known.all() else np.where(known, days, NEVER)


def _local(instants: Array, name: str) -> Array:
    local = pc.local_timestamp(pa.array(instants, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", name)))
    return pc.floor_temporal(local, unit="day").cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)


def _each(known: Array, zone: Array, work: Callable[[Array, str], Array], used: list[str]) -> Array:
    """What is worked out of the rows of each zone, given their positions and its name; NEVER where not known."""
    found = np.full(len(known), NEVER)
    for number, name in enumerate(used):
        here = np.flatnonzero(known & (zone == number))
        if here.size:
            found[here] = work(here, name)
    return found


def begins(day: Array, zone: Array, used: list[str]) -> Array:
    """The UTC instant (int64 µs) at which each local day (days since 1970) begins in its zone; NEVER where unknown."""

    def begun(here: Array, name: str) -> Array:
        coded = pa.array(day[here]).dictionary_encode()
        midnight = frames.days(coded.dictionary.to_numpy()).cast(pa.timestamp("us"))
        # where the clocks go forward at midnight, the day begins after the gap
        each = pc.assume_timezone(midnight, name, ambiguous="earliest", nonexistent="latest")
        return each.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()[coded.indices.to_numpy()]

    return _each(day != NEVER, zone, begun, used)


def day_of(as_of: dt.datetime, used: list[str]) -> Array:
    """The local day of as-of in each zone, as days since 1970."""
    epoch = dt.date(1970, 1, 1).toordinal()
    return np.array([as_of.astimezone(zoneinfo.ZoneInfo(name)).date().toordinal() - epoch for name in used])


def happened(rows: pd.DataFrame, name: str, context: Context) -> pd.DataFrame:
    """The rows whose instant ``name`` is no later than as-of, or whose plain date no later than as-of's local day."""
    now = context.as_of.astimezone(zoneinfo.ZoneInfo(context.account.time_zone)).date()
    by_now = (rows[name] <= context.as_of).fillna(False) | (rows[f"{name}_day"] <= now).fillna(False)
    return frames.only(rows, by_now.to_numpy(bool))


def sighted(items: pd.DataFrame, as_of: dt.datetime) -> dict[str, pa.ChunkedArray]:
    """When each order item was first and last seen, whatever the order in which the nights are run."""
    first, last = (frames.arrow(items[name]) for name in ("first_seen", "last_seen_before"))
    tonight, now = frames.arrow(items["tonight"]), pa.scalar(as_of, pa.timestamp("us", "UTC"))
    early, late = (pc.fill_null(compare(held, now), True) for compare, held in ((pc.greater, first), (pc.less, last)))
    return {
        "first_seen": pc.if_else(pc.and_(tonight, early), now, first),
        "last_seen": pc.if_else(pc.and_(tonight, late), now, last),
    }
