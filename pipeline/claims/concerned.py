"""Which order items the claims are about, and a number for every order that anything is said of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline import frames
from pipeline.batch import Context
from pipeline.claims.orders import Orders
from pipeline.claims.told import Told
from pipeline.frames import NEVER, Array

_STRETCH = 2**17  # keys looked for at a time


class Concerned(NamedTuple):
    """The items, sorted by order and item, their orders, and the orders of everything that is told.

    ``numbers`` are those of the orders of the claims, the contacts and the returns, ``keys`` the orders by number:
    first those of the items, and behind them the others.
    """

    items: pd.DataFrame
    orders: Orders
    numbers: list[Array]
    keys: Array


def concerned(items: pd.DataFrame, told: Told, context: Context) -> Concerned:
    """The items of orders that somebody wrote about or claimed, and of those that could be lost if they were claimed.

    The latter are the orders of which something was sent, or which are past their promise or, to the day, their
    estimate. ``items`` come in any order.
    """
    order, item = (frames.numbers(items[name]) for name in ("order_key", "item_key"))
    at = frames.in_order(order, item)
    every = Orders.of(order[at])
    parts = [rows["order_key"] for rows in (told.claims, told.contacts, told.returns)]
    numbers = [_numbers(keys, every) for keys in parts]
    counts = np.zeros(len(every.keys) + 1, bool)  # the last for an order that is not known, −1
    counts[every.of_item[_exposed(items, context)[at]]] = True
    for number in numbers:
        counts[number] = True
    counts = counts[:-1]
    if counts.all():
        mine, orders = at, every
    else:
        kept = counts[every.of_item]
        mine, orders = at[kept], Orders.of(order[at[kept]])
        anew = np.append(np.cumsum(counts) - 1, -1)
        numbers = [anew[number] for number in numbers]
    return Concerned(frames.arranged(items, mine), orders, numbers, _others(parts, numbers, orders))


def _exposed(items: pd.DataFrame, context: Context) -> Array:
    """Which items could be lost if their buyers claimed them, as bool: those of which something was sent, or is due."""
    now = frames.moment(context.as_of)
    found = np.zeros(len(items), bool)
    for name in ("quantity_confirmed", "quantity_shipped"):
        found |= frames.numbers(items[name], 0) > 0
    for name, until in (("promise_date", now), ("delivery_estimate", now + frames.DAY)):
        due = frames.numbers(items[name])
        found |= (due != NEVER) & (due < until)
    return found


def _numbers(keys: pd.Series[int], orders: Orders) -> Array:
    """The numbers of the orders of the keys, −1 for one that is not known; a stretch at a time, to hold little."""
    found = np.empty(len(keys), np.int64)
    for begin in range(0, len(keys), _STRETCH):
        stretch = frames.series(frames.arrow(keys).slice(begin, _STRETCH))
        found[begin : begin + _STRETCH] = orders.find(frames.numbers(stretch))
    return found


def _others(parts: list[pd.Series[int]], numbers: list[Array], orders: Orders) -> Array:
    """The keys of all orders by their numbers, those that are not known (−1 till now) being given theirs."""
    unknown = [np.flatnonzero(number < 0) for number in numbers]
    told = [frames.numbers(keys.take(at)) for keys, at in zip(parts, unknown, strict=True)]
    code, more = pd.factorize(np.concatenate(told))
    ends = np.cumsum([len(at) for at in unknown])[:-1]
    for number, at, found in zip(numbers, unknown, np.split(code, ends), strict=True):
        number[at] = len(orders.keys) + found
    return np.concatenate([orders.keys, more])
