"""What the ledger holds, in words: all of it, the runs, and whether every table is sound."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow as pa
from deltalake.exceptions import DeltaError

from pipeline.ledger.delta_tables import LedgerDamaged, open_table
from pipeline.ledger.order_events import format_instant
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import CLAIMS, DATA_TABLES, RUNS
from pipeline.model.states import STATE_NAMES
from pipeline.utils import arrow


def summarize_ledger(ledger: LedgerSnapshot) -> str:
    """How many runs there were, and what they left behind: order items by state, confirmations and claims."""
    last_run = ledger.last_run_row()
    if not last_run:
        return _no_runs_message(ledger)
    states = ledger.read_items(columns=("order_key", "item_key", "state"))["state"].value_counts()
    claims = ledger.read_rows(CLAIMS)[["order_key", "claim_id"]].drop_duplicates()
    state_counts = " · ".join(f"{name} {states[name]:,}" for name in STATE_NAMES if name in states)
    return "\n".join(
        [
            f"{len(ledger.nights):,} runs, the last as of {format_instant(last_run['as_of'])}",
            f"order items: {state_counts or 'none'}",
            f"confirmations: {len(ledger.read_confirmations()):,}",
            f"claims: {len(claims):,}",
        ]
    )


def _no_runs_message(ledger: LedgerSnapshot) -> str:
    return f"no runs yet in {ledger.url}; name another ledger with --ledger"


def list_runs(ledger: LedgerSnapshot) -> str:
    """A line a run: its number, as-of and id, how many files it read, and how many records it published.

    Between them a line for each time that a person said which feeds were uploaded.
    """
    lines = [
        f"{run['seq']:>6}  {format_instant(run['as_of'])}  {_describe_run(run)}" for run in _to_records(ledger.runs)
    ]
    return "\n".join(lines) or _no_runs_message(ledger)


def _describe_run(run: dict[str, Any]) -> str:
    feeds = json.loads(run["feeds"])
    if run["run_id"] is None:
        return f"uploaded: the feeds of run {', '.join(map(str, feeds['uploaded']))}"
    published = sum(part["records"] for part in feeds["published"])
    return f"{run['run_id']}  {len(json.loads(run['inputs']))} files, {published:,} published"


def verify_tables(url: str) -> tuple[str, bool]:
    """What was read of every table at the version the last run names, and whether all of it could be read."""
    lines, is_sound = [], True
    try:
        ledger = LedgerSnapshot(url)
    except (LedgerDamaged, DeltaError, OSError, pa.ArrowInvalid, ValueError) as error:
        return (
            f"{RUNS.name}: cannot be read: {_to_one_line(error)}. Restore the folder {RUNS.name} from a backup.",
            False,
        )
    if not any(open_table(url, table) for table in (RUNS, *DATA_TABLES)):
        return f"{url}: no ledger found; name its folder with --ledger", False
    lines.append(f"{RUNS.name}: {len(ledger.nights):,} runs")
    for table in DATA_TABLES:
        try:
            lines.append(f"{table.name}: {ledger.count_rows(table):,} rows")
        except (LedgerDamaged, DeltaError, OSError, pa.ArrowInvalid, ValueError) as error:
            is_sound = False
            lines.append(
                f"{table.name}: cannot be read: {_to_one_line(error)}. Restore the folder {table.name} from a backup; "
                f"or move the ledger away: the reports of the last 38 days rebuild what is open."
            )
    return "\n".join([*lines, "sound" if is_sound else "damaged"]), is_sound


def open_as_of(url: str, version: int | None, as_of: dt.datetime | None) -> LedgerSnapshot:
    """The ledger as it was after that run, or after the last one at or before the instant, else as it is.

    Raises KeyError where there was no such run.
    """
    ledger = LedgerSnapshot(url, version)
    if version is not None and version > ledger.last:
        raise KeyError(
            f"the ledger {url} has {ledger.last:,} runs, but no run {version}; `feedwarden ledger history` lists them"
        )
    return LedgerSnapshot(url, _find_run_before(ledger, as_of)) if as_of else ledger


def _find_run_before(ledger: LedgerSnapshot, as_of: dt.datetime) -> int:
    """The number of the last run that judged at or before the instant; 0 where there is none."""
    columns = (
        (arrow.to_arrow(ledger.nights[name]).to_pylist() for name in ("seq", "as_of")) if ledger.number else ((), ())
    )
    return max((number for number, run_as_of in zip(*columns, strict=True) if run_as_of <= as_of), default=0)


def _to_records(rows: Any) -> list[dict[str, Any]]:
    return arrow.to_table(rows, rows.columns).to_pylist()


def _to_one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
