"""Pygal's chart of lines, whose marks are drawn at once: what the page does not show of them is not made."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import SubElement

import pygal
from pygal.util import cached_property

_MARK_CLASS, _LINE_CLASS = "dot reactive tooltip-trigger", "line reactive nofill"


class Line(pygal.Line):  # type: ignore[misc]  # pygal says nothing of its types
    """Lines with a mark for each value, each with the words that are shown when pointing at it."""

    def __getattribute__(self, name: str) -> Any:
        """What the chart being drawn has under that name, else the class: as pygal has it, in one step."""
        state = object.__getattribute__(self, "__dict__").get("state")
        if state is None or name == "state" or name not in state.__dict__ or name.startswith("__"):
            return object.__getattribute__(self, name)
        return state.__dict__[name]

    @cached_property  # type: ignore[untyped-decorator]
    def _values(self) -> list[float]:
        """The values that there are, of all series."""
        return [value for series in self.series for _, value in series.points if value is not None]

    def line(self, serie: Any, rescale: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  as pygal has it
        """The line of a series, and its marks, to each of which the chart's own way of writing numbers is applied."""
        nodes, view, format_value = self.svg.serie(serie), self.view, self.value_formatter
        points, radius, overlay = [view(point) for point in serie.points], str(serie.dots_size), nodes["overlay"]
        for (x, y), value in zip(points, serie.values, strict=True):
            if x is not None and y is not None:
                mark = SubElement(overlay, "g", {"class": "dots"})
                SubElement(mark, "title").text = format_value(value)
                SubElement(mark, "circle", {"cx": str(x), "cy": str(y), "r": radius, "class": _MARK_CLASS})
        self.svg.line(nodes["plot"], points, class_=_LINE_CLASS)
