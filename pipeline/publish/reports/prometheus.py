"""reports/metrics.prom: the numbers of the run in Prometheus' text format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import states
from pipeline.model.run_result import RunResult
from pipeline.model.tally import LINE_OUTCOMES
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.reports.worklist_order import is_overdue
from pipeline.utils import dtypes

PROMETHEUS_PATH = "reports/metrics.prom"
_US_PER_HOUR = 3_600_000_000


class Gauge(NamedTuple):
    """A number by labels: its name, what it says, the names of the labels, and the value for each set of these."""

    name: str
    help_text: str
    labels: tuple[str, ...]
    values: Mapping[Any, float]


def write_prometheus(folder: OutputFolder, result: RunResult) -> None:
    """The numbers that depend on nothing but inputs, policy, ledger and as-of: how long the run took is not in it."""
    with folder.create_file(PROMETHEUS_PATH) as output:
        output.write(format_gauges(_list_gauges(result)))


def format_gauges(gauges: Iterator[Gauge] | tuple[Gauge, ...]) -> bytes:
    """The gauges in their order, in the text format 0.0.4."""
    import prometheus_client

    registry = prometheus_client.CollectorRegistry()
    for gauge in gauges:
        collector = prometheus_client.Gauge(gauge.name, gauge.help_text, gauge.labels, registry=registry)
        for labels, value in sorted(gauge.values.items()):
            (collector.labels(*labels) if labels else collector).set(value)
    return prometheus_client.generate_latest(registry)


def _list_gauges(result: RunResult) -> Iterator[Gauge]:
    rates = {(metric.name,): metric for metric in result.metrics}
    for name, help_text, values in (
        ("rate", "Share by which Amazon measures the account", {key: rate.rate for key, rate in rates.items()}),
        ("rate_target", "Target of the rate", {key: rate.target for key, rate in rates.items()}),
        ("rate_numerator", "What the rate counts", {key: rate.numerator for key, rate in rates.items()}),
        ("rate_denominator", "What the rate counts it of", {key: rate.denominator for key, rate in rates.items()}),
    ):
        known = {key: float(value) for key, value in values.items() if value is not None}
        yield Gauge(f"feedwarden_{name}", help_text, ("rate",), known)
    state_counts = result.state_counts.by_state.tolist()
    open_items = {(states.STATE_NAMES[state],): float(state_counts[state]) for state in states.OPEN_STATES}
    yield Gauge("feedwarden_open_order_items", "Open order items by state", ("state",), open_items)
    lines = {(name,): float(sum(getattr(tally, name) for tally in result.tallies)) for name in LINE_OUTCOMES}
    yield Gauge("feedwarden_lines", "Lines of the input files by outcome", ("outcome",), lines)
    found = {(count.code, count.severity): float(count.occurrences) for count in result.finding_counts.by_code}
    yield Gauge("feedwarden_findings", "Findings by code and severity", ("code", "severity"), found)
    hours = {(action,): hours_left for action, hours_left in _find_next_deadlines(result).items()}
    yield Gauge("feedwarden_next_deadline_hours", "Hours from as-of to the next deadline", ("action",), hours)
    yield Gauge(
        "feedwarden_input_bytes", "Bytes of the input files", (), {(): float(sum(p.size for p in result.plans))}
    )
    as_of = {(): result.context.as_of.astimezone(dt.UTC).timestamp()}
    yield Gauge("feedwarden_as_of_timestamp_seconds", "Instant that the run judged at", (), as_of)


def _find_next_deadlines(result: RunResult) -> dict[str, float]:
    """For each action the hours until the first line of it that is not overdue."""
    as_of_us = dtypes.instant_to_us(result.context.as_of)
    hours: dict[str, float] = {}
    for part in result.tables["worklist"].iter_chunks():
        coming = part.filter(pc.and_(pc.invert(pa.array(is_overdue(part))), pc.is_valid(part["due_at"])))
        for entry in coming.group_by("action").aggregate([("due_at", "min")]).to_pylist():
            left = (dtypes.instant_to_us(entry["due_at_min"]) - as_of_us) / _US_PER_HOUR
            hours[entry["action"]] = min(left, hours.get(entry["action"], left))
    return hours
