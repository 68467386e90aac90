"""The three order reports of a market's night put into their files."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import oddities, reports, text
from pipeline.simulate.chance import Ints
from pipeline.simulate.damage import Way
from pipeline.simulate.evening import Evening
from pipeline.simulate.files import Files
from pipeline.simulate.mistakes import LOTS
from pipeline.simulate.spoil import More, Rows, nothing_more, spoilt
from pipeline.simulate.text import Cells

_KINDS = ("unshipped", "orders", "all-orders")  # in the order of their lots
_QUANTITY = ("quantity-purchased", "quantity-purchased", "quantity")


def write_unshipped(files: Files, evening: Evening) -> None:
    """The Unshipped Orders report: everything open."""
    chunk, night = evening.chunk, evening.night
    at = np.flatnonzero((chunk.market == evening.number) & evening.standing.open)
    if len(at):
        cells = reports.unshipped(chunk, evening.market, at, night)
        _write(files, evening, 0, at, cells, lambda few: oddities.unshipped(chunk, at[few], night))


def write_orders(files: Files, evening: Evening) -> None:
    """The Orders report: what was released since the night before."""
    chunk, standing = evening.chunk, evening.standing
    new = chunk.world.nights.knowing(chunk.orders.released)[chunk.items.order] == evening.night
    at = np.flatnonzero((chunk.market == evening.number) & new & standing.sellers & ~standing.canceled)
    if len(at):
        cells = reports.orders(chunk, evening.market, at)
        _write(files, evening, 1, at, cells, lambda few: oddities.orders(chunk, at[few], standing.open[at[few]]))


def write_all_orders(files: Files, evening: Evening) -> None:
    """The All Orders report: what has changed since the night before; on the first night, every order there is."""
    chunk, night, standing, order = evening.chunk, evening.night, evening.standing, evening.chunk.items.order
    since = reports.updated(chunk, np.arange(len(order)), night)
    changed = chunk.world.nights.knowing(since) == night
    told = standing.bought & (changed | (night == 1) | evening.pending_again[order])
    at = np.flatnonzero((chunk.market == evening.number) & told)
    if len(at):
        cells = _called_pending(evening, at, reports.all_orders(chunk, evening.market, at, night, standing))
        _write(files, evening, 2, at, cells, nothing_more)


def _called_pending(evening: Evening, at: Ints, cells: Cells) -> Cells:
    """The cells of the All Orders report, with those orders Pending that no report should call so any more."""
    again = evening.pending_again[evening.chunk.items.order[at]]
    if not again.any():
        return cells
    now = text.instants(np.full(len(at), int(evening.chunk.world.nights.made(evening.night))))
    return cells | {
        "order-status": text.where(again, "Pending", cells["order-status"]),
        "last-updated-date": text.where(again, now, cells["last-updated-date"]),
    }


def _write(files: Files, evening: Evening, lot: int, at: Ints, cells: Cells, more: More) -> None:
    kind, order = _KINDS[lot], evening.chunk.items.order[at]
    layout, chance = evening.market.layouts[kind], evening.luck(at)
    hit = (evening.lot[order] == lot) & chance.happens(f"damaged {kind}", evening.dirty * LOTS)
    rows = Rows(kind, layout, cells, chance, hit, evening.spared[order], _forced(evening, lot, at))
    files.add(evening.place(kind), spoilt(rows, more))


def _forced(evening: Evening, lot: int, at: Ints) -> list[Way]:
    """What is to be found in rows because of what is told of their orders elsewhere."""
    if not evening.dirty:
        return []
    order, kind = evening.chunk.items.order[at], _KINDS[lot]
    fresh, again = evening.fresh[order], evening.pending_again[order] & (kind != "all-orders")
    named = "order-item-id" in evening.market.layouts[kind].columns
    return [
        Way("FMT-004", fresh, {_QUANTITY[lot]: text.same("two", len(at))}),
        Way("ORD-101", again, {}),
        Way("FMT-011", evening.chunk.orders.odd[order] & named & ~again & ~fresh, {}),
    ]
