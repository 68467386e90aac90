"""Events as a table: what happened, by what key each is reported once, and what a notice shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

STOPPED, ERROR_EVENT, DEADLINE, WARNING_EVENT, RECOVERED, SUMMARY, OWED_EVENT = (
    *("stopped", "error", "deadline", "warning-7d", "recovered"),
    "summary",  # the sign of life that "always" asks for
    "owed",  # some of the other events should have come with an earlier notice
)
EVENTS = pa.schema(
    [
        ("event", pa.string()),
        ("key", pa.string()),  # by which it is reported once
        ("code", pa.string()),  # of a finding or of a trouble with Amazon; empty without one
        ("action", pa.string()),  # of a line of the worklist; empty without one
        ("order_id", pa.string()),  # empty where it is about no order
        ("due_at", pa.timestamp("us", "UTC")),  # null without a time
        ("due_local", pa.string()),
        ("passed", pa.bool_()),  # the time is over
    ]
)
_DEFAULTS = {"code": "", "action": "", "order_id": "", "due_at": None, "due_local": "", "passed": False}


def build_events(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """The events, which name at least ``event`` and ``key``."""
    return pa.Table.from_pylist([_DEFAULTS | row for row in rows], schema=EVENTS)


def concat_events(parts: Sequence[pa.Table]) -> pa.Table:
    """All events, each key once: where it comes first."""
    events = pa.concat_tables([EVENTS.empty_table(), *parts]).combine_chunks()
    positions = pa.array(range(len(events)), pa.int64())
    first = events.append_column("position", positions).group_by("key").aggregate([("position", "min")])
    return events.take(first["position_min"].combine_chunks().sort())


def drop_keys(events: pa.Table, keys: set[str]) -> pa.Table:
    """The events whose keys are not among those."""
    if not keys:
        return events
    return events.filter(pc.invert(pc.is_in(events["key"], value_set=pa.array(sorted(keys), pa.string()))))


def select_events(events: pa.Table, kinds: Sequence[str]) -> pa.Table:
    """The events of those kinds."""
    return events.filter(pc.is_in(events["event"], value_set=pa.array(list(kinds), pa.string())))


def count_values(events: pa.Table, name: str) -> dict[str, int]:
    """How many events have each value of the column, the empty one left out, by value."""
    counts = events[name].combine_chunks().value_counts().to_pylist()
    return {entry["values"]: entry["counts"] for entry in sorted(counts, key=lambda c: c["values"]) if entry["values"]}
