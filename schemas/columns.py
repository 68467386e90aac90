"""A column is one line: its name, its type, whether the file must have it, and whether it may hold personal data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from schemas import types
from schemas.types import CellType


@dataclass(frozen=True)
class Column:
    """A column as Amazon spells it, in lower case.

    ``audit_only``: no run needs it. ``may_be_blank``: every file has the column, and not every line a value.
    """

    name: str
    type: CellType = types.TEXT
    given_value_name: str = ""
    required: bool = False
    may_be_blank: bool = False
    personal: bool = False
    audit_only: bool = False
    max_length: int | None = None

    @property
    def value_name(self) -> str:
        """The name of the typed value: the column's own with underscores, unless it was given another."""
        return self.given_value_name or self.name.replace("-", "_").replace(" ", "_")

    @property
    def text_name(self) -> str:
        """The name of the cell's text in a frame: the column's own, except that ids are called alike in every kind."""
        return {"order_id": "order-id", "order_item_id": "order-item-id"}.get(self.value_name, self.name)

    def as_required(self) -> Column:
        """The same column, in every file and never empty."""
        return replace(self, required=True)

    def as_required_column(self) -> Column:
        """The same column, in every file, though it may be empty in a line."""
        return replace(self, required=True, may_be_blank=True)

    @property
    def must_be_filled(self) -> bool:
        """True where an empty cell is an offence."""
        return self.required and not self.may_be_blank

    def with_value_name(self, value_name: str) -> Column:
        """The same column, whose typed value has another name."""
        return replace(self, given_value_name=value_name)


def _column_maker(cell_type: CellType) -> Callable[[str], Column]:
    def make_column(name: str) -> Column:
        return Column(name, cell_type)

    return make_column


order_id = _column_maker(types.ORDER_ID)
any_order_id = _column_maker(types.ANY_ORDER_ID)
item_id = _column_maker(types.ITEM_ID)
instant = _column_maker(types.INSTANT)
date = _column_maker(types.DATE)
english_date = _column_maker(types.ENGLISH_DATE)
instant_or_date = _column_maker(types.INSTANT_OR_DATE)
quantity = _column_maker(types.QUANTITY)
positive_quantity = _column_maker(types.POSITIVE_QUANTITY)
integer = _column_maker(types.INTEGER)
money = _column_maker(types.MONEY)
currency = _column_maker(types.CURRENCY)
country = _column_maker(types.COUNTRY)
carrier = _column_maker(types.CARRIER)
yes_no = _column_maker(types.YES_NO)
true_false = _column_maker(types.TRUE_FALSE)
tracking_number = _column_maker(types.TRACKING_NUMBER)
transparency_codes = _column_maker(types.TRANSPARENCY_CODES)


def text(name: str, max_length: int | None = None) -> Column:
    """A column of free text, of bounded length where a bound is given."""
    return Column(name, max_length=max_length)


def choice(name: str, *values: str) -> Column:
    """A column of a closed list."""
    return Column(name, types.one_of(*values))


def personal_texts(*names: str) -> tuple[Column, ...]:
    """Columns of text about the buyer that a night must read: compared, never written anywhere."""
    return tuple(Column(name, personal=True) for name in names)


def audit_texts(*names: str) -> tuple[Column, ...]:
    """Columns of text that are known but that no rule of a night and no output uses."""
    return tuple(Column(name, audit_only=True) for name in names)


def audit_columns(make_column: Callable[[str], Column], *names: str) -> tuple[Column, ...]:
    """Columns of a type that no rule of a night and no output uses."""
    return tuple(replace(make_column(name), audit_only=True) for name in names)


def personal_audit_texts(*names: str) -> tuple[Column, ...]:
    """Columns of text about the buyer that are known and that no night reads."""
    return tuple(Column(name, audit_only=True, personal=True) for name in names)
