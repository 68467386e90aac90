"""The outputs beside the page, with links to them: feeds to upload, lines to correct, reports."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.model.feed_parts import EARLIER_FOLDER, FEED_FOLDER
from pipeline.model.run_result import RunResult
from pipeline.publish.feeds.waiting import list_elsewhere
from pipeline.publish.files.output_folder import OutputFolder, WrittenFile
from pipeline.publish.reports.worklist import WORKLIST_PATH
from pipeline.utils.instants import format_instant

_UNBROKEN = r"[0-9]{3}-[0-9]{7}-[0-9]{7}|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} \w+"  # an order id, a local time


class LinkedFile(NamedTuple):
    """An output: its path, the address relative to the page (empty where it has none), its rows of data."""

    path: str
    href: str
    rows: int


class OutputLinks(NamedTuple):
    """The outputs by what a person does with them; ``earlier`` are feeds of earlier runs."""

    feeds: list[LinkedFile]
    earlier: list[LinkedFile]
    rejected: list[LinkedFile]
    reports: list[LinkedFile]


class WaitingPart(NamedTuple):
    """A part in the output of an earlier run: its name, the run and its as-of, its records."""

    name: str
    run: int
    published_at: str
    records: int


class StepText(NamedTuple):
    """A stretch of a step's text; ``href`` is empty where it is no link, and one that ``is_unit`` stays in one line."""

    text: str
    href: str
    is_unit: bool


def list_links(folder: OutputFolder) -> OutputLinks:
    """What has been written so far."""
    written = folder.list_outputs()
    earlier = _select_below(written, f"{EARLIER_FOLDER}/")
    earlier_paths = {file.path for file in earlier}
    return OutputLinks(
        [file for file in _select_below(written, f"{FEED_FOLDER}/") if file.path not in earlier_paths],
        earlier,
        _select_below(written, "rejected/"),
        _select_below(written, "reports/"),
    )


def list_waiting_parts(result: RunResult, links: OutputLinks) -> list[WaitingPart]:
    """The parts of earlier runs that nobody is known to have uploaded, and that this output does not hold."""
    return [
        WaitingPart(part.name, run.run, format_instant(run.as_of), part.records)
        for run, part in list_elsewhere(result, {file.path for file in links.earlier})
    ]


def _select_below(written: Sequence[WrittenFile], prefix: str) -> list[LinkedFile]:
    return [
        LinkedFile(file.path, _build_href(file.path), file.rows) for file in written if file.path.startswith(prefix)
    ]


def _build_href(path: str) -> str:
    """The address of an output; none for a name whose bytes are no text, which stands with escapes."""
    return "" if "\\" in path else urllib.parse.quote(path)


def link_step(step: str, links: OutputLinks, codes: Iterable[str]) -> list[StepText]:
    """A step of what to do first, with the outputs and the rules that it names as links."""
    hrefs = {file.path: file.href for files in links for file in files if file.href}
    hrefs |= {code: f"#rule-{code}" for code in codes} | {WORKLIST_PATH: "#worklist"}
    names = sorted((re.escape(name) for name in hrefs if name in step), key=len, reverse=True)
    pieces = re.split(f"({'|'.join([*names, _UNBROKEN])})", step)
    return [
        StepText("worklist" if piece == WORKLIST_PATH else piece, hrefs.get(piece, ""), bool(number % 2))
        for number, piece in enumerate(pieces)
        if piece
    ]
