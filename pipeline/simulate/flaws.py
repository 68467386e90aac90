"""Cells that no file may hold, read off the schemas: what each column's type does not allow, and its code."""

from __future__ import annotations

import functools

import numpy as np

from pipeline.simulate import text
from pipeline.simulate.chance import Bools, Chance
from pipeline.simulate.damage import Way
from pipeline.simulate.markets import Layout
from schemas import kinds, types
from schemas.columns import Column

_NO_DATE = ("03/04/2026", "2026-02-30", "next week", "2026-13-01T10:00:00+00:00")
_SERIAL = ("46312", "46098")
_UNREADABLE: dict[types.CellType, dict[str, tuple[str, ...]]] = {
    types.ORDER_ID: {"FMT-002": ("1112222222-3333333", "111-222-333", "12345")},
    types.ANY_ORDER_ID: {"FMT-002": ("1112222222-3333333", "111-222-333", "12345")},
    types.ITEM_ID: {"FMT-002": ("12345", "9.9", "0"), "FMT-010": ("1.1E+13", "5813563777345")},
    types.INSTANT: {"FMT-003": (*_NO_DATE, "2026-10-19"), "FMT-010": _SERIAL},
    types.DATE: {"FMT-003": _NO_DATE, "FMT-010": _SERIAL},
    types.ENGLISH_DATE: {"FMT-003": ("2026-10-19", "31-Feb-2026", "01-MAI-2026"), "FMT-010": _SERIAL},
    types.INSTANT_OR_DATE: {"FMT-003": _NO_DATE, "FMT-010": _SERIAL},
    types.QUANTITY: {"FMT-004": ("two", "1.0", "-1", "1,5")},
    types.POSITIVE_QUANTITY: {"FMT-004": ("0", "one", "1.0", "-1")},
    types.INTEGER: {"FMT-004": ("two", "1.0", "--")},
    types.MONEY: {"FMT-005": ("12,50", "$12.50", "1.234,50", "free")},
    types.CURRENCY: {"FMT-008": ("US$", "EURO", "eur")},
    types.COUNTRY: {"FMT-008": ("UK", "Germany", "jp")},
    types.CARRIER: {"FMT-006": ("Pigeon Post", "ACME", "U.P.S.")},
    types.TRANSPARENCY_CODES: {"FMT-007": ("AZ:TOO-SHORT",)},
}
_Texts = dict[str, tuple[str, ...]]  # by code
_NOT_LISTED: _Texts = {"FMT-006": ("perhaps", "Maybe")}  # of a choice
_TOO_LONG: _Texts = {"FMT-007": ("x" * 60,)}
_EMPTY: _Texts = {"FMT-001": ("", " ")}


class Flaw:
    """A way to spoil one column of a kind, and whether the row is refused for it."""

    def __init__(self, column: str, code: str, texts: tuple[str, ...], *, fatal: bool) -> None:
        """The column is spelt as the layouts spell it, whatever their case."""
        self.column, self.code, self.texts, self.fatal = column, code, texts, fatal


@functools.cache
def flaws(kind: str) -> tuple[Flaw, ...]:
    """Every flaw that a run finds in files of the kind."""
    of = kinds.find_kind(kind)
    read = [column for column in of.columns if not column.audit_only]
    return tuple(
        Flaw(column.name, code, texts, fatal=of.is_upload or column.required)
        for column in read
        for code, texts in _of(column).items()
    )


def _of(column: Column) -> _Texts:
    known: _Texts = _UNREADABLE.get(column.type, _NOT_LISTED if column.type.vocabulary else {})
    return known | (_TOO_LONG if column.max_length else {}) | (_EMPTY if column.required else {})


def ways(kind: str, layout: Layout, chance: Chance, spared: Bools) -> list[Way]:
    """The flaws that the layout's columns can have; to rows that are ``spared`` none is open that refuses the row."""
    spelt = {name.lower(): name for name in layout.columns}
    return [
        Way(
            flaw.code,
            ~spared if flaw.fatal else np.ones(len(spared), bool),
            {spelt[flaw.column]: text.choose(flaw.texts, chance.below(f"{flaw.column} {flaw.code}", len(flaw.texts)))},
        )
        for flaw in flaws(kind)
        if flaw.column in spelt
    ]
