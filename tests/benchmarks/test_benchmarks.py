"""The benchmark runs to its end on small files: every peer finishes, the tables and the picture are there."""

import pytest
from click.testing import CliRunner

from tests.benchmarks import __main__, cores, peers, table
from tests.benchmarks.measure import MIB, Job, Run
from tests.benchmarks.table import Sitting

FAST, SLOW = Job("fast", "all of it", ()), Job("slow", "some of it", ())


def test_tables_tell_ratio_speed_and_what_more_lines_cost():
    small = Sitting(
        100,
        MIB,
        {
            "fast": [Run(1, MIB, 9, 1, 6, 100), Run(3, MIB, 9, 4, 6, 100), Run(2, 2 * MIB, 9, 3, 6, 100)],
            "slow": [Run(6, MIB, None, lines=300)],
        },
    )
    large = Sitting(1_000_100, MIB, {"fast": [Run(4, 3 * MIB, 9, lines=1_000_100)]})
    told = table.sitting(small, [FAST, SLOW]).splitlines()
    assert "| fast | 2.00 | 3.00 | 1.00 | 50 | 2 | 9 | yes | all of it |" in told
    assert "| slow | 6.00 | 0.00 | 3.00 | 50 | 1 | – | no | some of it |" in told
    assert table.growth([small, large], [FAST, SLOW]).splitlines()[2:] == ["| fast | 2.00 s, 1 |", "| slow | – |"]


@pytest.mark.slow
def test_everyone_finishes_on_the_same_files(tmp_path):
    picture = tmp_path / "speed.svg"
    words = ["--size", "1000", "--size", "4000", "--repeat", "1", "--folder", str(tmp_path), "--picture", str(picture)]
    result = CliRunner().invoke(__main__.main, words)
    assert result.exit_code == 0, result.output
    for job in peers.jobs():
        assert result.output.count(f"| {job.name} |") == 3
    assert picture.read_text(encoding="utf-8").startswith("<?xml")
    result = CliRunner().invoke(cores.main, [str(tmp_path / "lines-1000"), "--repeat", "1"])
    assert result.exit_code == 0, result.output
    assert "two jobs gain" in result.output
