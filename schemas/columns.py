"""A column is one line: its name, its type, whether the file must have it, and whether it may hold personal data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from schemas import types
from schemas.types import Type


@dataclass(frozen=True)
class Column:
    """A column as Amazon spells it, in lower case; ``typed`` names its value, ``audit`` says no night needs it."""

    name: str
    type: Type = types.TEXT
    typed: str = ""
    required: bool = False
    personal: bool = False
    audit: bool = False
    longest: int | None = None

    @property
    def value(self) -> str:
        """The name of the typed value: the column's own with underscores, unless it was given another."""
        return self.typed or self.name.replace("-", "_").replace(" ", "_")

    @property
    def text(self) -> str:
        """The name of the cell's text in a frame: the column's own, except that ids are called alike in every kind."""
        return {"order_id": "order-id", "order_item_id": "order-item-id"}.get(self.value, self.name)

    def must(self) -> Column:
        """The same column, in every file and never empty."""
        return replace(self, required=True)

    def named(self, typed: str) -> Column:
        """The same column, whose typed value has another name."""
        return replace(self, typed=typed)


def _of(kind: Type) -> Callable[[str], Column]:
    def column(name: str) -> Column:
        return Column(name, kind)

    return column


order_id = _of(types.ORDER_ID)
any_order_id = _of(types.ANY_ORDER_ID)
item_id = _of(types.ITEM_ID)
instant = _of(types.INSTANT)
date = _of(types.DATE)
english_date = _of(types.ENGLISH_DATE)
when = _of(types.WHEN)
quantity = _of(types.QUANTITY)
units = _of(types.UNITS)
integer = _of(types.INTEGER)
money = _of(types.MONEY)
currency = _of(types.CURRENCY)
country = _of(types.COUNTRY)
carrier = _of(types.CARRIER)
flag = _of(types.YES_NO)
truth = _of(types.TRUE_FALSE)
transparency_codes = _of(types.TRANSPARENCY_CODES)


def text(name: str, longest: int | None = None) -> Column:
    """A column of free text, of bounded length where a bound is given."""
    return Column(name, longest=longest)


def choice(name: str, *values: str) -> Column:
    """A column of a closed list."""
    return Column(name, types.choice(*values))


def personal(*names: str) -> tuple[Column, ...]:
    """Columns of text about the buyer that a night must read: compared, never written anywhere."""
    return tuple(Column(name, personal=True) for name in names)


def audited(*names: str) -> tuple[Column, ...]:
    """Columns of text that are known but that no rule of a night and no output uses."""
    return tuple(Column(name, audit=True) for name in names)


def known(of: Callable[[str], Column], *names: str) -> tuple[Column, ...]:
    """Columns of a type that no rule of a night and no output uses."""
    return tuple(replace(of(name), audit=True) for name in names)


def private(*names: str) -> tuple[Column, ...]:
    """Columns of text about the buyer that are known and that no night reads."""
    return tuple(Column(name, audit=True, personal=True) for name in names)
