"""What the page begins with: how good it all is in one sentence, the numbers behind it, and the files."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.batch import FilePlan, Tally
from pipeline.profiles import FATES
from pipeline.ready import Ready

_WIDE = 1000  # of a bar, in its own units


class Headline(NamedTuple):
    """One sentence, whether it is good news, and the numbers behind it, each with a word and a tone."""

    text: str
    tone: str
    numbers: list[tuple[str, int, str]]


class Part(NamedTuple):
    """A part of a bar: the fate of lines, how many, from where to where."""

    fate: str
    number: int
    begin: float
    width: float


class File(NamedTuple):
    """A file and what became of its lines."""

    name: str
    kind: str
    encoding: str
    refused: str
    lines: int
    fates: dict[str, int]
    bar: list[Part]


def headline(ready: Ready, found: dict[str, int]) -> Headline:
    """The verdict, and the lines by fate and findings by severity."""
    fates = {fate: sum(getattr(one, fate) for one in ready.tallies) for fate in FATES}
    lines, bad = sum(fates.values()), fates["rejected"] + fates["unreadable"]
    numbers = [(f"lines {fate}", number, fate) for fate, number in fates.items()]
    numbers += [(f"{severity}s" if severity != "info" else "notes", found[severity], severity) for severity in found]
    if not lines:
        return Headline("There was no line to judge.", "bad", numbers)
    if bad:
        return Headline(
            f"{bad:,} of {lines:,} lines ({bad / lines * 100:.1f} %) could not be accepted.", "bad", numbers
        )
    if found["error"] or found["warning"]:
        return Headline(f"All {lines:,} lines were readable and accepted; some deserve a look.", "fair", numbers)
    return Headline(f"All {lines:,} lines were accepted, and nothing is wrong with them.", "good", numbers)


def files(ready: Ready) -> list[File]:
    """Every file in the order of the run."""
    return [_file(plan, tally) for plan, tally in zip(ready.plans, ready.tallies, strict=True)]


def _file(plan: FilePlan, tally: Tally) -> File:
    fates = {fate: getattr(tally, fate) for fate in FATES}
    kind = plan.kind.name if plan.kind and not plan.refused else ""
    return File(plan.source.name, kind, plan.encoding, plan.refused, sum(fates.values()), fates, _bar(fates))


def _bar(fates: dict[str, int]) -> list[Part]:
    """The parts side by side; a part that is there is never too narrow to be seen."""
    total, least, begin, parts = sum(fates.values()), 6.0, 0.0, []
    wide = {fate: max(number / total * _WIDE, least) for fate, number in fates.items() if number}
    for fate, width in wide.items():
        share = width / sum(wide.values()) * _WIDE
        parts.append(Part(fate, fates[fate], round(begin, 1), round(share, 1)))
        begin += share
    return parts
