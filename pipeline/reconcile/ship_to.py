"""Confirmation rows beside each other: copies, parcels, and quantities that add up to more than remains."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array


class ShipToLookup(NamedTuple):
    """Where the orders go: the sightings, and for each order item its number among them, −1 where it has none."""

    ranked: RankedReportRows
    item_groups: Array

    def lookup_column(self, name: str, item_index: Array) -> pd.Series[Any]:
        """A column of the reports for the order items at the positions, from the first sighting that has it."""
        rows, row_index, item_starts = self.ranked
        if name not in rows or not len(rows):
            return arrow.to_series(pa.nulls(len(item_index), pa.string()))
        item_group = self.item_groups[item_index]
        if len(item_starts) == len(row_index):
            return arrow.to_series(
                arrow.to_arrow(rows[name]).take(
                    pa.array(row_index[item_starts[np.maximum(item_group, 0)]], mask=item_group < 0)
                )
            )
        with_rows = np.flatnonzero(item_group >= 0)
        sizes = np.diff(np.append(item_starts, len(row_index)))[item_group[with_rows]]
        target = np.repeat(with_rows, sizes)
        offset = np.arange(len(target)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        candidate_rows = row_index[np.repeat(item_starts[item_group[with_rows]], sizes) + offset]
        has_value = arrow.to_arrow(rows[name]).is_valid().to_numpy()[candidate_rows]
        first_row = np.full(len(item_index), -1)
        first_row[target[has_value][::-1]] = candidate_rows[has_value][::-1]
        return arrow.to_series(arrow.to_arrow(rows[name]).take(pa.array(first_row, mask=first_row < 0)))


def normalize_text(text: pd.Series[Any]) -> pd.Series[Any]:
    """The text with case, blanks and punctuation taken away; null where nothing is left."""
    lower = pc.replace_substring(pc.utf8_lower(arrow.to_arrow(text)), "ß", "ss")  # which is SS in capitals
    stripped = pc.replace_substring_regex(lower, r"[^\p{L}\p{N}]", "")
    return arrow.to_series(pc.if_else(pc.equal(stripped, ""), pa.scalar(None, pa.string()), stripped))


def find_redirected(
    rows: pd.DataFrame, lookup: ShipToLookup, pairs: RowItemPairs, requests: Array, columns: dict[str, str]
) -> pd.Series[Any]:
    """Which rows name another address than their order's though no request (order keys) allows it (SPEC §4).

    ``columns`` gives for each ship-to column of the file the report's column it is compared with.
    """
    differs = np.zeros(len(rows), bool)
    row_starts = groups.group_starts(pairs.row_index)
    row_index, item_index = pairs.row_index[row_starts], pairs.item_index[row_starts]
    for given_column, report_column in columns.items():
        if arrow.is_valid(rows[given_column]).any():
            given_text, order_text = (
                normalize_text(rows[given_column].take(row_index)),
                normalize_text(lookup.lookup_column(report_column, item_index)),
            )
            comparable = arrow.is_valid(given_text) & arrow.is_valid(order_text)
            unequal = pc.not_equal(arrow.to_arrow(given_text), arrow.to_arrow(order_text))
            differs[row_index[comparable & pc.fill_null(unequal, False).to_numpy()]] = True
    is_allowed = groups.is_in(arrow.to_int64(rows["order_key"]), requests)
    return arrow.to_series(differs & ~is_allowed)
