"""reports/deadlines.ics: the deadlines of the worklist as a calendar to subscribe to (RFC 5545)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.run_result import RunResult
from pipeline.publish.files.output_folder import OutputFolder

if TYPE_CHECKING:
    from icalendar import Calendar, Event

DEADLINES_PATH = "reports/deadlines.ics"
_MAX_ENTRIES = 500  # deadlines that a calendar shows: more would hide each other, and take longer than the run
_ALARM_HOURS = 12  # before the deadline: noon of a day that ends at midnight
_REFRESH_HOURS = 1  # after which a program that subscribes should look again
_UID_DIGITS = 32
_ENTRY_COLUMNS = ("due_at", "action", "order_id", "order_item_id", "sku", "code")


def write_deadlines(folder: OutputFolder, result: RunResult) -> None:
    """The first lines of the worklist that have a due time, each an entry with an alarm.

    An entry keeps its UID from night to night as long as the thing is to be done: a calendar that subscribes moves it
    with its time, and removes it once it is done. It holds action, order id and code, and nothing personal; its time
    stamp is as-of.
    """
    calendar = _build_calendar(result)
    used_uids: Counter[str] = Counter()
    for entry in _first_deadlines(result).to_pylist():
        calendar.add_component(_build_entry(entry, result.context.as_of, used_uids))
    with folder.create_file(DEADLINES_PATH) as output:
        output.write(calendar.to_ical())


def _first_deadlines(result: RunResult) -> pa.Table:
    """The first lines that have a due time, in the order of the worklist."""
    parts, missing = [], _MAX_ENTRIES
    for part in result.tables["worklist"].iter_chunks():
        dated = part.select(_ENTRY_COLUMNS).filter(pc.is_valid(part["due_at"])).slice(0, missing)
        parts.append(dated)
        missing -= len(dated)
        if not missing:
            break
    return pa.concat_tables(parts)


def _build_calendar(result: RunResult) -> Calendar:
    from icalendar import Calendar

    total = sum(count.lines - count.undated for count in result.worklist_counts.by_step.values())
    calendar = Calendar()
    calendar.add("prodid", "-//feedwarden//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "feedwarden deadlines")
    calendar.add(
        "x-wr-caldesc", f"The first {min(total, _MAX_ENTRIES):,} of {total:,} deadlines of reports/worklist.tsv"
    )
    calendar.add("refresh-interval", dt.timedelta(hours=_REFRESH_HOURS), parameters={"value": "DURATION"})
    return calendar


def _build_entry(entry: dict[str, Any], as_of: dt.datetime, used_uids: Counter[str]) -> Event:
    from icalendar import Alarm, Event

    about = " ".join(filter(None, (entry["action"], entry["order_id"])))
    event, alarm = Event(), Alarm()
    event.add("uid", _make_uid(entry, used_uids))
    event.add("dtstamp", as_of.astimezone(dt.UTC))
    event.add("dtstart", entry["due_at"])
    event.add("summary", about)
    event.add("description", " ".join(filter(None, (entry["code"], "see reports/worklist.tsv"))))
    event.add("categories", [entry["action"]])
    event.add("transp", "TRANSPARENT")
    alarm.add("action", "DISPLAY")
    alarm.add("description", about)
    alarm.add("trigger", dt.timedelta(hours=-_ALARM_HOURS))
    event.add_component(alarm)
    return event


def _make_uid(entry: dict[str, Any], used_uids: Counter[str]) -> str:
    """By what is to be done about what, whenever it is due; lines that have this in common are numbered."""
    what = "\t".join(entry[name] or "" for name in _ENTRY_COLUMNS if name != "due_at")
    used_uids[what] += 1
    digest = hashlib.sha256(f"{what}\t{used_uids[what]}".encode()).hexdigest()[:_UID_DIGITS]
    return f"{digest}@feedwarden"
