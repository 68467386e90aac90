"""reports/summary.txt: one screen: what is due, claims, what to do first; then the findings, files and order items."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from pipeline.model import states
from pipeline.model.file_plan import FilePlan
from pipeline.model.ledger_commands import bind_commands, release_commands
from pipeline.model.run_counts import CodeCount, StateCounts
from pipeline.model.run_result import RunResult
from pipeline.model.tally import LINE_OUTCOMES, Tally
from pipeline.publish import manifest
from pipeline.publish.files.cells import escape_name
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.reports import money_lines
from pipeline.rules import catalogue
from pipeline.utils.escape import escape_controls
from pipeline.utils.plural import format_count

SUMMARY_PATH = "reports/summary.txt"
NOTHING_TO_DO = "Nothing to do: nothing is due, nothing waits to be uploaded, and no line is to be corrected."
_MAX_FILES, _MAX_CODES = 6, 6  # lines of each that a screen has room for
_LINE_WIDTH, _NAME_WIDTH = 118, 40  # of a line, of a file's name in it


def write_summary(
    folder: OutputFolder, result: RunResult, counts: Sequence[CodeCount], run_id: str, next_steps: Sequence[str]
) -> str:
    """The summary, which is also written: plain text, no time but as-of."""
    sections = [
        [
            (
                f"feedwarden as of {manifest.format_as_of(result.context)}, "
                f"policy {result.context.policy.name}, run {run_id}{', begins a ledger' * (result.last_run == 0)}"
            )
        ],
        *_work_sections(result, next_steps),
        ["Findings", *map(truncate_line, finding_lines(counts))],
        ["Files", *map(truncate_line, file_lines(result))],
        ["Order items", *_wrap_line(_format_states(result.state_counts), "")],
    ]
    text = join_sections(sections)
    with folder.create_file(SUMMARY_PATH) as output:
        output.write(text.encode())
    return text


def _work_sections(result: RunResult, next_steps: Sequence[str]) -> Iterator[list[str]]:
    """What is due, how claims stand, and what to do first; a run with nothing to do says so in one line."""
    if not next_steps:
        yield [NOTHING_TO_DO]
    if due_lines := [line for text in money_lines.due_lines(result.due_counts) for line in _wrap_line(text, " " * 11)]:
        yield ["Due", *due_lines]
    if claim_lines := [line for text in money_lines.claim_lines(result) for line in _wrap_line(text, "  ")]:
        yield ["Claims", *claim_lines]
    if next_steps:
        yield ["What to do first", *number_steps(next_steps)]


def join_sections(sections: Sequence[Sequence[str]]) -> str:
    """The parts below each other, each under its heading, with nothing in them that a terminal would act on."""
    return escape_controls("\n\n".join("\n  ".join(section) for section in sections)) + "\n"


def file_lines(result: RunResult) -> Iterator[str]:
    """A line a file, and one for all for which there is no room: files of which all was taken."""
    file_tallies = sorted(zip(result.plans, result.tallies, strict=True), key=_is_taken)
    file_tallies[:_MAX_FILES] = sorted(file_tallies[:_MAX_FILES], key=lambda entry: entry[0].file)
    names = [_shorten_name(plan.source.name) for plan, _ in file_tallies[:_MAX_FILES]]
    name_width = max(map(len, names), default=0)
    for name, (plan, tally) in zip(names, file_tallies[:_MAX_FILES], strict=True):
        yield f"{name:<{name_width}}  {_format_line_counts([tally])}  {_format_kind(plan)}"
    if len(file_tallies) > _MAX_FILES:
        others = [tally for _, tally in file_tallies[_MAX_FILES:]]
        yield f"… and {format_count(len(others), 'more file')}: {_format_line_counts(others)}"


def _is_taken(entry: tuple[FilePlan, Tally]) -> bool:
    """Whether no line of the file was lost."""
    plan, tally = entry
    return not (plan.refusal_code or tally.rejected or tally.unreadable)


def _format_line_counts(tallies: Sequence[Tally]) -> str:
    """The lines of data, and what became of them."""
    line_count = sum(tally.lines - tally.header - tally.blank for tally in tallies)
    return f"{format_count(line_count, 'line')} = " + " + ".join(
        f"{sum(getattr(tally, outcome) for tally in tallies):,} {outcome}" for outcome in LINE_OUTCOMES
    )


def _format_kind(plan: FilePlan) -> str:
    return f"refused: {plan.refusal_code}" if plan.refusal_code or not plan.kind else plan.kind.name


def finding_lines(counts: Sequence[CodeCount], limit: int = _MAX_CODES) -> Iterator[str]:
    """A line a code, and one for all for which there is no room."""
    if not counts:
        yield "none"
    for count in counts[:limit]:
        rule = catalogue.RULES_BY_CODE.get(count.code)
        title = catalogue.rule_title(rule) if rule else ""
        yield f"{count.code}  {count.severity:<7}  {count.occurrences:>9,}  {title}".rstrip()
    other_counts = counts[limit:]
    if other_counts:
        others = sum(count.occurrences for count in other_counts)
        yield f"… and {format_count(len(other_counts), 'more code')}: {format_count(others, 'finding')}"


def _format_states(state_counts: StateCounts) -> str:
    """How many items are in each state."""
    named_counts = zip(states.STATE_NAMES, state_counts.by_state.tolist(), strict=True)
    return " · ".join(f"{name} {number:,}" for name, number in named_counts if number) or "none"


def number_steps(next_steps: Sequence[str]) -> Iterator[str]:
    """The steps with their numbers, as lines that fit a screen."""
    for step_number, step in enumerate(next_steps, 1):
        yield from _wrap_line(f"{step_number}. {step}", "   ")


def _wrap_line(line: str, indent: str) -> list[str]:
    """The lines of a line; a command stays in one, so that it can be copied."""
    lines = textwrap.wrap(bind_commands(line), _LINE_WIDTH, subsequent_indent=indent, break_on_hyphens=False)
    return [release_commands(part) for part in lines]


def _shorten_name(name: str) -> str:
    """The end of a long name: its beginning is the folder."""
    text = " ".join(escape_name(name).split())
    return text if len(text) <= _NAME_WIDTH else "…" + text[1 - _NAME_WIDTH :]


def truncate_line(line: str) -> str:
    """The line, as long as a screen has room for."""
    return line if len(line) <= _LINE_WIDTH else line[: _LINE_WIDTH - 1] + "…"
