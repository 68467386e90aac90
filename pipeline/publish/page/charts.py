"""Charts as inline SVG: pygal places the marks; the page's own style sheet colours them, in either theme.

What pygal adds for a page of its own is taken away: scripts, styles, the date of the day, addresses. What is left is
the same for the same numbers, and holds nothing but shapes and texts.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.utils.escape import escape_controls

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_CHART_WIDTH, _BAR_HEIGHT, _CHART_HEIGHT = 460, 26, 200  # of a chart, of a bar in it, of a chart of lines or columns
_DECIMAL_PATTERN = re.compile(r"-?[0-9]+\.[0-9]+")
_REMOVED_CLASSES = ("titles", "text-overlay", "tooltip-overlay")
_FINISHED_CLASS = "dots"  # of a mark on a line, which line_chart.py makes as the page shows it
_ZERO_BASED_BELOW, _MAX_SCALE_MARKS = 50, 8  # per cent from which a scale need not begin at 0; marks on it at most
_PLOT_WIDTH, _CHARACTER_WIDTH = 320, 13  # of the narrowest plot, and of a character with room beside the label
_MAX_COUNT_MARKS = 5  # of a scale of whole numbers


class ChartSeries(NamedTuple):
    """Numbers under one name; ``tone`` is the class that colours them. None is a gap."""

    name: str
    tone: str
    values: Sequence[float | None]


class Chart(NamedTuple):
    """A chart: what it is of, its labels along the axis and its series; ``percent`` where the numbers are shares."""

    name: str
    title: str
    axis: str
    labels: Sequence[str]
    series: Sequence[ChartSeries]
    percent: bool = False


def draw_bars(chart: Chart) -> str:
    """A horizontal bar for each label, the first on top."""
    reversed_series = [series._replace(values=series.values[::-1]) for series in chart.series]
    reversed_chart = chart._replace(labels=chart.labels[::-1], series=reversed_series)  # pygal begins at the bottom
    return _draw_svg("HorizontalBar", reversed_chart, height=_BAR_HEIGHT * len(chart.labels) + 60)


def draw_columns(chart: Chart) -> str:
    """A column for each label, the series standing on each other."""
    return _draw_svg("StackedBar", chart, height=_CHART_HEIGHT)


def draw_lines(chart: Chart) -> str:
    """A line for each series, from the first label to the last."""
    return _draw_svg("Line", chart, height=_CHART_HEIGHT, dots_size=1.5, margin_right=40)


@functools.cache
def _load_pygal() -> Any:
    """Pygal, without the hook for plugins that it leaves in the import system, of a kind Python no longer knows."""
    import pygal

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]
    return pygal


def _load_kind(kind: str) -> Any:
    """The kind of chart, of pygal's or, of lines, as it draws them here."""
    if kind != "Line":
        return getattr(_load_pygal(), kind)
    _load_pygal()
    from pipeline.publish.page.line_chart import Line

    return Line


def _draw_svg(kind: str, chart: Chart, **options: Any) -> str:
    values = [value for series in chart.series for value in series.values if value is not None]
    pygal_chart = _load_kind(kind)(
        show_legend=False,
        truncate_label=-1,
        no_prefix=True,
        js=(),
        css=(),
        width=_CHART_WIDTH,
        style=_load_pygal().style.Style(label_font_size=12, major_label_font_size=12),
        margin=12,
        include_x_axis=not chart.percent or min(values, default=0) < _ZERO_BASED_BELOW,
        max_scale=_MAX_SCALE_MARKS,
        y_labels=None if chart.percent else _list_marks(values),
        value_formatter=_format_percent if chart.percent else _format_number,
        **options,
    )
    is_shown = [kind == "HorizontalBar" or shown for shown in _choose_labels(chart.labels, _PLOT_WIDTH)]
    pygal_chart.x_labels = [
        escape_controls(label) if shown else "" for label, shown in zip(chart.labels, is_shown, strict=True)
    ]
    for series in chart.series:
        pygal_chart.add(series.name, [None if value is None else round(value, 6) for value in series.values])
    return _clean_svg(_render_tree(pygal_chart), chart)


def _choose_labels(labels: Sequence[str], width: int) -> list[bool]:
    """Which labels are written along the width, from the first to the last, so few that none stands on another."""
    last = len(labels) - 1
    label_width = max(map(len, labels), default=0) * _CHARACTER_WIDTH
    apart = max(-(-label_width * last // width), 1)  # labels from one that is written to the next, rounded up
    gaps = max(last // apart, 1)
    shown = {round(index * last / gaps) for index in range(gaps + 1)}
    return [index in shown for index in range(len(labels))]


def _list_marks(values: Sequence[float]) -> list[int]:
    """The marks of a scale of whole numbers, from 0 past the largest value in steps of 1, 2 or 5 and their tens."""
    largest, step = int(max(values, default=0)), 1
    while step * _MAX_COUNT_MARKS < largest:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(0, max(largest, 1) + step, step))


def _render_tree(pygal_chart: Any) -> Element:
    """The chart's elements by the standard library, whether or not another is installed."""
    from pygal.etree import etree

    etree.to_etree()
    return pygal_chart.render_tree()


def _clean_svg(root: Element, chart: Chart) -> str:
    """The chart as SVG that a screen reader reads as one picture with a title."""
    from xml.etree import ElementTree as ET

    _strip_element(root)
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"class": "chart", "viewBox": box, "role": "img", "aria-labelledby": f"chart-{chart.name}"})
    title = ET.Element("title", {"id": f"chart-{chart.name}"})
    title.text = chart.title
    root.insert(0, title)
    tones = {f"serie-{number}": series.tone for number, series in enumerate(chart.series)}
    for group in root.iter("g"):
        for word in tones.keys() & group.get("class", "").split():
            group.set("class", f"series {tones[word]}")
    _anchor_ends(root)
    text = ET.tostring(root, encoding="unicode").replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return _DECIMAL_PATTERN.sub(lambda number: _shorten_number(number[0]), text)


def _anchor_ends(root: Element) -> None:
    """The first and the last label along the time axis begin and end where their marks are, inside the chart."""
    for axis in root.iter("g"):
        if axis.get("class", "").split()[:2] == ["axis", "x"]:
            written = [label for label in axis.iter("text") if label.text]
            for label, end in zip((written[:1], written[1:][-1:]), ("first", "last"), strict=True):
                for entry in label:
                    entry.set("class", end)


@functools.lru_cache(1 << 14)
def _shorten_number(number: str) -> str:
    return f"{round(float(number), 1):g}"


def _strip_element(node: Element) -> None:
    """The element without what is not ours; a mark's value becomes what is shown when pointing at it."""
    for child in list(node):
        words = str(child.get("class", "")).split()
        if _FINISHED_CLASS in words:
            continue
        if callable(child.tag) or child.tag in ("defs", "title") or any(word in words for word in _REMOVED_CLASSES):
            node.remove(child)
            continue
        if child.tag == "desc":
            node.remove(child) if words != ["value"] else setattr(child, "tag", "title")
            child.attrib.clear()
            continue
        child.attrib.pop("style", None)
        _strip_element(child)
    value = next((child for child in node if child.tag == "title"), None)
    if value is not None and node.tag == "g":  # the first child names the mark
        node.remove(value)
        node.insert(0, value)


def _format_percent(value: float | None) -> str:
    return "" if value is None else f"{value:.4g} %"


@functools.cache
def _format_number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
