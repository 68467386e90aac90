"""What the state of the uploads says that is worth a notice: errors that Amazon or its answers caused."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline.model import severity
from pipeline.notify import event_table

_JOURNAL_FILE = "journal.jsonl"
UNSURE_UPLOAD_CODES = ("AMZ-724", "AMZ-726", "AMZ-727")  # nobody knows whether the part was submitted
_UPLOAD_CODE = re.compile(r"AMZ-[0-9]{3}")
_PLAIN_SUBJECT = re.compile(r"[A-Za-z0-9._:/() -]{1,100}")
_PARTS, _UNSURE_STATE = "parts", "unsure"
_PART_DIGITS = 12  # of a part's SHA-256, by which events name it
_RECENT_DAYS = 7  # an error of earlier nights that nobody was notified of is old news


class UploadEvents(NamedTuple):
    """The errors of the journal, and the parts that are not unsure by its last line about them."""

    events: pa.Table
    settled_parts: frozenset[str]


def read_upload_events(state: Path | None, as_of: dt.datetime) -> UploadEvents:
    """The events of the journal in the days before as-of; none where there is no journal.

    A line is a JSON object: with ``event`` (code, about, severity) and ``at``, or with the ``record`` of a part as it
    is from then on (SPEC §11.4). Other lines are left alone, one that is cut short too.
    """
    rows: list[dict[str, Any]] = []
    state_by_part: dict[str, str] = {}
    for line in _read_lines(state):
        event, record = (_get_object(line, name) for name in ("event", "record"))
        if line.get("kind") == _PARTS and record:
            about = f"{record.get('name')} ({str(record.get('sha256'))[:_PART_DIGITS]})"
            state_by_part[about] = str(record.get("state"))
        about, code = (str(event.get(name) or "") for name in ("about", "code"))
        is_error = event.get("severity") == severity.ERROR and _UPLOAD_CODE.fullmatch(code)
        if is_error and _is_recent(line.get("at"), as_of):
            subject = about if _PLAIN_SUBJECT.fullmatch(about) else ""
            rows.append(
                {"event": event_table.ERROR_EVENT, "key": f"{event_table.ERROR_EVENT} {code} {subject}", "code": code}
            )
    settled = frozenset(part for part, part_state in state_by_part.items() if part_state != _UNSURE_STATE)
    over = {f"{event_table.ERROR_EVENT} {code} {part}" for code in UNSURE_UPLOAD_CODES for part in settled}
    events = event_table.concat_events([event_table.build_events([row for row in rows if row["key"] not in over])])
    return UploadEvents(events, settled)


def _get_object(line: dict[str, Any], name: str) -> dict[str, Any]:
    value = line.get(name)
    return value if isinstance(value, dict) else {}


def _is_recent(at: Any, as_of: dt.datetime) -> bool:
    """Whether that was in the days before as-of or later; an unknown time may be."""
    try:
        return dt.datetime.fromisoformat(at) >= as_of - dt.timedelta(days=_RECENT_DAYS)
    except (ValueError, TypeError):
        return True


def _read_lines(state: Path | None) -> Iterator[dict[str, Any]]:
    path = state / _JOURNAL_FILE if state else None
    if path is None or not path.is_file():
        return
    with path.open("rb") as journal:
        for text in journal:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line
