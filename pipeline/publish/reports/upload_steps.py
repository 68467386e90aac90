"""What to upload: the feeds of this run, and those of earlier runs that nobody is known to have uploaded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.model.feed_parts import CANCELLATION_STEM, CONFIRMATION_STEM, STOCK_NAME, PublishedRun, name_part
from pipeline.model.ledger_commands import OUTPUT_PLACEHOLDER, format_command
from pipeline.model.run_result import RunResult
from pipeline.publish.feeds.earlier import KeptPart
from pipeline.publish.feeds.waiting import list_waiting_runs
from pipeline.publish.files.cells import escape_name
from pipeline.utils.instants import format_instant
from pipeline.utils.plural import format_count

MAX_NAMED = 2  # files, runs, and steps of one sort, that are named one by one
_NOUNS = {CONFIRMATION_STEM: "confirmation", CANCELLATION_STEM: "cancellation"}


class _WaitingRun(NamedTuple):
    """A run whose parts wait: those kept in the output, the names of others, and the lines of this run in them."""

    run: PublishedRun
    kept: list[KeptPart]
    others: list[str]
    lines: int

    def describe(self, verb: str) -> str:
        """What to do with them."""
        number = self.run.run
        paths = [*(part.path for part in self.kept), *self.others]
        changed = [part.path for part in self.kept if part.is_changed]
        notes = [
            *([_describe_records(self.run, self.others)] if self.others else []),
            *([_format_lines(self.lines)] if self.lines else []),
            *([f"{format_paths(changed)} was changed since it was published"] if changed else []),
            *([f"this writes it again: {_format_write(number)}"] if self.others else []),
        ]
        parts = f"{verb} {format_paths(paths)} of run {number}, unless that was done"
        ending = " (if you do not have it any more). Then" if self.others else ". Then"
        return f"{parts}{': ' if notes else ''}{'; '.join(notes)}{ending} say so: {_format_uploaded(number)}"


def earlier_feed_steps(result: RunResult, kept_parts: Sequence[KeptPart]) -> Iterator[str]:
    """A step a run whose parts nobody is known to have uploaded, wherever they are; then one for stock feeds."""
    waiting = _list_waiting(result, [part for part in kept_parts if part.name != STOCK_NAME])
    verb = "Upload" if result.context.submissions is None else "Submit or upload"
    yield from (run.describe(verb) for run in waiting[:MAX_NAMED])
    if len(waiting) > MAX_NAMED:
        others = format_count(len(waiting) - MAX_NAMED, "more run")
        yield f"{verb} the parts of {others}, which this names: {format_command('feeds list')}"
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
        yield f"Say so when that is done: {_format_uploaded(result.last_run + 1)}"


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
    kept = {(part.run, part.name) for part in kept_parts}
    waiting = {(run.run, part.name) for run in list_waiting_runs(result) for part in run.parts}
    repeated = {(run, name_part(CONFIRMATION_STEM, number)) for run, number in result.repeated_parts}
    kept_by_run, others_by_run = defaultdict[int, list[KeptPart]](list), defaultdict[int, list[str]](list)
    lines = Counter[int]()
    for part in kept_parts:
        kept_by_run[part.run].append(part)
    for run_number, name in sorted((waiting | repeated) - kept):
        others_by_run[run_number].append(name)
    for (run_number, _), number in result.repeated_parts.items():
        lines[run_number] += number
    return [
        _WaitingRun(run, kept_by_run[run.run], others_by_run[run.run], lines[run.run])
        for run in result.published_runs
        if run.run in kept_by_run or run.run in others_by_run
    ]


def _describe_records(run: PublishedRun, names: Sequence[str]) -> str:
    """When they were published, and how many records of which kind they hold."""
    counts = [
        format_count(sum(run.find_part(name).records for name in names if name.startswith(stem)), noun)
        for stem, noun in _NOUNS.items()
        if any(name.startswith(stem) for name in names)
    ]
    return f"published at {format_instant(run.as_of)}, {' and '.join(counts)}"


def _format_write(run: int) -> str:
    return format_command(f"feeds write {run} --out {OUTPUT_PLACEHOLDER}")


def _format_uploaded(run: int) -> str:
    return format_command(f"feeds uploaded {run}")


def _format_lines(lines: int) -> str:
    """How many lines of this run are there already."""
    return f"{format_count(lines, 'line')} of this run {'are' if lines != 1 else 'is'} in it"
