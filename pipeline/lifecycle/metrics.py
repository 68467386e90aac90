"""Late shipment, cancellation and valid tracking: the rates that follow from the order items (FORMATS §5c)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from pipeline.model import findings
from pipeline.model.earlier_runs import EarlierRuns
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.metrics import Metric
from pipeline.model.run_context import RunContext
from pipeline.model.states import CANCELED, PENDING, SHIPPABLE_STATES, UNKNOWN
from pipeline.policy.model import format_amount
from pipeline.rules import build_findings
from pipeline.rules.rates import RATE_RULES
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts

METRIC_COLUMNS = (
    *("order_key", "item_key", "purchase_date", "promise_date", "confirmed_at", "tracked", "seller_canceled"),
    *("state", "fulfillment_channel", "quantity_confirmed"),
)


def purchase_lookback(context: RunContext) -> dt.timedelta:
    """How far back purchases count: what was confirmed in a window may have been purchased long before it."""
    entries = ("late_shipment.window", "cancellation.window", "tracking.window", "shipment.confirm_within")
    late, canceled, tracked, confirm_within = (
        context.policy.duration_on(entry, context.as_of) or dt.timedelta() for entry in entries
    )
    return max(late, canceled, tracked + confirm_within)


def measure_rates(items: pd.DataFrame, history: EarlierRuns, context: RunContext) -> tuple[Metric, ...]:
    """The three rates at as-of over the items, and those that only earlier runs know."""
    return compute_rates(
        history.append_older_items(items, METRIC_COLUMNS, purchase_lookback(context), context), context
    )


def compute_rates(items: pd.DataFrame, context: RunContext) -> tuple[Metric, ...]:
    """The three rates at as-of over the seller's own order items (METRIC_COLUMNS).

    Late shipment: of the orders purchased in the window and neither pending nor canceled, those first confirmed after
    their promise; ``overdue`` are those past it and still to be confirmed. Cancellation: of the orders purchased in
    the window and not pending, those the seller canceled. Valid tracking: of the order items first confirmed in the
    window, those whose last confirmation has a usable tracking number.
    """
    state, order_keys = items["state"].to_numpy(np.int64), arrow.to_int64(items["order_key"])
    purchased_at, promised_at, confirmed_at = (
        MaskedInts.from_column(items[name]) for name in ("purchase_date", "promise_date", "confirmed_at")
    )
    seller_items = ~is_amazon_fulfilled(items["fulfillment_channel"]) & ~np.isin(state, (PENDING, UNKNOWN))
    due_items = seller_items & (state != CANCELED) & _in_window(purchased_at, "late_shipment", context)
    late = due_items & (confirmed_at > promised_at)
    unconfirmed = arrow.to_int64(items["quantity_confirmed"], 0) == 0  # a ledger of layout 1 may not know since when
    open_ = np.isin(state, SHIPPABLE_STATES) & unconfirmed & ~confirmed_at.is_known
    overdue = due_items & open_ & (promised_at < dtypes.instant_to_us(context.as_of))
    recent = seller_items & _in_window(purchased_at, "cancellation", context)
    canceled_by_seller = recent & arrow.to_bool(items["seller_canceled"])
    confirmed = seller_items & _in_window(confirmed_at, "tracking", context)
    tracked = confirmed & arrow.to_bool(items["tracked"])
    extra_counts = {"overdue": _count_orders(order_keys, overdue)}
    return (
        _build_metric(
            "late_shipment",
            _count_orders(order_keys, late),
            _count_orders(order_keys, due_items),
            context,
            extra_counts=extra_counts,
        ),
        _build_metric(
            "cancellation", _count_orders(order_keys, canceled_by_seller), _count_orders(order_keys, recent), context
        ),
        _build_metric("tracking", int(tracked.sum()), int(confirmed.sum()), context, higher_is_better=True),
    )


def _in_window(instants: MaskedInts, metric: str, context: RunContext) -> Array:
    """Which instants (UTC µs) lie in the metric's window, which ends at as-of."""
    window = context.policy.duration_on(f"{metric}.window", context.as_of)
    if window is None:
        return np.zeros(len(instants), bool)
    now = dtypes.instant_to_us(context.as_of)
    return (instants <= now) & (instants > now - dtypes.duration_to_us(window))


def _build_metric(name: str, numerator: int, denominator: int, context: RunContext, **facts: Any) -> Metric:
    window, target = (
        context.policy.duration_on(f"{name}.window", context.as_of),
        context.policy.amount_on(f"{name}.target", context.as_of),
    )
    return Metric(name, numerator, denominator, window or dt.timedelta(), context.as_of, target, **facts)


def _count_orders(order_keys: Array, mask: Array) -> int:
    """How many different orders the items of the mask belong to."""
    return len(groups.group_starts(np.sort(order_keys[mask], kind="stable")))


def check_rate_targets(rates: Sequence[Metric]) -> list[pd.DataFrame]:
    """A finding for each rate at or past its target, or one away from it; none without anything to count."""
    return [
        build_findings.file_finding(RATE_RULES[rate.name], findings.LEDGER_FILE, 0, **_describe_rate(rate, rate.target))
        for rate in rates
        if rate.target is not None and rate.count_to_limit is not None and rate.count_to_limit <= 1
    ]


def _describe_rate(rate: Metric, target: Decimal) -> dict[str, str]:
    """The numbers that a finding states."""
    percent = Fraction(rate.numerator, rate.denominator) * 100
    left = "one more brings it there" if rate.count_to_limit else "it is only just met"
    return {
        "count": str(rate.numerator),
        "total": str(rate.denominator),
        "days": str(rate.window.days),
        "rate": f"{float(percent):.2f}%",
        "target": f"{format_amount(target * 100)}%",
        "left": "it is missed" if rate.status == "BAD" else left,
    }
