"""What to do first: files to mend, lines to correct, deadlines, feeds to upload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from pipeline.findings import ERROR, LEDGER
from pipeline.frames import NEVER
from pipeline.publish.text import shown, spelt
from pipeline.ready import Count, Ready, Todo

_EACH = 2  # steps of one sort that are named one by one

_LINES = ("FIL", "FMT", "ORD", "SHP", "CAN")  # families of rules about lines, which somebody can correct


class Made(NamedTuple):
    """What a run wrote that somebody has to do something with: feeds to upload, lines to correct, things to do."""

    feeds: Sequence[list[str]]
    rejected: list[str]
    todo: Todo


def steps(ready: Ready, counts: Sequence[Count], made: Made) -> list[str]:
    """What to do, the most urgent first; never empty."""
    refused = {one.refused for one in ready.plans if one.refused}
    errors = [one for one in counts if one.severity == ERROR]
    told = [
        *_mend(ready, [one for one in errors if one.code in refused], "Mend"),
        *_mend(ready, [one for one in errors if one.code not in refused and one.code[:3] in _LINES], "Correct"),
        *([f"Give the lines in {_span(made.rejected)} again once they are correct."] if made.rejected else []),
        *_due(made.todo),
        *(f"Upload {_span(paths)}." for paths in made.feeds if paths),
    ]
    return told or ["Nothing."]


def _mend(ready: Ready, counts: Sequence[Count], what: str) -> Iterator[str]:
    """The most frequent offences, where each was met first, and how it is mended."""
    for one in counts[:_EACH]:
        first = one.first.slice(0, 1).to_pylist()[0]
        file = "ledger" if first["file"] == LEDGER else shown(ready.plans[first["file"]].source.name)
        also = f", the first of {one.number:,}" if one.number > 1 else ""
        yield f"{what} {file}:{first['line']}{also}: {one.code} {first['message']}. {first['hint']}"


def _due(todo: Todo) -> Iterator[str]:
    if todo.late:
        yield f"Ship what is late: the promised ship date of {_items(todo.late)} has passed."
    if todo.confirm:
        yield f"Confirm {_items(todo.confirm)} before Amazon cancels them, the first at {_at(todo.next_confirm)}."
    if todo.ship > todo.late:
        first = f", the first by {_at(todo.next_ship)}" if todo.next_ship != NEVER else ""
        yield f"Ship {_items(todo.ship - todo.late)}{first} (reports/worklist.tsv)."


def _at(micros: int) -> str:
    return str(spelt(pa.array([micros], pa.int64()).cast(pa.timestamp("us", "UTC")))[0])


def _items(number: int) -> str:
    return f"{number:,} order item{'' if number == 1 else 's'}"


def _span(paths: Sequence[str]) -> str:
    """The path, both of two, or how many there are with the first and the last."""
    if len(paths) <= _EACH:
        return " and ".join(map(shown, paths))
    return f"{len(paths):,} files ({shown(paths[0])} to {shown(paths[-1])})"
