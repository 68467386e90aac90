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


def write_reports(files: Files, evening: Evening) -> None:
    """The rows of the stretch in each of the three."""
    chunk, night, market = evening.chunk, evening.night, evening.market
    nights, order, standing = chunk.world.nights, chunk.items.order, evening.standing
    mine = chunk.market == evening.number
    at = np.flatnonzero(mine & standing.open)
    if len(at):
        cells = reports.unshipped(chunk, market, at, night)
        _write(files, evening, 0, at, cells, lambda few: oddities.unshipped(chunk, at[few], night))
    new = nights.knowing(chunk.orders.released)[order] == night
    verified = np.flatnonzero(mine & new & standing.sellers & ~standing.canceled)
    if len(verified):
        cells = reports.orders(chunk, market, verified)
        odd = lambda few: oddities.orders(chunk, verified[few], standing.open[verified[few]])  # noqa: E731
        _write(files, evening, 1, verified, cells, odd)
    changed = nights.knowing(reports.updated(chunk, np.arange(len(order)), night)) == night
    told = standing.bought & (changed | (night == 1) | evening.pending_again[order])
    at_all = np.flatnonzero(mine & told)
    if len(at_all):
        cells = _called_pending(evening, at_all, reports.all_orders(chunk, market, at_all, night, standing))
        _write(files, evening, 2, at_all, cells, nothing_more)


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
        Way("FMT-004", fresh, {_QUANTITY[lot]: text.strings(["two"] * len(at))}),
        Way("ORD-101", again, {}),
        Way("FMT-011", evening.chunk.orders.odd[order] & named & ~again & ~fresh, {}),
    ]
