"""Which texts a ledger may hold: of a closed list, of the shape of their type, or the seller's own; others are masked.

Runs of today mask them as they read; a ledger of an earlier version may hold what stood in a shifted cell.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ledger.tables import CONFIRMATIONS, ORDER_ITEMS, RETURNS, RUNS, LedgerTable
from pipeline.model.amazon_texts import mask_text
from pipeline.model.findings import MASK
from pipeline.model.states import STATE_NAMES
from schemas import kinds
from schemas.columns import Column
from schemas.headings import show_heading
from schemas.kind import FileKind
from schemas.report_words import known_words, may_show

_SOURCE_KINDS = {ORDER_ITEMS.name: ("orders", "unshipped", "all-orders"), RETURNS.name: ("returns",)}
_STATES = {"state", "status"}  # columns of order items whose values are the program's own
_SHOWN_INSTEAD = re.compile("‹column [0-9]+›")  # of a heading that is masked already
_FROM_AMAZON = ("answer_code", "answer_text")


def mask_rows(rows: pa.Table, table: LedgerTable) -> tuple[pa.Table, dict[str, int]]:
    """The rows of a table with every text masked that may be personal, and by column how many were."""
    masked_counts = {}
    for name in rows.column_names:
        text = rows.column(name)
        masked = _mask_column(text, table, name)
        if masked is not None and (count := pc.sum(pc.not_equal(text, masked)).as_py()):
            masked_counts[name] = count
            rows = rows.set_column(rows.column_names.index(name), name, pa.chunked_array(masked, pa.string()))
    return rows, masked_counts


def _mask_column(text: pa.ChunkedArray, table: LedgerTable, name: str) -> pa.ChunkedArray | None:
    """The text of a column, masked; None for a column that is the seller's own, or the program's."""
    if table.name == CONFIRMATIONS.name and name in _FROM_AMAZON:
        return mask_text(text)
    if table.name == RUNS.name:
        return _mask_summaries(text) if name == "summary" else None
    if table.name == ORDER_ITEMS.name and name in _STATES:
        return _mask_others(text, pc.is_in(text, pa.array(STATE_NAMES)))
    columns = list(_list_columns(table, name)) if pa.types.is_string(text.type) else []
    if not columns or any(_is_own(kind, column) for kind, column in columns):
        return None
    is_allowed = np.logical_or.reduce([_find_allowed(text, column) for _, column in columns])
    return _mask_others(text, pa.array(is_allowed))


def _mask_others(text: pa.ChunkedArray, is_allowed: Any) -> pa.ChunkedArray:
    return pc.if_else(pc.or_(pc.is_null(text), is_allowed), text, MASK)


def _list_columns(table: LedgerTable, name: str) -> Iterator[tuple[FileKind, Column]]:
    """The columns of reports that a column of the ledger is read from, each with its kind."""
    for kind_name in _SOURCE_KINDS.get(table.name, ()):
        kind = kinds.find_kind(kind_name)
        yield from ((kind, column) for column in kind.columns if column.value_name == name)


def _is_own(kind: FileKind, column: Column) -> bool:
    """Whether the column holds what the seller or Amazon has made up, and no closed list says what: SKUs and ids."""
    return may_show(kind, column) and not known_words(column.name) and not column.type.readable_by()


def _find_allowed(text: pa.ChunkedArray, column: Column) -> Any:
    """Which texts are known words of the column, or readable by its type, bool; false where null."""
    words, readable = known_words(column.name), column.type.readable_by()
    if words:
        allowed = pc.match_substring_regex(text, pattern=words)
    elif callable(readable):
        allowed = pc.is_in(text, pa.array(sorted(readable()), pa.string()))
    elif readable:
        allowed = pc.match_substring_regex(text, pattern=f"^(?:{readable})$")
    else:
        allowed = pa.chunked_array([pa.repeat(pa.scalar(False), len(text))])
    return pc.fill_null(allowed, False).to_numpy()


def _mask_summaries(text: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(map(_mask_summary, text.to_pylist()), pa.string())])


@functools.lru_cache(1024)
def _mask_summary(text: str | None) -> str | None:
    """What a run was like, without headings and values that may be personal."""
    summary = json.loads(text or "{}")
    for name, kind_summary in summary.get("kinds", {}).items():
        kind = next((kind for kind in kinds.KINDS if kind.name == name), None)
        columns = kind_summary["columns"] if kind else {}
        kind_summary["columns"] = {
            heading if _SHOWN_INSTEAD.fullmatch(heading) else show_heading(kind, heading, position): _mask_values(
                column_summary, kind, heading
            )
            for position, (heading, column_summary) in enumerate(columns.items(), 1)
            if kind
        }
    masked = json.dumps(summary, ensure_ascii=False, sort_keys=True)
    return text if text is None or json.loads(text) == summary else masked


def _mask_values(column_summary: dict[str, Any], kind: FileKind, heading: str) -> dict[str, Any]:
    """The numbers of a column, and its values where they may be listed."""
    column, values = kind.find_column(heading), column_summary.get("values")
    if not values:
        return column_summary
    if column is None or not may_show(kind, column):
        return {name: value for name, value in column_summary.items() if name != "values"}
    if kind.is_upload or _is_own(kind, column):
        return column_summary
    is_allowed = _find_allowed(pa.chunked_array([pa.array(values, pa.string())]), column)
    kept = {value: count for (value, count), allowed in zip(values.items(), is_allowed, strict=True) if allowed}
    others = sum(values.values()) - sum(kept.values())
    return column_summary | {"values": kept | ({MASK: others} if others else {})}
