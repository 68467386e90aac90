"""Confirmation rows beside the parcels that earlier runs published: further ones or corrections (SPEC §4)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.model.published_parcels import locate_items
from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array


class EarlierParcels(NamedTuple):
    """The parcels of order items that are in force, an array each, in the order in which corrections take them.

    That is the last published first, and behind the others those that the run confirms once more as they are.
    """

    item_index: Array  # the position of the order item
    units: Array
    names_no_units: Array  # bool: its row gave no quantity, and stands for what was left, or for a whole order
    number: Array  # within the item
    published_at: Array  # µs UTC

    def select(self, positions: Array) -> EarlierParcels:
        """Those at the positions."""
        return EarlierParcels(*(column[positions] for column in self))

    def list_offers(self) -> _Offers:
        """Every parcel under its units, and those that a row without units can replace under NEVER as well.

        These are the ones that name no units either, else the only one of its item.
        """
        has_such = np.isin(self.item_index, self.item_index[self.names_no_units])
        is_only = ~pd.Series(self.item_index).duplicated(keep=False).to_numpy()
        for_any = np.flatnonzero(self.names_no_units | (~has_such & is_only))
        parcel = np.concatenate([np.arange(len(self.units)), for_any])
        return _Offers(
            self.item_index[parcel], np.concatenate([self.units, np.full(len(for_any), NEVER)]), parcel.astype(np.int64)
        )


class _Offers(NamedTuple):
    """Parcels (positions) that a row may be beside or replace, by item and units; NEVER is for rows without units."""

    item_index: Array
    units: Array
    parcel: Array

    def without(self, parcels: Array) -> _Offers:
        """All but those of the parcels."""
        kept = ~np.isin(self.parcel, parcels)
        return _Offers(self.item_index[kept], self.units[kept], self.parcel[kept])

    def find(self, item_index: Array, units: Array, rank: Array) -> Array:
        """The rank-th parcel offered for each item and units, −1 for none."""
        size = len(item_index)
        wanted, offered = np.split(_group(item_index, units, self.item_index, self.units), [size])
        by_group = np.argsort(offered, kind="stable")
        begins, ends = (np.searchsorted(offered[by_group], wanted, side) for side in ("left", "right"))
        place = begins + rank
        return np.append(self.parcel[by_group], -1)[np.where(place < ends, place, len(by_group))]


class ParcelMatches(NamedTuple):
    """What (row, item) pairs are beside the parcels in force, an array each.

    ``is_further``: it has as many units as a parcel, and they fit into what remains; ``is_correction``: it replaces
    one. ``first_parcel`` is that parcel (a position), −1 for none, as long as no other row wants it.
    """

    row_index: Array
    item_index: Array
    units: Array  # what the pair asks for; NEVER where it names none, and corrects what named none either
    is_further: Array
    is_correction: Array
    first_parcel: Array

    def rows_of(self, mask: Array, row_count: int) -> Array:
        """Which of so many rows have a pair of the mask, bool."""
        return np.bincount(self.row_index[mask], minlength=row_count) > 0


def list_parcels(published: pd.DataFrame, items: pd.DataFrame, is_repeated: Array) -> EarlierParcels:
    """The parcels in force of the items; ``published`` are all published confirmations by run, feed and record."""
    rows = np.flatnonzero(arrow.to_bool(published["in_force"]))
    in_force = arrow.take_rows(published, rows[np.lexsort((-rows, is_repeated[rows]))])
    parcels = EarlierParcels(
        item_index=locate_items(items, in_force),
        units=arrow.to_int64(in_force["parcel_units"]),
        names_no_units=~(arrow.is_valid(in_force["given_item"]) & arrow.is_valid(in_force["quantity"])),
        number=arrow.to_int64(in_force["parcel"]),
        published_at=arrow.to_int64(in_force["published_at"]),
    )
    return parcels.select(np.flatnonzero(parcels.item_index >= 0))


def match_parcels(pairs: RowItemPairs, fits: Array, units: Array, parcels: EarlierParcels) -> ParcelMatches:
    """What the pairs of rows that repeat nothing are; ``fits``: the units that the pair asks for are left to ship.

    ``units`` are NEVER where a row names none, and nothing of any of its items is left.
    """
    first_parcel = parcels.list_offers().find(pairs.item_index, units, np.zeros(len(units), np.int64))
    is_matched = first_parcel >= 0
    return ParcelMatches(pairs.row_index, pairs.item_index, units, is_matched & fits, is_matched & ~fits, first_parcel)


def assign_corrections(matches: ParcelMatches, is_counted: Array, parcels: EarlierParcels) -> tuple[Array, Array]:
    """The parcel (position) that each pair of ``matches`` replaces, −1 for none; and which are too many, bool.

    Only corrections of the rows ``is_counted`` (bool a row) take one from another, those that name no units first.
    Where more want a parcel of one size of an item than there are, all of them are too many.
    """
    parcel = np.where(matches.is_correction, matches.first_parcel, -1)
    counted = matches.is_correction & is_counted[matches.row_index]
    names_no_units, offers = ~dtypes.is_known(matches.units), parcels.list_offers()
    for mask in (counted & names_no_units, counted & ~names_no_units):
        item_index, units = matches.item_index[mask], matches.units[mask]
        rank = pd.Series(_group(item_index, units)).groupby(_group(item_index, units)).cumcount().to_numpy(np.int64)
        parcel[mask] = offers.find(item_index, units, rank)
        offers = offers.without(parcel[mask])
    left_out = counted & (parcel < 0)
    replaced_units = np.where(parcel >= 0, np.append(parcels.units, NEVER)[parcel], matches.units)
    is_excess = _shares(left_out, matches.item_index, matches.units) | _shares(
        left_out & ~names_no_units, matches.item_index, replaced_units
    )
    return parcel, counted & is_excess


def _group(item_index: Array, units: Array, *others: Array) -> Array:
    """A number for each item and units, those of ``others`` behind them, equal for equal ones."""
    items, sizes = (np.concatenate([part, *others[number::2]]) for number, part in enumerate((item_index, units)))
    return pd.factorize(pd.factorize(items)[0] * (len(items) + 1) + pd.factorize(sizes)[0])[0]


def _shares(mask: Array, item_index: Array, units: Array) -> Array:
    """Which have item and units of one of the mask, bool."""
    group = _group(item_index, units)
    return np.isin(group, group[mask])
