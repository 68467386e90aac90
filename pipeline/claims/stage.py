"""The stage: from what is told of claims to what becomes of them, what there is to say and what there is to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import findings, frames, todo
from pipeline.batch import Claims, Context, Metric
from pipeline.channels import by_amazon
from pipeline.claims import dated, lines, moments, waiting
from pipeline.claims.concerned import concerned
from pipeline.claims.judge import Judged, Known, judge, knowing
from pipeline.claims.orders import Orders
from pipeline.claims.told import Told
from pipeline.claims.waiting import WINDOW
from pipeline.policy.model import plain
from pipeline.ready import Undated
from pipeline.rules import claims as rules
from pipeline.rules.rule import judge as ask

TARGET = "odr.target"
COLUMNS = (
    *("order_key", "item_key", "order_id", "order_item_id", "sku", "purchase_date", "promise_date", "state"),
    *("delivery_estimate", "quantity_confirmed", "quantity_shipped", "fulfillment_channel", "sales_channel"),
    *("ship_country", "currency", "item_price", "shipping_price", "file", "line", "record"),
)


class Outcome(NamedTuple):
    """What the stage found out: the claims, what there is to say, what is to be done, and the order defect rate.

    ``undated`` are the policy entries that were not in force at some event.
    """

    claims: Claims
    findings: pd.DataFrame
    todo: pd.DataFrame
    metric: Metric
    undated: list[Undated]


def reach(context: Context) -> dt.timedelta:
    """How far back purchases count."""
    return context.policy.duration(WINDOW, context.as_of) or dt.timedelta()


def settle(told: Told, items: pd.DataFrame, sent: list[pd.DataFrame], context: Context) -> Outcome:
    """Everything that follows from the claims, the contacts and the returns at as-of.

    ``items`` (COLUMNS) come in any order; ``sent`` are the published confirmations, the oldest first, by order_key
    and item_key, those of earlier nights with ``source_file``, tonight's with the number of their file.
    """
    known = knowing(told, concerned(items, told, context), sent, context)
    with ThreadPoolExecutor(1) as pool:
        unclaimed = pool.submit(waiting.unclaimed, known)
        judged = judge(known)
        waits, exposed, exposure = unclaimed.result()
    metric = rate(items, known, judged, context)
    found = [
        ask([rules.buyer_waits], waits, context.policy),
        judged.findings,
    ]
    made = Claims(judged.rows, told.contacts, told.returns, known.sent, told.names, exposure)
    work = todo.join([*judged.todo, *lines.of_buyers(waits), *exposed])
    return Outcome(made, findings.join(found), work, metric, dated.undated(judged, known, context))


def rate(items: pd.DataFrame, known: Known, judged: Judged, context: Context) -> Metric:
    """Distinct orders with a claim that counts, over all that the seller ships, purchased within the window."""
    counted = moments.within(items["purchase_date"], WINDOW, known.clock) & ~by_amazon(items["fulfillment_channel"])
    base = Orders.of(np.sort(frames.numbers(items["order_key"])[counted], kind="stable"))
    lost = known.keys[frames.distinct(known.numbers[0][judged.lost])]
    defects = int(np.count_nonzero(base.find(lost) >= 0))
    target = context.policy.number(TARGET, context.as_of)
    return Metric("odr", defects, len(base.keys), reach(context), context.as_of, target)


def with_distance(metric: Metric) -> Metric:
    """The rate with how many more defects break it; None where nobody can say."""
    return replace(metric, beside={"defects_until_target": metric.more})


def exposures(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """What would be lost of the orders of all parts, by reason and currency."""
    table = pa.concat_tables([frames.table(part, part.columns) for part in parts], promote_options="permissive")
    sums = ("amount_sum", "amount_count", "count_all")
    summed = table.group_by(["reason", "currency"]).aggregate([(name, "sum") for name in sums])
    named = summed.rename_columns(["reason", "currency", *sums])
    return frames.frame(named.sort_by([("reason", "ascending"), ("currency", "ascending")]))


def high(metric: Metric, claims: int) -> pd.DataFrame:
    """A finding where the rate is at or above its target, or one defect away; none where there is no claim at all."""
    if not claims or metric.more is None or metric.more > 1 or metric.target is None:
        return findings.none()
    share = Fraction(metric.numerator, metric.denominator) * 100
    words = {
        "defects": str(metric.numerator),
        "orders": str(metric.denominator),
        "days": str(metric.window.days),
        "rate": f"{float(share):.2f}%",
        "target": f"{plain(metric.target * 100)}%",
        "left": "one more breaks it" if metric.more else "it is broken",
    }
    return findings.about_file(rules.defect_rate_high, findings.LEDGER, 0, **words)
