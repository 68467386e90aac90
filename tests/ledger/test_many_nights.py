"""A year of nights costs each night about what the first one did, and its files stay few."""

import sys

import pytest

from pipeline.ledger.snapshot import LedgerSnapshot
from tests.ledger.many_nights import MOST_FILES, MOST_GROWTH, NightCost, draw_picture, measure_growth, run_nights

NIGHTS = 36  # a few times as many as files are put together of


@pytest.mark.slow
def test_nights_stay_as_cheap_as_the_first_and_their_files_few(tmp_path):
    costs = list(run_nights(tmp_path, NIGHTS))
    files = [cost.file_count for cost in costs]
    sys.stdout.write(f"{[round(cost.cpu_seconds, 2) for cost in costs]}\n{files}\n")
    known = LedgerSnapshot(str(tmp_path / "ledger"))
    assert len(known.read_confirmations()) == NIGHTS
    assert measure_growth(costs) <= MOST_GROWTH
    assert max(files) <= MOST_FILES
    assert max(files[-12:]) <= max(files[12:24]) * 1.1


def test_the_picture_shows_seconds_files_and_bytes_by_night():
    picture = draw_picture([NightCost(1.5, 20 + number, 4000 + number) for number in range(30)]).decode()
    assert picture.count('class="series') >= 3
    for words in ("CPU s, at most 1.5", "files, at most 49", "bytes, at most 4,029"):
        assert words in picture
