"""Cells that no file may hold, read off the schemas: what each column's type does not allow, and its code."""

from __future__ import annotations

import functools

import numpy as np

from pipeline.simulate import text_columns as text
from pipeline.simulate.damage import DamageOption
from pipeline.simulate.markets import FileLayout
from pipeline.simulate.random_draws import RandomDraws
from pipeline.utils.dtypes import BoolArray
from schemas import kinds, types
from schemas.columns import Column

_INVALID_DATES = ("03/04/2026", "2026-02-30", "next week", "2026-13-01T10:00:00+00:00")
_DATE_SERIALS = ("46312", "46098")
_UNREADABLE_TEXTS: dict[types.CellType, dict[str, tuple[str, ...]]] = {
    types.ORDER_ID: {"FMT-002": ("1112222222-3333333", "111-222-333", "12345")},
    types.ANY_ORDER_ID: {"FMT-002": ("1112222222-3333333", "111-222-333", "12345")},
    types.ITEM_ID: {"FMT-002": ("12345", "9.9", "0"), "FMT-010": ("1.1E+13", "5813563777345")},
    types.INSTANT: {"FMT-003": (*_INVALID_DATES, "2026-10-19"), "FMT-010": _DATE_SERIALS},
    types.DATE: {"FMT-003": _INVALID_DATES, "FMT-010": _DATE_SERIALS},
    types.ENGLISH_DATE: {"FMT-003": ("2026-10-19", "31-Feb-2026", "01-MAI-2026"), "FMT-010": _DATE_SERIALS},
    types.INSTANT_OR_DATE: {"FMT-003": _INVALID_DATES, "FMT-010": _DATE_SERIALS},
    types.QUANTITY: {"FMT-004": ("two", "1.0", "-1", "1,5")},
    types.POSITIVE_QUANTITY: {"FMT-004": ("0", "one", "1.0", "-1")},
    types.INTEGER: {"FMT-004": ("two", "1.0", "--")},
    types.MONEY: {"FMT-005": ("12,50", "$12.50", "1.234,50", "free")},
    types.CURRENCY: {"FMT-008": ("US$", "EURO", "eur")},
    types.COUNTRY: {"FMT-008": ("UK", "Germany", "jp")},
    types.CARRIER: {"FMT-006": ("Pigeon Post", "ACME", "U.P.S.")},
    types.TRACKING_NUMBER: {"FMT-010": ("1.55023E+13", "940011189922.0", "#N/A")},
    types.TRANSPARENCY_CODES: {"FMT-007": ("AZ:TOO-SHORT",)},
}
_TextsByCode = dict[str, tuple[str, ...]]  # by code
_UNLISTED_TEXTS: _TextsByCode = {"FMT-006": ("perhaps", "Maybe")}  # of a choice
_LONG_TEXTS: _TextsByCode = {"FMT-007": ("x" * 60,)}
_EMPTY_TEXTS: _TextsByCode = {"FMT-001": ("", " ")}


class CellDamage:
    """A way to spoil one column of a kind, and whether the row is refused for it."""

    def __init__(self, column: str, code: str, texts: tuple[str, ...], *, fatal: bool) -> None:
        """The column is spelt as the layouts spell it, whatever their case."""
        self.column, self.code, self.texts, self.fatal = column, code, texts, fatal


@functools.cache
def list_cell_damage(kind: str) -> tuple[CellDamage, ...]:
    """Every flaw that a run finds in files of the kind."""
    file_kind = kinds.find_kind(kind)
    columns = [column for column in file_kind.columns if not column.audit_only]
    return tuple(
        CellDamage(column.name, code, texts, fatal=file_kind.is_upload or column.must_be_filled)
        for column in columns
        for code, texts in _damage_texts(column).items()
    )


def _damage_texts(column: Column) -> _TextsByCode:
    type_texts: _TextsByCode = _UNREADABLE_TEXTS.get(column.type, _UNLISTED_TEXTS if column.type.vocabulary else {})
    return type_texts | (_LONG_TEXTS if column.max_length else {}) | (_EMPTY_TEXTS if column.must_be_filled else {})


def cell_damage_options(
    kind: str, layout: FileLayout, draws: RandomDraws, keep_acceptable: BoolArray
) -> list[DamageOption]:
    """The flaws that the layout's columns can have; rows of ``keep_acceptable`` get none that refuses the row."""
    header_names = {name.lower(): name for name in layout.columns}
    return [
        DamageOption(
            cell_damage_entry.code,
            ~keep_acceptable if cell_damage_entry.fatal else np.ones(len(keep_acceptable), bool),
            {
                header_names[cell_damage_entry.column]: text.pick_texts(
                    cell_damage_entry.texts,
                    draws.draw_below(
                        f"{cell_damage_entry.column} {cell_damage_entry.code}", len(cell_damage_entry.texts)
                    ),
                )
            },
        )
        for cell_damage_entry in list_cell_damage(kind)
        if cell_damage_entry.column in header_names
    ]
