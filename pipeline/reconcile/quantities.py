"""The units that the rows of a confirmation ask for, item by item."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import NEVER, Array


def ask_units(rows: pd.DataFrame, items: pd.DataFrame, pairs: RowItemPairs, confirmable: Array) -> Array:
    """The units that each pair asks for, int64; NEVER where its row names none, and nothing it is for can be shipped.

    A blank quantity, or a row for the whole order, asks for all that remains of each of its items (SPEC §4).
    """
    given = arrow.to_int64(rows["quantity_given"], 0)[pairs.row_index]
    all_left = np.where(confirmable, arrow.to_int64(items["remaining"], 0)[pairs.item_index], NEVER)
    return np.where((given > 0) & pairs.names_item[pairs.row_index], given, all_left)


def find_excess(items: pd.DataFrame, asking: RowItemPairs, units: Array) -> pa.Array:
    """In words, by row, what too many units are asked for of an item of the row by all pairs; null where none are.

    ``units`` are those of the pairs ``asking``. Where a row stands for several items, it is about the one that is
    asked for the most units too many.
    """
    row_count, row_starts = len(asking.whole_order), groups.group_starts(asking.row_index)
    asked, remaining = np.zeros(row_count, np.int64), np.zeros(row_count, np.int64)
    if row_starts.size:
        item_remaining = arrow.to_int64(items["remaining"], 0)[asking.item_index]
        item_asked = np.bincount(asking.item_index, weights=units, minlength=len(items)).astype(np.int64)
        item_asked = item_asked[asking.item_index]
        excess = np.maximum.reduceat(item_asked - item_remaining, row_starts)
        row_sizes = np.diff(np.append(row_starts, len(item_remaining)))
        worst_pairs = np.flatnonzero((item_asked - item_remaining) == np.repeat(excess, row_sizes))
        worst_rows = asking.row_index[worst_pairs]
        asked[worst_rows], remaining[worst_rows] = item_asked[worst_pairs], item_remaining[worst_pairs]
    return _describe(asked > remaining, "confirm ", asked, ", but ", remaining, " remain")


def describe_corrections(is_excess: Array) -> pa.Array:
    """The same where more rows correct a published confirmation of an item than there are."""
    return _describe(is_excess, "correct more published confirmations than there are")


def _describe(mask: Array, *parts: str | Array) -> pa.Array:
    """The parts of the rows of the mask as one text, null for others."""
    rows = np.flatnonzero(mask)
    texts = [part if isinstance(part, str) else pa.array(part[rows]).cast(pa.string()) for part in parts]
    positions = np.full(len(mask), -1)
    positions[rows] = np.arange(len(rows))
    if not rows.size:
        return pa.nulls(len(mask), pa.string())
    columns = [pa.repeat(part, len(rows)) if isinstance(part, str) else part for part in texts]
    return pc.binary_join_element_wise(*columns, "").take(pa.array(positions, mask=~mask))
