"""What submit and night would do, said without doing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.amazon.night import list_nights
from pipeline.amazon.outputs import read_output
from pipeline.amazon.parts import PENDING_STATES, UNSURE, Part, list_parts
from pipeline.amazon.state import StateReader
from pipeline.amazon.unsure import MAX_AGE_DAYS, is_old


def check_outputs(outputs: Sequence[Path]) -> None:
    """Nothing, where every output is one, with the feeds that its manifest names.

    Raises InvalidOutput, FeedChanged.
    """
    for output in outputs:
        read_output(output)


def describe_submission(state: StateReader, outputs: Sequence[Path], instant: dt.datetime) -> str:
    """A line a part: what would become of it. Raises InvalidOutput, FeedChanged."""
    published = [read_output(output) for output in outputs]
    known = {part.sha256: part for part in list_parts(state)}
    given = {part.sha256: part for parts in published for part in parts.parts}
    others = [f"{name}: cannot be submitted (AMZ-722)" for parts in published for name in parts.others]
    involved = sorted({**given, **known}.values(), key=lambda part: part.sort_key)
    lines = [line for part in involved for line in _describe_part(part, instant, is_given=part.sha256 in given)]
    return "\n".join([*lines, *others]) or "no part waits to be submitted"


def describe_night(state: StateReader) -> Iterator[str]:
    """Where a night would begin or go on."""
    unfinished = [night for night in list_nights(state) if night.status is None and not night.is_left]
    if unfinished:
        yield f"the night of {unfinished[-1].name} goes on at step {unfinished[-1].next_step}"
    else:
        yield "a new night begins"


def _describe_part(part: Part, instant: dt.datetime, *, is_given: bool) -> Iterator[str]:
    if part.state == UNSURE:
        yield f"{part.about}: would be looked for in Amazon's list of feeds"
    elif part.state in PENDING_STATES and is_old(part, instant):
        yield f"{part.about}: published more than {MAX_AGE_DAYS} days ago, waits for a person (AMZ-728)"
    elif part.state in PENDING_STATES:
        yield f"{part.about}: would be submitted as {part.feed_type}"
    elif is_given:
        yield f"{part.about}: {part.state}, nothing to do (AMZ-721)"
