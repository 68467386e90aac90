"""The stage: from what is told of claims to what becomes of them, what there is to say and what there is to do."""

from __future__ import annotations

import datetime as dt
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
from pipeline.claims.evidence import Orders
from pipeline.claims.judge import Judged, Known, judge, knowing
from pipeline.claims.status import YES
from pipeline.claims.told import Told
from pipeline.claims.waiting import WINDOW
from pipeline.policy.model import plain
from pipeline.rules import claims as rules
from pipeline.rules.rule import family
from pipeline.rules.rule import judge as ask

TARGET = "odr.target"
COLUMNS = (
    *("order_key", "item_key", "order_id", "order_item_id", "sku", "purchase_date", "promise_date", "state"),
    *("delivery_estimate", "quantity_confirmed", "quantity_shipped", "fulfillment_channel", "sales_channel"),
    *("ship_country", "currency", "item_price", "shipping_price", "file", "line", "record"),
)
_SENT = (
    "order_key",
    "order_item_id",
    "ship_date",
    "tracked",
    "tracking_number",
    "units",
    "given_item",
    "quantity",
    "source",
    "source_line",
)


class Outcome(NamedTuple):
    """What the stage found out: the claims, what there is to say, what is to be done, and the order defect rate."""

    claims: Claims
    findings: pd.DataFrame
    todo: pd.DataFrame
    metric: Metric


def reach(context: Context) -> dt.timedelta:
    """How far back purchases count."""
    return context.policy.duration(WINDOW, context.as_of) or dt.timedelta()


def settle(told: Told, items: pd.DataFrame, sent: list[pd.DataFrame], context: Context) -> Outcome:
    """Everything that follows from the claims, the contacts and the returns at as-of.

    ``items`` (COLUMNS) come in any order; ``sent`` are the published confirmations, the oldest first, by order_key
    and item_key, those of earlier nights with ``source_file``, tonight's with the number of their file.
    """
    mine = concerned(items, told, context)
    known = knowing(told, mine, _sent(sent, mine.items, mine.orders, told.names), context)
    with ThreadPoolExecutor(1) as pool:
        unclaimed = pool.submit(lambda: (waiting.waiting(known), waiting.exposed(known)))
        judged = judge(known)
        waits, exposed = unclaimed.result()
    metric = rate(items, known, judged, context)
    open_ = frames.flags(judged.rows["tonight"]) | lines.open_claims(judged)
    told_of = frames.only(judged.rows, open_)
    found = [
        ask([rules.buyer_waits], waits, context.policy),
        ask([one for one in family(rules) if one.ask and one is not rules.buyer_waits], told_of, context.policy),
        high(metric, len(judged.rows)),
        dated.undated(judged, known, context),
    ]
    made = Claims(judged.rows, told.contacts, told.returns, known.sent, told.names, waiting.exposure(exposed, known))
    work = todo.join([*lines.of_claims(judged), *lines.of_buyers(waits), *lines.of_exposed(exposed, known)])
    return Outcome(made, findings.join(found), work, metric)


def _sent(parts: list[pd.DataFrame], items: pd.DataFrame, known: Orders, names: list[str]) -> pd.DataFrame:
    """The published confirmations with the position of their item and the number of their file among the names."""
    held = frames.numbers(items["item_key"])
    told = []
    for part in parts:
        rows = part
        if "source" not in rows:
            coded = frames.arrow(rows["source_file"]).combine_chunks().dictionary_encode()
            place = coded.indices.cast(pa.int64()).to_numpy(zero_copy_only=False) + len(names)
            names += coded.dictionary.to_pylist()
            rows = rows.assign(source=frames.series(np.asarray(place, np.int64)))
        item = known.position(frames.numbers(rows["item_key"]), known.find(frames.numbers(rows["order_key"])), held)
        kept = frames.frame(frames.table(rows, _SENT)).assign(item=frames.series(item))
        told.append(frames.only(kept, item >= 0))
    return frames.stack(told)


def rate(items: pd.DataFrame, known: Known, judged: Judged, context: Context) -> Metric:
    """Distinct orders with a claim that counts, over all that the seller ships, purchased within the window."""
    counted = moments.within(items["purchase_date"], WINDOW, known.clock) & ~by_amazon(items["fulfillment_channel"])
    order = np.sort(frames.numbers(items["order_key"])[counted], kind="stable")
    base = order[frames.first_of_runs(order)]
    lost = frames.distinct(frames.numbers(judged.rows["order_key"])[judged.standing.counts == YES])
    defects = int(frames.among(lost, base).sum())
    target = context.policy.number(TARGET, context.as_of)
    metric = Metric("odr", defects, len(base), reach(context), context.as_of, target)
    return metric if metric.more is None else replace(metric, beside={"defects_until_target": metric.more})


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
