"""What the ledger holds, in words: all of it, one order's story, the runs, and whether every table is sound."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake.exceptions import DeltaError

from pipeline.ledger.delta_tables import LedgerDamaged, UnknownLayout, open_table
from pipeline.ledger.lock import InvalidLedger
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import CLAIMS, CONFIRMATIONS, DATA_TABLES, ORDER_ITEMS, RUNS
from pipeline.model.order_keys import encode_order_id
from pipeline.model.states import STATE_NAMES
from pipeline.utils import arrow

_SHOWN_CHARACTERS = 40  # of a text that is no order id


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
            f"{len(ledger.nights):,} runs, the last as of {_format_instant(last_run['as_of'])}",
            f"order items: {state_counts or 'none'}",
            f"confirmations: {len(ledger.read_confirmations()):,}",
            f"claims: {len(claims):,}",
        ]
    )


def _no_runs_message(ledger: LedgerSnapshot) -> str:
    return f"no runs yet in {ledger.url}; name another ledger with --ledger"


def describe_order(ledger: LedgerSnapshot, order_id: str) -> str:
    """One order's story: its items and states, what was confirmed and answered, each with its time, file and line.

    Raises KeyError where the text is no order id, or the ledger does not know the order.
    """
    key = encode_order_id(order_id)
    if key is None:
        raise KeyError(f"{order_id[:_SHOWN_CHARACTERS]!r} is not an order id; one looks like 111-2222222-3333333")
    keys = np.array([key])
    items = _to_records(ledger.read_history(ORDER_ITEMS, keys))
    if not items:
        raise KeyError(
            f"order {order_id} is not in the ledger {ledger.url}; check the id, or name another with --ledger"
        )
    runs = dict(zip(*(arrow.to_arrow(ledger.runs[name]).to_pylist() for name in ("seq", "as_of")), strict=True))
    events = [(runs[row["seq"]], 0, _describe_item(row)) for row in items]
    events += [
        (row["answered_at"] or row["published_at"], 1, _describe_confirmation(row))
        for row in _to_records(ledger.read_history(CONFIRMATIONS, keys))
    ]
    events += [(runs[row["seq"]], 2, _describe_claim(row)) for row in _to_records(ledger.read_history(CLAIMS, keys))]
    purchased_at, channel = (items[0][name] for name in ("purchase_date", "sales_channel"))
    heading = [
        f"Order {order_id}, purchased {_format_instant(purchased_at)}, {channel or 'sales channel unknown'}",
        f"to be confirmed by {_format_instant(items[-1]['confirm_by'])}",
        "",
    ]
    return "\n".join([*heading, *(f"{_format_instant(when)}  {text}" for when, _, text in sorted(events))])


def _describe_item(row: dict[str, Any]) -> str:
    purchased = "an unknown number" if row["quantity_purchased"] is None else row["quantity_purchased"]
    counted = f"{purchased} purchased, {row['quantity_confirmed']} confirmed by us"
    return f"{_name_item(row)} ({row['sku']}) {row['state']}: {counted}  [{_format_source(row, 'source')}]"


def _name_item(row: dict[str, Any]) -> str:
    """The item by its id; All Orders reports of before May 2026 have none."""
    return f"item {row['order_item_id']}" if row["order_item_id"] else "item without id"


def _describe_confirmation(row: dict[str, Any]) -> str:
    item = _name_item(row)
    if row["answer"]:
        answer = f"{row['answer_code'] or ''} {row['answer_text'] or ''}".strip()
        return f"{item}: Amazon {row['answer']} the confirmation: {answer}  [{_format_source(row, 'answer')}]"
    parcel = f"{row['carrier_name'] or row['carrier_code']} {row['tracking_number'] or 'without tracking number'}"
    change = f"{row['units']} confirmed" if row["units"] else "confirmation corrected"
    return f"{item}: {change}, shipped {row['ship_date']} with {parcel}  [{_format_source(row, 'source')}]"


def _describe_claim(row: dict[str, Any]) -> str:
    grounds = " ".join(filter(None, (row["grant_reasons"], row["dispute_grounds"])))
    deadlines = [
        f"{word} by {_format_instant(row[name])}"
        for name, word in (("answer_by", "answer"), ("appeal_by", "appeal"))
        if row[name]
    ]
    counts = f"counts in the order defect rate: {row['counts_in_odr']}"
    description = ", ".join([f"claim {row['claim_id']} ({row['claim_type']}) {row['status']}", counts, *deadlines])
    return f"{description}{f' ({grounds})' if grounds else ''}  [{_format_source(row, 'source')}]"


def _format_source(row: dict[str, Any], prefix: str) -> str:
    return f"{row[f'{prefix}_file']}:{row[f'{prefix}_line']}" if row[f"{prefix}_file"] else "no file of that run"


def list_runs(ledger: LedgerSnapshot) -> str:
    """A line a run: its number, as-of and id, how many files it read, and how many records it published.

    Between them a line for each time that a person said which feeds were uploaded.
    """
    lines = [
        f"{run['seq']:>6}  {_format_instant(run['as_of'])}  {_describe_run(run)}" for run in _to_records(ledger.runs)
    ]
    return "\n".join(lines) or _no_runs_message(ledger)


def _describe_run(run: dict[str, Any]) -> str:
    feeds = json.loads(run["feeds"])
    if run["run_id"] is None:
        return f"uploaded: the feeds of run {', '.join(map(str, feeds['uploaded']))}"
    published = sum(part["records"] for part in feeds["published"])
    return f"{run['run_id']}  {len(json.loads(run['inputs']))} files, {published:,} published"


def verify_tables(url: str) -> tuple[str, bool]:
    """What was read of every table at the version the last run names, and whether all of it could be read.

    Raises UnknownLayout where feedwarden did not write ``runs``, InvalidLedger where its place cannot be read.
    """
    lines, is_sound = [], True
    try:
        ledger = LedgerSnapshot(url)
    except (UnknownLayout, InvalidLedger):
        raise
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


def _format_instant(instant: dt.datetime | None) -> str:
    return instant.isoformat().replace("+00:00", "Z") if instant else "at an unknown time"


def _to_one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
