"""What earlier nights knew of each order item, laid under what tonight's reports say of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.frames import NEVER, Array

_ANY = ("listed", "canceled_seen", "called_off", "seller_canceled")  # true once any night has seen it
_TONIGHT = ("unshipped_listed", "tonight")  # true of tonight's reports alone
_BEFORE = {  # the ledger's word, kept beside tonight's
    "state_before": "state",
    "purchased_before": "quantity_purchased",
    "estimate_before": "delivery_estimate",
    "last_seen_before": "last_seen",
    "status_before": "status",
    "confirmed_before": "quantity_confirmed",
}
_OURS = ("first_seen", "confirmed_at", "tracked")  # only the ledger knows them
_TYPES = {
    "state_before": pa.string(),
    "status_before": pa.string(),
    "purchased_before": pa.int64(),
    "confirmed_before": pa.int64(),
    "estimate_before": pa.timestamp("us", "UTC"),
    "last_seen_before": pa.timestamp("us", "UTC"),
    "first_seen": pa.timestamp("us", "UTC"),
    "confirmed_at": pa.timestamp("us", "UTC"),
    "tracked": pa.bool_(),
}
_ASIDE = {
    *_ANY,
    *_TONIGHT,
    *_BEFORE,
    *_OURS,
    "order_key",
    "item_key",
    "released",
    "evidence",
    "origin",
    "seq",
    "month",
    "state",
    "quantity_confirmed",
    "last_seen",
    "delivery_estimate",
    "confirm_by",
    "counts",
}


def carry(tonight: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """One row an order item of either; a field comes from tonight, and where tonight lacks it from the ledger.

    ``tonight`` are the items of this run's sightings, ``held`` the ledger's order items. Adds ``tonight`` (bool),
    ``quantity_confirmed`` (int64), ``first_seen``, ``called_off`` and the ledger's own word as ``…_before``;
    ``counts`` is −1 where only the ledger knows the item.
    """
    tonight = tonight.assign(tonight=_all(len(tonight), value=True), origin=_number(len(tonight), 0))
    if not len(held):
        return _new(tonight)
    ledger = held.assign(tonight=_all(len(held), value=False), origin=_number(len(held), 1))
    rows = frames.stack([tonight, ledger])
    order, item, origin = (frames.numbers(rows[name]) for name in ("order_key", "item_key", "origin"))
    at = np.lexsort((origin, item, order))
    starts = frames.first_of_runs(order[at], item[at])
    made = frames.take(frames.frame(frames.table(rows, ("order_key", "item_key"))), at[starts])
    for name in rows.columns:
        if name not in _ASIDE:
            made[name] = _first(rows, name, at, starts)
    for name in (*_ANY, *_TONIGHT):
        seen = frames.flags(rows[name])[at] if name in rows else np.zeros(len(at), bool)
        seen = seen & (origin[at] == 0) if name in _TONIGHT else seen
        made[name] = frames.series(np.logical_or.reduceat(seen, starts) if len(starts) else seen)
    made["counts"] = frames.series(_of_origin(rows, "counts", at, starts, -1))
    made["released"] = frames.series(_least(frames.numbers(rows["released"])[at], starts))
    made["evidence"] = frames.series(_most(frames.numbers(rows["evidence"])[at], starts))
    _remembered(made, rows, at, starts)
    return made


def _new(tonight: pd.DataFrame) -> pd.DataFrame:
    """Items of which no earlier run knows."""
    size = len(tonight)
    return tonight.assign(
        called_off=_all(size, value=False),
        seller_canceled=_all(size, value=False),
        quantity_confirmed=_number(size, 0),
        **{name: frames.series(pa.nulls(size, of)) for name, of in _TYPES.items()},
    )


def _remembered(made: pd.DataFrame, rows: pd.DataFrame, at: Array, starts: Array) -> None:
    """Adds what only the ledger says: it is the last of the (at most two) rows of an item."""
    last = at[np.append(starts[1:], len(at)) - 1] if len(starts) else at
    new = frames.numbers(rows["origin"])[last] == 0
    for name, source in _BEFORE.items():
        made[name] = _taken(rows, source, last, new)
    for name in _OURS:
        made[name] = _taken(rows, name, last, new)
    confirmed = _taken(rows, "quantity_confirmed", last, new)
    made["quantity_confirmed"] = frames.series(frames.numbers(confirmed, 0))


def _taken(rows: pd.DataFrame, name: str, at: Array, missing: Array) -> pd.Series[Any]:
    return frames.series(frames.arrow(rows[name]).take(pa.array(at, mask=missing)))


def _first(rows: pd.DataFrame, name: str, at: Array, starts: Array) -> pd.Series[Any]:
    column = frames.arrow(rows[name])
    if len(starts) == len(at) or not column.null_count:
        return frames.series(column.take(pa.array(at[starts])))
    has = np.where(frames.known(rows[name])[at], np.arange(len(at)), len(at))
    first = np.minimum.reduceat(has, starts)
    lacking = first == len(at)
    return frames.series(column.take(pa.array(at[np.where(lacking, 0, first)], mask=lacking)))


def _of_origin(rows: pd.DataFrame, name: str, at: Array, starts: Array, otherwise: int) -> Array:
    """Tonight's number of each item, else ``otherwise``."""
    first = at[starts]
    mine = frames.numbers(rows["origin"])[first] == 0
    return np.where(mine, frames.numbers(rows[name], otherwise)[first], otherwise)


def _least(values: Array, starts: Array) -> Array:
    """The smallest known value of each item, NEVER where none is known."""
    never = np.iinfo(np.int64).max
    least = np.minimum.reduceat(np.where(values == NEVER, never, values), starts) if len(starts) else values
    return np.where(least == never, NEVER, least)


def _most(values: Array, starts: Array) -> Array:
    return np.maximum.reduceat(values, starts) if len(starts) else values


def _all(size: int, *, value: bool) -> pd.Series[bool]:
    return frames.series(np.full(size, value))


def _number(size: int, value: int) -> pd.Series[int]:
    return frames.series(np.full(size, value))


def reopened(items: pd.DataFrame, refused: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """The items without what Amazon refused, and with ``confirmed_after`` their report (int64 units).

    ``refused`` and ``standing`` name order key, item key and units: what was refused tonight, and of the published
    confirmations of such orders, and of those partly reported, all that is not refused.
    """
    if not len(refused) and not len(standing):
        return items.assign(confirmed_after=_number(len(items), 0))
    keys = _keys(items)
    lost = _units(keys, refused, np.ones(len(refused), bool))
    when = frames.numbers(standing["published_at"]) if len(standing) else np.zeros(0, np.int64)
    at = keys.get_indexer(_keys(standing)) if len(standing) else np.zeros(0, np.int64)
    later = (at >= 0) & (when > frames.numbers(items["evidence"])[at])
    left = np.maximum(frames.numbers(items["quantity_confirmed"]) - lost, 0)
    made = items.assign(
        quantity_confirmed=frames.series(left), confirmed_after=frames.series(_units(keys, standing, later))
    )
    hit = (
        np.isin(np.arange(len(items)), keys.get_indexer(_keys(refused))) if len(refused) else np.zeros(len(items), bool)
    )
    return _still_confirmed(made, hit, at, standing) if hit.any() else made


def _still_confirmed(items: pd.DataFrame, hit: Array, at: Array, standing: pd.DataFrame) -> pd.DataFrame:
    """The items that were hit by a refusal with when they were first confirmed, and whether tracked, without it.

    ``at`` is the item of each standing confirmation; these come by run, feed and record.
    """
    first, last = np.full(len(items), -1), np.full(len(items), -1)
    rows = np.flatnonzero(at >= 0)
    first[at[rows][::-1]], last[at[rows]] = rows[::-1], rows
    names = {"confirmed_at": ("published_at", first), "tracked": ("tracked", last)}
    told = {}
    for name, (source, where) in names.items():
        mine = frames.arrow(standing[source]).take(pa.array(where, mask=first < 0)) if len(standing) else None
        kind = frames.arrow(items[name]).type
        now = pa.nulls(len(items), kind) if mine is None else mine.cast(kind)
        told[name] = frames.series(pc.if_else(pa.array(hit), now, frames.arrow(items[name])))
    return items.assign(**told)


def partly_reported(items: pd.DataFrame) -> Array:
    """The orders (keys) of items whose report counts shipments, though not all, and of which we confirmed some."""
    reported, bought = (frames.numbers(items[name], 0) for name in ("quantity_shipped", "quantity_purchased"))
    some = (reported > 0) & (reported < bought) & (frames.numbers(items["quantity_confirmed"]) > 0)
    return np.unique(frames.numbers(items["order_key"])[some])


def _keys(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([frames.numbers(rows[name]) for name in ("order_key", "item_key")])


def _units(keys: pd.MultiIndex, rows: pd.DataFrame, counted: Array) -> Array:
    if not len(rows):
        return np.zeros(len(keys), np.int64)
    at = keys.get_indexer(_keys(rows))
    mine = (at >= 0) & counted
    return np.bincount(at[mine], weights=frames.numbers(rows["units"], 0)[mine], minlength=len(keys)).astype(np.int64)
