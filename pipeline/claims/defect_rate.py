"""The order defect rate: of the seller's orders those with a claim that counts, negative feedback or a chargeback."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from pipeline.claims import timepoints
from pipeline.claims.exposure import ODR_WINDOW
from pipeline.claims.model import ClaimContext, EvaluatedClaims
from pipeline.claims.order_index import OrderIndex
from pipeline.model import calendar
from pipeline.model import findings as model_findings
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.metrics import Metric
from pipeline.model.run_context import RunContext
from pipeline.policy.model import format_amount
from pipeline.rules import build_findings
from pipeline.rules import claims as rules_claims
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array

ODR_TARGET = "odr.target"
_CLAIMS_PART = "claims"
_KNOWN_BY_TYPE = {"negative-feedback": "feedback", "chargeback": "chargebacks"}
_AT_RISK = "at_risk"


def odr_window_length(context: RunContext) -> dt.timedelta:
    """How far back purchases count."""
    return context.policy.duration_on(ODR_WINDOW, context.as_of) or dt.timedelta()


def compute_odr(
    items: pd.DataFrame, claim_context: ClaimContext, evaluated: EvaluatedClaims, context: RunContext
) -> Metric:
    """Distinct orders with a defect, over all that the seller ships, purchased within the window.

    Its count ``at_risk`` are the other orders with a claim at risk.
    """
    in_window = timepoints.is_within_window(
        items["purchase_date"], ODR_WINDOW, claim_context.clock
    ) & ~is_amazon_fulfilled(items["fulfillment_channel"])
    odr_orders = OrderIndex.from_keys(np.sort(arrow.to_int64(items["order_key"])[in_window], kind="stable"))
    inputs = claim_context.inputs
    claim_keys = claim_context.order_keys[claim_context.order_indices[0]]
    defect_keys = np.concatenate(
        [claim_keys[evaluated.odr_defects], _find_defect_orders(inputs.defects, items, context)]
    )
    has_defect, at_risk = (_mark_orders(odr_orders, keys) for keys in (defect_keys, claim_keys[evaluated.odr_at_risk]))
    defect_types = set(arrow.to_arrow(inputs.defects["defect_type"]).unique().to_pylist())
    known = {_CLAIMS_PART} if inputs.logs.claims else set()
    known |= {name for defect_type, name in _KNOWN_BY_TYPE.items() if defect_type in defect_types}
    return Metric(
        "odr",
        int(has_defect.sum()),
        len(odr_orders.keys),
        odr_window_length(context),
        context.as_of,
        context.policy.amount_on(ODR_TARGET, context.as_of),
        extra_counts={_AT_RISK: int((at_risk & ~has_defect).sum())},
        known=frozenset(known),
    )


def _find_defect_orders(defects: pd.DataFrame, items: pd.DataFrame, context: RunContext) -> Array:
    """The orders (keys) with negative feedback or a chargeback that has come by as-of and was not removed by then."""
    numbered = defects.assign(position=arrow.to_series(np.arange(len(defects))))
    happened = calendar.filter_until_as_of(numbered, "defect_date", items, context)
    removed = calendar.filter_until_as_of(happened, "removed_date", items, context)
    is_removed = groups.is_in(arrow.to_int64(happened["position"]), arrow.to_int64(removed["position"]))
    return arrow.to_int64(happened["order_key"])[~is_removed]


def _mark_orders(orders: OrderIndex, keys: Array) -> Array:
    """Which of the orders are among the keys, as bool."""
    marked = np.zeros(len(orders.keys), bool)
    found = orders.find_orders(groups.sorted_unique(keys))
    marked[found[found >= 0]] = True
    return marked


def complete_odr(parts: Sequence[Metric], earlier_metrics: Iterable[Mapping[str, Any]]) -> Metric:
    """The rate over all parts with how many more defects miss its target, None where unknown, and all ever known.

    ``earlier_metrics`` are those of every earlier run, by name.
    """
    metric = functools.reduce(Metric.combine, parts)
    counts = {"defects_until_target": metric.count_to_target, **metric.extra_counts}
    earlier = {name for metrics in earlier_metrics for name in metrics.get(metric.name, {}).get("known", ())}
    return replace(metric, extra_counts=counts, known=(metric.known or frozenset()) | earlier)


def check_odr_target(metric: Metric, defect_rows: int) -> pd.DataFrame:
    """A finding where the rate is at or above its target, or one defect away; none without any claim or defect."""
    if not defect_rows or metric.count_to_target is None or metric.count_to_target > 1 or metric.target is None:
        return model_findings.empty_findings()
    percent = Fraction(metric.numerator, metric.denominator) * 100
    texts = {
        "part": "the A-to-z part of the order defect rate"
        if metric.known == frozenset({_CLAIMS_PART})
        else "the order defect rate",
        "defects": str(metric.numerator),
        "orders": str(metric.denominator),
        "days": str(metric.window.days),
        "rate": f"{float(percent):.2f}%",
        "target": f"{format_amount(metric.target * 100)}%",
        "left": "one more defect misses it" if metric.count_to_target else "it is missed",
    }
    return build_findings.file_finding(rules_claims.defect_rate_high, model_findings.LEDGER_FILE, 0, **texts)
