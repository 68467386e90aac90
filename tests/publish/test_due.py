"""How near a due time is: the horizons of the summary and the page, and the words of the worklist."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from pipeline.model import calendar
from pipeline.publish.reports import due_counts, due_times
from pipeline.utils import dtypes

AS_OF = dt.datetime(2026, 3, 10, 20, tzinfo=dt.UTC)  # 13:00 in Los Angeles, 21:00 in Berlin
HOUR = 3_600_000_000
LOS_ANGELES, BERLIN = (calendar.ZONES.index(name) for name in ("America/Los_Angeles", "Europe/Berlin"))


def grade(hours, zone, *, overdue=False):
    due = np.array([dtypes.instant_to_us(AS_OF) + round(hours * HOUR)])
    (horizon,) = due_times.grade_due(due, np.array([overdue]), np.array([zone]), AS_OF)
    return due_times.HORIZONS[horizon]


@pytest.mark.parametrize(
    ("hours", "zone", "horizon"),
    [
        (10.99, LOS_ANGELES, "today"),  # the day ends at 07:00 UTC
        (11, LOS_ANGELES, "next 48 h"),
        (2.99, BERLIN, "today"),  # and here at 23:00 UTC
        (3, BERLIN, "next 48 h"),
        (0, BERLIN, "today"),
        (-5, BERLIN, "today"),  # past by the earliest it may be, and held against nobody yet
        (48, BERLIN, "next 48 h"),
        (48.01, BERLIN, "later"),
    ],
)
def test_today_is_the_day_of_the_marketplace(hours, zone, horizon):
    assert grade(hours, zone) == horizon


def test_what_is_overdue_and_what_has_no_date():
    assert grade(-1, BERLIN, overdue=True) == "overdue"
    unknown = np.array([dtypes.NEVER])
    (horizon,) = due_times.grade_due(unknown, np.array([False]), np.array([BERLIN]), AS_OF)
    assert due_times.HORIZONS[horizon] == "no date"


@pytest.mark.parametrize(
    ("minutes", "overdue", "words"),
    [
        (5 * 60, False, "in 5 h"),
        (5 * 60 + 59, False, "in 5 h"),
        (59, False, "in 59 min"),
        (48 * 60 - 1, False, "in 47 h"),
        (48 * 60, False, "in 2 days"),
        (0, False, "due now"),
        (0.9, False, "due now"),
        (1, False, "in 1 min"),
        (-300, False, "due now"),
        (-300, True, "5 h late"),
        (-59, True, "59 min late"),
        (-48 * 60, True, "2 days late"),
        (None, False, "no date"),
    ],
)
def test_a_due_time_in_words(minutes, overdue, words):
    as_of = dtypes.instant_to_us(AS_OF)
    due = np.array([dtypes.NEVER if minutes is None else as_of + round(minutes * 60_000_000)])
    assert due_times.describe_due(due, np.array([overdue]), as_of).to_pylist() == [words]


def test_money_is_added_up_by_action_currency_and_horizon():
    due = [dtypes.instant_to_us(AS_OF) + hours * HOUR for hours in (1, 2, 30)]
    lines = pa.table(
        {
            "due_at": dtypes.to_timestamps(np.array(due)),
            "action": ["ship", "ship", "ship"],
            "amount": pa.array(["1.50", None, "7.00"]).cast(dtypes.MONEY),
            "currency": ["EUR", "EUR", "GBP"],
            "order_id": ["1", "2", "3"],
            "zone": pa.array([BERLIN] * 3, pa.int64()),
            "urgency": pa.array(due, pa.int64()),
        }
    )
    parts = [lines.slice(0, 1), lines.slice(1)]
    told = {entry.horizon: entry.totals for entry in due_counts.count_due(parts, AS_OF)}
    assert sorted(told) == [due_times.TODAY, due_times.SOON]
    assert told[due_times.TODAY].lines == 2
    assert due_counts.format_money(told[due_times.TODAY].amounts) == "1.50 EUR"
    assert due_counts.format_first_due(told[due_times.TODAY]) == "2026-03-10 22:00 CET"
    assert due_counts.format_money(told[due_times.SOON].amounts) == "7.00 GBP"
