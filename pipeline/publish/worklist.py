"""reports/worklist: one line for each thing to do, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames, todo
from pipeline.batch import Context
from pipeline.channels import by_amazon
from pipeline.frames import NEVER, Array
from pipeline.keys import key
from pipeline.publish import tables
from pipeline.publish.output import Folder
from pipeline.publish.text import flat
from pipeline.ready import ROWS, Ready, Todo
from pipeline.states import PARTIALLY_SHIPPED, UNSHIPPED

PATH = "reports/worklist.tsv"
_COLUMNS = ("due_at", "hours_left", *todo.SCHEMA.names[1:])
_HELD = ("order_id", "order_item_id", "sku", "remaining", "item_price", "currency")
_LAST = np.iinfo(np.int64).max  # where a due time is unknown: sorted behind all others
_TENTH = 360_000_000  # µs of a tenth of an hour
_CONFIRM, _SHIP, _LATE, _UNDATED = range(4)
ACTIONS = ("answer-claim", "appeal", "confirm", "refer", "reply", "restock", "review", "ship")
_ACTION = ("confirm", "ship", "ship", "ship")
_CODE = ("LIF-201", "", "LIF-204", "")
_REASON = (
    "confirm the shipment by then, or Amazon cancels the order and pays nothing",
    "ship by the promised date",
    "the promised ship date has passed: ship now",
    "no promised ship date is known: ship soon",
)


class _Lines(NamedTuple):
    """The lines in their order: the position of the item, when it is due (µs UTC) and which sort of line it is."""

    item: Array
    due: Array
    sort: Array


def write(folder: Folder, ready: Ready) -> None:
    """The worklist."""
    now = frames.moment(ready.context.as_of)
    tables.report(folder, PATH, (_told(part, now) for part in ready.tables["worklist"].stretches()))


def lines(items: pd.DataFrame, beside: pd.DataFrame, context: Context) -> tuple[pa.Table, Todo]:
    """Everything there is to do about the items shown, and ``beside`` (``todo``), by ``due`` and ``rank``; its numbers.

    That is by due time and action: within both by order and item, in which the items come.
    """
    now = frames.moment(context.as_of)
    made = _lines(items, context, now)
    told = pa.concat_tables(_parts(items, made, _sorted(frames.table(beside, todo.SCHEMA.names))))
    return _ranked(told), _counted(made, now)


def beside(told: pd.DataFrame) -> pa.Table:
    """What there is to do (``todo``) about no item in particular, by ``due`` and ``rank``."""
    return _ranked(_sorted(frames.table(told, todo.SCHEMA.names)))


def _ranked(told: pa.Table) -> pa.Table:
    rank = pc.index_in(told["action"], value_set=pa.array(ACTIONS)).cast(pa.int64())
    due = pa.array(frames.numbers(frames.series(told["due_at"]), _LAST))
    return told.append_column("due", due).append_column("rank", rank)


def _counted(lines: _Lines, now: int) -> Todo:
    """How many lines of each sort there are, and the next of each."""
    ahead = np.where(lines.due >= now, lines.due, _LAST)
    count = np.bincount(lines.sort, minlength=len(_ACTION))
    first = [ahead[lines.sort == sort].min(initial=_LAST) for sort in (_SHIP, _CONFIRM)]
    ship, confirm = (NEVER if one == _LAST else int(one) for one in first)
    return Todo(int(count[_SHIP:].sum()), int(count[_LATE]), ship, int(count[_CONFIRM]), confirm)


def _lines(items: pd.DataFrame, context: Context, now: int) -> _Lines:
    """Everything there is to do, by due time, action, order and item: items come in the order of the last two."""
    if not len(items):
        nothing = np.zeros(0, np.int64)
        return _Lines(nothing, nothing, nothing)
    mine = ~by_amazon(items["fulfillment_channel"])
    ship = np.flatnonzero(np.isin(items["state"].to_numpy(np.int64), (UNSHIPPED, PARTIALLY_SHIPPED)) & mine)
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


def _parts(items: pd.DataFrame, lines: _Lines, beside: pa.Table) -> Iterator[pa.Table]:
    """All lines in their order, as ``todo`` has them; at least one table."""
    order, few = _order(items, lines, beside), len(lines.item)
    held = pa.table({name: flat(frames.arrow(items[name])) for name in _HELD})
    for begin in range(0, max(len(order), 1), ROWS):
        at = order[begin : begin + ROWS]
        ours = at < few
        mine = _about_items(held, lines, at[ours])
        if ours.all():
            yield mine
        else:
            where = np.concatenate([np.flatnonzero(ours), np.flatnonzero(~ours)])
            both = pa.concat_tables([mine, beside.take(pa.array(at[~ours] - few))])
            yield both.take(pa.array(np.argsort(where)))


def _about_items(held: pa.Table, lines: _Lines, at: Array) -> pa.Table:
    """The lines at the positions."""
    item, due, sort = (column[at] for column in lines)
    when = frames.instants(np.where(due == _LAST, NEVER, due))
    why = [frames.strings(_CODE, sort), frames.strings(_REASON, sort)]
    columns = [when, frames.strings(_ACTION, sort), *held.take(pa.array(item)).columns, *why]
    return pa.table(columns, names=todo.SCHEMA.names).cast(todo.SCHEMA)


def _order(items: pd.DataFrame, lines: _Lines, beside: pa.Table) -> Array:
    """The positions of all lines, those beside the items behind them, by due time, action, order and item."""
    if not len(beside):
        return np.arange(len(lines.item))
    due = np.concatenate([lines.due, frames.numbers(frames.series(beside["due_at"]), _LAST)])
    code = pc.index_in(flat(beside["action"]), value_set=pa.array(ACTIONS)).to_numpy(zero_copy_only=False)
    action = np.concatenate([np.array([ACTIONS.index(one) for one in _ACTION])[lines.sort], code])
    place = np.concatenate([lines.item * 2, _places(items, beside)])
    return np.lexsort((place, action, due))


def _places(items: pd.DataFrame, beside: pa.Table) -> Array:
    """Where among the items (doubled) each line stands that shares an action with them, else just their own order."""
    if not pc.any(pc.is_in(beside["action"], value_set=pa.array(sorted(set(_ACTION))))).as_py():
        return np.arange(len(beside))
    named = [_named(part["order_id"], part["order_item_id"]) for part in (frames.table(items, _HELD), beside)]
    at = pc.index_in(named[1], value_set=named[0]).to_numpy(zero_copy_only=False).astype(float)
    place, lost = at * 2 + 1, np.flatnonzero(np.isnan(at))
    if lost.size:
        lines = beside.take(pa.array(lost))
        place[lost] = _before(items, named[0], lines, named[1].take(pa.array(lost))) * 2 - 0.5
    return place


def _before(items: pd.DataFrame, names: pa.Array, lines: pa.Table, named: pa.Array) -> Array:
    """For each line the number of the items that come before it, of which none is its own."""
    held = frames.numbers(items["order_key"])
    order = frames.numbers(key(frames.series(lines["order_id"]), dashes=True))
    same = np.flatnonzero(frames.among(held, order))  # the items of its order, and those of the other lines
    texts = names.take(pa.array(same)).to_numpy(zero_copy_only=False).astype(str)
    next_ = np.searchsorted(texts, named.to_numpy(zero_copy_only=False).astype(str))
    within = np.append(same, len(held))[next_]
    return np.clip(within, np.searchsorted(held, order), np.searchsorted(held, order, side="right"))


def _named(order_id: pa.ChunkedArray, item_id: pa.ChunkedArray) -> pa.Array:
    return flat(pc.binary_join_element_wise(order_id, item_id, "/", null_handling="replace"))


def _sorted(lines: pa.Table) -> pa.Table:
    """The lines by due time, action, order and item; what is due nobody knows when comes last."""
    keys = {name: lines[name] for name in ("due_at", "action", "order_id", "order_item_id", "code", "sku")}
    blank = {name: pc.fill_null(key, "") if pa.types.is_string(key.type) else key for name, key in keys.items()}
    return lines.take(pc.sort_indices(pa.table(blank), sort_keys=[(name, "ascending") for name in blank]))


def _told(lines: pa.Table, now: int) -> pa.Table:
    """The lines with the hours left until they are due."""
    hours = _hours(flat(lines["due"]).to_numpy(), now)
    columns = [lines["due_at"], hours, *(lines[name] for name in todo.SCHEMA.names[1:])]
    return pa.table([flat(column) for column in columns], names=_COLUMNS)


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
