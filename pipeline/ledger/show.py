"""What the ledger holds, in words: all of it, and the runs."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow.compute as pc

from pipeline.ledger.feed_statements import open_existing
from pipeline.ledger.order_story import read_order
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import CLAIMS
from pipeline.model.feed_parts import CANCELLATION_STEM
from pipeline.model.states import STATE_NAMES
from pipeline.utils import arrow
from pipeline.utils.instants import format_instant
from pipeline.utils.plural import format_count


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
            f"{format_count(len(ledger.nights), 'run')}, the last as of {format_instant(last_run['as_of'])}",
            f"order items: {state_counts or 'none'}",
            f"confirmations: {len(ledger.read_confirmations()):,}",
            f"claims: {len(claims):,}",
        ]
    )


def _no_runs_message(ledger: LedgerSnapshot) -> str:
    return f"no runs yet in {ledger.url}; name another ledger with --ledger"


def list_runs(ledger: LedgerSnapshot, order_id: str | None = None) -> str:
    """A line a run: its number, as-of and id, how many files it read, and how many records it published.

    Between them a line for each time that a person said which feeds were uploaded. Of an order, the runs alone that
    learned something of it. Raises KeyError where the ledger does not know the order, or the text is no order id.
    """
    runs = _to_records(ledger.runs)
    if order_id is not None:
        numbers = {row["seq"] for rows in read_order(ledger, order_id).rows.values() for row in rows}
        runs = [run for run in runs if run["seq"] in numbers and run["run_id"] is not None]
    lines = [
        f"{'' if run['run_id'] is None else run['seq']:>6}  {format_instant(run['as_of'])}  {_describe_run(run)}"
        for run in runs
    ]
    return "\n".join(lines) or _no_runs_message(ledger)


def _describe_run(run: dict[str, Any]) -> str:
    feeds = json.loads(run["feeds"])
    if run["run_id"] is None:
        word = "run" if len(feeds["uploaded"]) == 1 else "runs"
        return f"uploaded: the feeds of {word} {', '.join(map(str, feeds['uploaded']))}"
    published = sum(part["records"] for part in feeds["published"])
    canceled = sum(part["records"] for part in feeds.get("others", []) if part["name"].startswith(CANCELLATION_STEM))
    counts = [format_count(published, "confirmation"), *([format_count(canceled, "cancellation")] if canceled else [])]
    files = format_count(len(json.loads(run["inputs"])), "file")
    return f"{run['run_id']}  {files}, {' and '.join(counts)} published"


def open_as_of(url: str, version: int | None, as_of: dt.datetime | None) -> LedgerSnapshot:
    """The ledger as it was after that run, or after the last one at or before the instant, else as it is.

    Raises KeyError where there was no such run, InvalidLedger where no ledger is there.
    """
    open_existing(url)
    ledger = LedgerSnapshot(url, version)
    if version is not None and version > ledger.last:
        raise KeyError(
            f"the ledger {url} has {format_count(ledger.last, 'run')}, but no run {version}; `feedwarden ledger "
            "history` lists them"
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


def list_order_ids(ledger: LedgerSnapshot, prefix: str, at_most: int) -> list[str]:
    """The ids of orders that begin so, sorted."""
    ids = arrow.to_arrow(ledger.read_items(columns=("order_key", "item_key", "order_id"))["order_id"])
    return sorted(pc.unique(ids.filter(pc.starts_with(ids, prefix))).to_pylist())[:at_most]
