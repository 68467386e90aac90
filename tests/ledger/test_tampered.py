"""A ledger that somebody has tampered with is told in one line, and nothing is published twice."""

import shutil

import pyarrow as pa
import pytest
from click.testing import CliRunner
from deltalake import DeltaTable, write_deltalake

from pipeline import cli
from pipeline.app import console
from pipeline.ledger.layouts import LAYOUT
from pipeline.ledger.snapshot import LedgerSnapshot
from tests.house import NIGHTS, House, report, upload

FEED = "feeds/shipping-confirmation-001.tsv"


def invoke(*words):
    return CliRunner().invoke(cli.main, [*map(str, words)])


def nights(folder, first):
    """A ledger of three nights, each of which publishes a confirmation."""
    folder.mkdir(exist_ok=True)
    house = House(folder)
    for number in range(first, first + 3):
        given = upload(folder / f"{number}.txt", (number, "2", f"T{number}"))
        house.run(report(folder / f"unshipped-{number}.txt", number, number + 1), given)
        assert house.fed() == [f"T{number}"]
    return house


@pytest.fixture
def house(tmp_path):
    return nights(tmp_path / "house", 1)


def run_again(house, *more):
    """The last night's files on a later night, into another folder."""
    files = [house.folder / "unshipped-3.txt", house.folder / "3.txt"]
    places = ["--out", house.folder / "again", "--ledger", house.folder / "ledger"]
    return invoke("run", *files, "--as-of", NIGHTS[4], *places, *more)


def check_refused(house, words, *, status=console.COULD_NOT_FINISH):
    ran = run_again(house)
    assert ran.exit_code == status, ran.output
    assert isinstance(ran.exception, SystemExit)
    (line,) = ran.stderr.splitlines()
    assert words in line
    assert not (house.folder / "again").exists()


def entries(house, table):
    return sorted((house.folder / "ledger" / table / "_delta_log").glob("*.json"))


def test_a_run_whose_row_is_lost_waits_for_a_person(house):
    run_id = str(LedgerSnapshot(str(house.folder / "ledger")).runs["run_id"].iloc[-1])
    entries(house, "runs")[-1].unlink()
    check_refused(house, f"the outputs of run {run_id[:12]} are in {house.folder / 'out3'}")
    check_refused(house, f"feedwarden feeds uploaded {run_id[:12]} --ledger {house.folder / 'ledger'}")
    check_refused(house, f"move {house.folder / 'out3'} away and run again")
    said = invoke("feeds", "uploaded", "2", "--as-of", NIGHTS[4], "--ledger", house.folder / "ledger")
    assert said.exit_code == console.COULD_NOT_FINISH
    assert LedgerSnapshot(str(house.folder / "ledger")).last == 2


def test_a_lost_run_of_which_a_person_says_that_it_was_uploaded_is_recorded_again(house):
    ledger = house.folder / "ledger"
    before = LedgerSnapshot(str(ledger))
    entries(house, "runs")[-1].unlink()
    said = invoke("feeds", "uploaded", before.runs["run_id"].iloc[-1][:12], "--as-of", NIGHTS[4], "--ledger", ledger)
    assert said.exit_code == 0, said.output
    after = LedgerSnapshot(str(ledger))
    assert after.runs.iloc[:3].equals(before.runs)
    assert after.last == 3
    assert len(after.runs) == 4
    assert len(after.read_confirmations()) == 3
    assert run_again(house).exit_code == 0
    assert not (house.folder / "again" / FEED).exists()


@pytest.mark.slow
def test_a_lost_run_whose_output_is_moved_away_is_published_again(house):
    entries(house, "runs")[-1].unlink()
    (house.folder / "out3").rename(house.folder / "not-uploaded")
    ran = run_again(house)
    assert ran.exit_code == 0, ran.output
    assert "an interrupted run was rolled back: " in ran.output
    assert "1 row of confirmations; run its files again" in ran.output
    assert "T3" in (house.folder / "again" / FEED).read_text("utf-8")


def test_a_lost_run_without_its_file_cannot_be_recorded(house):
    run_id = str(LedgerSnapshot(str(house.folder / "ledger")).runs["run_id"].iloc[-1])
    newest = DeltaTable(house.folder / "ledger/runs").file_uris()
    entries(house, "runs")[-1].unlink()
    (lost,) = set(newest) - set(DeltaTable(house.folder / "ledger/runs").file_uris())
    (house.folder / "ledger/runs" / lost.rpartition("/")[2]).unlink()
    said = invoke("feeds", "uploaded", run_id, "--as-of", NIGHTS[4], "--ledger", house.folder / "ledger")
    assert said.exit_code == console.COULD_NOT_FINISH
    assert f"its row of the run {run_id} is gone; restore the folder from a backup" in said.output
    check_refused(house, "is lost; nothing is published until you decide")


@pytest.mark.parametrize("table", ["confirmations", pytest.param("order_items", marks=pytest.mark.slow)])
@pytest.mark.parametrize("place", [0, pytest.param(2, marks=pytest.mark.slow), -1])
def test_an_entry_of_a_table_that_is_gone(house, table, place):
    entries(house, table)[place].unlink()
    check_refused(house, f"{table}: a file of _delta_log is missing or damaged; restore the folder from a backup")


@pytest.mark.parametrize("table", ["confirmations", "order_items", "runs"])
@pytest.mark.slow
def test_a_table_of_another_ledger(house, tmp_path, table):
    other = nights(tmp_path / "other", 5)
    shutil.rmtree(house.folder / "ledger" / table)
    shutil.copytree(other.folder / "ledger" / table, house.folder / "ledger" / table)
    check_refused(house, "but of another ledger or changed by another program; restore the folder from a backup")
    assert invoke("ledger", "show", "--ledger", house.folder / "ledger").exit_code == console.COULD_NOT_FINISH
    assert invoke("ledger", "verify", "--ledger", house.folder / "ledger").exit_code == console.COULD_NOT_FINISH


def test_a_lock_that_is_a_folder(house):
    (house.folder / "ledger/.lock").unlink()
    (house.folder / "ledger/.lock").mkdir()
    check_refused(house, ".lock: is a folder where the file of the lock belongs; remove it", status=console.WRONG_USAGE)


@pytest.mark.parametrize("description", [None, LAYOUT])
@pytest.mark.parametrize("table", ["confirmations", pytest.param("runs", marks=pytest.mark.slow)])
def test_a_table_that_another_program_wrote(house, table, description):
    ledger = house.folder / "ledger"
    shutil.rmtree(ledger / table)
    write_deltalake(str(ledger / table), pa.table({"a": [1]}), description=description)
    check_refused(house, f"/{table}/: feedwarden did not write this table; choose another folder with --ledger")
    for command in ("show", "verify"):
        said = invoke("ledger", command, "--ledger", ledger)
        assert (said.exit_code, len(said.stderr.splitlines())) == (console.WRONG_USAGE, 1), said.output
        assert f"/{table}/: feedwarden did not write this table" in said.stderr


def test_rows_that_another_program_added_are_taken_back(house):
    table = DeltaTable(house.folder / "ledger/confirmations")
    write_deltalake(table, table.to_pyarrow_table(), mode="append")
    ran = run_again(house)
    assert ran.exit_code == 0, ran.output
    assert "an interrupted run was rolled back: 3 rows of confirmations" in ran.output
    assert len(LedgerSnapshot(str(house.folder / "ledger")).read_confirmations()) == 3


@pytest.mark.slow
def test_a_run_killed_before_its_row_is_forgotten_as_before(house):
    """Its output was never placed: there is nothing to decide."""
    entries(house, "runs")[-1].unlink()
    shutil.rmtree(house.folder / "out3")
    assert run_again(house).exit_code == 0
    assert (house.folder / "again" / FEED).exists()
