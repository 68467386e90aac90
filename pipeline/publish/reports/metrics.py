"""reports/metrics.json: the rates by which Amazon measures the account, beside their targets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.model.metrics import Metric
from pipeline.model.run_result import RunResult
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils import arrow
from pipeline.utils.instants import format_instant

METRICS_PATH = "reports/metrics.json"
AUTOMATIC_GRANT_CODES = ("CLM-402", "CLM-403", "CLM-404", "CLM-405")


def write_metrics(folder: OutputFolder, result: RunResult) -> None:
    """Every metric by its name: counts, rate, target, status and the window it looks at."""
    with folder.create_file(METRICS_PATH) as output:
        output.write((format_metrics(result.metrics, exposure=summarize_exposure(result.exposure)) + "\n").encode())


def format_metrics(metrics: Sequence[Metric], **extra: Any) -> str:
    """The metrics, and what stands beside them, as JSON, the same for the same values."""
    return json.dumps(describe_metrics(metrics) | extra, indent=2, sort_keys=True)


def summarize_exposure(exposure_rows: pd.DataFrame) -> dict[str, Any]:
    """What would be granted if it was claimed now: how many orders, and of how much money in each currency.

    For each reason, and for any of them: an order may be lost for several. What an order came to is not always known.
    """
    by_reason: dict[str, Any] = {}
    for row in arrow.to_table(exposure_rows, exposure_rows.columns).to_pylist():
        totals = by_reason.setdefault(row["reason"], {"orders": 0, "amounts": {}, "amount_unknown": 0})
        totals["orders"] += row["count_all"]
        totals["amount_unknown"] += row["count_all"] - (row["amount_count"] if row["currency"] else 0)
        if row["currency"] and row["amount_sum"] is not None:
            totals["amounts"][row["currency"]] = str(row["amount_sum"])
    no_exposure = {"orders": 0, "amounts": {}, "amount_unknown": 0}
    return {reason: by_reason.get(reason, no_exposure) for reason in ("any", *AUTOMATIC_GRANT_CODES)}


def describe_metrics(metrics: Sequence[Metric]) -> dict[str, dict[str, Any]]:
    """The metrics by name."""
    return {metric.name: _describe_metric(metric) for metric in metrics}


def _describe_metric(metric: Metric) -> dict[str, Any]:
    parts = {} if metric.known is None else {"known": sorted(metric.known), "worst_case_rate": metric.worst_case_rate}
    return {
        "numerator": metric.numerator,
        "denominator": metric.denominator,
        "rate": metric.rate,
        "target": None if metric.target is None else float(metric.target),
        "status": metric.status,
        "window": {
            "days": metric.window.days,
            "from": format_instant(metric.window_end - metric.window),
            "to": format_instant(metric.window_end),
        },
        **metric.extra_counts,
        **parts,
    }
