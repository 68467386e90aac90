"""The confirmation and cancellation parts of earlier runs that nobody is known to have uploaded (SPEC §8, Feeds)."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.model.feed_parts import EARLIER_FOLDER, PUBLISHED, STOCK_NAME, PublishedPart, PublishedRun
from pipeline.model.run_context import RunContext
from pipeline.model.run_result import RunResult
from pipeline.model.submissions import NOT_SUBMITTED


def list_waiting_runs(result: RunResult) -> list[PublishedRun]:
    """The runs before this one with the parts that wait, oldest first, wherever the outputs of these runs are.

    A part is left out that the program submits, that a person gave up, or that is older than the time to confirm: all
    of its orders are confirmed or canceled by then. So is the stock, which a newer count replaces.
    """
    confirm_within = result.context.policy.duration_on("shipment.confirm_within", result.context.as_of)
    waiting = [
        run._replace(parts=tuple(part for part in run.parts if _is_waiting(run, part, result.context)))
        for run in result.published_runs
        if run.run <= (result.last_run or 0)
        if confirm_within is None or run.as_of >= result.context.as_of - confirm_within
    ]
    return [run for run in waiting if run.parts]


def _is_waiting(run: PublishedRun, part: PublishedPart, context: RunContext) -> bool:
    submission = (context.submissions or {}).get(part.sha256, NOT_SUBMITTED)
    if submission.is_of(run.as_of) and (submission.is_pending or submission.given_up_at):
        return False
    return part.state == PUBLISHED and part.name != STOCK_NAME


def list_elsewhere(result: RunResult, kept_paths: Collection[str]) -> list[tuple[PublishedRun, PublishedPart]]:
    """The parts that wait and are not among the paths of this output: they are in the outputs of their own runs."""
    return [
        (run, part)
        for run in list_waiting_runs(result)
        for part in run.parts
        if kept_path(run, part.name) not in kept_paths
    ]


def kept_path(run: PublishedRun, name: str) -> str:
    """Where the output of a later run keeps the part."""
    return f"{EARLIER_FOLDER}/{run.folder}/{name}"
