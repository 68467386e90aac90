"""Due times for people: how near each is, in one of a few horizons and in words."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import calendar
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import DAY_US, Array

HORIZONS = ("overdue", "today", "next 48 h", "later", "no date")  # from the nearest on, as people read them
OVERDUE, TODAY, SOON, LATER, UNDATED = range(len(HORIZONS))
_HOUR_US, MINUTE_US = 3_600_000_000, 60_000_000
_SOON_US = 48 * _HOUR_US  # after as-of: shown as soon, and in hours


def grade_due(due_us: Array, overdue: Array, zones: Array, as_of: dt.datetime) -> Array:
    """For every due time (int64 µs UTC, NEVER where unknown) its number in ``HORIZONS``.

    Today ends with the local day of as-of in the time zone (``calendar.ZONES``); what is due by as-of and not overdue
    is due today.
    """
    zone_numbers, zone_names = np.arange(len(calendar.ZONES)), list(calendar.ZONES)
    tomorrows = calendar.local_day_starts(calendar.as_of_days(as_of, zone_names) + 1, zone_numbers, zone_names)
    conditions = [
        ~dtypes.is_known(due_us),
        overdue,
        due_us < tomorrows[zones],
        due_us <= dtypes.instant_to_us(as_of) + _SOON_US,
    ]
    return np.select(conditions, [UNDATED, OVERDUE, TODAY, SOON], LATER)


def describe_due(due_us: Array, overdue: Array, as_of_us: int) -> pa.Array:
    """How far each due time is from as-of, in words: ``in 5 h``, ``due now``, ``2 days late``; never null."""
    is_known = dtypes.is_known(due_us)
    difference_us = np.where(is_known, due_us, as_of_us) - as_of_us
    distance_us = np.abs(difference_us)
    unit = np.select([distance_us < _HOUR_US, distance_us < _SOON_US], [0, 1], 2)
    count = distance_us // np.array([MINUTE_US, _HOUR_US, DAY_US])[unit]
    encoded = pa.array(np.select([~is_known, overdue, difference_us < MINUTE_US], [0, 1, 2], 3) * 3 + unit)
    is_certain = pc.is_in(encoded, value_set=pa.array([0, 1, 2, 6, 7, 8]))  # words without a number
    prefixes = arrow.take_strings(("no date",) * 3 + ("",) * 3 + ("due now",) * 3 + ("in ",) * 3, encoded.to_numpy())
    suffixes = arrow.take_strings(
        ("",) * 3 + (" min late", " h late", " days late") + ("",) * 3 + (" min", " h", " days"), encoded.to_numpy()
    )
    numbers = pc.if_else(is_certain, "", pa.array(count).cast(pa.string()))
    return pc.binary_join_element_wise(prefixes, numbers, suffixes, "")
