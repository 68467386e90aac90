"""THE findings table: what there is to say, about which cell of which line, and what to do next."""

from __future__ import annotations

import functools
import string
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import severity, spell
from pipeline.frames import among, arrow, frame, table, take

if TYPE_CHECKING:
    from pipeline.rules.rule import Rule

ERROR, WARNING, INFO = severity.ERROR, severity.WARNING, severity.INFO
MASK = "‹masked›"
LEDGER = -1  # the file number of what is about an order and no line of this run
NO_FILE = "ledger"  # and its name
_LINES = 1 << 40  # below which lines stay
_LONGEST = 300  # characters of a value that are worth showing

TEXT = ("order_id", "order_item_id", "column", "code", "severity", "value", "message", "hint")
NUMBERS = ("file", "line", "record")
COLUMNS = (*NUMBERS, *TEXT)
_SCHEMA = pa.schema([*((name, pa.int64()) for name in NUMBERS), *((name, pa.string()) for name in TEXT)])


def none() -> pd.DataFrame:
    """The empty findings table."""
    return _none().copy(deep=False)


@functools.cache
def _none() -> pd.DataFrame:
    return frame(_SCHEMA.empty_table())


def join(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All the findings of the parts, in the order given."""
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else none()


def text_of(rows: pd.DataFrame, name: str) -> pa.ChunkedArray:
    """The cells called ``name`` as text: as the file spelt them where the frame holds that, else the typed value."""
    spelt = name.replace("_", "-")
    if spelt in rows:
        return _strings(rows[spelt])
    typed = name.replace("-", "_")
    return _strings(rows[typed]) if typed in rows else pa.chunked_array([pa.nulls(len(rows), pa.string())])


def _strings(values: pd.Series[Any]) -> pa.ChunkedArray:
    array = arrow(values)
    if pa.types.is_timestamp(array.type):
        return pa.chunked_array([spell.instants(array.combine_chunks())])
    return array if pa.types.is_string(array.type) else pc.cast(array, pa.string())


def fill(template: str, rows: pd.DataFrame) -> pa.ChunkedArray:
    """The template once a row, its ``{names}`` replaced by the row's own cells."""
    parts: list[Any] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        parts.append(pa.scalar(literal))
        if name:
            parts.append(_capped(text_of(rows, name)))
    if all(isinstance(part, pa.Scalar) for part in parts):
        return pa.chunked_array([pa.repeat(pa.scalar("".join(p.as_py() for p in parts)), len(rows))])
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def _capped(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """The text, cut where it is longer than anyone reads."""
    if not pc.any(pc.greater(pc.binary_length(text), _LONGEST)).as_py():
        return text
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(text, 0, _LONGEST), "…", "")
    return pc.if_else(pc.greater(pc.utf8_length(text), _LONGEST), cut, text)


def quoted(rule: Rule, rows: pd.DataFrame) -> list[str]:
    """The columns of the rows that a finding of the rule names or quotes, under either spelling."""
    words = f"{rule.message}{rule.hint}"
    named = [name for _, name, _, _ in string.Formatter().parse(words) if name]
    wanted = {*NUMBERS, "order_id", "order_item_id", rule.column, *named}
    wanted |= {name.replace("_", "-") for name in wanted} | {name.replace("-", "_") for name in wanted}
    return [name for name in rows.columns if name in wanted]


def of(rule: Rule, rows: pd.DataFrame, **instead: str) -> pd.DataFrame:
    """One finding of the rule for every row; ``instead`` replaces the rule's column, severity, message or hint.

    ``rows`` carries ``file``, ``line`` and ``record`` (int64) and whatever text the message names; a column
    ``value`` given instead names the column whose text is quoted, and is the finding's column unless that is given.
    """
    said = {"column": rule.column, "severity": rule.severity, "message": rule.message, "hint": rule.hint} | instead
    value = instead.get("value", said["column"])
    quoted = pa.repeat(pa.scalar(MASK), len(rows)) if rule.personal else _capped(text_of(rows, value))
    texts = {
        "order_id": _capped(text_of(rows, "order_id")),
        "order_item_id": _capped(text_of(rows, "order_item_id")),
        "column": pa.repeat(pa.scalar(said["column"]), len(rows)),
        "code": pa.repeat(pa.scalar(rule.code), len(rows)),
        "severity": pa.repeat(pa.scalar(said["severity"]), len(rows)),
        "value": quoted,
        "message": fill(said["message"], rows),
        "hint": fill(said["hint"], rows),
    }
    numbers = {name: arrow(rows[name]) for name in NUMBERS}
    columns = numbers | {
        name: pa.chunked_array(column) if not isinstance(column, pa.ChunkedArray) else column
        for name, column in texts.items()
    }
    return frame(pa.table([_filled(columns[field.name], field.type) for field in _SCHEMA], schema=_SCHEMA))


def _filled(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    column = pc.cast(column, kind)
    return pc.fill_null(column, "") if pa.types.is_string(kind) else column


def about_file(rule: Rule, file: int, line: int, value: str = "", **words: str) -> pd.DataFrame:
    """One finding about a whole file or its header: record 0, at the line given."""
    column = words.pop("column", rule.column)
    row = {
        "file": file,
        "line": line,
        "record": 0,
        "order_id": "",
        "order_item_id": "",
        "column": column,
        "code": rule.code,
        "severity": words.pop("severity", rule.severity),
        "value": value[:_LONGEST],
        "message": rule.message.format(value=value[:_LONGEST], **words),
        "hint": rule.hint.format(**words),
    }
    return frame(pa.Table.from_pylist([row], schema=_SCHEMA))


def lines_with_errors(findings: pd.DataFrame) -> pd.DataFrame:
    """The distinct (file, line) that hold an error."""
    return findings.loc[findings["severity"] == ERROR, ["file", "line"]].drop_duplicates()


def sort(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings by file, line, code and column: with files numbered by name, the order of SPEC §7.

    Those about orders of the ledger, which share file and line, come by order and item.
    """
    nowhere = (findings["file"] == LEDGER).to_numpy(bool)
    if nowhere.any():
        keys = table(findings[nowhere], ("order_id", "order_item_id"))
        by = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names]).to_numpy()
        findings = take(findings, np.concatenate([np.flatnonzero(nowhere)[by], np.flatnonzero(~nowhere)]))
    return findings.sort_values(["file", "line", "code", "column"], kind="stable", ignore_index=True)


def in_place(found: pd.DataFrame, names: Sequence[str]) -> pa.Table:
    """The findings (COLUMNS) in the order of the report with their ``place`` in it, from the order of ``sort``.

    ``place`` tells files apart by their ``names``, which are sorted; what is about no file of this run, and so comes
    first in the other order, is where its name belongs.
    """
    held = table(found, COLUMNS)
    file, before = held["file"].to_numpy(), bisect_left(names, NO_FILE)
    placed = held.append_column("place", pa.array(np.where(file == LEDGER, 2 * before, 2 * file + 1)))
    nowhere, behind = np.searchsorted(file, [LEDGER + 1, before])
    if not nowhere or behind <= nowhere:
        return placed
    return pa.concat_tables([placed.slice(nowhere, behind - nowhere), placed.slice(0, nowhere), placed.slice(behind)])


def has_error(rows: pd.DataFrame, findings: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For every row of (file, line), whether an error was found in it; bool, in the rows' order."""
    bad = lines_with_errors(findings)
    if bad.empty or rows.empty:
        return np.zeros(len(rows), bool)
    return among(*(address(one["file"].to_numpy(np.int64), one["line"].to_numpy(np.int64)) for one in (rows, bad)))


def address(file: Any, line: Any) -> Any:
    """A file, by its number, and a line of it as one number: by file, then line."""
    return file * _LINES + line
