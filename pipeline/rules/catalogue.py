"""The rule book, read off the family modules: every rule in the order of its code, found by it, and put into words.

Neither pandas nor pyarrow is imported: `feedwarden rules` answers at once.
"""

from __future__ import annotations

import difflib
import string
import textwrap
from types import ModuleType
from typing import NamedTuple

from pipeline.rules import (
    answers,
    cancellations,
    claims,
    dated,
    files,
    formats,
    inventory,
    lifecycle,
    orders,
    parcels,
    shipments,
)
from pipeline.rules.rule import Rule, family

WIDTH = 100
_INDENT = " " * 10


class Family(NamedTuple):
    """Rules that share a prefix, and the modules that declare them."""

    prefix: str
    title: str
    modules: tuple[ModuleType, ...]

    @property
    def rules(self) -> list[Rule]:
        """The rules of the family, in the order of their codes."""
        return sorted((rule for module in self.modules for rule in family(module)), key=lambda rule: rule.code)


FAMILIES = (
    Family("FIL", "Files and lines", (files,)),
    Family("FMT", "Cells", (formats,)),
    Family("ORD", "Order reports", (orders,)),
    Family("SHP", "Shipping confirmations", (shipments, parcels)),
    Family("CAN", "Cancellations", (cancellations,)),
    Family("LIF", "Order lifecycle", (lifecycle,)),
    Family("INV", "Stock", (inventory,)),
    Family("ACK", "Amazon's answers", (answers,)),
    Family("CLM", "A-to-z claims", (claims,)),
    Family("POL", "Policy", (dated,)),
)


def catalogue() -> list[Rule]:
    """Every rule there is, family by family, in the order of the codes."""
    return [rule for one in FAMILIES for rule in one.rules]


def find(code: str) -> Rule:
    """The rule of that code, in capitals or not. Raises KeyError, whose message names the nearest codes."""
    rules = {rule.code: rule for rule in catalogue()}
    wanted = code.strip().upper()
    if wanted not in rules:
        near = difflib.get_close_matches(wanted, rules, n=3)
        raise KeyError(f"{code!r} is not the code of a rule; nearest: {', '.join(near) or 'none'}")
    return rules[wanted]


def title(rule: Rule) -> str:
    """The rule's name as words."""
    return rule.name.replace("_", " ")


def facts(rule: Rule) -> dict[str, str]:
    """Where a rule looks, what Amazon calls the offence and where it comes from; what there is not is left out."""
    amazon = f"{rule.amazon}, in its answer to a shipping confirmation" if rule.amazon else ""
    told = {"column": rule.column, "Amazon": amazon, "source": rule.source}
    return {label: value for label, value in told.items() if value}


def filled(rule: Rule) -> bool:
    """True when message or hint hold names in braces, which a finding fills in."""
    return any(name for words in (rule.message, rule.hint) for _, name, _, _ in string.Formatter().parse(words))


def text(rule: Rule) -> str:
    """A rule for people, as `feedwarden rules CODE` prints it: what, why, how to mend; without a last line end."""
    told = {"what": rule.message, "why": rule.why, "mend": rule.hint} | facts(rule)
    lines = [_wrapped(label, words) for label, words in told.items()]
    braces = ["", "Names in braces stand for the line's own values."] if filled(rule) else []
    return "\n".join([f"{rule.code}  {rule.severity}  {title(rule)}", "", *lines, *braces])


def _wrapped(label: str, words: str) -> str:
    return textwrap.fill(
        words, WIDTH, initial_indent=f"  {label}".ljust(len(_INDENT)), subsequent_indent=_INDENT, break_on_hyphens=False
    )


def table() -> str:
    """Every rule for people, as `feedwarden rules` prints them: one line a rule, without a last line end."""
    rows = [(rule.code, rule.severity, title(rule), rule.message) for rule in catalogue()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
