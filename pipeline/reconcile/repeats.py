"""Confirmation rows beside those of earlier runs: the same again, a further parcel, a correction, or new (SPEC §4)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.published_parcels import locate_items
from pipeline.model.states import CANCELED, PENDING
from pipeline.reconcile import duplicates, quantities
from pipeline.reconcile.earlier_parcels import (
    EarlierParcels,
    ParcelMatches,
    assign_corrections,
    list_parcels,
    match_parcels,
)
from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array


class Repeats(NamedTuple):
    """What the rows of the confirmations are beside those that earlier runs published.

    ``new_pairs`` can be confirmed, and their rows say something new: they ask for ``new_units`` (int64). ``parcels``
    are those in force, and ``last_numbers`` the highest number of a parcel of each order item.
    """

    is_repeat: Array  # bool a row
    is_correction: Array  # bool a row
    replaces_open: Array  # bool a row: a correction of an item that is neither pending nor canceled nor Amazon's
    new_pairs: RowItemPairs
    new_units: Array
    matches: ParcelMatches
    parcels: EarlierParcels
    last_numbers: Array
    is_replaceable: Array  # bool an order item: neither pending nor canceled nor Amazon's

    def add_quantities(self, rows: pd.DataFrame, items: pd.DataFrame, is_accepted: Array) -> tuple[pd.DataFrame, Array]:
        """The rows with ``excess``, ``corrects_published_at`` and ``further_published_at``; the parcel of each match.

        Only the rows ``is_accepted`` add up, and take parcels from one another.
        """
        is_asking = is_accepted[self.new_pairs.row_index]
        excess = quantities.find_excess(items, self.new_pairs.filter(is_asking), self.new_units[is_asking])
        parcel, is_excess = assign_corrections(self.matches, is_accepted, self.parcels)
        too_many = quantities.describe_corrections(self.matches.rows_of(is_excess, len(rows)))
        excess = pc.coalesce(excess, too_many)
        fits = pc.is_null(excess).to_numpy(zero_copy_only=False)
        beside = np.where(self.matches.is_further, self.matches.first_parcel, -1)
        return rows.assign(
            excess=arrow.to_series(excess),
            corrects_published_at=self._publication(np.where(is_excess, -1, parcel), fits),
            further_published_at=self._publication(beside, fits),
        ), parcel

    def _publication(self, parcel: Array, fits: Array) -> pd.Series[pd.Timestamp]:
        """By row the latest publication of the parcels (positions, −1 for none, of each match), where the row fits."""
        latest, is_known = np.full(len(fits), NEVER), parcel >= 0
        np.maximum.at(latest, self.matches.row_index[is_known], self.parcels.published_at[parcel[is_known]])
        return arrow.to_series(dtypes.to_timestamps(np.where(fits, latest, NEVER)))

    def list_published(self, is_accepted: Array, parcel: Array) -> pd.DataFrame:
        """What is published of each item: row, item, units and the number of the parcel, int64.

        A correction ships no further units, and has the number of what it replaces.
        """
        is_new = is_accepted[self.new_pairs.row_index]
        new_pairs, matches = self.new_pairs.filter(is_new), self.matches
        corrects = is_accepted[matches.row_index] & (parcel >= 0) & self.is_replaceable[matches.item_index]
        counted = pd.Series(new_pairs.item_index).groupby(new_pairs.item_index).cumcount().to_numpy(np.int64)
        number = (self.last_numbers[new_pairs.item_index] + 1 + counted, self.parcels.number[parcel[corrects]])
        columns = {
            "row": np.concatenate([new_pairs.row_index, matches.row_index[corrects]]),
            "item": np.concatenate([new_pairs.item_index, matches.item_index[corrects]]),
            "units": np.concatenate([self.new_units[is_new], np.zeros(int(corrects.sum()), np.int64)]),
            "parcel": np.concatenate(number),
        }
        return arrow.to_frame(pa.table(columns))


def compare_with_published(
    rows: pd.DataFrame, items: pd.DataFrame, pairs: RowItemPairs, confirmable: Array, published: pd.DataFrame
) -> tuple[pd.DataFrame, Repeats]:
    """The rows with ``already_published_at``, and what they are beside what earlier runs published of their orders.

    ``confirmable`` says which of the pairs can be confirmed; ``published`` are all published confirmations, by run,
    feed and record, refused ones among them.
    """
    rows, is_repeated = duplicates.mark_repeats(rows, published)
    is_repeat = arrow.is_valid(rows["already_published_at"])
    parcels, units = list_parcels(published, items, is_repeated), quantities.ask_units(rows, items, pairs, confirmable)
    is_compared = arrow.is_valid(rows["order_key"]) & ~arrow.to_bool(rows["unreadable"]) & ~is_repeat
    compared = is_compared[pairs.row_index] & (confirmable | ~pairs.any_by_row(confirmable)[pairs.row_index])
    fits = confirmable & (units <= arrow.to_int64(items["remaining"], 0)[pairs.item_index])
    matches = match_parcels(pairs.filter(compared), fits[compared], units[compared], parcels)
    is_correction = matches.rows_of(matches.is_correction, len(rows))
    is_replaceable = ~np.isin(items["state"].to_numpy(np.int64), (PENDING, CANCELED))
    is_replaceable &= ~is_amazon_fulfilled(items["fulfillment_channel"])
    is_new = confirmable & ~(is_repeat | is_correction)[pairs.row_index]
    return rows, Repeats(
        is_repeat=is_repeat,
        is_correction=is_correction,
        replaces_open=matches.rows_of(matches.is_correction & is_replaceable[matches.item_index], len(rows)),
        new_pairs=pairs.filter(is_new),
        new_units=units[is_new],
        matches=matches,
        parcels=parcels,
        last_numbers=_last_numbers(published, items),
        is_replaceable=is_replaceable,
    )


def _last_numbers(published: pd.DataFrame, items: pd.DataFrame) -> Array:
    """The highest number of a published parcel of each item, 0 without one."""
    item_index, last = locate_items(items, published), np.zeros(len(items), np.int64)
    np.maximum.at(last, item_index[item_index >= 0], arrow.to_int64(published["parcel"])[item_index >= 0])
    return last
