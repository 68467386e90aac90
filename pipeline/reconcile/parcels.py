"""Parcels: confirmations that share a tracking number, and the destinations of their orders (SHP-117).

A tracking number knows no orders, so that what shares one may lie in any bucket. Three looks are enough, and none needs
more in memory than two numbers a parcel: which numbers belong to several orders, where these go, and who is to be told.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames, keys
from pipeline.frames import Array
from pipeline.reconcile.confirm import Held, plain
from pipeline.reconcile.match import Pairs
from schemas.confirmation import ERASES

_ADDRESS = ("ship_address_1", "ship_city", "ship_postal_code", "ship_country")
_SHARES = 8  # by which the parcels are looked at, so that little is held at a time
_TOLD = ("file", "line", "record", "order_id", "order_item_id", "order-id", "order-item-id", "tracking_number")


def parcels(rows: pd.DataFrame, held: Held, pairs: Pairs) -> pd.DataFrame:
    """The confirmations with a tracking number, its hash and, as the reports spell it, where their order goes."""
    number = rows["tracking_number"]
    at = np.flatnonzero(frames.known(number) & ~frames.flags(number == ERASES))
    item = np.full(len(rows), -1)
    item[pairs.row] = pairs.item
    stands = item[at]
    made = frames.take(frames.frame(frames.table(rows, (*_TOLD, "order_key"))), at)
    known = stands >= 0
    where = np.full(len(at), -1)
    where[known] = np.arange(int(known.sum()))
    for name in _ADDRESS:
        found = frames.arrow(held.of(name, stands[known]))
        made[name] = frames.series(found.take(pa.array(where, mask=~known)))
    made["parcel"] = frames.series(keys.hashed(made["tracking_number"]))
    return made


def orders(parcels: pd.DataFrame) -> Array:
    """Each parcel beside each of its orders once: pairs of numbers, int64."""
    return _pairs(frames.numbers(parcels["parcel"]), frames.numbers(parcels["order_key"]))


def _pairs(first: Array, second: Array) -> Array:
    """The distinct pairs, by the first."""
    at = frames.in_order(first, second)
    at = at[frames.first_of_runs(first[at], second[at])]
    return np.stack([first[at], second[at]], axis=1)


def shared(pairs: Sequence[Array]) -> Array:
    """What stands first in several of the distinct pairs of all parts."""
    found = [np.zeros(0, np.int64)]
    for share in range(_SHARES):  # of all numbers: what stands first in several pairs does so in one of them
        mine = np.concatenate([np.zeros((0, 2), np.int64), *(part[part[:, 0] % _SHARES == share] for part in pairs)])
        first = _pairs(mine[:, 0], mine[:, 1])[:, 0]
        found.append(first[1:][first[1:] == first[:-1]])
    return np.concatenate(found)


def places(parcels: pd.DataFrame, among: Array) -> Array:
    """Each of those parcels beside each destination of its orders that a report gives, as pairs of numbers."""
    rows = frames.only(parcels, frames.among(frames.numbers(parcels["parcel"]), among))
    parts = [frames.arrow(plain(rows[name])) for name in _ADDRESS]
    together = pc.binary_join_element_wise(*parts, "|", null_handling="replace")
    known = parts[0].is_valid().to_numpy()
    where = keys.hashed(frames.series(together.filter(pa.array(known))))
    return _pairs(frames.numbers(rows["parcel"])[known], where)


def destinations(parcels: pd.DataFrame, pairs: Sequence[Array]) -> pd.DataFrame:
    """The parcels that go to several destinations, and to how many: ``destinations``, int64."""
    both = np.concatenate([np.zeros((0, 2), np.int64), *pairs])
    first = _pairs(both[:, 0], both[:, 1])[:, 0]
    starts = frames.first_of_runs(first)
    counts = np.diff(np.append(starts, len(first)))
    mine = frames.numbers(parcels["parcel"])
    several = first[starts][counts > 1]
    rows = frames.only(parcels, frames.among(mine, several))
    at = np.searchsorted(several, frames.numbers(rows["parcel"]))
    return rows.assign(destinations=frames.series(counts[counts > 1][at] if len(several) else at))
