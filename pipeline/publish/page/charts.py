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

from pipeline.plain import plain

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_WIDE, _BAR, _HIGH = 460, 26, 200  # of a chart, of a bar in it, of a chart of lines or columns
_LONG = re.compile(r"-?[0-9]+\.[0-9]+")
_NOT_OURS = ("titles", "text-overlay", "tooltip-overlay")
_HALF, _SCALE = 50, 8  # per cent from which a scale need not begin at 0; marks on it at most
_LABELS = 5  # along the time axis


class Series(NamedTuple):
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
    series: Sequence[Series]
    percent: bool = False


def bars(chart: Chart) -> str:
    """A horizontal bar for each label, the first on top."""
    upside = [one._replace(values=one.values[::-1]) for one in chart.series]
    turned = chart._replace(labels=chart.labels[::-1], series=upside)  # pygal begins at the bottom
    return _drawn("HorizontalBar", turned, height=_BAR * len(chart.labels) + 60)


def columns(chart: Chart) -> str:
    """A column for each label, the series standing on each other."""
    return _drawn("StackedBar", chart, height=_HIGH)


def lines(chart: Chart) -> str:
    """A line for each series, from the first label to the last."""
    return _drawn("Line", chart, height=_HIGH, dots_size=1.5, margin_right=40)


@functools.cache
def _library() -> Any:
    """Pygal, without the hook for plugins that it leaves in the import system, of a kind Python no longer knows."""
    import pygal

    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != pygal.__name__]
    return pygal


def _drawn(kind: str, chart: Chart, **options: Any) -> str:
    values = [value for one in chart.series for value in one.values if value is not None]
    made = getattr(_library(), kind)(
        show_legend=False,
        truncate_label=-1,
        no_prefix=True,
        js=(),
        css=(),
        width=_WIDE,
        style=_library().style.Style(label_font_size=12, major_label_font_size=12),
        margin=12,
        include_x_axis=not chart.percent or min(values, default=0) < _HALF,
        max_scale=_SCALE,
        show_minor_x_labels=kind == "HorizontalBar" or len(chart.labels) <= _LABELS,
        x_labels_major_count=None if len(chart.labels) <= _LABELS else _LABELS,
        value_formatter=_percent if chart.percent else _number,
        **options,
    )
    made.x_labels = [plain(label) for label in chart.labels]
    for one in chart.series:
        made.add(one.name, [None if value is None else round(value, 6) for value in one.values])
    return _ours(_tree(made), chart)


def _tree(chart: Any) -> Element:
    """The chart's elements by the standard library, whether or not another is installed."""
    from pygal.etree import etree

    etree.to_etree()
    return chart.render_tree()


def _ours(root: Element, chart: Chart) -> str:
    """The chart as SVG that a screen reader reads as one picture with a title."""
    from xml.etree import ElementTree as ET

    _strip(root)
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"class": "chart", "viewBox": box, "role": "img", "aria-labelledby": f"chart-{chart.name}"})
    title = ET.Element("title", {"id": f"chart-{chart.name}"})
    title.text = chart.title
    root.insert(0, title)
    for at, one in enumerate(chart.series):
        for group in root.iter("g"):
            if f"serie-{at}" in group.get("class", "").split():
                group.set("class", f"series {one.tone}")
    text = ET.tostring(root, encoding="unicode").replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return _LONG.sub(_short, text)


def _short(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 1):g}"


def _strip(node: Element) -> None:
    """The element without what is not ours; a mark's value becomes what is shown when pointing at it."""
    for child in list(node):
        words = str(child.get("class", "")).split()
        if callable(child.tag) or child.tag in ("defs", "title") or any(word in words for word in _NOT_OURS):
            node.remove(child)
            continue
        if child.tag == "desc":
            node.remove(child) if words != ["value"] else setattr(child, "tag", "title")
            child.attrib.clear()
            continue
        child.attrib.pop("style", None)
        _strip(child)
    value = next((child for child in node if child.tag == "title"), None)
    if value is not None and node.tag == "g":  # the first child names the mark
        node.remove(value)
        node.insert(0, value)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.4g} %"


@functools.cache
def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
