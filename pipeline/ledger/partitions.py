"""The months by which rows of the ledger are kept apart: those of the orders' purchases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils import arrow


def to_months(instants: pd.Series[Any]) -> pa.ChunkedArray:
    """The month of each instant, as text, by which rows are kept apart."""
    if not len(instants):
        return pa.chunked_array([[]], pa.string())
    days = (
        pc.floor_temporal(arrow.to_arrow(instants), unit="month").cast(pa.date32()).dictionary_encode().combine_chunks()
    )
    names = pa.array([day.strftime("%Y-%m") if day else None for day in days.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([names.take(days.indices)])


def months_between(first: int, last: int) -> list[str]:
    """The months from one instant to another (UTC µs), both included."""
    first_month, last_month = (np.datetime64(int(instant), "us").astype("datetime64[M]") for instant in (first, last))
    return [str(month) for month in np.arange(first_month, last_month + 1)]
