"""What is known of each order item and of each order as a whole: shipped or not, tracked or not, in time or not.

The evidence of a claim is its item, or all items of its order. Of what only Amazon's reports say that it was shipped
neither tracking number nor ship-date is known (SPEC §5).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import days, frames
from pipeline.claims.moments import LATEST
from pipeline.claims.orders import Orders
from pipeline.frames import NEVER, Array

_MONEY = pa.decimal128(38, 2)
_SENT = (
    *("order_key", "order_item_id", "ship_date", "tracked", "tracking_number", "units", "given_item", "quantity"),
    *("source", "source_line"),
)

_SAME = ("given_item", "quantity")  # beside the item: what a correction replaces


class Facts(NamedTuple):
    """One row an order item, and behind them one an order of several; of positions among confirmations −1 is none."""

    confirmed: Array  # bool: by us
    reported: Array  # bool: some report says shipped
    blind: Array  # bool: only a report says that something was shipped, so that its tracking number is not known
    tracked: Array  # bool: a confirmation has a usable tracking number
    untracked: Array  # position of the last confirmation without one
    late: Array  # position of a confirmation whose ship-date is after the promised day
    promise: Array  # µs UTC, the earliest
    estimate: Array  # local day of the delivery estimate, the latest
    amount: Any  # decimal, null where any price is not known

    @property
    def nothing(self) -> Array:
        """Where nothing is confirmed, and no report says shipped."""
        return ~self.confirmed & ~self.reported

    @property
    def no_tracking(self) -> Array:
        """Where no confirmation has a usable tracking number, nothing having been sent at all included (CLM-402)."""
        return self.nothing | (self.confirmed & ~self.tracked & ~self.blind)

    def worth(self, at: Array) -> Any:
        """The amounts at the positions; null for −1."""
        where = pa.array(np.maximum(at, 0), mask=at < 0)
        return self.amount.take(where) if len(self.amount) else pa.nulls(len(at), _MONEY)

    def take(self, at: Array) -> Facts:
        """The facts at the positions; −1 is nothing known."""
        missing = at < 0
        safe = np.maximum(at, 0)
        if not len(self.confirmed):
            return _nothing(len(at))
        return Facts._make(
            (
                *(side[safe] & ~missing for side in self[:4]),
                *(np.where(missing, -1, side[safe]) for side in self[4:6]),
                *(np.where(missing, NEVER, side[safe]) for side in self[6:8]),
                self.worth(at),
            )
        )


def facts(items: pd.DataFrame, confirmations: pd.DataFrame, known: Orders, zone: Array, used: list[str]) -> Facts:
    """The facts of the items and of their orders; ``confirmations`` name by ``item`` the position of theirs."""
    size = len(items)
    item = frames.numbers(confirmations["item"])
    tracked = frames.flags(confirmations["tracked"])
    shipped = frames.numbers(confirmations["ship_date"])
    promised = frames.numbers(items["promise_date"])
    promise_day = days.local_days(promised, zone, used)
    overdue = (shipped != NEVER) & (promise_day[item] != NEVER) & (shipped > promise_day[item])
    confirmed = frames.numbers(items["quantity_confirmed"], 0) > 0
    reported = frames.numbers(items["quantity_shipped"], 0) > 0
    estimate = days.local_days(frames.numbers(items["delivery_estimate"]), zone, used)
    mine = Facts(
        confirmed,
        reported,
        reported & ~confirmed,
        np.bincount(item[tracked], minlength=size) > 0,
        _last(item, ~tracked, size),
        _last(item, overdue, size),
        promised,
        estimate,
        _amounts(items),
    )
    return _with_orders(mine, known)


def _with_orders(mine: Facts, known: Orders) -> Facts:
    """The facts of the items, and behind them those of the orders of several items."""
    many = known.whole >= len(mine.confirmed)
    if not many.any():
        return mine
    rows = np.flatnonzero(many[known.of_item])
    starts = frames.first_of_runs(known.of_item[rows])
    sides = [side[rows] for side in mine[:8]]
    each = [np.logical_or.reduceat(side, starts) for side in sides[:4]]
    each += [np.maximum.reduceat(side, starts) for side in sides[4:6]]
    promise = np.minimum.reduceat(np.where(sides[6] == NEVER, LATEST, sides[6]), starts)
    each.append(np.where(promise == LATEST, NEVER, promise))
    each.append(np.maximum.reduceat(sides[7], starts))
    amount = _sums(mine.amount.take(pa.array(rows)), known.of_item[rows])
    both = [np.concatenate([one, other]) for one, other in zip(mine[:8], each, strict=True)]
    return Facts._make((*both, pa.concat_arrays([mine.amount, amount])))


def _nothing(size: int) -> Facts:
    """Of so many nothing is known."""
    no, none, never = np.zeros(size, bool), np.full(size, -1), np.full(size, NEVER)
    return Facts(no, no, no, no, none, none, never, never, pa.nulls(size, _MONEY))


def _amounts(items: pd.DataFrame) -> pa.Array:
    """The price of each item with its shipping; null where the price is not known."""
    shipping = pc.coalesce(frames.arrow(items["shipping_price"]), pa.scalar(0, pa.decimal128(20, 2)))
    total = pc.add(frames.arrow(items["item_price"]), shipping).cast(_MONEY)
    return total.combine_chunks() if isinstance(total, pa.ChunkedArray) else total


def _sums(amount: pa.Array, order: Array) -> pa.Array:
    """The amounts of each order added up, by its number; null where any of them is."""
    summed = pa.table({"order": order, "amount": amount}).group_by("order", use_threads=False)
    total = summed.aggregate([("amount", "sum", pc.ScalarAggregateOptions(skip_nulls=False))])
    return total.sort_by("order").column("amount_sum").combine_chunks().cast(_MONEY)


def _last(item: Array, among: Array, size: int) -> Array:
    """For each item the position of the last confirmation among those of the mask; −1 without one."""
    found = np.full(size, -1)
    rows = np.flatnonzero(among)
    found[item[rows]] = rows
    return found


def published(parts: list[pd.DataFrame], items: pd.DataFrame, known: Orders, names: list[str]) -> pd.DataFrame:
    """The published confirmations with the position of their item and the number of their file among the names."""
    held = frames.numbers(items["item_key"])
    told = []
    for part in parts:
        rows = part
        if "source" not in rows:
            coded = frames.arrow(rows["source_file"]).combine_chunks().dictionary_encode()
            place = coded.indices.cast(pa.int64()).to_numpy(zero_copy_only=False) + len(names)
            names += coded.dictionary.to_pylist()
            rows = rows.assign(source=frames.series(np.asarray(place, np.int64)))
        item = known.position(frames.numbers(rows["item_key"]), known.find(frames.numbers(rows["order_key"])), held)
        kept = frames.frame(frames.table(rows, _SENT)).assign(item=frames.series(item))
        told.append(frames.only(kept, item >= 0))
    return frames.stack(told)


def standing(rows: pd.DataFrame) -> pd.DataFrame:
    """The confirmations that hold, in the order of their publication: a correction replaces what it corrects.

    ``rows`` come in that order, with ``item``, ``units`` (0 for a correction), ``given_item``, ``quantity``, and a
    ``tracking_number`` that a correction leaves as it was where it gives none.
    """
    corrects = frames.numbers(rows["units"], 0) == 0
    if not corrects.any():
        return rows
    same = frames.numbers(rows["item"])
    for name in _SAME:
        same = pd.factorize(same * (len(rows) + 2) + frames.codes(rows[name]))[0]
    place = np.arange(len(rows))
    newest = np.full(int(same.max()) + 1, -1)
    newest[same[corrects]] = place[corrects]
    said = frames.known(rows["tracking_number"]) & (place <= newest[same])
    from_ = np.full(len(newest), -1)
    from_[same[said]] = place[said]  # the last number that was given
    keeps = place == newest[same]
    source = np.where(keeps & ~said & (from_[same] >= 0), from_[same], place)
    for name in ("tracking_number", "tracked"):
        rows = rows.assign(**{name: rows[name].take(source).set_axis(rows.index)})
    return frames.only(rows, place >= newest[same])
