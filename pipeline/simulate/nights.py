"""The nights of a simulation, and local days; every instant is a whole number of seconds UTC."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.simulate.chance import Ints

DAY, HOUR = 86_400, 3_600
LEAD = HOUR // 2  # the reports are made this long before the night's run
LAG = HOUR  # the feeds are uploaded, and taken by Amazon, this long after it
FAR = 1 << 40  # an instant, or a night, that never comes


class Nights(NamedTuple):
    """Night 1 is judged at ``first``, each next one a day later; nights before 1 were other people's work."""

    first: int
    number: int

    def as_of(self, night: Ints | int) -> Ints:
        """The instant a night is judged at."""
        return np.asarray(self.first + (np.minimum(night, FAR // DAY) - 1) * DAY)

    def made(self, night: Ints | int) -> Ints:
        """When the night's reports were made."""
        return self.as_of(night) - LEAD

    def taken(self, night: Ints | int) -> Ints:
        """When Amazon has taken the night's feeds."""
        return self.as_of(night) + LAG

    def knowing(self, instants: Ints) -> Ints:
        """The first night whose reports know what happened at an instant."""
        return -((self.first - LEAD - instants) // DAY) + 1

    def date(self, night: int) -> str:
        """The UTC date of a night, as file names carry it."""
        return dt.datetime.fromtimestamp(int(self.as_of(night)), dt.UTC).strftime("%Y-%m-%d")


class Zone:
    """A time zone between two instants, looked up by the hour: no zone changes its offset but on the hour."""

    def __init__(self, name: str, begin: int, end: int) -> None:
        """The IANA zone, known from a day before begin to a day after end."""
        self._first = begin // HOUR - DAY // HOUR
        hours = range(self._first, end // HOUR + DAY // HOUR + 1)
        zone = ZoneInfo(name)
        known = [dt.datetime.fromtimestamp(hour * HOUR, zone).utcoffset() for hour in hours]
        self._offsets = np.array([int(one.total_seconds()) if one else 0 for one in known], np.int64)

    def offset(self, instants: Ints) -> Ints:
        """Seconds to add to UTC; what lies outside the known time takes the nearest hour's."""
        at = np.clip(instants // HOUR - self._first, 0, len(self._offsets) - 1)
        return np.asarray(self._offsets[at])

    def day(self, instants: Ints) -> Ints:
        """The local day, counted from 1970."""
        return (instants + self.offset(instants)) // DAY

    def last_second(self, days: Ints) -> Ints:
        """The instant of 23:59:59 on a local day."""
        local = (days + 1) * DAY - 1
        return local - self.offset(local - self.offset(local))
