"""The notice of what has happened: a subject, at most 20 lines of text, and the same as a document."""

from __future__ import annotations

import datetime as dt
import hashlib
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.notify import event_table, wording
from pipeline.notify.channel_settings import Channel
from pipeline.notify.event_table import DEADLINE, ERROR_EVENT, OWED_EVENT, WARNING_EVENT
from pipeline.notify.happening import Facts, Happening
from pipeline.notify.settings import NotifySettings
from pipeline.utils.instants import format_instant

_MAX_NOTICE_LINES, _MAX_NAMED_ORDERS = 20, 10  # of a notice, orders that it names; of the rest it gives the number
_KEY_DIGITS = 32
_DOCUMENT_VERSION = 1


@dataclass(frozen=True)
class Notice:
    """What is sent to a channel; ``key`` is the same for the same events of the same night."""

    key: str
    subject: str
    text: str
    document: dict[str, Any]
    sent_at: dt.datetime


def compose_notice(
    facts: Facts, events: pa.Table, channel: Channel, settings: NotifySettings, sent_at: dt.datetime
) -> Notice:
    """The notice of those events, which hold only what may be shown."""
    happening = facts.happening
    reported = events.filter(pc.not_equal(events["event"], OWED_EVENT))  # that they were owed makes no other notice
    keys = "\n".join([channel.name, happening.key, *sorted(reported["key"].to_pylist())])
    key, subject = _hash_key(keys), wording.build_subject(happening, events)
    files, next_step = _list_files(happening, events, settings.link), wording.choose_next_step(happening, events)
    head = [
        wording.describe_end(happening, _format_local(happening.as_of, facts.time_zone)),
        *wording.describe_counts(facts, events, settings.deadlines_text),
    ]
    foot = [*([f"Read: {', '.join(files)}"] if files else []), f"Next: {next_step}"]
    named = _list_named(events, min(_MAX_NAMED_ORDERS, _MAX_NOTICE_LINES - len(head) - len(foot) - 1))
    if not channel.order_ids:
        named = [entry | {"order_id": ""} for entry in named]
    lines = [*head, *map(wording.describe_entry, named), *_count_unnamed(events, named), *foot]
    text = "\n".join(lines)
    document = _build_document(happening, key, subject, text) | {
        "lines": facts.lines,
        "events": event_table.count_values(events, "event"),
        "codes": event_table.count_values(events, "code"),
        "actions": event_table.count_values(event_table.select_events(events, [DEADLINE]), "action"),
        "named": [_to_json(entry) for entry in named],
        "files": files,
        "next": next_step,
    }
    return Notice(key, subject, f"{text}\n", document, sent_at)


def compose_test(channel: Channel, sent_at: dt.datetime) -> Notice:
    """One line that shows that the channel works."""
    key, subject = _hash_key(f"{channel.name} test {sent_at.isoformat()}"), "feedwarden: test"
    text = f"This is a test of the channel {channel.name}: notices of feedwarden arrive here."
    return Notice(key, subject, f"{text}\n", _build_document(Happening("notify", sent_at), key, subject, text), sent_at)


def _hash_key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


def _build_document(happening: Happening, key: str, subject: str, text: str) -> dict[str, Any]:
    """The document (``notice.schema.json``) of a notice without events."""
    return {
        "version": _DOCUMENT_VERSION,
        "key": key,
        "command": happening.command,
        "as_of": format_instant(happening.as_of),
        "status": happening.status,
        "subject": subject,
        "text": text,
        **{name: {} for name in ("lines", "events", "codes", "actions")},
        "named": [],
        "files": [],
        "next": "nothing.",
    }


def _list_named(events: pa.Table, count: int) -> list[dict[str, Any]]:
    """The first events about orders: what is due by time, what has no time, and then what is over."""
    keys = [(name, "ascending") for name in ("passed", "due_at", "order_id", "key")]
    return _select_about_orders(events).sort_by(keys).slice(0, count).to_pylist()


def _select_about_orders(events: pa.Table) -> pa.Table:
    chosen = event_table.select_events(events, [DEADLINE, ERROR_EVENT, WARNING_EVENT])
    return chosen.filter(pc.or_(pc.not_equal(chosen["order_id"], ""), pc.is_valid(chosen["due_at"])))


def _count_unnamed(events: pa.Table, named: list[dict[str, Any]]) -> Iterator[str]:
    more = len(_select_about_orders(events)) - len(named)
    if more:
        yield f"  and {more:,} more"


def _to_json(entry: dict[str, Any]) -> dict[str, Any]:
    due_at = entry["due_at"]
    shown = {name: entry[name] for name in ("event", "code", "action", "order_id", "due_local", "passed")}
    return shown | {"due_at": None if due_at is None else format_instant(due_at)}


def _list_files(happening: Happening, events: pa.Table, link: str) -> list[str]:
    """The files to read, by the name of the output's folder: where it lies on this machine is nobody's business."""
    if happening.out is None:
        return []
    folder, kinds = f"{link}{wording.to_plain(happening.out.resolve().name)}", event_table.count_values(events, "event")
    names = ["report.html"]
    names += ["reports/worklist.tsv"] * bool(kinds.keys() & {DEADLINE, WARNING_EVENT})
    names += ["reports/findings.tsv"] * (ERROR_EVENT in kinds)
    return [f"{folder}/{name}" for name in names]


def _format_local(instant: dt.datetime, time_zone: str) -> str:
    return f"{instant.astimezone(zoneinfo.ZoneInfo(time_zone)):%Y-%m-%d %H:%M %Z}"
