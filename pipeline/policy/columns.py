"""Policy values for whole columns: what is in force at each row's own date, in a few passes of Arrow.

Every `on` is an ArrowDtype timestamp with a time zone or date32, else TypeError. Results share its index, and are
null where it is null. Source: SPEC §3.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

EPOCH = dt.date(1970, 1, 1)  # Arrow counts dates and instants from here
TICKS_PER_DAY = {unit: 86_400 * ticks for unit, ticks in {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}.items()}


def durations_in_force(
    on: pd.Series[Any], starts: Sequence[dt.date], lengths: Sequence[dt.timedelta]
) -> pd.Series[Any]:
    """Each row holds the length in force at its date, null before the first start: duration[us][pyarrow].

    `starts` rises strictly and is as long as `lengths`.
    """
    dtype = pa.duration("us")
    return _values_in_force(on, starts, [pa.scalar(length, dtype) for length in (None, *lengths)])


def counts_in_force(on: pd.Series[Any], starts: Sequence[dt.date], numbers: Sequence[int]) -> pd.Series[Any]:
    """Each row holds the number in force at its date, null before the first start: int64[pyarrow].

    `starts` rises strictly and is as long as `numbers`.
    """
    dtype = pa.int64()
    return _values_in_force(on, starts, [pa.scalar(number, dtype) for number in (None, *numbers)])


def has_started(on: pd.Series[Any], start: dt.date) -> pd.Series[Any]:
    """Each row says whether its date is `start` or later: bool[pyarrow]."""
    return _values_in_force(on, [start], [pa.scalar(value, pa.bool_()) for value in (False, True)])


def _values_in_force(on: pd.Series[Any], starts: Sequence[dt.date], values: Sequence[Any]) -> pd.Series[Any]:
    """Each row holds `held[n]`, where n of the `starts` are not after its date. Scalars of one Arrow type.

    Files span weeks and values last for years, so mostly the first and the last row settle it for all.
    """
    ticks, first_ticks = _to_ticks(on, starts)
    span = pc.min_max(ticks).as_py()
    if span["min"] is None:
        result = pa.nulls(len(ticks), values[0].type)
    else:
        first, last = bisect_right(first_ticks, span["min"]), bisect_right(first_ticks, span["max"])
        result = _repeat_value(values[first], ticks)
        for start_index in range(first, last):
            result = pc.if_else(pc.greater_equal(ticks, first_ticks[start_index]), values[start_index + 1], result)
    return pd.Series(pd.arrays.ArrowExtensionArray(result), index=on.index)


def _repeat_value(value: Any, ticks: Any) -> Any:
    """The value beside every tick that is not null, and null beside the others."""
    if not ticks.null_count:
        return pa.repeat(value, len(ticks))
    return pc.if_else(ticks.is_valid(), value, pa.scalar(None, value.type))


def _to_ticks(on: pd.Series[Any], starts: Sequence[dt.date]) -> tuple[Any, list[int]]:
    """The column as the whole numbers Arrow keeps (no copy), and the starts counted the same way. Raises TypeError.

    Starts are Python integers: one far in the future does not fit a nanosecond timestamp, but compares well.
    """
    dtype = on.dtype.pyarrow_dtype if isinstance(on.dtype, pd.ArrowDtype) else pa.null()
    days = [(start - EPOCH).days for start in starts]
    if pa.types.is_date32(dtype):
        return pa.array(on.array).cast(pa.int32()), days
    if pa.types.is_timestamp(dtype) and dtype.tz is not None:
        return pa.array(on.array).cast(pa.int64()), [day * TICKS_PER_DAY[dtype.unit] for day in days]
    raise TypeError(f"a policy is read by Arrow instants with a time zone or by date32, not by {on.dtype}")
