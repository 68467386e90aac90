"""A chart with the numbers that it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pipeline.publish.page.charts import Chart

_YEAR_LENGTH, _DAY_LENGTH, _MINUTE_LENGTH = 4, 10, 16  # of as-of as text, up to its year, its day and its minute


class Figure(NamedTuple):
    """A chart with the numbers that it shows, for those who would rather read them; names with their tones."""

    title: str
    axis: str
    svg: str
    names: list[tuple[str, str]]
    rows: list[tuple[str, list[str]]]


def build_figure(draw: Callable[[Chart], str], chart: Chart) -> Figure:
    """The chart, drawn, with its numbers as text."""
    number_format = "{:.2f} %" if chart.percent else "{:,}"
    columns = [
        ["–" if value is None else number_format.format(value) for value in series.values] for series in chart.series
    ]
    rows = [(label, list(cells)) for label, *cells in zip(chart.labels, *columns, strict=True)]
    return Figure(chart.title, chart.axis, draw(chart), [(series.name, series.tone) for series in chart.series], rows)


def label_nights(as_ofs: Sequence[str]) -> list[str]:
    """A label for each run: its day, with the time where two runs are of one day."""
    days = [as_of[:_DAY_LENGTH] for as_of in as_ofs]
    if len(set(days)) == len(days):
        return days
    start = 0 if len({day[:_YEAR_LENGTH] for day in days}) > 1 else _YEAR_LENGTH + 1
    return [as_of[start:_MINUTE_LENGTH].replace("T", " ") for as_of in as_ofs]
