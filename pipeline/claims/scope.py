"""Which order items the claims are about, and a number for every order in any of the inputs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.claims.inputs import ClaimInputs
from pipeline.claims.order_index import OrderIndex
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts

_CHUNK = 2**17  # keys looked for at a time


class ClaimScope(NamedTuple):
    """The items, sorted by order and item, their orders, and the orders of all inputs.

    ``order_indices`` are those of the orders of the claims, the contacts and the returns, ``order_keys`` the orders by
    number: first those of the items, and behind them the others.
    """

    items: pd.DataFrame
    orders: OrderIndex
    order_indices: list[Array]
    order_keys: Array


def select_claim_scope(items: pd.DataFrame, inputs: ClaimInputs, context: RunContext) -> ClaimScope:
    """The items of orders with a contact or a claim, and of those that could be lost if they were claimed.

    The latter are the orders of which something was sent, or which are past their promise or, to the day, their
    estimate. ``items`` come in any order.
    """
    order, item = (arrow.to_int64(items[name]) for name in ("order_key", "item_key"))
    item_order = groups.stable_argsort(order, item)
    all_orders = OrderIndex.from_keys(order[item_order])
    key_columns = [rows["order_key"] for rows in (inputs.claims, inputs.contacts, inputs.returns)]
    order_indices = [_find_order_index(keys, all_orders) for keys in key_columns]
    in_scope = np.zeros(len(all_orders.keys) + 1, bool)  # the last for an order that is not known, −1
    in_scope[all_orders.order_of_item[_is_at_risk(items, context)[item_order]]] = True
    for order_index in order_indices:
        in_scope[order_index] = True
    in_scope = in_scope[:-1]
    if in_scope.all():
        selected, orders = item_order, all_orders
    else:
        kept = in_scope[all_orders.order_of_item]
        selected, orders = item_order[kept], OrderIndex.from_keys(order[item_order[kept]])
        new_index = np.append(np.cumsum(in_scope) - 1, -1)
        order_indices = [new_index[order_index] for order_index in order_indices]
    return ClaimScope(
        arrow.reorder_rows(items, selected),
        orders,
        order_indices,
        _number_unknown_orders(key_columns, order_indices, orders),
    )


def _is_at_risk(items: pd.DataFrame, context: RunContext) -> Array:
    """Which items could be lost if their buyers claimed them, as bool: those of which something was sent, or is due."""
    as_of = dtypes.instant_to_us(context.as_of)
    at_risk = np.zeros(len(items), bool)
    for name in ("quantity_confirmed", "quantity_shipped"):
        at_risk |= arrow.to_int64(items[name], 0) > 0
    for name, until in (("promise_date", as_of), ("delivery_estimate", as_of + dtypes.DAY_US)):
        at_risk |= MaskedInts.from_column(items[name]) < until
    return at_risk


def _find_order_index(keys: pd.Series[int], orders: OrderIndex) -> Array:
    """The numbers of the orders of the keys, −1 for one that is not known; a stretch at a time, to hold little."""
    order_index = np.empty(len(keys), np.int64)
    for begin in range(0, len(keys), _CHUNK):
        chunk = arrow.to_series(arrow.to_arrow(keys).slice(begin, _CHUNK))
        order_index[begin : begin + _CHUNK] = orders.find_orders(arrow.to_int64(chunk))
    return order_index


def _number_unknown_orders(key_columns: list[pd.Series[int]], order_indices: list[Array], orders: OrderIndex) -> Array:
    """The keys of all orders by their numbers, those that are not known (−1 till now) being given theirs."""
    unknown = [np.flatnonzero(order_index < 0) for order_index in order_indices]
    unknown_keys = [arrow.to_int64(keys.take(positions)) for keys, positions in zip(key_columns, unknown, strict=True)]
    codes, new_keys = pd.factorize(np.concatenate(unknown_keys))
    ends = np.cumsum([len(positions) for positions in unknown])[:-1]
    for order_index, positions, part_codes in zip(order_indices, unknown, np.split(codes, ends), strict=True):
        order_index[positions] = len(orders.keys) + part_codes
    return np.concatenate([orders.keys, new_keys])
