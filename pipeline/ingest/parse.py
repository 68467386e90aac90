"""Text → values: instants in UTC, dates, whole numbers, exact decimals; null where the text was not readable.

Every text that comes here has passed its column's pattern, so a conversion cannot fail.
"""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import keys
from pipeline.frames import arrow, frame, series
from schemas import lists, types
from schemas.kind import Kind

INSTANT = pa.timestamp("us", "UTC")
MONEY = pa.decimal128(20, 2)
_DATES = (types.DATE, types.DAY_FIRST_DATE, types.ENGLISH_DATE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse(rows: pd.DataFrame, kind: Kind, unreadable: dict[str, Any]) -> pd.DataFrame:
    """The rows with a typed value beside each text, null where the text is empty or ``unreadable`` (masks by name)."""
    for column in kind.columns:
        if column.text not in rows:
            continue
        text = arrow(rows[column.text])
        bad = unreadable.get(column.text)
        if bad is not None:
            text = pc.if_else(pa.array(bad), pa.scalar(None, pa.string()), text)
        for name, values in _typed(column.value, column.type, text).items():
            rows[name] = series(values, rows.index)
    for name, key in (("order_id", "order_key"), ("order_item_id", "item_key")):
        if name in rows:
            rows[key] = keys.key(rows[name], dashes=key == "order_key")
    return rows


def nothing(kind: Kind) -> pd.DataFrame:
    """No rows, with every column that rows of the kind have."""
    return _nothing(kind).copy(deep=False)


@functools.cache
def _nothing(kind: Kind) -> pd.DataFrame:
    numbers = {name: pa.array([], pa.int64()) for name in ("file", "line", "record", "made", "newest")}
    truths = {name: pa.array([], pa.bool_()) for name in ("believed", "ignored", "unreadable")}
    texts = {column.text: pa.array([], pa.string()) for column in kind.columns if not column.audit}
    return parse(frame(pa.table(texts | numbers | truths)), kind, {})


def _typed(name: str, of: types.Type, text: Any) -> dict[str, Any]:
    if of is types.WHEN:
        return _when(name, text)
    if of is types.INSTANT:
        return {name: pc.cast(text, INSTANT)}
    if of.dtype == "integer":
        return {name: pc.cast(text, pa.int64())}
    by_distinct = {types.MONEY: _money, types.CARRIER: _carrier} | dict.fromkeys(_DATES, _date)
    convert = by_distinct.get(of)
    return {name: _distinct(convert, text) if convert else text}


def _distinct(convert: Any, text: Any) -> Any:
    """The conversion, done once for each distinct text."""
    coded = pc.dictionary_encode(text).combine_chunks()
    return pc.take(convert(coded.dictionary), coded.indices)


def _date(text: Any) -> Any:
    """The calendar day of any of the spellings; of an instant, the day as it is written."""
    for number, month in enumerate(_MONTHS, 1):
        text = pc.replace_substring(text, f"-{month}-", f"-{number:02d}-")
    text = pc.replace_substring_regex(text, "^([0-9]{4})[-/]?([0-9]{2})[-/]?([0-9]{2})(?:T.*)?$", r"\1-\2-\3")
    text = pc.replace_substring_regex(text, "^([0-9]{2})-([0-9]{2})-([0-9]{4})$", r"\3-\2-\1")
    return pc.cast(text, pa.date32())


def _when(name: str, text: Any) -> dict[str, Any]:
    """An instant where a time is given, else the plain date, under the name with ``_day`` added."""
    timed = pc.match_substring(text, "T")
    none = pa.scalar(None, pa.string())
    return {
        name: pc.cast(pc.if_else(timed, text, none), INSTANT),
        f"{name}_day": pc.cast(pc.if_else(timed, none, text), pa.date32()),
    }


def _money(text: Any) -> Any:
    return pc.cast(pc.replace_substring_regex(text, r"^\+", ""), MONEY)


def _carrier(text: Any) -> Any:
    """The carrier code in the list's own spelling: exactly as given, else the only one it can mean."""
    listed = pc.is_in(text, value_set=pa.array(sorted(lists.carrier_codes()), pa.string()))
    meant = lists.carrier_by_casefold()
    at = pc.index_in(pc.utf8_lower(text), value_set=pa.array(list(meant), pa.string()))
    return pc.if_else(listed, text, pa.array(list(meant.values()), pa.string()).take(at))
