"""What the ledger holds, in words: all of it, one order's story, the runs, and whether every table is sound."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake.exceptions import DeltaError

from pipeline import frames
from pipeline.ledger.store import Ledger, LedgerDamaged, opened
from pipeline.ledger.tables import CLAIMS, CONFIRMATIONS, DATA, ORDER_ITEMS, RUNS
from pipeline.states import NAMES


def whole(ledger: Ledger) -> str:
    """How many runs there were, and what they left behind: order items by state, confirmations and claims."""
    last = ledger.last_run()
    if not last:
        return _nothing(ledger)
    states = ledger.items(columns=("order_key", "item_key", "state"))["state"].value_counts()
    claims = ledger.rows(CLAIMS)[["order_key", "claim_id"]].drop_duplicates()
    told = " · ".join(f"{name} {states[name]:,}" for name in NAMES if name in states)
    return "\n".join(
        [
            f"{ledger.number:,} runs, the last as of {_at(last['as_of'])}",
            f"order items: {told or 'none'}",
            f"confirmations: {len(ledger.confirmations()):,}",
            f"claims: {len(claims):,}",
        ]
    )


def _nothing(ledger: Ledger) -> str:
    return f"no run yet in {ledger.url}; name the ledger meant with --ledger"


def order(ledger: Ledger, order_id: str) -> str:
    """One order's story: its items and states, what was confirmed and answered, each with its time, file and line.

    Raises KeyError where the ledger does not know the order.
    """
    keys = np.array([_key(order_id)])
    items = _rows(ledger.history(ORDER_ITEMS, keys))
    if not items:
        raise KeyError(
            f"the ledger {ledger.url} does not know order {order_id}; check the id, or name another with --ledger"
        )
    runs = dict(zip(*(frames.arrow(ledger.runs[name]).to_pylist() for name in ("seq", "as_of")), strict=True))
    told = [(runs[row["seq"]], 0, _item(row)) for row in items]
    told += [
        (row["answered_at"] or row["published_at"], 1, _sent(row)) for row in _rows(ledger.history(CONFIRMATIONS, keys))
    ]
    told += [(runs[row["seq"]], 2, _claim(row)) for row in _rows(ledger.history(CLAIMS, keys))]
    bought, channel = (items[0][name] for name in ("purchase_date", "sales_channel"))
    head = [
        f"Order {order_id}, purchased {_at(bought)}, {channel or 'sales channel unknown'}",
        f"to be confirmed by {_at(items[-1]['confirm_by'])}",
        "",
    ]
    return "\n".join([*head, *(f"{_at(when)}  {text}" for when, _, text in sorted(told))])


def _item(row: dict[str, Any]) -> str:
    counted = f"{row['quantity_purchased']} purchased, {row['quantity_confirmed']} confirmed by us"
    return f"item {row['order_item_id']} ({row['sku']}) {row['state']}: {counted}  [{_place(row, 'source')}]"


def _sent(row: dict[str, Any]) -> str:
    item = f"item {row['order_item_id']}"
    if row["answer"]:
        said = f"{row['answer_code'] or ''} {row['answer_text'] or ''}".strip()
        return f"{item}: Amazon {row['answer']} the confirmation: {said}  [{_place(row, 'answer')}]"
    parcel = f"{row['carrier_name'] or row['carrier_code']} {row['tracking_number'] or 'without tracking number'}"
    what = f"{row['units']} confirmed" if row["units"] else "confirmation corrected"
    return f"{item}: {what}, shipped {row['ship_date']} with {parcel}  [{_place(row, 'source')}]"


def _claim(row: dict[str, Any]) -> str:
    grounds = " ".join(filter(None, (row["grant_reasons"], row["dispute_grounds"])))
    due = [
        f"{word} by {_at(row[name])}" for name, word in (("answer_by", "answer"), ("appeal_by", "appeal")) if row[name]
    ]
    counts = f"counts in the order defect rate: {row['counts_in_odr']}"
    said = ", ".join([f"claim {row['claim_id']} ({row['claim_type']}) {row['status']}", counts, *due])
    return f"{said}{f' ({grounds})' if grounds else ''}  [{_place(row, 'source')}]"


def _place(row: dict[str, Any], which: str) -> str:
    return f"{row[f'{which}_file']}:{row[f'{which}_line']}" if row[f"{which}_file"] else "no file of that run"


def history(ledger: Ledger) -> str:
    """A line a run: its number, as-of and id, how many files it read, and how many records it published."""
    lines = []
    for run in _rows(ledger.runs):
        published = sum(part["records"] for part in json.loads(run["feeds"])["published"])
        files = len(json.loads(run["inputs"]))
        lines.append(f"{run['seq']:>6}  {_at(run['as_of'])}  {run['run_id']}  {files} files, {published:,} published")
    return "\n".join(lines) or _nothing(ledger)


def verify(url: str) -> tuple[str, bool]:
    """What was read of every table at the version the last run names, and whether all of it could be read."""
    lines, sound = [], True
    try:
        ledger = Ledger(url)
    except (LedgerDamaged, DeltaError, OSError, pa.ArrowInvalid, ValueError) as trouble:
        return f"{RUNS.name}: cannot be read: {_line(trouble)}. Restore the folder {RUNS.name} from a backup.", False
    if not any(opened(url, table) for table in (RUNS, *DATA)):
        return f"{url}: no ledger is there; name its folder with --ledger", False
    lines.append(f"{RUNS.name}: {ledger.last:,} runs")
    for table in DATA:
        try:
            lines.append(f"{table.name}: {ledger.count(table):,} rows")
        except (LedgerDamaged, DeltaError, OSError, pa.ArrowInvalid, ValueError) as trouble:
            sound = False
            lines.append(
                f"{table.name}: cannot be read: {_line(trouble)}. Restore the folder {table.name} from a backup; "
                f"or move the ledger away: the reports of the last 38 days rebuild what is open."
            )
    return "\n".join([*lines, "sound" if sound else "damaged"]), sound


def at(url: str, version: int | None, as_of: dt.datetime | None) -> Ledger:
    """The ledger as it was after that run, or after the last one at or before the instant, else as it is.

    Raises KeyError where there was no such run.
    """
    held = Ledger(url, version)
    if version is not None and version > held.last:
        raise KeyError(f"the ledger {url} has had {held.last:,} runs and no run {version}; list them with history")
    return Ledger(url, _before(held, as_of)) if as_of else held


def _before(ledger: Ledger, as_of: dt.datetime) -> int:
    """The number of the last run that judged at or before the instant; 0 where there is none."""
    told = frames.arrow(ledger.runs["as_of"]).to_pylist() if len(ledger.runs) else []
    return max((number for number, at in enumerate(told, 1) if at <= as_of), default=0)


def _key(order_id: str) -> int:
    digits = order_id.replace("-", "")
    return int(digits) * 32 + len(order_id) if digits.isascii() and digits.isdigit() else -1


def _rows(rows: Any) -> list[dict[str, Any]]:
    return frames.table(rows, rows.columns).to_pylist()


def _at(instant: dt.datetime | None) -> str:
    return instant.isoformat().replace("+00:00", "Z") if instant else "at an unknown time"


def _line(trouble: Exception) -> str:
    return " ".join(str(trouble).split())[:200]
