"""Text → values: instants in UTC, dates, whole numbers, exact decimals; null where the text was not readable.

Every text that comes here has passed its column's pattern, so a conversion cannot fail.
"""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import order_keys
from pipeline.utils.arrow import to_arrow, to_frame, to_series
from pipeline.utils.dtypes import MONEY, TIMESTAMP
from schemas import types
from schemas.kind import FileKind

_ZONELESS_TYPES = (types.DATE, types.DAY_FIRST_DATE)  # a day, or an instant whose day depends on the marketplace
_OFFSET_PATTERN = "^[1-8][0-9]{3}-.*T.*(?:Z|[+-][0-9]{2}:?[0-9]{2})$"  # years whose neighbours are years, too
_ID_KEYS = (("order_id", "order_key"), ("order_item_id", "item_key"))  # of the ids


def parse_rows(rows: pd.DataFrame, kind: FileKind, unreadable: dict[str, Any]) -> pd.DataFrame:
    """The rows with a typed value beside each text, null where the text is empty or ``unreadable`` (masks by name)."""
    for column in kind.columns:
        if column.text_name not in rows:
            continue
        text = to_arrow(rows[column.text_name])
        unreadable_mask = unreadable.get(column.text_name)
        if unreadable_mask is not None:
            text = pc.if_else(pa.array(unreadable_mask), pa.scalar(None, pa.string()), text)
        for name, values in _parse_column(column.value_name, column.type, text).items():
            rows[name] = to_series(values, rows.index)
    for name, key in _ID_KEYS:
        if name in rows:
            rows[key] = order_keys.encode_ids(rows[name], dashes=key == "order_key")
    return rows


def empty_rows(kind: FileKind) -> pd.DataFrame:
    """No rows, with every column that rows of the kind have."""
    return _build_empty_rows(kind).copy(deep=False)


@functools.cache
def _build_empty_rows(kind: FileKind) -> pd.DataFrame:
    int_columns = {
        name: pa.array([], pa.int64()) for name in ("file", "line", "record", "report_made_us", "newest_evidence_us")
    }
    bool_columns = {name: pa.array([], pa.bool_()) for name in ("valid", "out_of_scope", "unreadable")}
    no_text = pa.chunked_array([], pa.string())
    text_columns = {column.text_name: no_text for column in kind.columns if not column.audit_only}
    columns = text_columns | int_columns | bool_columns
    for column in kind.columns:  # as parse_rows does, but one frame at the end: 3 ms a kind less
        if column.text_name in text_columns:
            columns |= _parse_column(column.value_name, column.type, no_text)
    columns |= {key: pa.array([], pa.int64()) for name, key in _ID_KEYS if name in columns}
    return to_frame(pa.table(columns))


def _parse_column(name: str, column_type: types.CellType, text: Any) -> dict[str, Any]:
    if column_type is types.INSTANT_OR_DATE:
        return _parse_instants_or_dates(name, text)
    if column_type in _ZONELESS_TYPES:
        return {name: _convert_distinct(_parse_dates, text), f"{name}_instant": _convert_distinct(_parse_offset, text)}
    if column_type is types.INSTANT:
        return {name: pc.cast(text, TIMESTAMP)}
    if column_type.frictionless_type == "integer":
        return {name: pc.cast(text, pa.int64())}
    by_distinct = {types.MONEY: _parse_money, types.ENGLISH_DATE: _parse_dates}
    convert = by_distinct.get(column_type)
    if column_type.values_by_casefold:
        convert = functools.partial(_normalize_values, column_type)
    return {name: _convert_distinct(convert, text) if convert else text}


def _convert_distinct(convert: Any, text: Any) -> Any:
    """The conversion, done once for each distinct text."""
    encoded = pc.dictionary_encode(text).combine_chunks()
    return pc.take(convert(encoded.dictionary), encoded.indices)


def _parse_dates(text: Any) -> Any:
    """The calendar day of any of the spellings; of an instant, the day as it is written."""
    for number, month in enumerate(types.ENGLISH_MONTHS, 1):
        text = pc.replace_substring(text, f"-{month}-", f"-{number:02d}-")
    text = pc.replace_substring_regex(text, "^([0-9]{4})[-/]?([0-9]{2})[-/]?([0-9]{2})(?:T.*)?$", r"\1-\2-\3")
    text = pc.replace_substring_regex(text, "^([0-9]{2})-([0-9]{2})-([0-9]{4})$", r"\3-\2-\1")
    return pc.cast(text, pa.date32())


def _parse_offset(text: Any) -> Any:
    """The instant of a text with a time and an offset or Z; null for any other."""
    has_offset = pc.match_substring_regex(text, _OFFSET_PATTERN)
    return pc.cast(pc.if_else(has_offset, text, pa.scalar(None, pa.string())), TIMESTAMP)


def _parse_instants_or_dates(name: str, text: Any) -> dict[str, Any]:
    """An instant where a time is given, else the plain date, under the name with ``_day`` added."""
    has_time = pc.match_substring(text, "T")
    null = pa.scalar(None, pa.string())
    return {
        name: pc.cast(pc.if_else(has_time, text, null), TIMESTAMP),
        f"{name}_day": pc.cast(pc.if_else(has_time, null, text), pa.date32()),
    }


def _parse_money(text: Any) -> Any:
    return pc.cast(pc.replace_substring_regex(text, r"^\+", ""), MONEY)


def _normalize_values(column_type: types.CellType, text: Any) -> Any:
    """The values in the list's own spelling: exactly as given, else the only one each can mean."""
    vocabulary = column_type.vocabulary() if column_type.vocabulary else ()
    listed = pc.is_in(text, value_set=pa.array(sorted(vocabulary), pa.string()))
    by_casefold = column_type.values_by_casefold() if column_type.values_by_casefold else {}
    value_index = pc.index_in(pc.utf8_lower(text), value_set=pa.array(list(by_casefold), pa.string()))
    return pc.if_else(listed, text, pa.array(list(by_casefold.values()), pa.string()).take(value_index))
