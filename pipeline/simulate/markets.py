"""The stores a made-up seller sells in, and how the files of each are laid out (``markets.toml``)."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any, NamedTuple

from schemas import lists

MARKET_CODES = ("US", "UK", "DE", "JP", "CA", "AU", "IN")
DEFAULT_MARKET_CODES = MARKET_CODES[:4]
FILE_KINDS = (
    *("unshipped", "orders", "all-orders", "confirmation", "cancellation"),
    *("processing-report", "returns", "stock", "claims", "contacts", "defects"),
)


class FileLayout(NamedTuple):
    """How one kind of file is written: its header, the lines above that, the end of a line, and the encoding."""

    columns: tuple[str, ...]
    preamble: tuple[str, ...]
    line_end: str
    encoding: str
    trailing_tab: bool
    byte_order_mark: bool

    def header_lines(self) -> list[str]:
        """The lines above the first row."""
        return [*self.preamble, "\t".join(self.columns) + "\t" * self.trailing_tab]


class SimulatedCarrier(NamedTuple):
    """A carrier code, its name where the code is Other, and what its tracking numbers are made of."""

    code: str
    name: str
    prefix: str
    serial_digits: int
    suffix: str
    check: lists.CheckDigit | None


class Market(NamedTuple):
    """A store, the words that stand for people and places in its files, and the layout of each kind of file."""

    code: str
    marketplace: lists.Marketplace
    weight: int
    order_id_prefixes: tuple[int, ...]
    long_item_ids: bool
    local_payment_dates: bool
    local_order_dates: bool
    complete_reports: bool
    processing_report_texts: tuple[str, ...]
    placeholders: dict[str, str]
    carriers: tuple[SimulatedCarrier, ...]
    layouts: dict[str, FileLayout]


@functools.cache
def load_market(code: str) -> Market:
    """The store of that code, one of ALL."""
    settings = tomllib.loads(resources.files(__package__).joinpath("markets.toml").read_text(encoding="utf-8"))
    facts = settings[code]
    return Market(
        code=code,
        marketplace=lists.find_marketplace(facts["marketplace"]),
        weight=facts["weight"],
        order_id_prefixes=tuple(facts["prefixes"]),
        long_item_ids=facts.get("long-item-ids", False),
        local_payment_dates=facts.get("payments-local", False),
        local_order_dates=facts.get("orders-local", False),
        complete_reports=facts.get("complete", False),
        processing_report_texts=tuple(facts["answer"]),
        placeholders=facts["words"],
        carriers=tuple(_parse_carrier(carrier_facts) for carrier_facts in facts["carriers"]),
        layouts={
            kind: _parse_layout(kind, settings["usual"] | facts["files"].get(kind, {}), settings["core"])
            for kind in FILE_KINDS
        },
    )


def _parse_layout(kind: str, facts: dict[str, Any], core: dict[str, str]) -> FileLayout:
    columns = core[facts.get("core", kind)]
    names = columns.split("|") if "|" in columns else columns.split()
    return FileLayout(
        (*names, *facts["more"].split()),
        tuple(facts["above"]),
        facts["end"],
        facts["encoding"],
        facts["trailing-tab"],
        facts["bom"],
    )


def _parse_carrier(facts: dict[str, Any]) -> SimulatedCarrier:
    code, format_name = facts["code"], facts.get("format")
    family = lists.carrier_family().get(code, "")
    check = next(
        (
            tracking_format.check_digit
            for tracking_format in lists.tracking_formats(family)
            if tracking_format.name == format_name
        ),
        None,
    )
    return SimulatedCarrier(
        code, facts.get("name", ""), facts.get("head", ""), facts["serial"], facts.get("tail", ""), check
    )
