"""`feedwarden ledger scrub`: a ledger cleaned of texts that may be personal; what was done, in words."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.app.feeds_job import FeedsAnswer
from pipeline.app.held_ledger import hold_ledger
from pipeline.ledger import count_personal_texts, open_existing, scrub_ledger
from pipeline.utils.plural import format_count


class ScrubRequest(NamedTuple):
    """The ledger to clean, and whether only to say what would be done."""

    ledger: str
    dry_run: bool


def clean_ledger(request: ScrubRequest) -> FeedsAnswer:
    """The texts masked by table and column, and how many old files were removed."""
    ledger = open_existing(request.ledger)
    if request.dry_run:
        counts = count_personal_texts(ledger)
        lines = [f"{table}.{column}: {count:,} to be masked" for (table, column), count in sorted(counts.items())]
        return FeedsAnswer("\n".join(["Dry run: nothing was changed.", *(lines or ["nothing is to be masked"])]))
    with hold_ledger(request.ledger) as held_ledger:
        counts = count_personal_texts(held_ledger)
        if not held_ledger.number:
            return FeedsAnswer(f"no runs yet in {request.ledger}: nothing to do")
        removed = scrub_ledger(held_ledger, counts)
    lines = [f"{table}.{column}: {count:,} masked" for (table, column), count in sorted(counts.items())]
    return FeedsAnswer(
        "\n".join(
            [*(lines or ["nothing was to be masked"]), f"{format_count(removed, 'file')} of earlier versions removed"]
        )
    )
