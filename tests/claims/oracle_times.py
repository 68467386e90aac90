"""Times and cells as the contract reads them: instants, plain dates, and what is certain of either."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from decimal import Decimal

ZONES = {"Amazon.com": "America/Los_Angeles", "Amazon.de": "Europe/Berlin", "Amazon.co.jp": "Asia/Tokyo"}
HOUR, DAY, TICK = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(microseconds=1)
CONTACT_RESPONSE, AFTER_ESTIMATE, APPEAL, ODR_WINDOW, CONFIRM_WITHIN = 48 * HOUR, 3 * DAY, 30 * DAY, 60 * DAY, 30 * DAY
NO_REPLY, INFO = ({"amazon": 48 * HOUR, "amazon-zh": 72 * HOUR} for _ in range(2))


def read(text):
    """An instant or a plain date; None for an empty cell."""
    if not text:
        return None
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)


def read_english(text):
    return dt.datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=dt.UTC).date() if text.strip() else None


def money(text):
    return Decimal(text) if text else None


def is_instant(value):
    return isinstance(value, dt.datetime)


class Clock:
    """As-of in one marketplace."""

    never = dt.datetime.min.replace(tzinfo=dt.UTC)

    def __init__(self, as_of, channel):
        self.as_of, self.zone = as_of, zoneinfo.ZoneInfo(ZONES[channel])

    def day(self, value):
        return value.astimezone(self.zone).date() if is_instant(value) else value

    def midnight(self, day):
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)

    def first(self, value):
        """The earliest instant that it can be."""
        return value if is_instant(value) else self.midnight(value)

    def last(self, value):
        return value if is_instant(value) else self.midnight(value + DAY) - TICK

    def later(self, one, other):
        """Whether it certainly is; local dates are compared where either is a plain date."""
        if is_instant(one) and is_instant(other):
            return one > other
        return self.day(one) > self.day(other)

    def maybe_later(self, one, other):
        if is_instant(one) and is_instant(other):
            return one > other
        return self.day(one) >= self.day(other)

    def happened(self, value):
        return value is not None and not self.later(value, self.as_of)

    def over(self, since, window):
        """Whether a window that began then is certainly over: of a plain date, after the end of its last day."""
        return self.as_of > (since if is_instant(since) else self.midnight(since + DAY)) + window
