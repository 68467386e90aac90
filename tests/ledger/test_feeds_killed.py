"""No feed is lost where the program is killed: neither what a person said of it, nor a part that is carried on."""

import signal

import pytest

from pipeline.ledger.snapshot import LedgerSnapshot
from tests.house import alike, report, upload
from tests.ledger import test_safety
from tests.ledger.test_feeds import FIRST, PART, SECOND, Day


def begun(home, tmp_path):
    """A day with one run, nothing uploaded."""
    home.mkdir()
    day = Day(home)
    day.run(FIRST, report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "a.txt", (1, "2", "T1")))
    return day


def count_places(words):
    counted = test_safety.run(words)
    assert counted.returncode == 0, counted.stderr
    return int(counted.stderr.split()[-1])


def uploaded(day):
    return ["feeds", "uploaded", "1", "--as-of", "2026-03-08T08:00:00Z", "--ledger", day.ledger]


def check_killed_statement(tmp_path, at):
    """Killed there, it is said or not said; said again, it is said once."""
    day = begun(tmp_path / f"harmed-{at}", tmp_path)
    assert test_safety.run(uploaded(day), at).returncode == -signal.SIGKILL, at
    assert LedgerSnapshot(str(day.ledger)).last in (1, 2), at
    day.feeds("uploaded", "1")
    assert len(LedgerSnapshot(str(day.ledger)).runs) == 2, at
    assert day.states() == {(1, PART): "uploaded"}, at


@pytest.mark.slow
def test_a_statement_killed_at_its_commit_is_made_again(tmp_path):
    places = count_places(uploaded(begun(tmp_path / "well", tmp_path)))
    check_killed_statement(tmp_path, places)


@pytest.mark.slow
def test_a_statement_killed_at_any_place_is_said_or_not_said(tmp_path):
    for at in range(1, count_places(uploaded(begun(tmp_path / "well", tmp_path))) + 1):
        check_killed_statement(tmp_path, at)


def second_run(day, tmp_path):
    given = upload(tmp_path / "b.txt", (2, "2", "T2"), (1, "2", "T1"))
    return ["run", given, "--as-of", "2026-03-08T09:00:00Z", "--out", day.out, "--ledger", day.ledger], given


@pytest.mark.slow
@pytest.mark.parametrize("share", range(test_safety.SHARES))
def test_a_run_killed_while_it_carries_parts_on_loses_none(tmp_path, share):
    well = begun(tmp_path / "well", tmp_path)
    words, given = second_run(well, tmp_path)
    places = count_places(words)
    for at in range(1 + share, places + 1, test_safety.SHARES):
        day = begun(tmp_path / f"harmed-{at}", tmp_path)
        assert test_safety.run(second_run(day, tmp_path)[0], at).returncode == -signal.SIGKILL, at
        day.run(SECOND, given)
        assert sorted(day.parts()) == [f"earlier/{FIRST}/{PART}", PART], at
        assert alike(well.out, day.out), at


@pytest.mark.slow
def test_a_run_killed_before_its_output_is_placed_is_finished_by_what_a_person_says(tmp_path):
    """The parts are carried on by then: the statement puts the output in its place, and no part is lost."""
    well = begun(tmp_path / "well", tmp_path)
    words, _ = second_run(well, tmp_path)
    day = begun(tmp_path / "harmed", tmp_path)
    killer = test_safety.KILLER
    try:
        test_safety.KILLER = killer.replace(
            "try:\n    cli.main()",
            "atomic_replace._swap_folders = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\ntry:\n    cli.main()",
        )
        assert test_safety.run(second_run(day, tmp_path)[0]).returncode == -signal.SIGKILL
    finally:
        test_safety.KILLER = killer
    count_places(words)
    assert sorted(day.parts()) == [PART]
    assert day.feeds("uploaded", "2").endswith(f"run 2: {PART} uploaded\n")
    assert alike(well.out, day.out)
