"""What changed from night to night: open order items by state, findings by rule, lines that were not accepted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.model import states
from pipeline.model.run_result import RunResult
from pipeline.model.tally import LINE_OUTCOMES
from pipeline.publish import manifest
from pipeline.publish.page import charts, figures
from pipeline.publish.page.charts import Chart, ChartSeries
from pipeline.publish.page.figures import Figure

MAX_NIGHTS = 104  # that a chart of lines shows
_MAX_LINED_RULES = 5  # with a line of their own
_DRAWN_STATES = (states.UNSHIPPED, states.PARTIALLY_SHIPPED, states.PENDING, states.UNKNOWN)


def draw_trends(result: RunResult) -> list[Figure]:
    """The charts for which there are nights enough."""
    drawn = (draw_open_states(result), draw_findings(result), draw_refused_lines(result))
    return [figure for figure in drawn if figure]


def draw_open_states(result: RunResult) -> Figure | None:
    """How many order items were open after each run, by state; None without runs before that counted them."""
    counts = result.state_counts.by_state.tolist()
    current = dict(zip(states.STATE_NAMES, counts, strict=True)) if counts else None
    nights = _list_nights(result, "states", current)
    names = [states.STATE_NAMES[state] for state in _DRAWN_STATES]
    series = [
        ChartSeries(name, f"line-{number}", [night.get(name, 0) for _, night in nights])
        for number, name in enumerate(names, 1)
        if any(night.get(name) for _, night in nights)
    ]
    return _draw_nights("open-states", "Open order items by state over time", nights, series)


def draw_findings(result: RunResult) -> Figure | None:
    """How often the rules that are met most were met in each run; None without runs before."""
    nights = _list_nights(result, "findings", result.code_counts)
    found = {code for _, counts in nights for code in counts}
    codes = {code: max(night.get(code, 0) for _, night in nights) for code in found}
    shown = sorted(sorted(codes, key=lambda code: (-codes[code], code))[:_MAX_LINED_RULES])
    series = [
        ChartSeries(code, f"line-{number}", [night.get(code, 0) for _, night in nights])
        for number, code in enumerate(shown, 1)
    ]
    return _draw_nights("findings", "Findings by rule over time", nights, series)


def draw_refused_lines(result: RunResult) -> Figure | None:
    """The share of lines that were rejected or unreadable in each run; None without runs before."""
    line_counts = {outcome: sum(getattr(entry, outcome) for entry in result.tallies) for outcome in LINE_OUTCOMES}
    nights = [(label, night) for label, night in _list_nights(result, "lines", line_counts) if sum(night.values())]
    series = [
        ChartSeries(outcome, outcome, [night[outcome] / sum(night.values()) * 100 for _, night in nights])
        for outcome in ("rejected", "unreadable")
    ]
    return _draw_nights("refused", "Lines rejected and unreadable over time", nights, series, percent=True)


def _list_nights(result: RunResult, part: str, current: Any) -> list[tuple[str, dict[str, int]]]:
    """A part of the summaries of the runs before, and of this run, by as-of; of runs that have it."""
    earlier = ((night.as_of, night.summary.get(part)) for night in reversed(result.past_runs))
    nights = itertools.chain([(manifest.format_as_of(result.context), current)], earlier)
    known = ((as_of, counts) for as_of, counts in nights if counts is not None)
    return list(itertools.islice(known, MAX_NIGHTS))[::-1]


def _draw_nights(
    name: str, title: str, nights: Sequence[tuple[str, Any]], series: list[ChartSeries], *, percent: bool = False
) -> Figure | None:
    if len(nights) <= 1 or not series:
        return None
    draw: Callable[[Chart], str] = charts.draw_lines
    labels = figures.label_nights([as_of for as_of, _ in nights])
    return figures.build_figure(draw, Chart(name, title, "as of", labels, series, percent))
