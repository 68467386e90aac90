"""reports/metrics.json: the rates by which Amazon measures the account, beside their targets."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline import frames
from pipeline.batch import Metric
from pipeline.publish.output import Folder
from pipeline.ready import Ready

PATH = "reports/metrics.json"
AUTOMATIC = ("CLM-402", "CLM-403", "CLM-404", "CLM-405")


def write(folder: Folder, ready: Ready) -> None:
    """Every metric by its name: counts, rate, target, status and the window it looks at."""
    with folder.file(PATH) as output:
        output.write((text(ready.metrics, exposure=_exposure(ready.exposure)) + "\n").encode())


def text(metrics: Sequence[Metric], **beside: Any) -> str:
    """The metrics, and what stands beside them, as JSON, the same for the same values."""
    return json.dumps(told(metrics) | beside, indent=2, sort_keys=True)


def _exposure(rows: pd.DataFrame) -> dict[str, Any]:
    """What would be granted if it was claimed now: how many orders, and of how much money in each currency.

    For each reason, and for any of them: an order may be lost for several. What an order came to is not always known.
    """
    by_reason: dict[str, Any] = {}
    for row in frames.table(rows, rows.columns).to_pylist():
        one = by_reason.setdefault(row["reason"], {"orders": 0, "amounts": {}, "amount_unknown": 0})
        one["orders"] += row["count_all"]
        one["amount_unknown"] += row["count_all"] - row["amount_count"]
        if row["currency"] and row["amount_sum"] is not None:
            one["amounts"][row["currency"]] = str(row["amount_sum"])
    nothing = {"orders": 0, "amounts": {}, "amount_unknown": 0}
    return {reason: by_reason.get(reason, nothing) for reason in ("any", *AUTOMATIC)}


def told(metrics: Sequence[Metric]) -> dict[str, dict[str, Any]]:
    """The metrics by name."""
    return {one.name: _told(one) for one in metrics}


def _told(one: Metric) -> dict[str, Any]:
    return {
        "numerator": one.numerator,
        "denominator": one.denominator,
        "rate": one.rate,
        "target": None if one.target is None else float(one.target),
        "status": one.status,
        "window": {"days": one.window.days, "from": _at(one.until - one.window), "to": _at(one.until)},
        **one.beside,
    }


def _at(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
