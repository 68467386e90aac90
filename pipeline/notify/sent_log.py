"""notices.jsonl in the state folder: which events each channel has got, and which it is owed."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.notify import event_table
from pipeline.notify.notice import Notice

LOG_NAME = "notices.jsonl"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_SENT, _OWED = "sent", "owed"


class SentLog:
    """The log of a state folder; a line is added after a server took a notice, or after it did not.

    A line that was cut short by the end of a process is left alone: its events are sent twice rather than never.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / LOG_NAME
        self._lock = threading.Lock()
        self._sent: dict[str, set[str]] = {}
        self._owed: dict[str, dict[str, dict[str, Any]]] = {}
        for line in self._read_lines():
            self._remember(line)

    def list_sent(self, channel: str) -> set[str]:
        """The keys of the events that the channel has got."""
        return self._sent.get(channel, set())

    def list_owed(self, channel: str) -> pa.Table:
        """The events that the channel should have got and has not."""
        owed = self._owed.get(channel, {})
        return event_table.build_events([_parse_event(event) for event in owed.values()])

    def add_notice(self, channel: str, notice: Notice, events: pa.Table, *, is_sent: bool) -> None:
        """The notice is noted, on the disk, as taken or as owed. Raises OSError where that cannot be written."""
        line: dict[str, Any] = {
            "at": notice.sent_at.isoformat(timespec="seconds"),
            "channel": channel,
            "notice": notice.key,
            "state": _SENT if is_sent else _OWED,
        }
        line |= {"keys": events["key"].to_pylist()} if is_sent else {"events": _to_json(events)}
        with self._lock:
            self._append_line(line)
            self._remember(line)

    def _read_lines(self) -> list[dict[str, Any]]:
        try:
            texts = self._path.read_bytes().splitlines()
        except OSError:  # it is not there, or cannot be read: better twice than never
            return []
        return [line for line in map(_parse_line, texts) if line]

    def _remember(self, line: dict[str, Any]) -> None:
        sent = self._sent.setdefault(line["channel"], set())
        owed = self._owed.setdefault(line["channel"], {})
        if line["state"] == _SENT:
            sent.update(line["keys"])
            for key in line["keys"]:
                owed.pop(key, None)
        else:
            owed |= {event["key"]: event for event in line["events"]}

    def _append_line(self, line: dict[str, Any]) -> None:
        self._path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _FILE_MODE)
        with os.fdopen(descriptor, "r+b") as file:
            is_torn = file.seek(0, os.SEEK_END) > 0 and _last_byte(file) != b"\n"
            file.write(b"\n" * is_torn + json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _last_byte(file: Any) -> bytes:
    file.seek(-1, os.SEEK_END)
    return bytes(file.read(1))


def _parse_line(text: bytes) -> dict[str, Any]:
    """The line's content; empty where it is not what this module writes."""
    try:
        line = json.loads(text)
        if line["state"] == _SENT:
            is_good = all(isinstance(key, str) for key in line["keys"])
        else:
            is_good = line["state"] == _OWED and bool(event_table.build_events(list(map(_parse_event, line["events"]))))
        return line if is_good and isinstance(line["channel"], str) else {}
    except (ValueError, LookupError, TypeError, AttributeError, pa.ArrowException):
        return {}


def _parse_event(event: dict[str, Any]) -> dict[str, Any]:
    due_at = event["due_at"]
    return {name: event[name] for name in event_table.EVENTS.names} | {
        "due_at": None if due_at is None else dt.datetime.fromisoformat(due_at)
    }


def _to_json(events: pa.Table) -> Sequence[dict[str, Any]]:
    return [
        event | {"due_at": None if event["due_at"] is None else event["due_at"].isoformat()}
        for event in events.to_pylist()
    ]
