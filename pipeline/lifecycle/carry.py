"""What earlier nights knew of each order item, laid under what tonight's reports say of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.frames import NEVER, Array
from pipeline.lifecycle.reported import with_parts

_ANY = ("listed", "canceled_seen", "called_off", "seller_canceled")  # true once any night has seen it
_BEFORE = {  # the ledger's word, kept beside tonight's
    "state_before": "state",
    "purchased_before": "quantity_purchased",
    "estimate_before": "delivery_estimate",
    "given_before": "latest_delivery_date",
    "renewed_before": "estimate_renewed",
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
    "given_before": pa.timestamp("us", "UTC"),
    "renewed_before": pa.bool_(),
    "last_seen_before": pa.timestamp("us", "UTC"),
    "first_seen": pa.timestamp("us", "UTC"),
    "confirmed_at": pa.timestamp("us", "UTC"),
    "tracked": pa.bool_(),
}
_REMADE = {"state", "confirm_by", "delivery_estimate", "estimate_renewed", "last_seen", "seq", "month"}  # of each run
_ASIDE = {
    *_ANY,
    *_BEFORE,
    *_REMADE,
    *_OURS,
    "order_key",
    "item_key",
    "reported",
    "released",
    "tonight",
    "quantity_confirmed",
    "confirmed_after",
    "counts",
}


class _Both(NamedTuple):
    """Tonight's items and the ledger's; of each item of either the position in one and in the other, −1 for none."""

    tonight: pd.DataFrame
    held: pd.DataFrame
    mine: Array
    theirs: Array
    usual: Array  # the position in both below each other, tonight's where there are two
    shared: Array  # the items of which there are two

    def first(self, name: str) -> tuple[pa.ChunkedArray, pa.Array]:
        """Both columns below each other, and where each item finds its value: in tonight's, else in the ledger's."""
        parts = [frames.arrow(rows[name]) if name in rows else None for rows in (self.tonight, self.held)]
        kind = next(part.type for part in parts if part is not None)
        columns = [
            pa.chunked_array([pa.nulls(len(rows), kind)]) if part is None else part
            for part, rows in zip(parts, self[:2], strict=True)
        ]
        at = self.usual
        if columns[0].null_count:
            lacking = self.shared[~columns[0].is_valid().to_numpy()[self.mine[self.shared]]]
            at = at.copy() if lacking.size else at
            at[lacking] = len(self.tonight) + self.theirs[lacking]
        return pa.chunked_array([*columns[0].chunks, *columns[1].chunks], kind), pa.array(at)

    def ledgers(self, name: str) -> tuple[pa.ChunkedArray, pa.Array]:
        """The ledger's column, and where each item finds its value there, if anywhere."""
        return frames.arrow(self.held[name]), pa.array(self.theirs, mask=self.theirs < 0)

    def numbers(self, name: str, otherwise: int) -> tuple[Array, Array]:
        """Tonight's and the ledger's whole number of each item."""
        both = zip(self[:2], self[2:4], strict=True)
        return tuple(  # type: ignore[return-value]  # of two, as there are two sides
            np.where(at >= 0, frames.numbers(rows[name], otherwise)[at], otherwise)
            if name in rows and len(rows)
            else np.full(len(at), otherwise)
            for rows, at in both
        )


def carry(tonight: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """One row an order item of either; a field comes from tonight, and where tonight lacks it from the ledger.

    ``tonight`` are the items of this run's sightings, ``held`` the ledger's order items. Adds ``tonight`` (bool),
    ``quantity_confirmed`` (int64), ``first_seen``, ``called_off`` and the ledger's own word as ``…_before``;
    ``counts`` is −1 where only the ledger knows the item.
    """
    if not len(held):
        return _new(tonight)
    both = _beside(tonight, held)
    fields = [name for name in dict.fromkeys((*tonight.columns, *held.columns)) if name not in _ASIDE]
    ledgers = {**_BEFORE, **{name: name for name in (*_OURS, "quantity_confirmed")}}
    wanted = {name: both.first(name) for name in ("order_key", "item_key", *fields)}
    wanted |= {name: both.ledgers(source) for name, source in ledgers.items()}
    made = frames.gathered(wanted)
    for name in _ANY:
        mine, theirs = both.numbers(name, 0)
        made[name] = frames.series((mine > 0) | (theirs > 0))
    made["tonight"] = frames.series(both.mine >= 0)
    made["counts"] = frames.series(both.numbers("counts", -1)[0])
    reported = frames.least(*both.numbers("reported", NEVER))
    made["reported"] = frames.series(reported)
    mine, theirs = both.numbers("released", NEVER)
    made["released"] = frames.series(np.select([reported != NEVER, mine != NEVER], [reported, mine], theirs))
    made["quantity_confirmed"] = frames.series(frames.numbers(made["quantity_confirmed"], 0))
    made["quantity_purchased"] = _bought(made)
    return with_parts(made, *(both.numbers(name, NEVER)[1] for name in ("quantity_shipped", "counted_at")))


def _beside(tonight: pd.DataFrame, held: pd.DataFrame) -> _Both:
    keys = [
        np.concatenate([frames.numbers(rows[name]) for rows in (tonight, held)]) for name in ("order_key", "item_key")
    ]
    size = len(tonight)
    at = frames.in_order(*keys, np.arange(len(keys[0])))
    starts = frames.first_of_runs(*(key[at] for key in keys))
    first, last = at[starts], at[np.append(starts[1:], len(at)) - 1]
    mine, theirs = np.where(first < size, first, -1), np.where(last >= size, last - size, -1)
    return _Both(tonight, held, mine, theirs, first, np.flatnonzero((mine >= 0) & (theirs >= 0)))


def _bought(made: pd.DataFrame) -> pd.Series[int]:
    """The quantity purchased; of a canceled item, which is reported with none, the ledger's (FORMATS §1d)."""
    bought, held = (frames.arrow(made[name]) for name in ("quantity_purchased", "purchased_before"))
    off = frames.equal(frames.arrow(made["status"]), "canceled") & (frames.numbers(made["quantity_purchased"], 0) == 0)
    return frames.series(pc.if_else(pc.and_(pa.array(off), pc.is_valid(held)), held, bought))


def untouched(held: pd.DataFrame) -> pd.DataFrame:
    """The ledger's order items of which no file of tonight speaks, as ``carry`` gives them; nothing is copied."""
    size = len(held)
    columns = {name: held[name] for name in held.columns if name not in _REMADE}
    columns |= {name: held[source] for name, source in _BEFORE.items()}
    columns |= {"tonight": _all(size, value=False), "counts": _number(size, -1)}
    return pd.DataFrame(columns, index=pd.RangeIndex(size), copy=False)


def _new(tonight: pd.DataFrame) -> pd.DataFrame:
    """Items of which no earlier run knows."""
    size = len(tonight)
    return tonight.assign(
        tonight=_all(size, value=True),
        called_off=_all(size, value=False),
        seller_canceled=_all(size, value=False),
        quantity_confirmed=_number(size, 0),
        **{name: frames.series(pa.nulls(size, of)) for name, of in _TYPES.items()},
    )


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
    keys = _Places(items, refused, standing)
    lost = _units(keys, refused, np.ones(len(refused), bool))
    when = frames.numbers(standing["published_at"]) if len(standing) else np.zeros(0, np.int64)
    at = keys.of(standing) if len(standing) else np.zeros(0, np.int64)
    later = (at >= 0) & (when >= frames.numbers(items["counted_at"])[at])  # what a run publishes is sent after it
    left = np.maximum(frames.numbers(items["quantity_confirmed"]) - lost, 0)
    made = items.assign(
        quantity_confirmed=frames.series(left), confirmed_after=frames.series(_units(keys, standing, later))
    )
    hit = np.isin(np.arange(len(items)), keys.of(refused)) if len(refused) else np.zeros(len(items), bool)
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


class _Places:
    """Where among the items those of a few orders stand."""

    def __init__(self, items: pd.DataFrame, *few: pd.DataFrame) -> None:
        orders = np.concatenate([frames.numbers(rows["order_key"]) for rows in few if len(rows)])
        self.size = len(items)
        self._at = np.flatnonzero(frames.among(frames.numbers(items["order_key"]), orders))
        self._keys = _keys(frames.take(items[["order_key", "item_key"]], self._at))

    def of(self, rows: pd.DataFrame) -> Array:
        """The position of each row's item, −1 for none."""
        at = self._keys.get_indexer(_keys(rows))
        return np.where(at >= 0, self._at[at], -1) if len(self._at) else at


def _keys(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([frames.numbers(rows[name]) for name in ("order_key", "item_key")])


def _units(keys: _Places, rows: pd.DataFrame, counted: Array) -> Array:
    if not len(rows):
        return np.zeros(keys.size, np.int64)
    at = keys.of(rows)
    mine = (at >= 0) & counted
    return np.bincount(at[mine], weights=frames.numbers(rows["units"], 0)[mine], minlength=keys.size).astype(np.int64)
