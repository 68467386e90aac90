"""Instants, days and dtypes, and how NumPy and Arrow spell them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa

MAX_INT64 = np.iinfo(np.int64).max
LATEST = MAX_INT64
Array = np.ndarray[Any, np.dtype[Any]]
IntArray = np.ndarray[Any, np.dtype[np.int64]]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]
MONEY, MONEY_SUM = pa.decimal128(20, 2), pa.decimal128(38, 2)  # an amount, and many amounts added up
TIMESTAMP = pa.timestamp("us", "UTC")
DAY_US = 86_400_000_000  # µs
NEVER = np.iinfo(np.int64).min  # stands for an unknown instant or day where NumPy compares them


def instant_to_us(instant: dt.datetime) -> int:
    """An instant in UTC microseconds."""
    return int(pa.scalar(instant, TIMESTAMP).value)


def duration_to_us(duration: dt.timedelta) -> int:
    """A length of time in microseconds."""
    return int(pa.scalar(duration, pa.duration("us")).value)


def is_known(numbers: Any) -> Any:
    """Where a raw int64 number, or each of an array, is known (instants, days, keys): bool, False for NEVER."""
    return numbers != NEVER


def to_timestamps(micros: Array) -> pa.Array:
    """UTC instants of int64 microseconds, null for NEVER."""
    return pa.array(micros, pa.int64(), mask=micros == NEVER).cast(TIMESTAMP)


def to_dates(day_numbers: Array) -> pa.Array:
    """Dates of int64 days since 1970, null for NEVER."""
    is_unknown = day_numbers == NEVER
    return pa.array(np.where(is_unknown, 0, day_numbers).astype(np.int32), mask=is_unknown).cast(pa.date32())


def min_known(left: Array, right: Array) -> Array:
    """The smaller of each two, or the one of them that is known (NEVER where unknown)."""
    return np.where(left == NEVER, right, np.where(right == NEVER, left, np.minimum(left, right)))
