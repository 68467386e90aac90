"""Local days: an instant seen from the marketplace it belongs to."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import DAY_US, MAX_INT64, NEVER, TIMESTAMP, Array
from pipeline.utils.masked_ints import MaskedInts
from schemas import lists

_QUARTER_HOUR_US = 900_000_000  # µs of a quarter of an hour
_TABLE_START_US = 315_532_800_000_000  # µs, 1980: before that there were clocks that moved by other amounts
_MAX_TABLE_QUARTERS = 200_000  # quarters of an hour worth a table: five years
ZONES = tuple(sorted(set(lists.time_zones().values())))  # of all marketplaces


def assign_time_zones(channel: pd.Series[str], context: RunContext) -> tuple[Array, list[str]]:
    """For every row the number of its time zone, and the zones: the sales channel's, else the account's (SPEC §1)."""
    zone_by_marketplace = lists.time_zones()
    encoded = pc.dictionary_encode(arrow.to_arrow(channel)).combine_chunks()
    names = [
        zone_by_marketplace.get(str(name).casefold(), context.account.time_zone)
        for name in encoded.dictionary.to_pylist()
    ]
    zone_names = [context.account.time_zone, *sorted(set(names) - {context.account.time_zone})]
    zone_numbers = np.array([zone_names.index(name) for name in names] + [0])
    return zone_numbers[pc.fill_null(encoded.indices.cast(pa.int64()), len(names)).to_numpy()], zone_names


def zone_numbers(zone_index: Array, zone_names: list[str]) -> Array:
    """For every row the number of its time zone among ``ZONES``, of its number among the zones given."""
    return np.array([ZONES.index(name) for name in zone_names])[zone_index]


def format_local_times(instants: Array, zones: Array) -> pa.Array:
    """The UTC instants (int64 µs) as ``YYYY-MM-DD HH:MM`` with the short name of their zone; null where unknown.

    ``zones`` has for every instant its number in ``ZONES``; what is less than a minute is cut off.
    """
    texts, row_parts = [pa.nulls(0, pa.string())], [np.zeros(0, np.int64)]
    for zone in np.unique(zones):
        rows = np.flatnonzero(zones == zone)
        encoded = dtypes.to_timestamps(instants[rows]).cast(pa.timestamp("us", ZONES[zone])).dictionary_encode()
        texts.append(pc.strftime(encoded.dictionary, format="%Y-%m-%d %H:%M %Z").take(encoded.indices))
        row_parts.append(rows)
    return pa.concat_arrays(texts).take(pa.array(np.argsort(np.concatenate(row_parts))))


def to_local_days(instants: Array, zone_index: Array, zone_names: list[str]) -> Array:
    """The local day of each UTC instant (int64 µs) in its zone, as days since 1970; NEVER where unknown.

    Instants near each other are looked up in a table of quarters of an hour: clocks move by no less since 1980.
    """
    is_known = dtypes.is_known(instants)
    if not is_known.any():
        return np.full(len(instants), NEVER)
    earliest, latest = int(instants.min(where=is_known, initial=MAX_INT64)), int(instants.max())
    begin, end = earliest // _QUARTER_HOUR_US, latest // _QUARTER_HOUR_US + 1
    if earliest < _TABLE_START_US or end - begin > min(_MAX_TABLE_QUARTERS, len(instants)):
        return _apply_by_zone(
            is_known, zone_index, lambda rows, name: _local_days_in_zone(instants[rows], name), zone_names
        )
    quarters = np.where(is_known, instants, earliest) // _QUARTER_HOUR_US - begin
    table = [_local_days_in_zone(np.arange(begin, end) * _QUARTER_HOUR_US, name) for name in zone_names]
    days = np.stack(table)[zone_index, quarters] if len(zone_names) > 1 else table[0][quarters]
    return days if is_known.all() else np.where(is_known, days, NEVER)


def _local_days_in_zone(instants: Array, zone_name: str) -> Array:
    local = pc.local_timestamp(pa.array(instants, TIMESTAMP).cast(pa.timestamp("us", zone_name)))
    return pc.floor_temporal(local, unit="day").cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)


def _apply_by_zone(
    is_known: Array, zone_index: Array, convert: Callable[[Array, str], Array], zone_names: list[str]
) -> Array:
    """What is worked out of the rows of each zone, given their positions and its name; NEVER where not known."""
    results = np.full(len(is_known), NEVER)
    for number, name in enumerate(zone_names):
        rows = np.flatnonzero(is_known & (zone_index == number))
        if rows.size:
            results[rows] = convert(rows, name)
    return results


def local_day_starts(day: Array, zone_index: Array, zone_names: list[str]) -> Array:
    """The UTC instant (int64 µs) at which each local day (days since 1970) begins in its zone; NEVER where unknown."""

    def day_starts(rows: Array, name: str) -> Array:
        encoded = pa.array(day[rows]).dictionary_encode()
        midnight = dtypes.to_dates(encoded.dictionary.to_numpy()).cast(pa.timestamp("us"))
        # where the clocks go forward at midnight, the day begins after the gap
        starts = pc.assume_timezone(midnight, name, ambiguous="earliest", nonexistent="latest")
        return starts.cast(TIMESTAMP).cast(pa.int64()).to_numpy()[encoded.indices.to_numpy()]

    return _apply_by_zone(dtypes.is_known(day), zone_index, day_starts, zone_names)


def count_local_days(begins: Array, ends: Array, zone_index: Array, zone_names: list[str]) -> Array:
    """The local days from each known UTC instant (int64 µs) to another one: the difference of their local dates."""
    begin_days, end_days = (to_local_days(instants, zone_index, zone_names) for instants in (begins, ends))
    return end_days - begin_days


def add_local_days(instants: Array, day_counts: Array, zone_index: Array, zone_names: list[str]) -> Array:
    """The known UTC instants (int64 µs) so many local days later, at the same local time of day."""

    def add_days(rows: Array, name: str) -> Array:
        local = pc.local_timestamp(pa.array(instants[rows], TIMESTAMP).cast(pa.timestamp("us", name)))
        later = pc.add(local, pa.array(day_counts[rows] * DAY_US).cast(pa.duration("us")))
        moved = pc.assume_timezone(later, name, ambiguous="latest", nonexistent="latest")
        return moved.cast(TIMESTAMP).cast(pa.int64()).to_numpy()

    return _apply_by_zone(np.ones(len(instants), bool), zone_index, add_days, zone_names)


def as_of_days(as_of: dt.datetime, zone_names: list[str]) -> Array:
    """The local day of as-of in each zone, as days since 1970."""
    epoch = dt.date(1970, 1, 1).toordinal()
    return np.array([as_of.astimezone(zoneinfo.ZoneInfo(name)).date().toordinal() - epoch for name in zone_names])


def assign_order_zones(order_keys: Array, items: pd.DataFrame, context: RunContext) -> tuple[Array, list[str]]:
    """For every order key the number of its time zone, and the zones: by ``find_order_channels`` (SPEC §1)."""
    return assign_time_zones(find_order_channels(order_keys, items), context)


def find_order_channels(order_keys: Array, items: pd.DataFrame) -> pd.Series[str]:
    """For every order key the sales channel of the first of its order items that has one; null without one."""
    item_keys, channel = arrow.to_int64(items["order_key"]), arrow.to_arrow(items["sales_channel"])
    with_channel = np.flatnonzero(channel.is_valid().to_numpy() & groups.is_in(item_keys, order_keys))
    known_keys, first_index = np.unique(item_keys[with_channel], return_index=True)
    key_index = pd.Index(known_keys).get_indexer(pd.Index(order_keys))
    item_index = np.append(with_channel[first_index], 0)[key_index]  # the last for an order without a channel, −1
    return arrow.to_series(channel.take(pa.array(item_index, mask=key_index < 0)))


def filter_until_as_of(rows: pd.DataFrame, name: str, items: pd.DataFrame, context: RunContext) -> pd.DataFrame:
    """The rows whose instant ``name`` is no later than as-of, or whose plain date no later than as-of's local day.

    That is the day in the marketplace of the row's order, one of the orders of the items.
    """
    zone_index, zone_names = assign_order_zones(arrow.to_int64(rows["order_key"]), items, context)
    today = MaskedInts(as_of_days(context.as_of, zone_names)[zone_index])
    has_happened = MaskedInts.from_column(rows[name]) <= dtypes.instant_to_us(context.as_of)
    return arrow.filter_rows(rows, has_happened | (MaskedInts.from_column(rows[f"{name}_day"]) <= today))


def merge_seen_times(items: pd.DataFrame, as_of: dt.datetime) -> dict[str, pa.ChunkedArray]:
    """When each order item was first and last seen, whatever the order in which the nights are run.

    Content that an earlier run processed and older reports renew nothing (SPEC §4).
    """
    first, last = (arrow.to_arrow(items[name]) for name in ("first_seen", "last_seen_before"))
    in_this_run, renewed = arrow.to_arrow(items["in_this_run"]), arrow.to_arrow(items["renewed"])
    now = pa.scalar(as_of, TIMESTAMP)
    is_first, is_last = (
        pc.fill_null(compare(stored, now), True) for compare, stored in ((pc.greater, first), (pc.less, last))
    )
    return {
        "first_seen": pc.if_else(pc.and_(in_this_run, is_first), now, first),
        "last_seen": pc.if_else(pc.and_(renewed, is_last), now, last),
    }
