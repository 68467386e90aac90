"""What a person asks of feeds and says of them: which parts there are, and that a run's parts were uploaded."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.ledger.commit import commit_run
from pipeline.ledger.delta_tables import InvalidLedger, open_table
from pipeline.ledger.history import History
from pipeline.ledger.lock import check_ledger_place
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import CANCELLATIONS, CONFIRMATIONS, RUNS
from pipeline.model.feed_parts import PublishedRun
from pipeline.model.submissions import Submissions
from pipeline.utils import arrow
from pipeline.utils.instants import format_instant

MIN_ID_DIGITS = 6  # of the id of a run, that name it
_LIST_COLUMNS = ("run", "as of", "part", "records", "state", "since", "sha256")
_RIGHT = ("run", "records")  # columns of numbers
_NO_HASH_KEPT = "-"


def open_existing(url: str) -> LedgerSnapshot:
    """The ledger there, nothing on disk changed. InvalidLedger where none is there, LedgerDamaged."""
    check_ledger_place(url)
    ledger = LedgerSnapshot(url) if "://" in url or Path(url).is_dir() else None
    if ledger is None or open_table(url, RUNS) is None:
        raise InvalidLedger(f"{url}: no ledger found; name its folder with --ledger")
    return ledger


def list_published_runs(ledger: LedgerSnapshot, submissions: Submissions | None = None) -> list[PublishedRun]:
    """Every run of the ledger with its parts, oldest first."""
    return History(ledger, submissions).feeds.list_runs()


def find_published_run(ledger: LedgerSnapshot, name: str) -> PublishedRun:
    """The run of that number, or whose id begins so. KeyError where there is none, or several."""
    runs = list_published_runs(ledger)
    named = [run for run in runs if str(run.run) == name] or [
        run for run in runs if len(name) >= MIN_ID_DIGITS and run.run_id.startswith(name.lower())
    ]
    if len(named) != 1:
        raise KeyError(
            f"no run {name[:40]!r} in the ledger {ledger.url}; `feedwarden feeds list` names those that published feeds"
        )
    return named[0]


def read_published_rows(ledger: LedgerSnapshot, run: int) -> dict[str, pa.Table]:
    """What the run has published of each feed, by the name of its table; a row an item that a record stands for."""
    rows = {CONFIRMATIONS: ledger.read_confirmations(runs=[run]), CANCELLATIONS: ledger.read_run(CANCELLATIONS, run)}
    return {table.name: arrow.to_table(part, table.schema.names) for table, part in rows.items()}


def format_parts(ledger: LedgerSnapshot, wanted: Collection[int] = (), submissions: Submissions | None = None) -> str:
    """A line a part: its run, name and records, what became of it since when, and the hash of its bytes.

    Of the runs ``wanted`` (numbers), or of all.
    """
    runs = list_published_runs(ledger, submissions)
    rows = [cells for run in runs if run.run in wanted or not wanted for cells in _list_cells(run)]
    if not rows:
        return f"no feeds yet in {ledger.url}; name another {'run' if wanted else 'ledger with --ledger'}"
    widths = [max(map(len, column)) for column in zip(_LIST_COLUMNS, *rows, strict=True)]
    aligned = [
        [
            cell.rjust(width) if name in _RIGHT else cell.ljust(width)
            for name, cell, width in zip(_LIST_COLUMNS, row, widths, strict=True)
        ]
        for row in (_LIST_COLUMNS, *rows)
    ]
    return "\n".join("  ".join(row).rstrip() for row in aligned)


def _list_cells(run: PublishedRun) -> Iterator[tuple[str, ...]]:
    for part in run.parts:
        times = (format_instant(run.as_of), format_instant(part.since))
        yield str(run.run), times[0], part.name, f"{part.records:,}", part.state, times[1], part.sha256 or _NO_HASH_KEPT


def commit_uploaded(ledger: LedgerSnapshot, runs: Sequence[int], stated_at: dt.datetime) -> None:
    """The ledger knows that the parts of these runs (numbers) were uploaded: one row of ``runs``, which is no run.

    LedgerInUse where another run has committed since the ledger was read.
    """
    feeds = {"published": [], "answered": [], "uploaded": list(runs)}
    statement: dict[str, Any] = {"as_of": stated_at, "inputs": "[]", "feeds": json.dumps(feeds)}
    commit_run(ledger, statement, {})
