"""The sentences of a notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.tally import LINE_OUTCOMES
from pipeline.notify import event_table
from pipeline.notify.event_table import DEADLINE, ERROR_EVENT, OWED_EVENT, RECOVERED, STOPPED, WARNING_EVENT
from pipeline.notify.happening import Facts, Happening
from pipeline.utils.escape import escape_controls

MAX_SUBJECT = 78
_MAX_NAME_LENGTH, _MAX_OVER = 60, 3
_DAY_SECONDS = 86_400
_FEED_CODES = ("ACK-605", "AMZ-723", "AMZ-730")  # Amazon took none of a feed
_CODE_WORDS = {
    "ACK-601": ("row refused", "rows refused"),
    "LIF-202": ("not confirmed in time", "not confirmed in time"),
    "CLM-406": ("claim to answer", "claims to answer"),
}
_REASONS = {2: "the settings or options are wrong", 3: "there was nothing to run on", 4: "it could not finish"}
_STOPPED_STEPS = {
    2: "correct what the last line of the log names; it does not help to run it again unchanged.",
    3: "check the download of the reports, then run it again.",
    4: "run it again; if it stops again, the last line of the log names the cause.",
}


def describe_end(happening: Happening, local_as_of: str) -> str:
    """What ended, and how."""
    name = f"The {happening.command} of {local_as_of}"
    if not happening.is_done:
        step = f" at the step {to_plain(happening.step)}" if happening.step else ""
        reason = _REASONS.get(happening.status or 0, "see its log")
        return f"{name} stopped{step} with status {happening.status}: {reason}."
    return f"{name} finished{', with lines or files that were rejected' if happening.status == 1 else ''}."


def describe_counts(facts: Facts, events: pa.Table, within: str) -> Iterator[str]:
    """Lines by outcome, and the events by action and code."""
    if facts.lines:
        yield f"Lines: {', '.join(f'{facts.lines[outcome]:,} {outcome}' for outcome in LINE_OUTCOMES)}."
    if facts.happening.refused_rows:
        yield f"Amazon refused {_count_nouns(facts.happening.refused_rows, 'row', 'rows')} of the feeds."
    deadlines = event_table.select_events(events, [DEADLINE])
    for title, mask in (
        (f"Due within {within}", pc.invert(deadlines["passed"])),
        ("Time is over", deadlines["passed"]),
    ):
        if counts := event_table.count_values(deadlines.filter(mask), "action"):
            yield f"{title}: {_join_counts(counts)}."
    if counts := event_table.count_values(event_table.select_events(events, [ERROR_EVENT]), "code"):
        yield f"Errors: {_join_counts(counts)}."
    if warned := len(event_table.select_events(events, [WARNING_EVENT])):
        yield f"To be confirmed soon (LIF-201): {_count_nouns(warned, 'order item', 'order items')}."
    if owed := event_table.count_values(event_table.select_events(events, [OWED_EVENT]), "code"):
        yield f"Some of this should have come with an earlier notice ({', '.join(owed)})."
    if over := event_table.select_events(events, [RECOVERED])["key"].to_pylist():
        yield f"Over: {', '.join(map(_describe_over, over[:_MAX_OVER]))}{' and others' * (len(over) > _MAX_OVER)}."


def _describe_over(key: str) -> str:
    """What is over: a command that had stopped, or an upload of which nothing was known."""
    event, *words = key.split(" ")[:-1]
    return f"{words[0]} of {words[1]} (status {words[2]})" if event == STOPPED else f"{words[0]} {' '.join(words[1:])}"


def describe_entry(entry: dict[str, Any]) -> str:
    """One event about an order, in a line."""
    when = f"{entry['due_local']}{' (over)' if entry['passed'] else ''}"
    words = (when, entry["action"] or entry["code"], entry["order_id"])
    return f"  {'  '.join(word for word in words if word)}"


def choose_next_step(happening: Happening, events: pa.Table) -> str:
    """What to do first."""
    if not happening.is_done:
        return _STOPPED_STEPS.get(happening.status or 0, "read its log.")
    codes = event_table.count_values(event_table.select_events(events, [ERROR_EVENT]), "code")
    if codes:
        return f"`feedwarden rules {min(codes)}` explains the first error and what to do about it."
    if len(event_table.select_events(events, [DEADLINE, WARNING_EVENT])):
        return "work through reports/worklist.tsv from the top."
    return "nothing."


def build_subject(happening: Happening, events: pa.Table) -> str:
    """The worst first, as many parts as there is room for."""
    parts = list(_list_subject_parts(happening, events)) or [f"{happening.command} finished, nothing new"]
    subject = f"feedwarden: {parts[0]}"
    for part in parts[1:]:
        if len(subject) + len(part) + len(", ") > MAX_SUBJECT:
            break
        subject += f", {part}"
    return subject[:MAX_SUBJECT]


def _list_subject_parts(happening: Happening, events: pa.Table) -> Iterator[str]:
    if not happening.is_done:
        yield f"{happening.command} stopped with status {happening.status}"
    deadlines = event_table.select_events(events, [DEADLINE])
    due = deadlines.filter(pc.invert(deadlines["passed"]))
    if len(due):
        yield f"{len(due):,} due{_format_latest(due, happening)}"
    if passed := len(deadlines) - len(due):
        yield f"{passed:,} over"
    codes = event_table.count_values(event_table.select_events(events, [ERROR_EVENT]), "code")
    if feeds := sum(codes.pop(code, 0) for code in _FEED_CODES):
        yield _count_nouns(feeds, "feed refused", "feeds refused")
    for code, (one, many) in _CODE_WORDS.items():
        if count := codes.pop(code, 0):
            yield _count_nouns(count, one, many)
    if others := sum(codes.values()):
        yield _count_nouns(others, "other error", "other errors")
    if warned := len(event_table.select_events(events, [WARNING_EVENT])):
        yield f"{warned:,} to confirm soon"
    if len(event_table.select_events(events, [RECOVERED])):
        yield "works again"


def _format_latest(due: pa.Table, happening: Happening) -> str:
    """By when all of it is due, in local time: the time alone where that is within a day, else with its day."""
    timed = due.filter(pc.not_equal(due["due_local"], "")).sort_by([("due_at", "descending")])
    if not len(timed):
        return ""
    local, left = timed["due_local"][0].as_py(), timed["due_at"][0].as_py() - happening.as_of
    return f" by {local.split(' ', 1)[1] if left.total_seconds() <= _DAY_SECONDS else local}"


def _join_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _count_nouns(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def to_plain(name: str) -> str:
    """The name in one line that is not too long, with nothing in it that a reader's program acts on."""
    return " ".join(escape_controls(name).split())[:_MAX_NAME_LENGTH]
