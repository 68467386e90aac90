"""The state: what was asked of Amazon and what came of it, one JSON file a thing, and every change in a journal."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.amazon.durable_files import ASIDE, PRIVATE_FILE, append_line, make_private_folder, write_json
from pipeline.amazon.operations import AmazonFault, Clock, Event
from pipeline.utils.instants import format_instant

REPORT_RECORDS, PART_RECORDS, NIGHT_RECORDS = "reports", "parts", "nights"
JOURNAL_NAME, ACCOUNT_NAME, _STATE_LOCK = "journal.jsonl", "account.json", ".lock"
_LOCK_SECONDS, _LOCK_POLL_SECONDS = 60.0, 0.2
_TAIL_BYTES = 1 << 20  # more than any line of the journal
Record = dict[str, Any]


class StateInUse(AmazonFault):
    """Another command has the state and does not let go of it in a minute."""


class StateDamaged(AmazonFault):
    """A file of the state cannot be read."""


class ForeignState(AmazonFault):
    """The state belongs to another account."""

    exit_status = 2
    code = "AMZ-702"


class StateReader:
    """A state as it is on the disk; nothing is changed."""

    def __init__(self, folder: Path) -> None:
        """Reads nothing yet; a folder that is not there is an empty state."""
        self.folder = folder

    @property
    def exists(self) -> bool:
        """Whether the state was begun."""
        return (self.folder / ACCOUNT_NAME).is_file()

    @property
    def begun_at(self) -> float:
        """When the state was begun, as the file system has it (seconds)."""
        return (self.folder / ACCOUNT_NAME).stat().st_mtime

    def read_record(self, kind: str, name: str) -> Record | None:
        """The record of that name, None where there is none. Raises StateDamaged."""
        path = self._record_path(kind, name)
        return _read_json(path) if path.is_file() else None

    def list_records(self, kind: str) -> list[Record]:
        """Every record of the kind, by name. Raises StateDamaged."""
        return [_read_json(path) for path in sorted((self.folder / kind).glob("*.json"))]

    @property
    def is_successor(self) -> bool:
        """Whether this account had another state before, which is lost: what that knew, this one does not."""
        return bool(_read_json(self.folder / ACCOUNT_NAME)["is_successor"])

    def check_account(self, fingerprint: Record) -> None:
        """The state is of that account, or of none yet. Raises ForeignState (AMZ-702)."""
        known = _read_json(self.folder / ACCOUNT_NAME) if self.exists else fingerprint
        if {name: known.get(name) for name in fingerprint} != fingerprint:
            raise ForeignState(
                f"{self.folder}: this state belongs to another account or region; name its own with --state (AMZ-702)"
            )

    def _record_path(self, kind: str, name: str) -> Path:
        return self.folder / kind / f"{urllib.parse.quote(name, safe='')}.json"


class StateFolder(StateReader):
    """A state held by this process: what is saved is on the disk, and in the journal, before ``save_record`` returns.

    A file is written aside, fsynced, renamed, its folder fsynced. Where a kill comes between file and journal, the next
    start finds the file's number above the journal's last, and adds it.
    """

    def __init__(self, folder: Path, clock: Clock, log_event: Callable[[Event], None]) -> None:
        """Clears what a killed command left: files aside, half a line of the journal, a change that it lacks."""
        super().__init__(folder)
        self._clock, self._log_event = clock, log_event
        self._journal = folder / JOURNAL_NAME
        for aside in folder.rglob(f"*{ASIDE}"):
            aside.unlink()
        self._last_change = _restore_journal(self._journal)
        self._known = {  # nobody else changes them as long as the state is held
            kind: {path.name: _read_json(path) for path in (folder / kind).glob("*.json")}
            for kind in (REPORT_RECORDS, PART_RECORDS, NIGHT_RECORDS)
        }
        records = [(kind, record) for kind in self._known for record in self.list_records(kind)]
        for kind, record in sorted(records, key=lambda item: int(item[1]["change"])):
            if record["change"] > self._last_change:
                self._append_journal({"kind": kind, "record": record})

    def read_record(self, kind: str, name: str) -> Record | None:
        """The record of that name, None where there is none."""
        return self._known[kind].get(self._record_path(kind, name).name)

    def list_records(self, kind: str) -> list[Record]:
        """Every record of the kind, by name."""
        return [record for _, record in sorted(self._known[kind].items())]

    def begin_account(self, fingerprint: Record, witness: Path) -> None:
        """The state is of that account from now on. Raises ForeignState where it is of another.

        ``witness`` is a file outside the state that is there once the account had one: a lost state is no first one.
        """
        self.check_account(fingerprint)
        if not self.exists:
            write_json(self.folder / ACCOUNT_NAME, {**fingerprint, "is_successor": witness.exists()})
        with contextlib.suppress(OSError):  # a folder of settings may be closed to us
            witness.touch(PRIVATE_FILE)

    def save_record(self, kind: str, name: str, record: Record) -> None:
        """The record is on the disk under that name."""
        numbered = {**record, "change": self._last_change + 1}
        path = self._record_path(kind, name)
        make_private_folder(path.parent)
        write_json(path, numbered)
        self._known[kind][path.name] = numbered
        self._append_journal({"kind": kind, "record": numbered})

    def record_event(self, event: Event) -> None:
        """The event is in the journal and in the log."""
        self._append_journal({"event": event._asdict()})
        self._log_event(event)

    def _append_journal(self, entry: Record) -> None:
        change = self._last_change + 1
        line = json.dumps(
            {"change": change, "at": format_instant(self._clock.amazon_time()), **entry}, ensure_ascii=False
        )
        append_line(self._journal, line)
        self._last_change = change


@contextlib.contextmanager
def hold_state(
    folder: Path, clock: Clock, log_event: Callable[[Event], None], wait_seconds: float = _LOCK_SECONDS
) -> Iterator[StateFolder]:
    """The state, which no other command writes until it is let go of; it is begun where there is none.

    Raises StateInUse where another command keeps it for longer than ``wait_seconds``.
    """
    make_private_folder(folder)
    lock = FileLock(folder / _STATE_LOCK, timeout=wait_seconds, poll_interval=_LOCK_POLL_SECONDS, mode=PRIVATE_FILE)
    try:
        lock.acquire()
    except Timeout as error:
        raise StateInUse(f"{folder}: another command is using this state; run again when it is done") from error
    try:
        yield StateFolder(folder, clock, log_event)
    finally:
        lock.release()


def parse_instant(text: str) -> dt.datetime:
    """The instant of a record of the state."""
    return dt.datetime.fromisoformat(text)


def _read_json(path: Path) -> Record:
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise StateDamaged(f"{path}: this file of the state cannot be read; take it from a backup") from error
    return dict(content)


def _restore_journal(journal: Path) -> int:
    """The number of the last change in the journal, half a line at its end removed."""
    if not journal.is_file():
        return 0
    with journal.open("r+b") as content:
        size = content.seek(0, os.SEEK_END)
        content.seek(max(0, size - _TAIL_BYTES))
        tail = content.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) < len(tail):
            content.truncate(size - len(tail) + len(whole))
    lines = whole.splitlines()
    return int(json.loads(lines[-1])["change"]) if lines else 0
