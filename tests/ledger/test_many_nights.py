"""A year of nights costs each night about what the first one did, and its files stay few."""

import datetime as dt
import json
import os
import sys
from collections import Counter

import pandas as pd
import pytest
from deltalake import DeltaTable

from pipeline.ledger import stored_nights
from pipeline.ledger.snapshot import LedgerSnapshot
from tests.ledger.many_nights import (
    MOST_FILES,
    MOST_GROWTH,
    NightCost,
    draw_picture,
    measure_growth,
    run_nights,
    run_paired_nights,
)

NIGHTS = 36  # a few times as many as files are put together of
MOST_DOCUMENTS = 7  # of JSON that a night reads of each earlier one
TABLES = 8  # of a ledger


def count_calls(monkeypatch, owner, name, done):
    function = getattr(owner, name)

    def call(*args, **options):
        done[name, owner] += 1
        return function(*args, **options)

    monkeypatch.setattr(owner, name, call)


@pytest.mark.slow
def test_nights_stay_as_cheap_as_the_first_and_their_files_few(tmp_path):
    pairs = list(run_paired_nights(tmp_path, NIGHTS))
    seconds = [[round(cost.cpu_seconds, 2) for cost in pair if cost] for pair in pairs]
    files = [night.file_count for night, _ in pairs]
    sys.stdout.write(f"{seconds}\n{files}\n")
    known = LedgerSnapshot(str(tmp_path / "old" / "ledger"))
    assert len(known.read_confirmations()) == NIGHTS
    assert measure_growth(pairs) <= MOST_GROWTH
    assert max(files) <= MOST_FILES
    assert max(files[-12:]) <= max(files[12:24]) * 1.1


@pytest.mark.slow
def test_an_earlier_night_without_an_answer_costs_the_next_ones_a_few_steps(tmp_path, monkeypatch):
    done, work = Counter(), []
    opened, framed, read, synced = (DeltaTable, pd.DataFrame, json, os)
    for owner, name in ((opened, "__init__"), (framed, "__init__"), (read, "loads"), (synced, "fsync")):
        count_calls(monkeypatch, owner, name, done)
    for _ in run_nights(tmp_path, 9):
        work.append(done.copy())
        done.clear()
    earlier, later, nights = work[3], work[8], 5  # in neither are files put together
    assert earlier["__init__", opened] == later["__init__", opened] == TABLES
    assert 0 < later["__init__", framed] <= earlier["__init__", framed]
    assert later["loads", read] - earlier["loads", read] <= nights * MOST_DOCUMENTS
    assert later["fsync", synced] - earlier["fsync", synced] == nights  # the folder in which a part waits


def test_of_earlier_nights_those_are_read_that_somebody_looks_at(monkeypatch):
    nights = stored_nights.StoredNights(
        [(dt.datetime(2026, 3, day, 7, tzinfo=dt.UTC), None, f'{{"day": {day}}}') for day in range(1, 31)]
    )
    done = Counter()
    count_calls(monkeypatch, json, "loads", done)
    assert len(nights) == 30
    assert not done
    assert [night.summary["day"] for night in nights[-2:]] == [29, 30]
    assert (nights[-1].as_of, nights[-1].metrics) == ("2026-03-30T07:00:00Z", {})
    assert done["loads", json] == 4
    assert [night.summary["day"] for night in reversed(nights)] == [*range(30, 0, -1)]
    with pytest.raises(IndexError):
        nights[30]


def test_the_picture_shows_seconds_files_and_bytes_by_night():
    picture = draw_picture([NightCost(1.5, 20 + number, 4000 + number) for number in range(30)]).decode()
    assert picture.count('class="series') >= 3
    for words in ("CPU s, at most 1.5", "files, at most 49", "bytes, at most 4,029"):
        assert words in picture
