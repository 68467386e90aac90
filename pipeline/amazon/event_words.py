"""Events in the words of the rule book."""

from __future__ import annotations

from pipeline.amazon.operations import Event
from pipeline.rules import catalogue


def build_event(code: str, about: str, severity: str = "", **words: str) -> Event:
    """The event of that code; ``words`` fill the message of its rule, and its severity where none is given."""
    rule = catalogue.find_rule(code)
    return Event(code, about, rule.message.format(about=about, **words), severity or rule.severity)
