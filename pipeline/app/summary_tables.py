"""The summary on a terminal: the same numbers as in plain text, in tables with colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.tally import LINE_OUTCOMES
from pipeline.utils.escape import escape_controls

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.app.jobs import JobResult


_COLORS = {"accepted": "green", "rejected": "red", "unreadable": "magenta", "error": "red", "warning": "yellow"}


def print_summary(result: JobResult) -> None:
    """Standard output gets the files and the findings as tables, and the rest of the summary as it is."""
    from rich.console import Console
    from rich.text import Text

    console = Console(markup=False, highlight=False)
    title, *sections = escape_controls(result.summary).split("\n\n")
    tables = {"Files": _build_file_table(result), "Findings": _build_finding_table(result)}
    console.print(Text(title, "bold"))
    console.print()
    for section in sections:
        if table := tables.get(section.split("\n")[0]):
            console.print(table)
        else:
            console.print(Text(f"{section.rstrip()}\n"), soft_wrap=True)


def _new_table(*names: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold")
    for name in names:
        table.add_column(
            name, justify="right" if name in (*LINE_OUTCOMES, "lines", "times") else "left", overflow="fold"
        )
    return table


def _build_file_table(result: JobResult) -> Table:
    from rich.text import Text

    table = _new_table("file", "kind", "lines", *LINE_OUTCOMES)
    for name, kind, tally in result.files:
        counts = {outcome: getattr(tally, outcome) for outcome in LINE_OUTCOMES}
        cells = [Text(f"{count:,}", _COLORS.get(outcome, "") if count else "dim") for outcome, count in counts.items()]
        table.add_row(Text(escape_controls(name)), Text(kind), Text(f"{sum(counts.values()):,}"), *cells)
    return table


def _build_finding_table(result: JobResult) -> Table:
    from rich.text import Text

    table = _new_table("code", "severity", "times")
    for code_count in result.codes:
        table.add_row(
            Text(code_count.code),
            Text(code_count.severity, _COLORS.get(code_count.severity, "")),
            Text(f"{code_count.occurrences:,}"),
        )
    return table
