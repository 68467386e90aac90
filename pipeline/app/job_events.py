"""What the log says of the files that a job read and of the parts that it published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipeline.model.feed_parts import FEED_FOLDER
from pipeline.model.file_plan import FilePlan
from pipeline.model.tally import LINE_OUTCOMES, Tally
from pipeline.publish import PublishedOutput
from pipeline.utils import dtypes
from pipeline.utils.events import log, log_event
from pipeline.utils.instants import format_instant
from pipeline.utils.plural import format_count


def log_files(plans: Sequence[FilePlan], tallies: Sequence[Tally]) -> None:
    """An event for each file: what it is, and what became of its lines."""
    for plan, tally in zip(plans, tallies, strict=True):
        counts = {outcome: getattr(tally, outcome) for outcome in LINE_OUTCOMES}
        kind = f"refused: {plan.refusal_code}" if plan.refusal_code else plan.kind.name if plan.kind else "unknown"
        words = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())
        log_event(
            "file",
            f"{plan.source.name}: {kind}, {format_count(sum(counts.values()), 'line')} of data: {words}",
            file=plan.source.name,
            kind=plan.kind.name if plan.kind else None,
            refused=plan.refusal_code or None,
            bytes=plan.size,
            lines=tally.lines,
            **counts,
        )


def log_parts(published: PublishedOutput) -> None:
    """An event for each part of a feed that was published."""
    for written in published.outputs if published.path else ():
        if written.path.startswith(f"{FEED_FOLDER}/"):
            log_event(
                "part",
                f"published {written.path}: {written.rows:,} record{'s' * (written.rows != 1)}",
                part=written.path,
                records=written.rows,
                sha256=written.sha256,
            )


def warn_of_newer_run(latest_as_of: int, as_of: dt.datetime) -> None:
    """A warning where the ledger knows a run with a later as-of (µs UTC, NEVER without a run)."""
    if dtypes.is_known(latest_as_of) and latest_as_of > dtypes.instant_to_us(as_of):
        newest = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(latest_as_of))
        log.warning(
            "as of %s is before the newest run of the ledger, as of %s: it judges by what that run has learned; run "
            "nights in their order",
            format_instant(as_of),
            format_instant(newest),
        )
