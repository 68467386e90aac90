"""A purchase-date far ahead of as-of costs the page no column a day."""

import time

from click.testing import CliRunner

from pipeline import cli
from tests import house


def test_days_left_end_at_sixty(tmp_path):
    path = house.report(tmp_path / "unshipped.txt", 1, 2)
    path.write_text(path.read_text("utf-8").replace("2026-03-01T10:00:00", "8990-03-01T10:00:00", 1), "utf-8")
    begin = time.process_time()
    words = ["run", str(path), "--no-ledger", "--as-of", "2026-03-08T07:00:00Z", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(cli.main, words).exit_code == 0
    assert time.process_time() - begin < 30
    assert ">60+<" in (tmp_path / "out/report.html").read_text("utf-8")
