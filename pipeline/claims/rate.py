"""The order defect rate: how many orders of the window are lost to claims, and how many more it can bear (SPEC §5)."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from pipeline import findings, frames
from pipeline.batch import Context, Rate
from pipeline.claims.judge import Judged, Known
from pipeline.claims.status import YES
from pipeline.frames import NEVER, Array
from pipeline.policy.model import plain
from pipeline.rules.claims import defect_rate_high

WINDOW, TARGET = "odr.window", "odr.target"


def rate(known: Known, judged: Judged) -> Rate:
    """Distinct orders with a claim that counts, over all orders, both purchased within the window before as-of."""
    context = known.clock.context
    orders = frames.numbers(known.items["order_key"])[_within(known.items["purchase_date"], known.clock.now, context)]
    lost = (judged.standing.counts == YES) & _within(judged.rows["purchase_date"], known.clock.now, context)
    defects = np.unique(frames.numbers(judged.rows["order_key"])[lost])
    target = context.policy.number(TARGET, context.as_of)
    window = context.policy.duration(WINDOW, context.as_of)
    return Rate(len(defects), len(np.unique(orders)), target, window)


def _within(bought: pd.Series, now: int, context: Context) -> Array:  # type: ignore[type-arg]
    """Which purchases lie within the window before as-of, by the value in force when they were made."""
    when = frames.numbers(bought)
    if not len(when):
        return np.zeros(0, bool)
    window = frames.numbers(context.policy.window(WINDOW, on=bought))
    return (when != NEVER) & (window != NEVER) & (when <= now) & (when >= now - np.where(window == NEVER, 0, window))


def said(rate: Rate, claims: int) -> pd.DataFrame:
    """A finding where the rate is at or above its target, or one defect away; none where there is no claim at all."""
    if not claims or rate.more is None or rate.more > 1 or rate.target is None or rate.window is None:
        return findings.none()
    share = Decimal(rate.numerator) / rate.denominator
    words = {
        "defects": str(rate.numerator),
        "orders": str(rate.denominator),
        "days": str(rate.window.days),
        "rate": f"{share:.2%}",
        "target": f"{plain(rate.target * 100)}%",
        "left": "one more breaks it" if rate.more else "it is broken",
    }
    return findings.about_file(defect_rate_high, findings.LEDGER, 0, **words)
