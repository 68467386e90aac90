"""Published confirmations as parcels: a confirmation of an item, and the corrections that have replaced it since."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import Array

_ITEM_KEYS = ("order_key", "item_key")
_SPELLING = ("given_item", "quantity")  # by which a correction was known before parcels had numbers


def number_parcels(rows: pd.DataFrame) -> pd.DataFrame:
    """The confirmations with ``parcel`` (int64) where the ledger does not know it: numbers from 1 within an item.

    ``rows`` come by run, feed and record. Where no number is known, units are a parcel of their own, and a correction,
    which has none, replaces the last one before it that names item and quantity as it does.
    """
    number = arrow.to_int64(rows["parcel"]).copy()
    unnumbered = np.flatnonzero(~dtypes.is_known(number))
    if not unnumbered.size:
        return rows
    older = arrow.take_rows(rows, unnumbered)
    item = groups.factorize_rows(older, _ITEM_KEYS)
    spelling = groups.factorize_rows(older, (*_ITEM_KEYS, *_SPELLING))
    starts_parcel = (arrow.to_int64(older["units"], 0) > 0) | ~pd.Series(spelling).duplicated().to_numpy()
    counted = pd.Series(starts_parcel.astype(np.int64)).groupby(item).cumsum().to_numpy()
    last_of_spelling = pd.Series(np.where(starts_parcel, counted, 0)).groupby(spelling).cummax().to_numpy()
    number[unnumbered] = np.where(starts_parcel, counted, last_of_spelling)
    return rows.assign(parcel=arrow.to_series(number))


def mark_in_force(rows: pd.DataFrame, refused: Array) -> pd.DataFrame:
    """The confirmations with ``in_force`` (bool) and ``parcel_units`` (int64), the units that their parcel stands for.

    ``rows`` come by run, feed and record, their parcels numbered; ``refused`` says which of them Amazon has refused.
    Of each parcel the last confirmation that is not refused is in force: it is neither refused nor corrected by a
    later one that is in force (SPEC §1, confirmed).
    """
    parcel = groups.factorize_rows(rows, (*_ITEM_KEYS, "parcel"))
    parcel_count = int(parcel.max(initial=-1)) + 1
    units = np.bincount(parcel, weights=arrow.to_int64(rows["units"], 0), minlength=parcel_count).astype(np.int64)
    last = np.full(parcel_count, -1)
    standing = np.flatnonzero(~refused)
    last[parcel[standing]] = standing
    in_force = np.zeros(len(rows), bool)
    in_force[last[last >= 0]] = True
    return rows.assign(in_force=arrow.to_series(in_force), parcel_units=arrow.to_series(units[parcel]))


def locate_items(items: pd.DataFrame, rows: pd.DataFrame) -> Array:
    """The position among the items of the item of each row (``order_key``, ``item_key``), −1 for none; int64."""
    candidates = np.flatnonzero(groups.is_in(arrow.to_int64(items["order_key"]), arrow.to_int64(rows["order_key"])))
    if not candidates.size:
        return np.full(len(rows), -1)
    item_keys, row_keys = (
        pd.MultiIndex.from_arrays([arrow.to_int64(part[name]) for name in _ITEM_KEYS])
        for part in (arrow.take_rows(items[[*_ITEM_KEYS]], candidates), rows)
    )
    position = item_keys.get_indexer(row_keys)
    return np.where(position >= 0, candidates[position], -1)
