"""What an audit says, for machines (reports/audit.json) and for a pull request or a chat (reports/audit.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.model import profiles
from pipeline.model.profiles import ColumnProfile, KindProfile
from pipeline.model.run_counts import CodeCount
from pipeline.model.run_result import RunResult
from pipeline.model.severity import ERROR
from pipeline.model.tally import LINE_OUTCOMES
from pipeline.publish import manifest
from pipeline.publish.files import text_pieces
from pipeline.publish.files.cells import escape_name
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.reports import summary
from pipeline.publish.reports.finding_counts import count_by_severity
from pipeline.rules import catalogue
from pipeline.utils.escape import escape_controls
from pipeline.utils.plural import format_count

AUDIT_JSON_PATH, AUDIT_MARKDOWN_PATH = "reports/audit.json", "reports/audit.md"
AUDIT_SCHEMA_PATH = Path(__file__).with_name("audit.schema.json")  # of the JSON, as JSON Schema
NOTHING = "Nothing."
_SCHEMA_VERSION = 1
_SCREEN_CODES = 8  # of which the screen has a line
_MAX_LISTED = 10  # of a sort that the Markdown and the screen name
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~])")


def write_audit(
    folder: OutputFolder, result: RunResult, counts: Sequence[CodeCount], run_id: str, next_steps: Sequence[str]
) -> str:
    """Both reports are written; what the screen shows, which is neither."""
    with folder.create_file(AUDIT_JSON_PATH) as output:
        text_pieces.write_json(output, _build_json(result, counts, run_id), indent=1)
    with folder.create_file(AUDIT_MARKDOWN_PATH) as output:
        output.write("\n".join(_markdown_lines(result, counts, next_steps)).encode("utf-8", "backslashreplace"))
    return summary.join_sections(
        [
            [f"feedwarden audit as of {manifest.format_as_of(result.context)}, {run_id}"],
            ["Files", *map(summary.truncate_line, summary.file_lines(result))],
            ["Findings", *map(summary.truncate_line, summary.finding_lines(counts, _SCREEN_CODES))],
            ["Columns", *map(summary.truncate_line, _column_lines(result))],
            *(
                [["Changed since earlier runs", *map(summary.truncate_line, _drift_lines(result))]]
                if result.past_runs
                else []
            ),
            ["What to do first", *summary.number_steps(next_steps or (NOTHING,))],
        ]
    )


def _build_json(result: RunResult, counts: Sequence[CodeCount], run_id: str) -> dict[str, Any]:
    return {
        "version": _SCHEMA_VERSION,
        "run_id": run_id,
        "as_of": manifest.format_as_of(result.context),
        "files": _describe_files(result),
        "findings": [{"code": entry.code, "severity": entry.severity, "number": entry.occurrences} for entry in counts],
        "kinds": [_describe_kind(entry) for entry in result.kind_profiles],
        "compared_with": [night.as_of for night in result.past_runs],
        "drift": [entry._asdict() for entry in result.drift],
        "summary": profiles.summarize_run(result.kind_profiles, result.tallies, result.finding_counts.code_counts),
    }


def _describe_files(result: RunResult) -> list[dict[str, Any]]:
    counts_by_file = result.finding_counts.by_file
    return [
        {
            "name": escape_name(plan.source.name),
            "kind": plan.kind.name if plan.kind else None,
            "refused": plan.refusal_code or None,
            "encoding": plan.encoding,
            **asdict(tally),
            "findings": counts_by_file.get(plan.file, {}),
        }
        for plan, tally in zip(result.plans, result.tallies, strict=True)
    ]


def _describe_kind(kind: KindProfile) -> dict[str, Any]:
    days = kind.days and {**kind.days._asdict(), "gaps": [gap._asdict() for gap in kind.days.gaps]}
    return {**kind._asdict(), "days": days, "columns": [_describe_column(column) for column in kind.columns]}


def _describe_column(column: ColumnProfile) -> dict[str, Any]:
    count_lists = {
        name: None if value_counts is None else [{name[:-1]: text, "number": number} for text, number in value_counts]
        for name, value_counts in (("values", column.values), ("shapes", column.shapes), ("signs", column.signs))
    }
    return {**column._asdict(), **count_lists}


def _column_lines(result: RunResult) -> Iterator[str]:
    """What is striking about columns: signs of damage, rows that repeat others, days without rows."""
    notes = list(describe_notable_columns(result.kind_profiles))
    yield from notes[:_MAX_LISTED] or ["nothing notable"]
    if len(notes) > _MAX_LISTED:
        yield f"… and {len(notes) - _MAX_LISTED:,} more, in {AUDIT_JSON_PATH}"


def describe_notable_columns(kinds: Sequence[KindProfile]) -> Iterator[str]:
    """What is worth a look about the columns of each kind, in words."""
    for kind in kinds:
        if kind.repeated:
            duplicates = "row is an exact duplicate" if kind.repeated == 1 else "rows are exact duplicates"
            yield f"{kind.name}: {kind.repeated:,} {duplicates} of an earlier row in the file"
        if kind.days and kind.days.empty:
            longest = max(kind.days.gaps, key=lambda gap: gap.days)
            span = longest.first if longest.days == 1 else f"{longest.first} to {longest.last}"
            empty = format_count(kind.days.empty, "day")
            yield f"{kind.name} {kind.days.column}: {empty} without a row, the longest gap {span}"
        for column in kind.columns:
            for sign, number in column.signs:
                yield f"{kind.name} {column.name}: {number:,} cell{'' if number == 1 else 's'}, {sign}"


def _drift_lines(result: RunResult) -> Iterator[str]:
    drift_notes = [
        f"{' '.join(filter(None, (drift.kind, drift.column))) or 'all files'}: {drift.description}"
        for drift in result.drift
    ]
    yield from drift_notes[:_MAX_LISTED] or ["nothing"]
    if len(drift_notes) > _MAX_LISTED:
        yield f"… and {len(drift_notes) - _MAX_LISTED:,} more, in {AUDIT_JSON_PATH}"


def _markdown_lines(result: RunResult, counts: Sequence[CodeCount], next_steps: Sequence[str]) -> Iterator[str]:
    """The lines of the Markdown; whatever stems from a file is kept from meaning anything in it."""
    severity_counts = count_by_severity(counts)
    totals = {outcome: sum(getattr(entry, outcome) for entry in result.tallies) for outcome in LINE_OUTCOMES}
    yield f"## feedwarden audit, {manifest.format_as_of(result.context)}\n"
    yield (
        f"**{format_count(sum(totals.values()), 'line')}**: "
        + ", ".join(f"{totals[outcome]:,} {outcome}" for outcome in LINE_OUTCOMES)
        + ". "
    )
    yield (
        ", ".join(f"{severity_counts[name]:,} {name}{'' if name == 'info' else 's'}" for name in severity_counts)
        + ".\n"
    )
    yield from [
        "### What to do first\n",
        *(f"{step_number}. {_escape_markdown(step)}" for step_number, step in enumerate(next_steps or (NOTHING,), 1)),
        "",
    ]
    yield "### Files\n"
    yield f"| file | kind | lines | {' | '.join(LINE_OUTCOMES)} |\n|---|---|--:|--:|--:|--:|--:|"
    for plan, tally in zip(result.plans, result.tallies, strict=True):
        line_counts = [getattr(tally, outcome) for outcome in LINE_OUTCOMES]
        kind = f"refused: {plan.refusal_code}" if plan.refusal_code or not plan.kind else plan.kind.name
        cells = [
            _escape_markdown(plan.source.name),
            kind,
            *(f"{number:,}" for number in (sum(line_counts), *line_counts)),
        ]
        yield f"| {' | '.join(cells)} |"
    yield "\n### Findings\n"
    yield from _count_lines(counts)
    yield from ["\n### Columns\n", *(f"- {_escape_markdown(line)}" for line in _column_lines(result)), ""]
    if result.past_runs:
        yield from [
            "### Changed since earlier runs\n",
            *(f"- {_escape_markdown(line)}" for line in _drift_lines(result)),
            "",
        ]


def _count_lines(counts: Sequence[CodeCount]) -> Iterator[str]:
    """A table of the findings by code; one word where there are none."""
    yield "| code | severity | times | what is wrong |\n|---|---|--:|---|" if counts else "None."
    for entry in counts:
        rule = catalogue.RULES_BY_CODE.get(entry.code)
        severity_text = f"**{entry.severity}**" if entry.severity == ERROR else entry.severity
        title = _escape_markdown(catalogue.rule_title(rule)) if rule else ""
        yield f"| {entry.code} | {severity_text} | {entry.occurrences:,} | {title} |"


def _escape_markdown(text: str) -> str:
    """The text as Markdown that shows it letter by letter: no mark-up, no link, no mention, no HTML."""
    escaped = _MARKDOWN_SPECIAL.sub(r"\\\1", escape_controls(" ".join(text.split())))
    for letter, entity in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("@", "&#64;"),
        ("://", "&#58;//"),
        ("www.", "www&#46;"),
    ):
        escaped = escaped.replace(letter, entity)
    return escaped
