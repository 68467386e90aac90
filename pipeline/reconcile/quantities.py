"""The units that the rows of a confirmation ask for, item by item."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array


def add_asked_units(
    rows: pd.DataFrame, items: pd.DataFrame, pairs: RowItemPairs, is_valid_row: Array
) -> tuple[pd.DataFrame, Array]:
    """The valid rows' ``units_requested`` and ``remaining`` of their most over-confirmed item; the units of each pair.

    A blank quantity, or a row for the whole order, asks for all that remains of each of its items (SPEC §4).
    """
    asking = pairs.filter(is_valid_row[pairs.row_index])
    item_remaining = arrow.to_int64(items["remaining"], 0)[asking.item_index]
    quantity_given = arrow.to_int64(rows["quantity_given"], 0)[asking.row_index]
    units = np.where((quantity_given > 0) & asking.names_item[asking.row_index], quantity_given, item_remaining)
    item_asked = np.bincount(asking.item_index, weights=units, minlength=len(items)).astype(np.int64)[asking.item_index]
    row_asked, row_starts = np.full(len(rows), -1), groups.group_starts(asking.row_index)
    row_remaining = np.zeros(len(rows), np.int64)
    if row_starts.size:
        excess = np.maximum.reduceat(item_asked - item_remaining, row_starts)
        worst_pairs = np.flatnonzero(
            (item_asked - item_remaining) == np.repeat(excess, np.diff(np.append(row_starts, len(item_remaining))))
        )
        row_asked[asking.row_index[worst_pairs]], row_remaining[asking.row_index[worst_pairs]] = (
            item_asked[worst_pairs],
            item_remaining[worst_pairs],
        )
    missing = row_asked < 0
    asked_rows = rows.assign(
        units_requested=arrow.to_series(pa.array(row_asked, mask=missing)),
        remaining=arrow.to_series(pa.array(row_remaining, mask=missing)),
    )
    return asked_rows, units
