"""reports/summary.txt: one screen: the files, the findings, the order items, and what to do first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from pipeline import states
from pipeline.batch import FilePlan, Tally
from pipeline.plain import plain
from pipeline.publish import book, manifest
from pipeline.publish.output import Folder
from pipeline.publish.text import shown
from pipeline.ready import Count, Ready, Standing

PATH = "reports/summary.txt"
_FILES, _CODES = 6, 8  # lines of each that a screen has room for
_WIDTH, _NAME = 118, 40  # of a line, of a file's name in it
_FATES = ("accepted", "rejected", "skipped", "unreadable")


def write(folder: Folder, ready: Ready, counts: Sequence[Count], run: str, steps: Sequence[str]) -> str:
    """The summary, which is also written: plain text, no time but as-of."""
    parts = [
        [f"feedwarden as of {manifest.as_of(ready.context)}, policy {ready.context.policy.name}, run {run}"],
        ["Files", *map(cut, about_files(ready))],
        ["Findings", *map(cut, about_findings(counts))],
        ["Order items", *_wrapped(_states(ready.standing), "")],
        ["What to do first", *numbered(steps)],
    ]
    text = joined(parts)
    with folder.file(PATH) as output:
        output.write(text.encode())
    return text


def joined(parts: Sequence[Sequence[str]]) -> str:
    """The parts below each other, each under its heading, with nothing in them that a terminal would act on."""
    return plain("\n\n".join("\n  ".join(part) for part in parts)) + "\n"


def about_files(ready: Ready) -> Iterator[str]:
    """A line a file, and one for all for which there is no room."""
    pairs = list(zip(ready.plans, ready.tallies, strict=True))
    names = [_short(plan.source.name) for plan, _ in pairs[:_FILES]]
    wide = max(map(len, names), default=0)
    for name, (plan, tally) in zip(names, pairs[:_FILES], strict=True):
        yield f"{name:<{wide}}  {_lines([tally])}  {_kind(plan)}"
    if len(pairs) > _FILES:
        yield f"… and {_many(len(pairs) - _FILES, 'more file')}: {_lines([tally for _, tally in pairs[_FILES:]])}"


def _lines(tallies: Sequence[Tally]) -> str:
    """The lines of data, and what became of them."""
    data = sum(one.lines - one.header - one.blank for one in tallies)
    return f"{data:,} lines = " + " + ".join(
        f"{sum(getattr(one, fate) for one in tallies):,} {fate}" for fate in _FATES
    )


def _kind(plan: FilePlan) -> str:
    return f"refused: {plan.refused}" if plan.refused or not plan.kind else plan.kind.name


def about_findings(counts: Sequence[Count]) -> Iterator[str]:
    """A line a code, and one for all for which there is no room."""
    if not counts:
        yield "none"
    for one in counts[:_CODES]:
        rule = book.RULES.get(one.code)
        yield f"{one.code}  {one.severity:<7}  {one.number:>9,}  {rule.why if rule else ''}".rstrip()
    rest = counts[_CODES:]
    if rest:
        yield f"… and {_many(len(rest), 'more code')}: {_many(sum(one.number for one in rest), 'finding')}"


def _states(standing: Standing) -> str:
    """How many items are in each state."""
    told = zip(states.NAMES, standing.states.tolist(), strict=True)
    return " · ".join(f"{name} {number:,}" for name, number in told if number) or "none"


def numbered(told: Sequence[str]) -> Iterator[str]:
    """The steps with their numbers, as lines that fit a screen."""
    for at, step in enumerate(told, 1):
        yield from _wrapped(f"{at}. {step}", "   ")


def _wrapped(line: str, indent: str) -> list[str]:
    return textwrap.wrap(line, _WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _short(name: str) -> str:
    """The end of a long name: its beginning is the folder."""
    text = " ".join(shown(name).split())
    return text if len(text) <= _NAME else "…" + text[1 - _NAME :]


def cut(line: str) -> str:
    """The line, as long as a screen has room for."""
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"
