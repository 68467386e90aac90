"""reports/worklist: one line for each thing to do, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Context, Settled
from pipeline.frames import NEVER, Array
from pipeline.publish import tables
from pipeline.publish.output import Folder
from pipeline.publish.text import flat
from pipeline.states import PARTIALLY_SHIPPED, UNSHIPPED

PATH = "reports/worklist.tsv"
_BY_AMAZON = pa.array(["Amazon", "AFN"])
_COLUMNS = (
    *("due_at", "hours_left", "action", "order_id", "order_item_id", "sku"),
    *("quantity", "amount", "currency", "code", "reason"),
)
_HELD = ("order_id", "order_item_id", "sku", "remaining", "item_price", "currency")
_LAST = np.iinfo(np.int64).max  # where a due time is unknown: sorted behind all others
_TENTH = 360_000_000  # µs of a tenth of an hour
_CONFIRM, _SHIP, _LATE, _UNDATED = range(4)
_ACTION = ("confirm", "ship", "ship", "ship")
_CODE = ("LIF-201", "", "LIF-204", "")
_REASON = (
    "confirm the shipment by then, or Amazon cancels the order and pays nothing",
    "ship by the promised date",
    "the promised ship date has passed: ship now",
    "no promised ship date is known: ship soon",
)


class Todo(NamedTuple):
    """How many lines of each sort there are, and the first due time still ahead of each (µs UTC, NEVER without one)."""

    ship: int
    late: int
    next_ship: int
    confirm: int
    next_confirm: int


class _Lines(NamedTuple):
    """The lines in their order: the position of the item, when it is due (µs UTC) and which sort of line it is."""

    item: Array
    due: Array
    sort: Array


def write(folder: Folder, settled: Settled) -> Todo:
    """The worklist, and what is in it."""
    now = micros(settled.context)
    lines = _lines(settled.items, settled.context, now)
    tables.tsv(folder, PATH, _parts(settled.items, lines, now))
    ahead = np.where(lines.due >= now, lines.due, _LAST)
    count = np.bincount(lines.sort, minlength=len(_ACTION))
    first = [ahead[lines.sort == sort].min(initial=_LAST) for sort in (_SHIP, _CONFIRM)]
    ship, confirm = (NEVER if one == _LAST else int(one) for one in first)
    return Todo(int(count[_SHIP:].sum()), int(count[_LATE]), ship, int(count[_CONFIRM]), confirm)


def micros(context: Context) -> int:
    """As-of as UTC microseconds."""
    return int(pa.scalar(context.as_of, pa.timestamp("us", "UTC")).value)


def _lines(items: pd.DataFrame, context: Context, now: int) -> _Lines:
    """Everything there is to do, by due time, action, order and item: items come in the order of the last two."""
    if not len(items):
        nothing = np.zeros(0, np.int64)
        return _Lines(nothing, nothing, nothing)
    channel = frames.arrow(items["fulfillment_channel"])
    amazon = pc.fill_null(pc.is_in(channel, value_set=_BY_AMAZON), False).to_numpy()
    ship = np.flatnonzero(np.isin(items["state"].to_numpy(np.int64), (UNSHIPPED, PARTIALLY_SHIPPED)) & ~amazon)
    promise = frames.numbers(items["promise_date"])[ship]
    confirm_by = frames.numbers(items["confirm_by"])[ship]
    warned = _warned_from(items["purchase_date"].take(ship), confirm_by, context)
    soon = np.flatnonzero((warned <= now) & (now <= confirm_by))
    sort = np.select([promise == NEVER, promise < now], [_UNDATED, _LATE], _SHIP)
    due = np.concatenate([confirm_by[soon], np.where(promise == NEVER, _LAST, promise)])
    at = np.argsort(due, kind="stable")
    return _Lines(
        np.concatenate([ship[soon], ship])[at], due[at], np.concatenate([np.full(len(soon), _CONFIRM), sort])[at]
    )


def _warned_from(bought: pd.Series[Any], confirm_by: Array, context: Context) -> Array:
    """From when on the seller is warned that the time to confirm ends (LIF-201), far off where that is unknown."""
    before = frames.numbers(context.policy.window("shipment.warn_before", on=bought))
    return np.where((before == NEVER) | (confirm_by == NEVER), _LAST, confirm_by - np.where(before == NEVER, 0, before))


def _parts(items: pd.DataFrame, lines: _Lines, now: int) -> Iterator[pa.Table]:
    if not len(lines.item):
        yield pa.table({name: pa.array([], pa.string()) for name in _COLUMNS})
        return
    held = pa.table({name: flat(frames.arrow(items[name])) for name in _HELD})
    for begin in range(0, len(lines.item), tables.ROWS):
        item, due, sort = (column[begin : begin + tables.ROWS] for column in lines)
        mine = held.take(pa.array(item))
        when = [frames.instants(np.where(due == _LAST, NEVER, due)), _hours(due, now)]
        why = [frames.strings(_CODE, sort), frames.strings(_REASON, sort)]
        yield pa.table([*when, frames.strings(_ACTION, sort), *mine.columns, *why], names=_COLUMNS)


def _hours(due: Array, now: int) -> pa.Array:
    """The hours from now, to the nearest tenth; with a minus sign once due is past, null where it is not known."""
    known = due != _LAST
    apart = np.where(known, due, now) - now
    tenths = (np.abs(apart) + _TENTH // 2) // _TENTH
    coded = pa.array(tenths * 2 + (apart < 0), mask=~known).dictionary_encode()
    tenths, past = np.divmod(coded.dictionary.to_numpy(), 2)
    whole, rest = (pa.array(part).cast(pa.string()) for part in np.divmod(tenths, 10))
    sign = frames.strings(("", "-"), past)
    return pc.binary_join_element_wise(sign, whole, ".", rest, "").take(coded.indices)
