"""reports/metrics.json: the rates by which Amazon measures the account, beside their targets."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from pipeline.batch import Metric, Settled
from pipeline.publish.output import Folder

PATH = "reports/metrics.json"


def write(folder: Folder, settled: Settled) -> None:
    """Every metric by its name: counts, rate, target, status and the window it looks at."""
    with folder.file(PATH) as output:
        output.write((text(settled.metrics) + "\n").encode())


def text(metrics: Sequence[Metric]) -> str:
    """The metrics as JSON, the same for the same metrics."""
    return json.dumps(told(metrics), indent=2, sort_keys=True)


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
