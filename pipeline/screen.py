"""The summary on a terminal: the same numbers as in plain text, in tables with colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.plain import plain
from pipeline.profiles import FATES

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.nightly import Result

_TONES = {"accepted": "green", "rejected": "red", "unreadable": "magenta", "error": "red", "warning": "yellow"}
_TABLES = ("Files", "Findings")  # parts of the plain text that a table stands for


def show(result: Result) -> None:
    """Standard output gets the files and the findings as tables, and the rest of the summary as it is."""
    from rich.console import Console
    from rich.text import Text

    console = Console(markup=False, highlight=False)
    head, *rest = plain(result.summary).split("\n\n")
    console.print(Text(head, "bold"))
    console.print(_files(result))
    if result.codes:
        console.print(_findings(result))
    for part in rest:
        if part.split("\n")[0] not in _TABLES:
            console.print(Text(f"{part.rstrip()}\n"), soft_wrap=True)


def _table(*names: str) -> Table:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, header_style="bold")
    for name in names:
        made.add_column(name, justify="right" if name in (*FATES, "lines", "times") else "left", overflow="fold")
    return made


def _files(result: Result) -> Table:
    from rich.text import Text

    made = _table("file", "kind", "lines", *FATES)
    for name, kind, tally in result.files:
        counts = {fate: getattr(tally, fate) for fate in FATES}
        cells = [Text(f"{number:,}", _TONES.get(fate, "") if number else "dim") for fate, number in counts.items()]
        made.add_row(Text(plain(name)), Text(kind), Text(f"{sum(counts.values()):,}"), *cells)
    return made


def _findings(result: Result) -> Table:
    from rich.text import Text

    made = _table("code", "severity", "times")
    for one in result.codes:
        made.add_row(Text(one.code), Text(one.severity, _TONES.get(one.severity, "")), Text(f"{one.number:,}"))
    return made
