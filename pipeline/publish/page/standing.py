"""Where the orders stand, the days that are left, and the rates over the nights, each with its chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline import states
from pipeline.frames import Array
from pipeline.profiles import FATES
from pipeline.publish import manifest, metrics
from pipeline.publish.page import charts
from pipeline.publish.page.charts import Chart, Series
from pipeline.ready import Ready

_DAY = 86_400_000_000  # µs
_OPEN = (states.UNSHIPPED, states.PARTIALLY_SHIPPED, states.PENDING)
_NIGHTS = 104  # that a chart of lines shows
_NAMES = {
    "odr": "Order defect rate",
    "late_shipment": "Late shipment rate",
    "cancellation": "Cancellation rate",
    "tracking": "Valid tracking rate",
}


class Drawing(NamedTuple):
    """A chart with the numbers that it shows, for those who would rather read them."""

    title: str
    axis: str
    svg: str
    names: list[str]
    rows: list[tuple[str, list[str]]]


class Rate(NamedTuple):
    """A rate against its target: as words, and over the nights where there were several."""

    title: str
    status: str
    share: str
    target: str
    counts: str
    drawing: Drawing | None


def by_state(ready: Ready) -> Drawing | None:
    """How many order items are in each state."""
    count = ready.standing.states.tolist()  # none in an audit
    told = [(name, number) for name, number in zip(states.NAMES, count, strict=False) if number][::-1]
    if not told:
        return None
    series = [Series("order items", "plain", [number for _, number in told])]
    return _drawing(charts.bars, Chart("states", "Order items by state", "state", [name for name, _ in told], series))


def by_days_left(ready: Ready) -> Drawing | None:
    """How many open order items have how many whole days left until Amazon cancels them unpaid."""
    count = ready.standing.days_left
    if not len(count):
        return None
    warned = ready.context.policy.duration("shipment.warn_before", ready.context.as_of)
    soon = np.arange(len(count)) < (warned.days if warned else 0)
    series = [_part("to confirm now", "urgent", count, soon), _part("later", "plain", count, ~soon)]
    labels = [str(day) for day in range(len(count))]
    title = "Open order items by whole days left to confirm them"
    return _drawing(charts.columns, Chart("days", title, "days left", labels, series))


def _part(name: str, tone: str, count: Array, mask: Array) -> Series:
    return Series(name, tone, [number or None for number in np.where(mask, count, 0).tolist()])


def rates(ready: Ready) -> list[Rate]:
    """Every rate of this run and of the runs before, whichever there are."""
    now = metrics.told(ready.metrics)
    before = [(night.as_of, night.metrics) for night in ready.nights]
    nights = [*before, (manifest.as_of(ready.context), now)][-_NIGHTS:]
    least = {one.name for one in ready.metrics if one.least}
    words = {name: "at least" if name in least else "below" for name in now}
    return [_rate(name, one, words[name], [(at, told.get(name)) for at, told in nights]) for name, one in now.items()]


def _rate(name: str, now: dict[str, Any], target: str, nights: Sequence[tuple[str, dict[str, Any] | None]]) -> Rate:
    title = _NAMES.get(name, name.replace("_", " "))
    known = [(at, one) for at, one in nights if one and one.get("rate") is not None]
    drawing = None
    if len(known) > 1:
        shares = [_percent(one["rate"]) for _, one in known]
        series = [Series("rate", "rate", shares)]
        if any(one.get("target") is not None for _, one in known):
            series.append(Series("target", "target", [_percent(one.get("target")) for _, one in known]))
        labels = [at[:10] for at, _ in known]
        drawing = _drawing(
            charts.lines, Chart(f"rate-{name}", f"{title} over the nights", "as of", labels, series, True)
        )
    return Rate(
        title,
        now["status"],
        "–" if now["rate"] is None else f"{now['rate'] * 100:.2f} %",
        "" if now["target"] is None else f"target {target} {now['target'] * 100:g} %",
        f"{now['numerator']:,} of {now['denominator']:,} in {now['window']['days']} days",
        drawing,
    )


def refused(ready: Ready) -> Drawing | None:
    """The share of lines that were rejected or unreadable, over the nights; None without nights before."""
    now = {fate: sum(getattr(one, fate) for one in ready.tallies) for fate in FATES}
    lines = [(night.as_of, night.summary["lines"]) for night in ready.nights if night.summary]
    nights = [(at, one) for at, one in [*lines, (manifest.as_of(ready.context), now)] if sum(one.values())]
    if len(nights) <= 1:
        return None
    nights = nights[-_NIGHTS:]
    series = [
        Series(fate, fate, [one[fate] / sum(one.values()) * 100 for _, one in nights])
        for fate in ("rejected", "unreadable")
    ]
    labels = [at[:10] for at, _ in nights]
    title = "Lines rejected and unreadable over the nights"
    return _drawing(charts.lines, Chart("refused", title, "as of", labels, series, True))


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _drawing(draw: Any, chart: Chart) -> Drawing:
    spell = "{:.2f} %" if chart.percent else "{:,}"
    columns = [["–" if value is None else spell.format(value) for value in one.values] for one in chart.series]
    rows = [(label, list(cells)) for label, *cells in zip(chart.labels, *columns, strict=True)]
    return Drawing(chart.title, chart.axis, draw(chart), [one.name for one in chart.series], rows)
