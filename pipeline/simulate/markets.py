"""The stores a made-up seller sells in, and how the files of each are laid out (``markets.toml``)."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any, NamedTuple

from schemas import lists

ALL = ("US", "UK", "DE", "JP", "CA", "AU", "IN")
USUAL = ALL[:4]
KINDS = (
    *("unshipped", "orders", "all-orders", "confirmation", "cancellation"),
    *("processing-report", "returns", "stock", "claims", "contacts"),
)


class Layout(NamedTuple):
    """How one kind of file is written: its header, the lines above that, the end of a line, and the encoding."""

    columns: tuple[str, ...]
    above: tuple[str, ...]
    end: str
    encoding: str
    trailing_tab: bool
    bom: bool

    def head(self) -> list[str]:
        """The lines above the first row."""
        return [*self.above, "\t".join(self.columns) + "\t" * self.trailing_tab]


class Carrier(NamedTuple):
    """A carrier code, its name where the code is Other, and what its tracking numbers are made of."""

    code: str
    name: str
    head: str
    serial: int
    tail: str
    check: lists.CheckDigit | None


class Market(NamedTuple):
    """A store, the words that stand for people and places in its files, and the layout of each kind of file."""

    code: str
    store: lists.Marketplace
    weight: int
    prefixes: tuple[int, ...]
    payments_local: bool
    orders_local: bool
    complete: bool
    answer: tuple[str, ...]
    words: dict[str, str]
    carriers: tuple[Carrier, ...]
    layouts: dict[str, Layout]


@functools.cache
def market(code: str) -> Market:
    """The store of that code, one of ALL."""
    told = tomllib.loads(resources.files(__package__).joinpath("markets.toml").read_text(encoding="utf-8"))
    facts = told[code]
    return Market(
        code,
        lists.find_marketplace(facts["marketplace"]),
        facts["weight"],
        tuple(facts["prefixes"]),
        facts.get("payments-local", False),
        facts.get("orders-local", False),
        facts.get("complete", False),
        tuple(facts["answer"]),
        facts["words"],
        tuple(_carrier(one) for one in facts["carriers"]),
        {kind: _layout(kind, told["usual"] | facts["files"].get(kind, {}), told["core"]) for kind in KINDS},
    )


def _layout(kind: str, facts: dict[str, Any], core: dict[str, str]) -> Layout:
    columns = core[facts.get("core", kind)]
    names = columns.split("|") if "|" in columns else columns.split()
    return Layout(
        (*names, *facts["more"].split()),
        tuple(facts["above"]),
        facts["end"],
        facts["encoding"],
        facts["trailing-tab"],
        facts["bom"],
    )


def _carrier(facts: dict[str, Any]) -> Carrier:
    code, form = facts["code"], facts.get("format")
    family = lists.carrier_family().get(code, "")
    check = next((one.check_digit for one in lists.tracking_formats(family) if one.name == form), None)
    return Carrier(code, facts.get("name", ""), facts.get("head", ""), facts["serial"], facts.get("tail", ""), check)
