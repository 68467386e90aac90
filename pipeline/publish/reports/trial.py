"""What a dry run says: the files that would be written, and what there would be to do."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model.feed_parts import FEED_FOLDER
from pipeline.publish.files.output_folder import WrittenFile
from pipeline.publish.rejected import REJECTED_FOLDER

_HEADING, _TRIAL_HEADING = "\nWhat to do first\n", "\nWhat there would be to do first\n"


def describe_trial(summary: str, outputs: Sequence[WrittenFile]) -> str:
    """The summary of a run that has written nothing, with the feeds and rejected lines that it would have written."""
    lines = [
        f"  {written.path}  {written.rows:,} {noun}{'s' * (written.rows != 1)}"
        for folder, noun in ((FEED_FOLDER, "record"), (REJECTED_FOLDER, "line"))
        for written in outputs
        if written.path.startswith(f"{folder}/")
    ]
    files = "\n".join(
        ["Would be written", *(lines or ["  no feed, and no rejected line"]), "  the reports and the page"]
    )
    trial = summary.replace(_HEADING, _TRIAL_HEADING)
    return f"Dry run: nothing was written.\n\n{trial.rstrip()}\n\n{files}\n"
