"""Things to do that a stage has found, beside shipping and confirming: each a line of the worklist (SPEC §7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline import findings, frames

SCHEMA = pa.schema(
    [
        ("due_at", pa.timestamp("us", "UTC")),
        ("action", pa.string()),
        ("order_id", pa.string()),
        ("order_item_id", pa.string()),
        ("sku", pa.string()),
        ("quantity", pa.int64()),
        ("amount", pa.decimal128(20, 2)),
        ("currency", pa.string()),
        ("code", pa.string()),
        ("reason", pa.string()),
    ]
)


def none() -> pd.DataFrame:
    """Nothing to do."""
    return frames.frame(SCHEMA.empty_table())


def lines(rows: pd.DataFrame, action: str, code: str, reason: str, due_at: pd.Series[Any] | None) -> pd.DataFrame:
    """One line a row, of one action: ``reason`` has its ``{names}`` filled in, ``due_at`` None says nobody knows.

    Order, item, sku, quantity, amount and currency are the rows' own columns of these names, null where they lack one.
    """
    size = len(rows)
    told = {
        "due_at": pa.nulls(size, SCHEMA.field("due_at").type) if due_at is None else frames.arrow(due_at),
        "action": pa.repeat(pa.scalar(action), size),
        "code": pa.repeat(pa.scalar(code), size),
        "reason": findings.fill(reason, rows),
    }
    columns = [
        told[field.name]
        if field.name in told
        else frames.arrow(rows[field.name])
        if field.name in rows
        else pa.nulls(size, field.type)
        for field in SCHEMA
    ]
    cast = [column.cast(field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return frames.frame(pa.table(cast, schema=SCHEMA))


def join(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All the lines of the parts."""
    return frames.stack([none(), *(part for part in parts if len(part))])
