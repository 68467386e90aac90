"""What the log says of the files that a job read and of the parts that it published."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model.feed_parts import FEED_FOLDER
from pipeline.model.file_plan import FilePlan
from pipeline.model.tally import LINE_OUTCOMES, Tally
from pipeline.publish import PublishedOutput
from pipeline.utils.events import log_event


def log_files(plans: Sequence[FilePlan], tallies: Sequence[Tally]) -> None:
    """An event for each file: what it is, and what became of its lines."""
    for plan, tally in zip(plans, tallies, strict=True):
        counts = {outcome: getattr(tally, outcome) for outcome in LINE_OUTCOMES}
        kind = f"refused: {plan.refusal_code}" if plan.refusal_code else plan.kind.name if plan.kind else "unknown"
        words = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())
        log_event(
            "file",
            f"{plan.source.name}: {kind}, {tally.lines:,} lines: {words}",
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
