"""Confirmation rows that send a parcel elsewhere, and who asked for that in time (SPEC §4, Redirect)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import calendar
from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.model.run_context import RunContext
from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts


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


class AddressRequests(NamedTuple):
    """The orders (keys, rising) for which another address was asked for, and the local day of the first request."""

    order_keys: Array
    first_days: Array

    def precede(self, rows: pd.DataFrame) -> Array:
        """Which confirmation rows have a request for their order no later than the day of their ship-date, bool.

        Where the ship-date is unknown any request will do.
        """
        if not len(self.order_keys):
            return np.zeros(len(rows), bool)
        order_key = arrow.to_int64(rows["order_key"])
        position = np.minimum(np.searchsorted(self.order_keys, order_key), len(self.order_keys) - 1)
        ship_day = MaskedInts.from_column(rows["ship_date"])
        is_late = ship_day < MaskedInts(self.first_days[position])
        return (self.order_keys[position] == order_key) & ~is_late


def find_requests(contacts: pd.DataFrame, items: pd.DataFrame, context: RunContext) -> AddressRequests:
    """Where the buyer, or Amazon for them, has asked for another address before as-of; contacts until as-of."""
    by_buyer_or_amazon = pc.is_in(arrow.to_arrow(contacts["direction"]), value_set=pa.array(["buyer", "amazon"]))
    asks_address = arrow.equals_text(arrow.to_arrow(contacts["topic"]), "address")
    is_before = arrow.to_int64(contacts["sent_date"]) != dtypes.instant_to_us(context.as_of)
    requests = arrow.filter_rows(
        contacts, asks_address & is_before & pc.fill_null(by_buyer_or_amazon, False).to_numpy()
    )
    order_key = arrow.to_int64(requests["order_key"])
    zone, zone_names = calendar.assign_order_zones(order_key, items, context)
    sent_day = calendar.to_local_days(arrow.to_int64(requests["sent_date"]), zone, zone_names)
    day = np.where(dtypes.is_known(sent_day), sent_day, arrow.to_int64(requests["sent_date_day"]))
    row_order = np.lexsort((day, order_key))
    starts = row_order[groups.group_starts(order_key[row_order])]
    return AddressRequests(order_key[starts], day[starts])


def find_redirected(
    rows: pd.DataFrame, lookup: ShipToLookup, pairs: RowItemPairs, requests: AddressRequests, columns: dict[str, str]
) -> pd.Series[Any]:
    """Which rows name another address than their order's though no request allows it (SPEC §4).

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
    return arrow.to_series(differs & ~requests.precede(rows))
