"""The rule book as publishing needs it: what each code says, and what Amazon calls it."""

from __future__ import annotations

import difflib
import string
import textwrap
from types import ModuleType
from typing import NamedTuple

from pipeline.rules import (
    acknowledgements,
    cancellations,
    cells,
    claims,
    feed_submission,
    files,
    lifecycle,
    notice_events,
    order_reports,
    policy_gaps,
    rates,
    report_fetching,
    shipment_items,
    shipment_parcels,
    shipment_warnings,
    stock_counts,
    unclaimed_orders,
)
from pipeline.rules.rule import Rule, list_rules

TEXT_WIDTH = 100
_INDENT = " " * 10


class RuleFamily(NamedTuple):
    """Rules that share a prefix, and the modules that declare them."""

    prefix: str
    title: str
    modules: tuple[ModuleType, ...]

    @property
    def rules(self) -> list[Rule]:
        """The rules of the family, in the order of their codes."""
        return sorted((rule for module in self.modules for rule in list_rules(module)), key=lambda rule: rule.code)


FAMILIES = (
    RuleFamily("FIL", "Files and lines", (files,)),
    RuleFamily("FMT", "Cells", (cells,)),
    RuleFamily("ORD", "Order reports", (order_reports,)),
    RuleFamily("SHP", "Shipping confirmations", (shipment_items, shipment_parcels, shipment_warnings)),
    RuleFamily("CAN", "Cancellations", (cancellations,)),
    RuleFamily("LIF", "Order lifecycle", (lifecycle,)),
    RuleFamily("INV", "Stock", (stock_counts,)),
    RuleFamily("ACK", "Processing reports", (acknowledgements,)),
    RuleFamily("CLM", "A-to-z claims", (claims, unclaimed_orders)),
    RuleFamily("MET", "Rates", (rates,)),
    RuleFamily("POL", "Policy", (policy_gaps,)),
    RuleFamily("AMZ", "Amazon", (report_fetching, feed_submission)),
    RuleFamily("NTF", "Notices", (notice_events,)),
)


def list_catalogue() -> list[Rule]:
    """Every rule there is, family by family, in the order of the codes."""
    return [rule for family in FAMILIES for rule in family.rules]


RULES_BY_CODE = {rule.code: rule for rule in list_catalogue()}


def amazon_code(code: str) -> str:
    """Amazon's own code for the same offence where it is known, else ours."""
    rule = RULES_BY_CODE.get(code)
    return rule.amazon if rule and rule.amazon else code


def find_rule(code: str) -> Rule:
    """The rule of that code, in capitals or not. Raises KeyError, whose message names the nearest codes."""
    rules = {rule.code: rule for rule in list_catalogue()}
    wanted = code.strip().upper()
    if wanted not in rules:
        nearest = difflib.get_close_matches(wanted, rules, n=3)
        suggestion = f"nearest: {', '.join(nearest)}" if nearest else "feedwarden rules lists them"
        raise KeyError(f"{code!r} is not the code of a rule; {suggestion}")
    return rules[wanted]


def rule_title(rule: Rule) -> str:
    """What is wrong, in a few words: the rule's title, or its name as words."""
    return rule.title or rule.name.replace("_", " ").capitalize()


def rule_facts(rule: Rule) -> dict[str, str]:
    """Where a rule looks, what Amazon calls the offence and where it comes from; what there is not is left out."""
    amazon_text = f"{rule.amazon}, in its feed processing report" if rule.amazon else ""
    facts = {"column": rule.column, "Amazon": amazon_text, "source": rule.source}
    return {label: value for label, value in facts.items() if value}


def has_placeholders(rule: Rule) -> bool:
    """True when message or hint hold names in braces, which a finding fills in."""
    return any(name for words in (rule.message, rule.hint) for _, name, _, _ in string.Formatter().parse(words))


def format_rule(rule: Rule) -> str:
    """A rule for people, as `feedwarden rules CODE` prints it: what, why, how to fix it; without a last line end."""
    paragraphs = {"what": rule.message, "why": rule.why, "fix": rule.hint} | rule_facts(rule)
    lines = [_wrap_text(label, words) for label, words in paragraphs.items()]
    placeholder_note = ["", "Names in braces stand for the line's own values."] if has_placeholders(rule) else []
    return "\n".join([f"{rule.code}  {rule.severity}  {rule_title(rule)}", "", *lines, *placeholder_note])


def _wrap_text(label: str, words: str) -> str:
    return textwrap.fill(
        words,
        TEXT_WIDTH,
        initial_indent=f"  {label}".ljust(len(_INDENT)),
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
    )


def format_rule_table() -> str:
    """Every rule for people, as `feedwarden rules` prints them: one line a rule, without a last line end."""
    rows = [(rule.code, rule.severity, rule_title(rule), rule.message) for rule in list_catalogue()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
