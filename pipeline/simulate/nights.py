"""The nights of a simulation, and local days; every instant is a whole number of seconds UTC."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.utils.dtypes import IntArray

DAY_SECONDS, HOUR_SECONDS = 86_400, 3_600
REPORT_LEAD = HOUR_SECONDS // 2  # the reports are made this long before the night's run
UPLOAD_LAG = HOUR_SECONDS  # the feeds are uploaded, and taken by Amazon, this long after it
FAR_FUTURE = 1 << 40  # an instant, or a night, that never comes


class Nights(NamedTuple):
    """Night 1 is judged at ``first_as_of``, each next one a day later; nights before 1 were other people's work."""

    first_as_of: int
    night_count: int

    def as_of(self, night: IntArray | int) -> IntArray:
        """The instant a night is judged at."""
        return np.asarray(self.first_as_of + (np.minimum(night, FAR_FUTURE // DAY_SECONDS) - 1) * DAY_SECONDS)

    def reports_made_at(self, night: IntArray | int) -> IntArray:
        """When the night's reports were made."""
        return self.as_of(night) - REPORT_LEAD

    def feeds_taken_at(self, night: IntArray | int) -> IntArray:
        """When Amazon has taken the night's feeds."""
        return self.as_of(night) + UPLOAD_LAG

    def first_reporting_night(self, instants: IntArray) -> IntArray:
        """The first night whose reports know what happened at an instant."""
        return -((self.first_as_of - REPORT_LEAD - instants) // DAY_SECONDS) + 1

    def utc_date(self, night: int) -> str:
        """The UTC date of a night, as file names carry it."""
        return dt.datetime.fromtimestamp(int(self.as_of(night)), dt.UTC).strftime("%Y-%m-%d")


class TimeZone:
    """A time zone between two instants, looked up by the hour: no zone changes its offset but on the hour."""

    def __init__(self, name: str, begin: int, end: int) -> None:
        """The IANA zone, known from a day before begin to a day after end."""
        self._first_hour = begin // HOUR_SECONDS - DAY_SECONDS // HOUR_SECONDS
        hours = range(self._first_hour, end // HOUR_SECONDS + DAY_SECONDS // HOUR_SECONDS + 1)
        zone = ZoneInfo(name)
        offsets = [dt.datetime.fromtimestamp(hour * HOUR_SECONDS, zone).utcoffset() for hour in hours]
        self._offsets = np.array([int(offset.total_seconds()) if offset else 0 for offset in offsets], np.int64)

    def utc_offset(self, instants: IntArray) -> IntArray:
        """Seconds to add to UTC; what lies outside the known time takes the nearest hour's."""
        hour_index = np.clip(instants // HOUR_SECONDS - self._first_hour, 0, len(self._offsets) - 1)
        return np.asarray(self._offsets[hour_index])

    def day(self, instants: IntArray) -> IntArray:
        """The local day, counted from 1970."""
        return (instants + self.utc_offset(instants)) // DAY_SECONDS

    def last_second(self, days: IntArray) -> IntArray:
        """The instant of 23:59:59 on a local day."""
        local = (days + 1) * DAY_SECONDS - 1
        return local - self.utc_offset(local - self.utc_offset(local))
