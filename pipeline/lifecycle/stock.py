"""What the orders leave of the stock that was counted (SPEC §4, Stock)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline import frames
from pipeline.frames import NEVER, Array
from pipeline.states import AUTO_CANCELED, CANCELED, PARTIALLY_SHIPPED, PENDING, UNSHIPPED

_LAST = np.iinfo(np.int64).max
_MET = ("sku", "file", "line", "record")


class Ordered(NamedTuple):
    """What order items say of each counted sku, and of those that nobody has counted.

    ``taken`` are the units purchased after the count and neither canceled nor auto-canceled, ``promised`` is the
    first promise of what is open (UTC µs, NEVER for none), both one a counted sku. ``uncounted`` has sku, file, line
    and record of the first sighting of each other sku.
    """

    taken: Array
    promised: Array
    uncounted: pd.DataFrame


def latest(counts: pd.DataFrame) -> pd.DataFrame:
    """One row a counted sku: the latest count, then the last by file and line."""
    if not len(counts):
        return counts
    counted = frames.numbers(counts["counted_at"])
    by = np.lexsort((frames.numbers(counts["line"]), frames.numbers(counts["file"]), counted))
    return frames.take(counts, by).drop_duplicates("sku", keep="last").reset_index(drop=True)


def ordered(counts: pd.DataFrame, items: pd.DataFrame) -> Ordered:
    """What the items say of the skus counted (one row a sku); nothing is uncounted where nothing was counted at all."""
    size = len(counts)
    if not size:
        return Ordered(np.zeros(0, np.int64), np.zeros(0, np.int64), _first_met(items, np.zeros(len(items), bool)))
    at = pd.Index(counts["sku"].to_numpy(object)).get_indexer(pd.Index(items["sku"].to_numpy(object)))
    state, promise = items["state"].to_numpy(np.int64), frames.numbers(items["promise_date"])
    gone = np.isin(state, (CANCELED, AUTO_CANCELED))
    since = frames.numbers(counts["counted_at"])
    later = (at >= 0) & ~gone & (frames.numbers(items["purchase_date"]) > since[at])
    bought = frames.numbers(items["quantity_purchased"], 0)
    taken = np.bincount(at[later], weights=bought[later], minlength=size).astype(np.int64)
    open_ = np.flatnonzero((at >= 0) & np.isin(state, (UNSHIPPED, PARTIALLY_SHIPPED)) & (promise != NEVER))
    first: Array = np.full(size, _LAST)
    np.minimum.at(first, at[open_], promise[open_])
    missing = (at < 0) & ~gone & frames.known(items["sku"])
    return Ordered(taken, np.where(first == _LAST, NEVER, first), _first_met(items, missing))


def _first_met(items: pd.DataFrame, mask: Array) -> pd.DataFrame:
    """Of each sku of the mask the first sighting, those of which no file of tonight speaks behind all others."""
    rows = frames.take(frames.frame(frames.table(items, _MET)), np.flatnonzero(mask))
    return met(rows)


def met(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a sku: the first by file and line; those of no file come last, by their sku."""
    rows = frames.take(rows, pc.sort_indices(frames.arrow(rows["sku"])).to_numpy())
    file, line = frames.numbers(rows["file"]), frames.numbers(rows["line"])
    return frames.take(rows, np.lexsort((line, file, file < 0))).drop_duplicates("sku").reset_index(drop=True)


def available(counts: pd.DataFrame, parts: Sequence[Ordered]) -> pd.DataFrame:
    """The counted skus with ``taken`` and ``available`` by all the items, and ``promised``, the first open promise."""
    taken = np.sum([part.taken for part in parts], axis=0, dtype=np.int64)
    first = np.min([np.where(part.promised == NEVER, _LAST, part.promised) for part in parts], axis=0)
    return counts.assign(
        taken=frames.series(taken),
        available=frames.series(frames.numbers(counts["quantity_counted"]) - taken),
        promised=frames.series(frames.instants(np.where(first == _LAST, NEVER, first))),
    )


def with_uncounted(counted: pd.DataFrame, parts: Sequence[Ordered]) -> pd.DataFrame:
    """The counted skus, and behind them the ordered ones that were not counted, at the sighting that holds them."""
    rows = met(frames.stack([part.uncounted for part in parts]))
    both = [(counted, np.zeros(len(counted), bool)), (rows, np.ones(len(rows), bool))]
    return frames.stack([part.assign(uncounted=frames.series(mask)) for part, mask in both])


def written_about(contacts: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The items a buyer wrote about that are pending or canceled, with ``asked_while_pending``."""
    buyers = frames.equal(frames.arrow(contacts["direction"]), "buyer")
    asked = frames.among(frames.numbers(items["order_key"]), frames.numbers(contacts["order_key"])[buyers])
    asked &= np.isin(items["state"].to_numpy(np.int64), (PENDING, CANCELED))
    rows = frames.take(items, np.flatnonzero(asked))
    return rows.assign(asked_while_pending=frames.series(rows["state"].to_numpy(np.int64) == PENDING))


def still_in_stock(written: pd.DataFrame, stock: pd.DataFrame) -> pd.DataFrame:
    """The items written about with the ``stock_left``, and whether they were ``asked_after_cancel`` with some left."""
    at = pd.Index(stock["sku"].to_numpy(object)).get_indexer(pd.Index(written["sku"].to_numpy(object)))
    left = np.where(at >= 0, frames.numbers(stock["available"], 0)[at] if len(stock) else 0, 0)
    canceled = written["state"].to_numpy(np.int64) == CANCELED
    return written.assign(asked_after_cancel=frames.series(canceled & (left > 0)), stock_left=frames.series(left))
