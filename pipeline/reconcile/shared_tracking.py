"""Parcels: confirmations that share a tracking number, and the destinations of their orders (SHP-117).

A tracking number knows no orders, so that what shares one may lie in any bucket. Three looks are enough, and none needs
more in memory than two numbers a parcel: which numbers belong to several orders, where these go, and whom it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import order_keys
from pipeline.model.columns import verified
from pipeline.model.run_context import RunContext
from pipeline.reconcile import columns
from pipeline.reconcile.match import RowItemPairs
from pipeline.reconcile.ship_to import ShipToLookup, normalize_text
from pipeline.rules import shipment_parcels
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import SHARED_PARCELS
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array
from schemas.confirmation import DELETE_TRACKING

_DESTINATION_FIELDS = ("ship_address_1", "ship_city", "ship_postal_code", "ship_country")
_PARCEL_SHARES = 8  # by which the parcels are looked at, so that little is held at a time
_REPORTED_COLUMNS = (
    "file",
    "line",
    "record",
    "order_id",
    "order_item_id",
    "order-id",
    "order-item-id",
    "tracking_number",
)


def check_shared_parcels(
    order_pairs: Sequence[Array], read_parcels: Callable[[], Iterable[pd.DataFrame]], context: RunContext
) -> list[pd.DataFrame]:
    """What there is to say of tracking numbers that are given for orders to different destinations.

    ``order_pairs`` are pairs of tracking number and order, by part; ``read_parcels`` reads the parcels of all parts.
    """
    shared_ids = find_shared_parcels(order_pairs)
    if not len(shared_ids):
        return []
    places = [pair_with_destinations(parcels, shared_ids) for parcels in read_parcels()]
    shared = (verified(count_destinations(parcels, places), columns.SHARED_PARCELS) for parcels in read_parcels())
    return [evaluate_rules(rules_about(shipment_parcels, SHARED_PARCELS), rows, context.policy) for rows in shared]


def collect_parcels(rows: pd.DataFrame, lookup: ShipToLookup, pairs: RowItemPairs) -> pd.DataFrame:
    """The confirmations with a tracking number, its hash and, as the reports spell it, where their order goes."""
    tracking_number = rows["tracking_number"]
    row_index = np.flatnonzero(arrow.is_valid(tracking_number) & ~arrow.to_bool(tracking_number == DELETE_TRACKING))
    item_of_row = np.full(len(rows), -1)
    item_of_row[pairs.row_index] = pairs.item_index
    item_index = item_of_row[row_index]
    tracked = arrow.take_rows(arrow.to_frame(arrow.to_table(rows, (*_REPORTED_COLUMNS, "order_key"))), row_index)
    has_item = item_index >= 0
    value_index = np.full(len(row_index), -1)
    value_index[has_item] = np.arange(int(has_item.sum()))
    for name in _DESTINATION_FIELDS:
        values = arrow.to_arrow(lookup.lookup_column(name, item_index[has_item]))
        tracked[name] = arrow.to_series(values.take(pa.array(value_index, mask=~has_item)))
    tracked["parcel"] = arrow.to_series(order_keys.hash_text(tracked["tracking_number"]))
    return tracked


def pair_parcels_with_orders(parcels: pd.DataFrame) -> Array:
    """Each parcel beside each of its orders once: pairs of numbers, int64."""
    return _distinct_pairs(arrow.to_int64(parcels["parcel"]), arrow.to_int64(parcels["order_key"]))


def _distinct_pairs(first: Array, second: Array) -> Array:
    """The distinct pairs, by the first."""
    sorted_index = groups.stable_argsort(first, second)
    sorted_index = sorted_index[groups.group_starts(first[sorted_index], second[sorted_index])]
    return np.stack([first[sorted_index], second[sorted_index]], axis=1)


def find_shared_parcels(pairs: Sequence[Array]) -> Array:
    """What stands first in several of the distinct pairs of all parts."""
    shared_ids = [np.zeros(0, np.int64)]
    for share in range(_PARCEL_SHARES):  # of all numbers: what stands first in several pairs does so in one of them
        share_pairs = np.concatenate(
            [np.zeros((0, 2), np.int64), *(part[part[:, 0] % _PARCEL_SHARES == share] for part in pairs)]
        )
        parcel_ids = _distinct_pairs(share_pairs[:, 0], share_pairs[:, 1])[:, 0]
        shared_ids.append(parcel_ids[1:][parcel_ids[1:] == parcel_ids[:-1]])
    return np.concatenate(shared_ids)


def pair_with_destinations(parcels: pd.DataFrame, shared_ids: Array) -> Array:
    """Each of those parcels beside each destination of its orders that a report gives, as pairs of numbers."""
    rows = arrow.filter_rows(parcels, groups.is_in(arrow.to_int64(parcels["parcel"]), shared_ids))
    parts = [arrow.to_arrow(normalize_text(rows[name])) for name in _DESTINATION_FIELDS]
    address_text = pc.binary_join_element_wise(*parts, "|", null_handling="replace")
    has_address = parts[0].is_valid().to_numpy()
    destination_hash = order_keys.hash_text(arrow.to_series(address_text.filter(pa.array(has_address))))
    return _distinct_pairs(arrow.to_int64(rows["parcel"])[has_address], destination_hash)


def count_destinations(parcels: pd.DataFrame, pairs: Sequence[Array]) -> pd.DataFrame:
    """The parcels that go to several destinations, and to how many: ``destinations``, int64."""
    all_pairs = np.concatenate([np.zeros((0, 2), np.int64), *pairs])
    parcel_ids = _distinct_pairs(all_pairs[:, 0], all_pairs[:, 1])[:, 0]
    parcel_starts = groups.group_starts(parcel_ids)
    counts = np.diff(np.append(parcel_starts, len(parcel_ids)))
    row_parcel = arrow.to_int64(parcels["parcel"])
    multi_destination = parcel_ids[parcel_starts][counts > 1]
    rows = arrow.filter_rows(parcels, groups.is_in(row_parcel, multi_destination))
    parcel_index = np.searchsorted(multi_destination, arrow.to_int64(rows["parcel"]))
    return rows.assign(
        destinations=arrow.to_series(counts[counts > 1][parcel_index] if len(multi_destination) else parcel_index)
    )
