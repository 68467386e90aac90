"""What the page begins with: how good it all is in one sentence, the numbers behind it, and the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pipeline.model.file_plan import FilePlan
from pipeline.model.run_result import RunResult
from pipeline.model.tally import LINE_OUTCOMES, Tally

_BAR_UNITS = 1000  # of a bar, in its own units


class Headline(NamedTuple):
    """One sentence, whether it is good news, and the numbers behind it, each with a word and a tone."""

    text: str
    tone: str
    numbers: list[tuple[str, int, str]]


class BarSegment(NamedTuple):
    """A part of a bar: the outcome of lines, how many, from where to where."""

    outcome: str
    number: int
    begin: float
    width: float


class FileOutcomes(NamedTuple):
    """A file and what became of its lines."""

    name: str
    kind: str
    encoding: str
    refused: str
    lines: int
    line_outcomes: dict[str, int]
    bar: list[BarSegment]


def build_headline(result: RunResult, severity_counts: dict[str, int]) -> Headline:
    """The verdict, with the numbers of lines by outcome and of findings by severity."""
    line_outcomes = {outcome: sum(getattr(tally, outcome) for tally in result.tallies) for outcome in LINE_OUTCOMES}
    numbers = [(f"lines {outcome}", number, outcome) for outcome, number in line_outcomes.items()]
    numbers += [
        (f"{severity}s" if severity != "info" else "notes", severity_counts[severity], severity)
        for severity in severity_counts
    ]
    text = describe_outcomes(line_outcomes)
    if not any(line_outcomes.values()) or line_outcomes["rejected"] or line_outcomes["unreadable"]:
        return Headline(f"{text}.", "bad", numbers)
    if severity_counts["error"] or severity_counts["warning"]:
        return Headline(f"{text}; there are errors or warnings to look at.", "fair", numbers)
    return Headline(f"{text}; there are no errors or warnings.", "good", numbers)


def describe_outcomes(line_outcomes: dict[str, int]) -> str:
    """What became of the lines, as a clause without a full stop: those not accepted first, if there are any."""
    total, accepted, skipped = sum(line_outcomes.values()), line_outcomes["accepted"], line_outcomes["skipped"]
    refused = total - accepted - skipped
    if not total:
        return "The files have no lines of data"
    if refused:
        lines = "line" if total == 1 else "lines"
        return f"{refused:,} of {total:,} {lines} ({refused / total * 100:.1f} %) could not be accepted"
    if accepted and skipped:
        return f"{accepted:,} of {total:,} lines {_was(accepted)} accepted, {skipped:,} {_was(skipped)} skipped"
    subject = "The only line was" if total == 1 else f"All {total:,} lines were"
    return f"{subject} {'accepted' if accepted else 'skipped'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def iter_file_outcomes(result: RunResult) -> Iterator[FileOutcomes]:
    """Every file in the order of the run."""
    return map(_build_file_outcomes, result.plans, result.tallies)


def _build_file_outcomes(plan: FilePlan, tally: Tally) -> FileOutcomes:
    line_outcomes = {outcome: getattr(tally, outcome) for outcome in LINE_OUTCOMES}
    kind = plan.kind.name if plan.kind and not plan.refusal_code else ""
    return FileOutcomes(
        name=plan.source.name,
        kind=kind,
        encoding=plan.encoding,
        refused=plan.refusal_code,
        lines=sum(line_outcomes.values()),
        line_outcomes=line_outcomes,
        bar=_build_bar(line_outcomes),
    )


def _build_bar(line_outcomes: dict[str, int]) -> list[BarSegment]:
    """The parts side by side; a part that is there is never too narrow to be seen."""
    total, min_width, begin, segments = sum(line_outcomes.values()), 6.0, 0.0, []
    widths = {
        outcome: max(number / total * _BAR_UNITS, min_width) for outcome, number in line_outcomes.items() if number
    }
    for outcome, width in widths.items():
        share = width / sum(widths.values()) * _BAR_UNITS
        segments.append(BarSegment(outcome, line_outcomes[outcome], round(begin, 1), round(share, 1)))
        begin += share
    return segments
