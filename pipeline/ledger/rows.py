"""What a run adds to the ledger: the order items it saw or changed, what it published, and what Amazon answered."""

from __future__ import annotations

import json
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import days, findings, frames
from pipeline.batch import Context, FilePlan, Settled
from pipeline.frames import NEVER, Array
from pipeline.ledger import claimed
from pipeline.ledger.months import month_of
from pipeline.ledger.tables import CONFIRMATIONS, INSTANT, ORDER_ITEMS
from pipeline.ready import Ready
from pipeline.states import NAMES

_REPORTS = ("unshipped", "orders", "all-orders")


def made(settled: Settled) -> dict[str, pa.Table]:
    """The rows that the orders of a bucket add; of the confirmations it is not known yet where in the feeds they are.

    These have ``file`` and ``line`` instead.
    """
    return {
        ORDER_ITEMS.name: _order_items(settled),
        CONFIRMATIONS.name: _published(settled),
        **claimed.made(settled.claims),
    }


class Placed(Protocol):
    """Where in the feeds of a run its rows are."""

    def of(self, address: Array) -> tuple[Array, Array]:
        """The part and the record in it of each row, by file and line in one number."""

    def records(self) -> list[int]:
        """How many records each part has."""


def published(rows: pa.Table, placed: Placed, number: int) -> pa.Table:
    """Confirmations as ``made`` has them that the number-th run has published, each with its part and record."""
    feed, record = placed.of(findings.address(rows["file"].to_numpy(), rows["line"].to_numpy()))
    told = {"run": np.full(len(rows), number), "feed": feed, "record": record, "source_line": rows["line"]}
    return pa.table(told | {name: rows[name] for name in rows.column_names if name not in ("file", "line")})


def run(ready: Ready, placed: Placed, facts: dict[str, Any]) -> dict[str, Any]:
    """The row of ``runs``: what was read and what was published; ``facts`` are its id, its inputs' hash and its out."""
    parts = [{"part": part, "records": count} for part, count in enumerate(placed.records(), 1)]
    answered = [{"run": run, "part": part} for run, part in ready.answered]
    return facts | {
        "as_of": ready.context.as_of,
        "inputs": json.dumps([_input(plan) for plan in ready.plans], ensure_ascii=False),
        "feeds": json.dumps({"published": parts, "answered": answered}),
    }


def _input(plan: FilePlan) -> dict[str, Any]:
    kind = plan.kind.name if plan.kind else None
    return {
        "name": plan.source.name,
        "sha256": plan.sha256,
        "kind": kind,
        "report": kind in _REPORTS and not plan.refused,
    }


def _order_items(settled: Settled) -> pa.Table:
    """The items to be remembered, as the ledger has them."""
    items = settled.changes.items
    told = frames.table(items, ORDER_ITEMS.schema.names)
    values = {name: told.column(name) for name in told.column_names} | _seen(settled)
    values["state"] = frames.strings(NAMES, items["state"].to_numpy(np.int64))
    values["month"] = month_of(items["purchase_date"])
    return pa.table(values)


def _seen(settled: Settled) -> dict[str, Any]:
    """When and where each item was first and last seen."""
    mine = settled.changes.items
    tonight = frames.flags(mine["tonight"])
    names = pa.array([plan.source.name for plan in settled.plans], pa.string())
    file = frames.numbers(mine["file"], NEVER)
    here = pa.array(tonight & (file >= 0))
    source = {
        name: frames.arrow(mine[name]) if name in mine else pa.nulls(len(mine), kind)
        for name, kind in (("source_file", pa.string()), ("source_line", pa.int64()))
    }
    return {
        **days.sighted(mine, settled.context.as_of),
        "source_file": pc.if_else(
            here, names.take(pa.array(np.maximum(file, 0), mask=file < 0)), source["source_file"]
        ),
        "source_line": pc.if_else(here, frames.arrow(mine["line"]), source["source_line"]),
    }


def _published(settled: Settled) -> pa.Table:
    """One row an order item for each confirmation that is to be published, with the units it stands for."""
    told = settled.changes.published
    row, item = (pa.array(told[name].to_numpy(np.int64)) for name in ("row", "item"))
    rows, items = settled.confirmations, settled.items
    values = {
        name: frames.arrow(rows[name]).take(row)
        for name in ("quantity", "ship_date", "carrier_code", "carrier_name", "tracking_number", "tracked")
    }
    values |= {
        name: frames.arrow(items[name]).take(item) for name in ("order_id", "order_item_id", "order_key", "item_key")
    }
    names = pa.array([plan.source.name for plan in settled.plans], pa.string())
    return pa.table(
        values
        | {
            "given_item": frames.arrow(rows["order-item-id"]).take(row),
            "month": month_of(items["purchase_date"]).take(item),
            "units": told["units"].to_numpy(np.int64),
            "published_at": pa.array([settled.context.as_of] * len(told), INSTANT),
            "source_file": names.take(frames.arrow(rows["file"]).take(row).combine_chunks()),
            "file": frames.arrow(rows["file"]).take(row),
            "line": frames.arrow(rows["line"]).take(row),
        }
    )


def answers(rows: pd.DataFrame, context: Context) -> pa.Table:
    """The published confirmations that Amazon has answered by now, with its answer."""
    told = frames.table(rows, [name for name in CONFIRMATIONS.schema.names if name != "seq"])
    at = pa.array([context.as_of] * len(rows), INSTANT)
    return told.drop_columns(["answered_at"]).append_column("answered_at", at)
