"""The state: whole after every kill and full disk, one command at a time, for one account (SPEC §11.4)."""

import contextlib
import errno
import json
import os
import stat
from pathlib import Path

import pytest

from pipeline.amazon import durable_files, submit
from pipeline.amazon.operations import Event
from pipeline.amazon.parts import list_parts
from pipeline.amazon.state import PART_RECORDS, ForeignState, StateDamaged, StateInUse, StateReader, hold_state
from tests.amazon.simulated import FINGERPRINT, Home, SimulatedClock, write_output

EVENT = Event("AMZ-740", "night", "left", "warning")


def hold(folder, wait=0.5):
    return hold_state(folder / "amazon", SimulatedClock(), lambda _: None, wait)


def journal(folder):
    return [json.loads(line) for line in (folder / "amazon/journal.jsonl").read_text("utf-8").splitlines()]


def test_every_change_is_in_a_file_and_in_the_journal_for_the_owner_alone(tmp_path):
    with hold(tmp_path) as state:
        state.begin_account(FINGERPRINT, tmp_path / ".begun")
        state.save_record(PART_RECORDS, "a/b", {"value": 1})
        state.save_record(PART_RECORDS, "a/b", {"value": 2})
        state.record_event(EVENT)
        assert state.read_record(PART_RECORDS, "a/b")["value"] == 2
    assert [entry["change"] for entry in journal(tmp_path)] == [1, 2, 3]
    assert journal(tmp_path)[2]["event"]["code"] == "AMZ-740"
    for path in (tmp_path / "amazon").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("torn", [b'{"change": 2, "at"', b"{", b'{"change": 2}'])
def test_half_a_line_of_the_journal_is_removed_and_its_change_added_again(tmp_path, torn):
    with hold(tmp_path) as state:
        state.save_record(PART_RECORDS, "one", {"value": 1})
        state.save_record(PART_RECORDS, "two", {"value": 2})
    path = tmp_path / "amazon/journal.jsonl"
    first = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(first + torn)
    (tmp_path / "amazon/parts/two.json.aside").write_bytes(b"{")
    with hold(tmp_path) as state:
        state.save_record(PART_RECORDS, "three", {"value": 3})
        assert len(state.list_records(PART_RECORDS)) == 3
    assert [entry["record"]["value"] for entry in journal(tmp_path)] == [1, 2, 3]
    assert not list(tmp_path.rglob("*.aside"))


def test_a_second_command_waits_and_then_gives_up(tmp_path):
    with hold(tmp_path), pytest.raises(StateInUse), hold(tmp_path, 0.3):
        pass
    with hold(tmp_path):
        """The lock is free again."""


def test_a_state_is_of_one_account(tmp_path):
    with hold(tmp_path) as state:
        state.begin_account(FINGERPRINT, tmp_path / ".begun")
        assert not state.is_successor
        state.begin_account(FINGERPRINT, tmp_path / ".begun")
        with pytest.raises(ForeignState, match="AMZ-702"):
            state.begin_account({**FINGERPRINT, "region": "eu"}, tmp_path / ".begun")


def test_a_damaged_file_is_told_in_one_line(tmp_path):
    with hold(tmp_path) as state:
        state.save_record(PART_RECORDS, "one", {"value": 1})
    (tmp_path / "amazon/parts/one.json").write_text("{")
    with pytest.raises(StateDamaged, match=r"one\.json"):
        StateReader(tmp_path / "amazon").list_records(PART_RECORDS)


class FullDisk:
    """The module os, on whose disk the nth write, fsync or new file finds no room, and none after it."""

    def __init__(self, number):
        self.remaining = number

    def __getattr__(self, name):
        return getattr(os, name)

    def _use(self):
        self.remaining -= 1
        if self.remaining < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, descriptor, data):
        self._use()
        return os.write(descriptor, data)

    def fsync(self, _descriptor):
        self._use()

    def open(self, *words):
        if words[1] & os.O_CREAT:
            self._use()
        return os.open(*words)


@pytest.mark.parametrize("number", range(0, 40, 3))
def test_s21_a_full_disk_ends_the_command_and_the_next_start_goes_on(tmp_path, number, monkeypatch):
    home = Home(tmp_path)
    output = write_output(tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(durable_files, "os", FullDisk(number))
        with contextlib.suppress(OSError):  # of which run_amazon_command makes a 4
            home.run(submit.submit_outputs, [output])
    path = tmp_path / "amazon/journal.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.is_file() else []:
        json.loads(line)
    home.amazon.clock.seconds += 30
    for _ in range(4):
        home.run(submit.submit_outputs, [output])
        home.amazon.clock.seconds += 500
    assert home.run(submit.submit_outputs, [output]) == 0
    with home.hold() as session:
        assert len(list_parts(session.state)) == 1
    assert home.amazon.count_made((output / "feeds/shipping-confirmation-001.tsv").read_bytes()) == 1
    assert not list(Path(tmp_path).rglob("*.aside"))
