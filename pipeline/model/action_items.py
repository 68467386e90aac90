"""Things to do that a stage has found, beside shipping and confirming: each a line of the worklist (SPEC §7)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.utils import arrow, templates
from pipeline.utils.dtypes import MONEY, TIMESTAMP

SCHEMA = pa.schema(
    [
        ("due_at", TIMESTAMP),
        ("action", pa.string()),
        ("order_id", pa.string()),
        ("order_item_id", pa.string()),
        ("sku", pa.string()),
        ("quantity", pa.int64()),
        ("amount", MONEY),
        ("currency", pa.string()),
        ("code", pa.string()),
        ("reason", pa.string()),
        ("overdue_after", TIMESTAMP),  # held against anybody only then (SPEC §1, two-sided time); null where at due_at
    ]
)
REPORT_COLUMNS = tuple(name for name in SCHEMA.names if name != "overdue_after")  # in the worklist
ACTIONS = (
    *("answer-claim", "appeal", "cancel", "confirm", "dispute", "invite", "refer", "refund", "reply", "resolve"),
    *("restock", "review", "ship"),
)  # all there are, by which lines of one due time are sorted

ITEM_COLUMNS = ("order_id", "order_item_id", "sku", "remaining", "item_price", "currency")  # of the item it is about


def empty_action_items() -> pd.DataFrame:
    """Nothing to do."""
    return _empty_action_items().copy(deep=False)


@functools.cache
def _empty_action_items() -> pd.DataFrame:
    return arrow.to_frame(SCHEMA.empty_table())


def build_action_items(
    rows: pd.DataFrame, action: str, code: str, reason: str, due_at: pd.Series[Any] | None
) -> pd.DataFrame:
    """One line a row, of one action: ``reason`` has its ``{names}`` filled in, ``due_at`` is None where it is unknown.

    Order, item, sku, quantity, amount, currency and overdue_after are the rows' own columns of these names, null where
    they lack one.
    """
    size = len(rows)
    if not size:
        return empty_action_items()
    given = {
        "due_at": pa.nulls(size, SCHEMA.field("due_at").type) if due_at is None else arrow.to_arrow(due_at),
        "action": pa.repeat(pa.scalar(action), size),
        "code": pa.repeat(pa.scalar(code), size),
        "reason": templates.fill_template(reason, rows),
    }
    columns = [
        given[field.name]
        if field.name in given
        else arrow.to_arrow(rows[field.name])
        if field.name in rows
        else pa.nulls(size, field.type)
        for field in SCHEMA
    ]
    typed = [column.cast(field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return arrow.to_frame(pa.table(typed, schema=SCHEMA))


def concat_action_items(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All the lines of the parts."""
    filled = [part for part in parts if len(part)]
    return arrow.concat_frames([empty_action_items(), *filled]) if filled else empty_action_items()
