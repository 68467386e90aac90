"""Dates, amounts and places as the evidence of a claim spells them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims.timepoints import Timepoints, is_missing
from pipeline.model.findings import LEDGER_FILE
from pipeline.utils import arrow, dtypes, timestamps
from pipeline.utils.dtypes import Array


def format_times(times: Timepoints) -> Any:
    """The moments as text: an instant in UTC, a plain date as it is; null where unknown."""
    if is_missing(times.day):
        return format_instants(times.instant)
    return (
        format_days(times.day)
        if is_missing(times.instant)
        else pc.coalesce(format_instants(times.instant), format_days(times.day))
    )


def format_instants(micros: Array) -> Any:
    """The instants (µs UTC) as text, to the second."""
    return timestamps.format_timestamps(dtypes.to_timestamps(micros))


def format_days(day_numbers: Array) -> Any:
    """The days as text."""
    encoded = dtypes.to_dates(day_numbers).dictionary_encode()
    return encoded.dictionary.cast(pa.string()).take(encoded.indices)


def scatter_text(mask: Array, text: Any) -> pd.Series[str]:
    """The texts of the rows of the mask in their places, null elsewhere."""
    array = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    if not len(array) or array.null_count == len(array):
        return arrow.to_series(pa.nulls(len(mask), pa.string()))
    positions = np.zeros(len(mask) + 1, np.int64)
    np.cumsum(mask, out=positions[1:])
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)  # nothing but these has to be spread
    valid = mask if not array.null_count else _scatter_valid(mask, array)
    bits = np.packbits(valid, bitorder="little")
    buffers = [pa.py_buffer(bits), pa.py_buffer(ends[positions]), data]
    return arrow.to_series(pa.Array.from_buffers(pa.string(), len(mask), buffers))


def _scatter_valid(mask: Array, text: pa.Array) -> Array:
    valid = mask.copy()
    valid[mask] = pc.is_valid(text).to_numpy(zero_copy_only=False)
    return valid


def concat_text(*parts: Any) -> Any:
    """The parts one behind the other, null where one of them is."""
    return pc.binary_join_element_wise(*parts, "")


def find_lines(rows: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """File, line and record of each row where a file of this run holds it; else those of the ledger."""
    in_this_run = arrow.to_bool(rows["in_this_run"])
    numbers = (("file", "source", LEDGER_FILE), ("line", "source_line", 0), ("record", "source_record", 0))
    return {
        name: arrow.to_series(np.where(in_this_run, arrow.to_int64(rows[source], default), default))
        for name, source, default in numbers
    }


def format_locations(rows: pd.DataFrame, file_names: list[str], row_index: Array) -> Any:
    """``file:line`` of the rows at the positions; null for −1."""
    safe = np.maximum(row_index, 0)
    source, line = (arrow.to_int64(rows[name], 0) for name in ("source", "source_line"))
    if not len(rows):
        return pa.nulls(len(row_index), pa.string())
    return arrow.format_locations(file_names, source[safe], line[safe], row_index < 0)
