"""A year of nights costs each night about what the first one did, and its files stay few."""

import statistics
import sys
import time

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.ledger.snapshot import LedgerSnapshot
from tests.house import report, upload

NIGHTS = 36  # a few times as many as files are put together of
MOST_FILES = 130  # of eight tables: those of some nights, and the log of them
FIRST, LAST = slice(2, 9), slice(-7, None)  # nights compared; the very first ones load the program


def run_night(folder, number):
    """The seconds of the processor that a night takes."""
    files = [report(folder / "r.txt", number, number + 1), upload(folder / "u.txt", (number, "2", f"T{number}"))]
    as_of = f"2026-03-{8 + number // 24:02d}T{number % 24:02d}:00:00Z"
    words = ["run", *files, "--as-of", as_of, "--out", folder / "out", "--ledger", folder / "ledger"]
    begin = time.process_time()
    ran = CliRunner().invoke(cli.main, [*map(str, words), "--quiet"])
    assert ran.exit_code == 0, ran.output
    return time.process_time() - begin


def count_files(folder):
    return sum(path.is_file() for path in folder.rglob("*"))


@pytest.mark.slow
def test_nights_stay_as_cheap_as_the_first_and_their_files_few(tmp_path):
    seconds, files = [], []
    for number in range(NIGHTS):
        seconds.append(run_night(tmp_path, number))
        files.append(count_files(tmp_path / "ledger"))
    sys.stdout.write(f"{[round(one, 2) for one in seconds]}\n{files}\n")
    known = LedgerSnapshot(str(tmp_path / "ledger"))
    assert len(known.read_confirmations()) == NIGHTS
    assert statistics.median(seconds[LAST]) <= 1.5 * statistics.median(seconds[FIRST])
    assert max(files) <= MOST_FILES
    assert max(files[-12:]) <= max(files[12:24]) * 1.1
