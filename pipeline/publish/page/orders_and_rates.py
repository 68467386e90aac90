"""Where the orders stand, the days that are left, and the rates over the nights, each with its chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.model import states
from pipeline.model.run_result import RunResult
from pipeline.publish import manifest
from pipeline.publish.page import charts, figures
from pipeline.publish.page.charts import Chart, ChartSeries
from pipeline.publish.page.figures import Figure
from pipeline.publish.page.trends import MAX_NIGHTS
from pipeline.publish.reports import metrics
from pipeline.utils.dtypes import Array

_MIN_DAYS, _MAX_DAYS = 14, 60  # days left that have a column of their own
_RATE_TITLES = {
    "odr": "Order defect rate",
    "late_shipment": "Late shipment rate",
    "cancellation": "Cancellation rate",
    "tracking": "Valid tracking rate",
}


class RateCard(NamedTuple):
    """A rate against its target: as words, and over the nights where there were several."""

    title: str
    status: str
    share: str
    target: str
    counts: str
    drawing: Figure | None


def draw_states(result: RunResult) -> Figure | None:
    """How many order items are in each state."""
    state_counts = result.state_counts.by_state.tolist()  # none in an audit
    named_counts = [(name, number) for name, number in zip(states.STATE_NAMES, state_counts, strict=False) if number][
        ::-1
    ]
    if not named_counts:
        return None
    series = [ChartSeries("order items", "plain", [number for _, number in named_counts])]
    return figures.build_figure(
        charts.draw_bars, Chart("states", "Order items by state", "state", [name for name, _ in named_counts], series)
    )


def draw_days_left(result: RunResult) -> Figure | None:
    """How many open order items have how many whole days left until Amazon cancels them unpaid."""
    day_counts = result.state_counts.by_days_left
    if not len(day_counts):
        return None
    day_counts = np.pad(day_counts, (0, max(_MIN_DAYS - len(day_counts), 0)))
    is_long = len(day_counts) > _MAX_DAYS  # a purchase-date far ahead of as-of, which a report may hold
    if is_long:
        day_counts = np.append(day_counts[:_MAX_DAYS], day_counts[_MAX_DAYS:].sum())
    warn_period = result.context.policy.duration_on("shipment.warn_before", result.context.as_of)
    is_soon = np.arange(len(day_counts)) < (warn_period.days if warn_period else 0)
    series = [
        _mask_series("to confirm now", "urgent", day_counts, is_soon),
        _mask_series("later", "plain", day_counts, ~is_soon),
    ]
    labels = [f"{day}{'+' if is_long and day == _MAX_DAYS else ''}" for day in range(len(day_counts))]
    title = "Open order items by whole days left to confirm them"
    return figures.build_figure(charts.draw_columns, Chart("days", title, "days left", labels, series))


def _mask_series(name: str, tone: str, day_counts: Array, is_selected: Array) -> ChartSeries:
    return ChartSeries(name, tone, [number or None for number in np.where(is_selected, day_counts, 0).tolist()])


def build_rate_cards(result: RunResult) -> list[RateCard]:
    """Every rate of this run and of the runs before, whichever there are."""
    current_metrics = metrics.describe_metrics(result.metrics)
    earlier_nights = [(night.as_of, night.metrics) for night in result.past_runs[1 - MAX_NIGHTS :]]
    nights = [*earlier_nights, (manifest.format_as_of(result.context), current_metrics)]
    minimum_names = {metric.name for metric in result.metrics if metric.higher_is_better}
    target_words = {name: "at least" if name in minimum_names else "below" for name in current_metrics}
    return [
        _build_rate_card(
            name, metric, target_words[name], [(as_of, night_metrics.get(name)) for as_of, night_metrics in nights]
        )
        for name, metric in current_metrics.items()
    ]


def _build_rate_card(
    name: str, metric: dict[str, Any], target_word: str, nights: Sequence[tuple[str, dict[str, Any] | None]]
) -> RateCard:
    title = _name_rate(name, metric)
    known_nights = [
        (as_of, night_metric) for as_of, night_metric in nights if night_metric and night_metric.get("rate") is not None
    ]
    figure = None
    if len(known_nights) > 1:
        shares = [_to_percent(night_metric["rate"]) for _, night_metric in known_nights]
        series = [ChartSeries("rate", "rate", shares)]
        if any(night_metric.get("target") is not None for _, night_metric in known_nights):
            series.append(
                ChartSeries(
                    "target", "target", [_to_percent(night_metric.get("target")) for _, night_metric in known_nights]
                )
            )
        labels = figures.label_nights([as_of for as_of, _ in known_nights])
        figure = figures.build_figure(
            charts.draw_lines, Chart(f"rate-{name}", f"{title} over time", "as of", labels, series, True)
        )
    return RateCard(
        title,
        metric["status"],
        "–" if metric["rate"] is None else f"{metric['rate'] * 100:.2f} %",
        "" if metric["target"] is None else f"target {target_word} {metric['target'] * 100:g} %",
        _count_rate(metric),
        figure,
    )


def _name_rate(name: str, metric: dict[str, Any]) -> str:
    """What a rate is called: with claims alone the order defect rate is a part of itself."""
    if metric.get("known") == ["claims"]:
        return "A-to-z part of the order defect rate"
    return _RATE_TITLES.get(name, name.replace("_", " "))


def _count_rate(metric: dict[str, Any]) -> str:
    """What a rate counts, and what it would be if everything at risk was lost."""
    counts = f"{metric['numerator']:,} of {metric['denominator']:,} in {metric['window']['days']} days"
    if not metric.get("at_risk"):
        return counts
    return f"{counts}, {metric['worst_case_rate'] * 100:.2f} % if the {metric['at_risk']:,} at risk are lost"


def _to_percent(share: float | None) -> float | None:
    return None if share is None else share * 100
