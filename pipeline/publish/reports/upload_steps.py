"""What to upload: the feeds of this run, and those of earlier runs that nobody is known to have uploaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.model.feed_parts import CONFIRMATION_STEM, STOCK_NAME, name_part
from pipeline.model.run_result import RunResult
from pipeline.publish.feeds.earlier import KeptPart
from pipeline.publish.files.cells import escape_name

MAX_NAMED = 2  # files, runs, and steps of one sort, that are named one by one


class _WaitingRun(NamedTuple):
    """A run whose parts wait: those kept in the output, the names of others, and the lines of this run in them."""

    run: int
    kept: list[KeptPart]
    others: list[str]
    lines: int

    def describe(self) -> str:
        """What to do with them."""
        paths = [*(part.path for part in self.kept), *self.others]
        parts = f"Upload {format_paths(paths)} of run {self.run}, unless that was done"
        changed = [part.path for part in self.kept if part.is_changed]
        notes = [
            *([_format_lines(self.lines)] if self.lines else []),
            *([f"{format_paths(changed)} was changed since it was published"] if changed else []),
            *([f"feedwarden feeds write {self.run} writes it again"] if self.others else []),
        ]
        return f"{parts}{': ' if notes else ''}{'; '.join(notes)}. Then say so: feedwarden feeds uploaded {self.run}."


def earlier_feed_steps(result: RunResult, kept_parts: Sequence[KeptPart]) -> Iterator[str]:
    """A step a run whose parts were carried on, or hold lines that this run skips; then one for stock feeds."""
    waiting = _list_waiting(result, [part for part in kept_parts if part.name != STOCK_NAME])
    yield from (run.describe() for run in waiting[:MAX_NAMED])
    if len(waiting) > MAX_NAMED:
        others = len(waiting) - MAX_NAMED
        yield f"Upload the parts of {others:,} more run{'s' * (others > 1)}: feedwarden feeds list names them."
    for part in kept_parts:
        if part.name == STOCK_NAME:
            yield (
                f"Upload {part.path} of run {part.run}, unless that was done or orders have come in since: then count "
                f"the stock again."
            )


def feed_steps(result: RunResult, feed_paths: Sequence[list[str]]) -> Iterator[str]:
    """What this run has written to be uploaded, and how to say that it was, or what submits it."""
    submitted = [paths for paths in feed_paths if result.context.submissions is not None and _can_be_submitted(paths)]
    yield from (
        f"Submit {format_paths(paths)} with feedwarden submit, as a night does by itself; do not upload it by hand."
        for paths in submitted
    )
    uploaded = [paths for paths in feed_paths if paths and paths not in submitted]
    yield from (f"Upload {format_paths(paths)}." for paths in uploaded)
    if uploaded and not submitted and result.last_run is not None:
        yield f"Say so when that is done: feedwarden feeds uploaded {result.last_run + 1}."


def _can_be_submitted(paths: list[str]) -> bool:
    """Whether they are parts of a feed that Amazon takes from a program: the stock is not."""
    return bool(paths) and not paths[0].endswith(STOCK_NAME)


def format_paths(paths: Sequence[str]) -> str:
    """The path, both of two, or how many there are with the first and the last."""
    if len(paths) <= MAX_NAMED:
        return " and ".join(map(escape_name, paths))
    return f"{len(paths):,} files ({escape_name(paths[0])} to {escape_name(paths[-1])})"


def _list_waiting(result: RunResult, kept_parts: Sequence[KeptPart]) -> list[_WaitingRun]:
    """The runs whose parts wait, oldest first."""
    repeated = result.repeated_parts
    kept = {(part.run, part.name) for part in kept_parts}
    others = [(run, name_part(CONFIRMATION_STEM, number)) for run, number in sorted(repeated)]
    return [
        _WaitingRun(
            run,
            [part for part in kept_parts if part.run == run],
            [name for of_run, name in others if of_run == run and (run, name) not in kept],
            sum(lines for (of_run, _), lines in repeated.items() if of_run == run),
        )
        for run in sorted({run for run, _ in [*kept, *others]})
    ]


def _format_lines(lines: int) -> str:
    """How many lines of this run are there already."""
    return f"{lines:,} line{'s' * (lines != 1)} of this run {'are' if lines != 1 else 'is'} in it"
