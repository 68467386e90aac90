"""Fills the values of rows into the text of a rule."""

from __future__ import annotations

import string
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils import timestamps
from pipeline.utils.arrow import to_arrow

MAX_VALUE_LENGTH = 300  # characters of a value that are worth showing


def cell_text(rows: pd.DataFrame, name: str) -> pa.ChunkedArray:
    """The cells called ``name`` as text: as the file spelt them where the frame holds that, else the typed value."""
    original_name = name.replace("_", "-")
    if original_name in rows:
        return _to_text(rows[original_name])
    typed_name = name.replace("-", "_")
    return _to_text(rows[typed_name]) if typed_name in rows else pa.chunked_array([pa.nulls(len(rows), pa.string())])


def _to_text(values: pd.Series[Any]) -> pa.ChunkedArray:
    array = to_arrow(values)
    if pa.types.is_timestamp(array.type):
        return pa.chunked_array([timestamps.format_timestamps(array.combine_chunks())])
    return array if pa.types.is_string(array.type) else pc.cast(array, pa.string())


def fill_template(template: str, rows: pd.DataFrame) -> pa.ChunkedArray:
    """The template once a row, its ``{names}`` replaced by the row's own cells."""
    parts: list[Any] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        parts.append(pa.scalar(literal))
        if name:
            parts.append(truncate_text(cell_text(rows, name)))
    if all(isinstance(part, pa.Scalar) for part in parts):
        return pa.chunked_array([pa.repeat(pa.scalar("".join(p.as_py() for p in parts)), len(rows))])
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def truncate_text(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """The text, cut where it is longer than anyone reads."""
    if not pc.any(pc.greater(pc.binary_length(text), MAX_VALUE_LENGTH)).as_py():
        return text
    truncated = pc.binary_join_element_wise(pc.utf8_slice_codeunits(text, 0, MAX_VALUE_LENGTH), "…", "")
    return pc.if_else(pc.greater(pc.utf8_length(text), MAX_VALUE_LENGTH), truncated, text)
