"""A ledger in a store of objects, an S3 on this machine: nights, repeats, two at once, faults by their names."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console
from pipeline.ledger.snapshot import LedgerSnapshot
from tests import s3
from tests.house import NIGHTS, House, alike, order, report, upload

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def store():
    """The settings of an S3 with one bucket."""
    with s3.run_store() as settings:
        yield settings


@pytest.fixture
def ledger(store, monkeypatch, tmp_path):
    """The address of a ledger that is not begun yet."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in store.items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3.BUCKET}/{tmp_path.name}"


def invoke(*words):
    console.log.handlers.clear()  # of the command before, whose standard error is closed
    return CliRunner().invoke(cli.main, [*map(str, words)])


def night(number, files, ledger, out):
    return ["run", *map(str, files), "--as-of", NIGHTS[number], "--out", str(out), "--ledger", ledger]


def files_of(folder, number):
    folder.mkdir(exist_ok=True)
    given = upload(folder / f"{number}.txt", (number, "2", f"T{number}"))
    return [report(folder / f"unshipped{number}.txt", number, number + 1), given]


def rows(url, read):
    return sorted(map(repr, read(LedgerSnapshot(str(url))).to_dict("records")))


@pytest.mark.slow
def test_nights_are_those_of_a_ledger_in_a_folder(ledger, tmp_path):
    house = House(tmp_path)
    for number in (1, 2):
        files = files_of(tmp_path / "files", number)
        house.run(*files, night=number, out=f"local{number}")
        ran = invoke(*night(number, files, ledger, tmp_path / f"remote{number}"))
        assert ran.exit_code in (0, 1), ran.output
        assert alike(tmp_path / f"local{number}", tmp_path / f"remote{number}")
    for read in (LedgerSnapshot.read_items, LedgerSnapshot.read_confirmations):
        assert rows(ledger, read) == rows(tmp_path / "ledger", read)
    assert LedgerSnapshot(ledger).last == 2
    again = invoke(*night(2, files, ledger, tmp_path / "again"))
    assert again.exit_code == ran.exit_code
    assert alike(tmp_path / "again", tmp_path / "remote2")
    assert LedgerSnapshot(ledger).last == 2
    for words in (["ledger", "show", order(1)[0]], ["ledger", "history"], ["ledger", "verify"], ["feeds", "list"]):
        shown = [invoke(*words, "--ledger", url) for url in (ledger, tmp_path / "ledger")]
        assert [one.exit_code for one in shown] == [0, 0]
        assert shown[0].output == shown[1].output
    assert invoke("feeds", "uploaded", "1", "--ledger", ledger, "--as-of", NIGHTS[3]).exit_code == 0
    assert invoke("ledger", "scrub", "--ledger", ledger).exit_code == 0
    assert LedgerSnapshot(ledger).last == 2
    assert len(LedgerSnapshot(ledger).runs) == 3
    assert invoke("ledger", "verify", "--ledger", ledger).exit_code == 0


def start(words):
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_of_two_at_once_without_a_lock_neither_loses_a_row(ledger, tmp_path):
    files = {number: files_of(tmp_path / "files", number) for number in (1, 3, 5)}
    assert invoke(*night(1, files[1], ledger, tmp_path / "out1")).exit_code == 0
    running = {number: start(night(number, files[number], ledger, tmp_path / f"out{number}")) for number in (3, 5)}
    ended = {number: (process.communicate()[1], process.returncode) for number, process in running.items()}
    assert any(status in (0, 1) for _, status in ended.values()), ended
    for number, (error, status) in ended.items():
        if status == console.COULD_NOT_FINISH:
            assert "another run has committed" in error
            assert not (tmp_path / f"out{number}").exists()
            assert invoke(*night(number, files[number], ledger, tmp_path / f"out{number}")).exit_code in (0, 1)
    known = LedgerSnapshot(ledger)
    assert known.last == 3
    confirmed = [order(number)[0] for number in (1, 3, 5)]
    assert sorted(known.read_confirmations()["order_id"]) == confirmed
    assert len(known.read_items()) == 6


FAULTS = {
    "no credentials": (
        {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
        "no credentials were found for it; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    "http": ({"AWS_ALLOW_HTTP": None}, "the endpoint begins with http://"),
    "no bucket": ({}, "the bucket does not exist; check its name"),
    "unreachable": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "the storage cannot be reached"),
    "no storage": ({}, "no ledger can be at an address of the kind carrier://"),
}
ADDRESSES = {"no bucket": "s3://no-such-bucket/ledger", "no storage": "carrier://pigeon/ledger"}


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=pytest.mark.slow if name == "unreachable" else ()) for name in FAULTS]
)
def test_a_place_that_cannot_be_used_is_named_for_what_it_is(ledger, tmp_path, monkeypatch, fault):
    settings, words = FAULTS[fault]
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in settings.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    url = ADDRESSES.get(fault, ledger)
    run = night(1, files_of(tmp_path / "files", 1), url, tmp_path / "out")
    for command in (
        run,
        [*run, "--dry-run"],
        *(["ledger", what, "--ledger", url] for what in ("show", "history", "verify", "scrub")),
        *(["feeds", *what, "--ledger", url] for what in (["list"], ["uploaded", "1"])),
    ):
        ran = invoke(*command)
        assert (ran.exit_code, len(ran.output.splitlines())) == (console.WRONG_USAGE, 1), (command, ran.output)
        assert f"{url}: {words}" in ran.output
    assert not (tmp_path / "out").exists()
