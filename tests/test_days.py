"""Local days from a table are those that the time zones themselves give, on either side of every change of clocks."""

import datetime as dt
import zoneinfo

import numpy as np
import pytest

from pipeline.model import calendar
from pipeline.utils import dtypes
from schemas import lists

ZONES = sorted({*lists.time_zones().values(), "Australia/Lord_Howe", "Asia/Kathmandu"})
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
US = dt.timedelta(microseconds=1)


def near(zone, year):
    """Instants around some midnights, and around every hour of the days of the year on which the clocks move."""
    start, here = dt.datetime(year, 1, 1, tzinfo=dt.UTC), zoneinfo.ZoneInfo(zone)
    told = [(start + dt.timedelta(days=at)).astimezone(here) for at in range(367)]
    moved = [
        one - dt.timedelta(days=1)
        for one, last in zip(told[1:], told, strict=False)
        if one.utcoffset() != last.utcoffset()
    ]
    hours = [one + dt.timedelta(hours=at) for one in moved for at in range(25)]
    midnights = [one.replace(hour=0, minute=0) for one in told[::30]]
    around = [one.astimezone(dt.UTC) + dt.timedelta(minutes=step) for one in hours + midnights for step in (-15, 0, 15)]
    return [one + shift for one in around for shift in (-US, 0 * US, US)]


@pytest.mark.parametrize("year", [1900, 1981, 2026])
@pytest.mark.parametrize("times", [1, 50], ids=["few, each for itself", "many, from a table"])
def test_a_local_day_is_that_of_its_zone(year, times):
    told = [(number, one) for number, zone in enumerate(ZONES) for one in near(zone, year)]
    micros = np.array([*((one - EPOCH) // US for _, one in told), dtypes.NEVER] * times)
    zone = np.array([*(number for number, _ in told), 0] * times)
    wanted = [one.astimezone(zoneinfo.ZoneInfo(ZONES[number])).date().toordinal() for number, one in told]
    found = calendar.to_local_days(micros, zone, ZONES).reshape(times, -1)
    assert (found == found[0]).all()
    assert found[0, -1] == dtypes.NEVER
    assert (found[0, :-1] + EPOCH.toordinal()).tolist() == wanted
