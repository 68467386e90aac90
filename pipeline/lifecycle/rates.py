"""Late shipment, cancellation and valid tracking: the rates that follow from the order items (FORMATS §5c)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from pipeline import frames
from pipeline.batch import Context, Metric
from pipeline.channels import by_amazon
from pipeline.frames import NEVER, Array
from pipeline.states import CANCELED, PARTIALLY_SHIPPED, PENDING, UNKNOWN, UNSHIPPED

COLUMNS = (
    *("order_key", "item_key", "purchase_date", "promise_date", "confirmed_at", "tracked", "seller_canceled"),
    *("state", "fulfillment_channel"),
)


def reach(context: Context) -> dt.timedelta:
    """How far back purchases count: what was confirmed in a window may have been purchased long before it."""
    entries = ("late_shipment.window", "cancellation.window", "tracking.window", "shipment.confirm_within")
    late, canceled, tracked, within = (
        context.policy.duration(entry, context.as_of) or dt.timedelta() for entry in entries
    )
    return max(late, canceled, tracked + within)


def rates(items: pd.DataFrame, context: Context) -> tuple[Metric, ...]:
    """The three rates at as-of over the seller's own order items (COLUMNS).

    Late shipment: of the orders purchased in the window and neither pending nor canceled, those first confirmed after
    their promise; ``overdue`` are those past it and still to be confirmed. Cancellation: of the orders purchased in
    the window and not pending, those the seller canceled. Valid tracking: of the order items first confirmed in the
    window, those whose last confirmation has a usable tracking number.
    """
    state, order = items["state"].to_numpy(np.int64), frames.numbers(items["order_key"])
    bought, promise, done = (frames.numbers(items[name]) for name in ("purchase_date", "promise_date", "confirmed_at"))
    mine = ~by_amazon(items["fulfillment_channel"]) & ~np.isin(state, (PENDING, UNKNOWN))
    owed = mine & (state != CANCELED) & _within(bought, "late_shipment", context)
    late = owed & (promise != NEVER) & (done > promise)
    open_ = np.isin(state, (UNSHIPPED, PARTIALLY_SHIPPED)) & (done == NEVER)
    overdue = owed & open_ & (promise != NEVER) & (promise < frames.moment(context.as_of))
    recent = mine & _within(bought, "cancellation", context)
    off = recent & frames.flags(items["seller_canceled"])
    sent = mine & _within(done, "tracking", context)
    tracked = sent & frames.flags(items["tracked"])
    beside = {"overdue": _orders(order, overdue)}
    return (
        _metric("late_shipment", _orders(order, late), _orders(order, owed), context, beside=beside),
        _metric("cancellation", _orders(order, off), _orders(order, recent), context),
        _metric("tracking", int(tracked.sum()), int(sent.sum()), context, least=True),
    )


def _within(instants: Array, metric: str, context: Context) -> Array:
    """Which instants (UTC µs) lie in the metric's window, which ends at as-of."""
    window = context.policy.duration(f"{metric}.window", context.as_of)
    if window is None:
        return np.zeros(len(instants), bool)
    now = frames.moment(context.as_of)
    return (instants != NEVER) & (instants <= now) & (instants > now - frames.length(window))


def _metric(name: str, numerator: int, denominator: int, context: Context, **facts: Any) -> Metric:
    window, target = (
        context.policy.duration(f"{name}.window", context.as_of),
        context.policy.number(f"{name}.target", context.as_of),
    )
    return Metric(name, numerator, denominator, window or dt.timedelta(), context.as_of, target, **facts)


def _orders(order: Array, mask: Array) -> int:
    """How many different orders the items of the mask belong to."""
    return len(frames.first_of_runs(np.sort(order[mask], kind="stable")))
