"""What an audit says, for machines (reports/audit.json) and for a pull request or a chat (reports/audit.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline import profiles
from pipeline.findings import ERROR
from pipeline.plain import plain
from pipeline.profiles import FATES, Column, Kind
from pipeline.publish import book, manifest, summary
from pipeline.publish.counts import by_severity
from pipeline.publish.output import Folder
from pipeline.publish.text import shown
from pipeline.ready import Count, Ready

JSON, MARKDOWN = "reports/audit.json", "reports/audit.md"
SCHEMA = Path(__file__).with_name("audit.schema.json")  # of the JSON, as JSON Schema
_VERSION = 1
_FEW = 10  # of a sort that the Markdown and the screen name
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~])")


def write(folder: Folder, ready: Ready, counts: Sequence[Count], run: str, steps: Sequence[str]) -> str:
    """Both reports are written; what the screen shows, which is neither."""
    with folder.file(JSON) as output:
        text = json.dumps(_told(ready, counts, run), indent=1, sort_keys=True, ensure_ascii=False)
        output.write((text + "\n").encode("utf-8", "backslashreplace"))
    with folder.file(MARKDOWN) as output:
        output.write("\n".join(_markdown(ready, counts, steps)).encode("utf-8", "backslashreplace"))
    return summary.joined(
        [
            [f"feedwarden audit as of {manifest.as_of(ready.context)}, {run}"],
            ["Files", *map(summary.cut, summary.about_files(ready))],
            ["Findings", *map(summary.cut, summary.about_findings(counts))],
            ["Columns", *map(summary.cut, _columns(ready))],
            *([["Otherwise than before", *map(summary.cut, _drift(ready))]] if ready.nights else []),
            ["What to do first", *summary.numbered(steps)],
        ]
    )


def _told(ready: Ready, counts: Sequence[Count], run: str) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "run_id": run,
        "as_of": manifest.as_of(ready.context),
        "files": _files(ready),
        "findings": [{"code": one.code, "severity": one.severity, "number": one.number} for one in counts],
        "kinds": [_kind(one) for one in ready.kinds],
        "compared_with": [night.as_of for night in ready.nights],
        "drift": [one._asdict() for one in ready.drift],
        "summary": profiles.summary(ready.kinds, ready.tallies, ready.found.codes),
    }


def _files(ready: Ready) -> list[dict[str, Any]]:
    found = ready.found.files
    return [
        {
            "name": shown(plan.source.name),
            "kind": plan.kind.name if plan.kind else None,
            "refused": plan.refused or None,
            "encoding": plan.encoding,
            **asdict(tally),
            "findings": found.get(plan.file, {}),
        }
        for plan, tally in zip(ready.plans, ready.tallies, strict=True)
    ]


def _kind(kind: Kind) -> dict[str, Any]:
    days = kind.days and {**kind.days._asdict(), "gaps": [gap._asdict() for gap in kind.days.gaps]}
    return {**kind._asdict(), "days": days, "columns": [_column(one) for one in kind.columns]}


def _column(column: Column) -> dict[str, Any]:
    lists = {
        name: None if pairs is None else [{name[:-1]: text, "number": number} for text, number in pairs]
        for name, pairs in (("values", column.values), ("shapes", column.shapes), ("signs", column.signs))
    }
    return {**column._asdict(), **lists}


def _columns(ready: Ready) -> Iterator[str]:
    """What is striking about columns: signs of damage, rows that repeat others, days without rows."""
    told = list(striking(ready.kinds))
    yield from told[:_FEW] or ["nothing strikes the eye"]
    if len(told) > _FEW:
        yield f"… and {len(told) - _FEW:,} more, in {JSON}"


def striking(kinds: Sequence[Kind]) -> Iterator[str]:
    """What is worth a look about the columns of each kind, in words."""
    for kind in kinds:
        if kind.repeated:
            yield f"{kind.name}: {kind.repeated:,} rows repeat an earlier row of their file in every cell"
        if kind.days and kind.days.empty:
            longest = max(kind.days.gaps, key=lambda gap: gap.days)
            span = longest.first if longest.days == 1 else f"{longest.first} to {longest.last}"
            yield f"{kind.name} {kind.days.column}: {kind.days.empty:,} days without a row, the longest gap {span}"
        for column in kind.columns:
            for sign, number in column.signs:
                yield f"{kind.name} {column.name}: {number:,} cell{'' if number == 1 else 's'}, {sign}"


def _drift(ready: Ready) -> Iterator[str]:
    told = [f"{' '.join(filter(None, (one.kind, one.column))) or 'all files'}: {one.told}" for one in ready.drift]
    yield from told[:_FEW] or ["nothing"]
    if len(told) > _FEW:
        yield f"… and {len(told) - _FEW:,} more, in {JSON}"


def _markdown(ready: Ready, counts: Sequence[Count], steps: Sequence[str]) -> Iterator[str]:
    """The lines of the Markdown; whatever stems from a file is kept from meaning anything in it."""
    found = by_severity(counts)
    totals = {fate: sum(getattr(one, fate) for one in ready.tallies) for fate in FATES}
    yield f"## feedwarden audit, {manifest.as_of(ready.context)}\n"
    yield f"**{sum(totals.values()):,} lines**: " + ", ".join(f"{totals[fate]:,} {fate}" for fate in FATES) + ". "
    yield ", ".join(f"{found[name]:,} {name}{'' if name == 'info' else 's'}" for name in found) + ".\n"
    yield from ["### What to do first\n", *(f"{at}. {_inert(step)}" for at, step in enumerate(steps, 1)), ""]
    yield "### Files\n"
    yield f"| file | kind | lines | {' | '.join(FATES)} |\n|---|---|--:|--:|--:|--:|--:|"
    for plan, tally in zip(ready.plans, ready.tallies, strict=True):
        fates = [getattr(tally, fate) for fate in FATES]
        kind = f"refused: {plan.refused}" if plan.refused or not plan.kind else plan.kind.name
        cells = [_inert(plan.source.name), kind, *(f"{number:,}" for number in (sum(fates), *fates))]
        yield f"| {' | '.join(cells)} |"
    yield "\n### Findings\n"
    if counts:
        yield "| code | severity | times | |\n|---|---|--:|---|"
    for one in counts:
        why = _inert(book.RULES[one.code].why) if one.code in book.RULES else ""
        bold = f"**{one.severity}**" if one.severity == ERROR else one.severity
        yield f"| {one.code} | {bold} | {one.number:,} | {why} |"
    if not counts:
        yield "None."
    yield from ["\n### Columns\n", *(f"- {_inert(line)}" for line in _columns(ready)), ""]
    if ready.nights:
        yield from ["### Otherwise than before\n", *(f"- {_inert(line)}" for line in _drift(ready)), ""]


def _inert(text: str) -> str:
    """The text as Markdown that shows it letter by letter: no mark-up, no link, no mention, no HTML."""
    told = _SPECIAL.sub(r"\\\1", plain(" ".join(text.split())))
    for letter, entity in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("@", "&#64;"),
        ("://", "&#58;//"),
        ("www.", "www&#46;"),
    ):
        told = told.replace(letter, entity)
    return told
