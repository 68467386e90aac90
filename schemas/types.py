r"""The shapes a cell may take: each type says which text is readable and which code an unreadable one gets.

Patterns are matched in full by RE2, so ``[0-9]`` and never ``\d``. What no pattern can say (a code of a closed
list) is a vocabulary, loaded when first asked for. Source of the shapes: SPEC §2, "Readable values".
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from typing import Any

from schemas import lists

# Days that exist: the 31sts, the 30ths and February, leap years included, so that a match can always be converted.
_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})"
_LEAP = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_NEAR = "[1-8][0-9]{3}"  # years of instants: hours and policies added to one never leave the calendar
_NEAR_LEAP = "(?:[1-8][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[1357][26])00)"
_LONG, _SHORT = "(?:0[13578]|1[02])", "(?:0[469]|11)"
_TO_31, _TO_30, _TO_28 = "(?:0[1-9]|[12][0-9]|3[01])", "(?:0[1-9]|[12][0-9]|30)", "(?:0[1-9]|1[0-9]|2[0-8])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_OFFSET = "(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"


def _day(dash: str, year: str = _YEAR, leap: str = _LEAP) -> str:
    """The pattern of a year, a month and a day that exist, with ``dash`` between them."""
    ordinary = f"{year}{dash}(?:{_LONG}{dash}{_TO_31}|{_SHORT}{dash}{_TO_30}|02{dash}{_TO_28})"
    return f"(?:{ordinary}|{leap}{dash}02{dash}29)"


def _day_first() -> str:
    ordinary = f"(?:{_TO_31}-{_LONG}|{_TO_30}-{_SHORT}|{_TO_28}-02)-{_YEAR}"
    return f"(?:{ordinary}|29-02-{_LEAP})"


def _english_day() -> str:
    ordinary = f"(?:{_TO_31}-(?:Jan|Mar|May|Jul|Aug|Oct|Dec)|{_TO_30}-(?:Apr|Jun|Sep|Nov)|{_TO_28}-Feb)-{_YEAR}"
    return f"(?:{ordinary}|29-Feb-{_LEAP})"


@dataclass(frozen=True)
class Type:
    """A shape: its name, the code of an unreadable value, and what is readable; ``dtype`` is Frictionless' word."""

    name: str
    dtype: str = "string"
    code: str = ""
    pattern: str = ""
    vocabulary: Callable[[], Collection[str]] | None = None
    damage: str = ""  # what a spreadsheet makes of a good value: FMT-010 instead of the code
    folded: Callable[[], dict[str, str]] | None = None  # casefolded text → the one value it can only mean
    few: bool = False  # the same values come again and again: judge each distinct one once

    def readable(self) -> Callable[[], Collection[str]] | str | None:
        """The closed list or the pattern, whichever decides."""
        return self.vocabulary or self.pattern or None

    def __reduce__(self) -> str | tuple[Any, ...]:
        """A type travels to another process as its name here, because it is asked for as itself: ``type is DATE``."""
        name = next((name for name, value in globals().items() if value is self), None)
        return name or (Type, tuple(getattr(self, field.name) for field in fields(self)))


_DATES = f"{_day('-')}(?:T{_CLOCK}{_OFFSET}?)?|{_day('')}|{_day('/')}"
_INSTANTS = f"{_day('-', _NEAR, _NEAR_LEAP)}T{_CLOCK}{_OFFSET}"
_SERIAL = "[0-9]{5}"

TEXT = Type("text")
ORDER_ID = Type("order id", code="FMT-002", pattern="[0-9]{3}-[0-9]{7}-[0-9]{7}")
ANY_ORDER_ID = Type("order id or S01 order", code="FMT-002", pattern="[0-9]{3}-[0-9]{7}-[0-9]{7}|S01-.+")
ITEM_ID = Type(
    "order item id",
    code="FMT-002",
    pattern="[0-9]{14}|[0-9]{11,12}|[0-9]{15,20}",
    damage=r"[0-9]{13}|[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+",
)
INSTANT = Type("instant", "datetime", "FMT-003", _INSTANTS, damage=_SERIAL)
DATE = Type("date", "date", "FMT-003", _DATES, damage=_SERIAL, few=True)
DAY_FIRST_DATE = Type("day-first date", "date", "FMT-003", f"{_DATES}|{_day_first()}", damage=_SERIAL, few=True)
ENGLISH_DATE = Type("English date", "date", "FMT-003", _english_day(), damage=_SERIAL, few=True)
WHEN = Type("instant or date", "any", "FMT-003", f"{_day('-')}|{_INSTANTS}", damage=_SERIAL)
QUANTITY = Type("quantity", "integer", "FMT-004", "[0-9]{1,9}", few=True)
UNITS = Type("positive quantity", "integer", "FMT-004", "0*[1-9][0-9]{0,8}", few=True)
INTEGER = Type("whole number", "integer", "FMT-004", "-?[0-9]{1,9}", few=True)
MONEY = Type("money", "number", "FMT-005", r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,2})?", few=True)
CURRENCY = Type("currency", code="FMT-008", vocabulary=lists.currencies, few=True)
COUNTRY = Type("country", code="FMT-008", vocabulary=lists.countries, few=True)
TRANSPARENCY_CODES = Type("transparency codes", code="FMT-007", pattern="[^ ,;]{29,38}(?:[ ,;]+[^ ,;]{29,38})*")
CARRIER = Type(
    "carrier code", code="FMT-006", vocabulary=lists.carrier_codes, folded=lists.carrier_by_casefold, few=True
)


@dataclass(frozen=True)
class _Choice:
    """A vocabulary that travels to another process, which a function inside a function does not."""

    values: tuple[str, ...]

    def __call__(self) -> frozenset[str]:
        return frozenset(self.values)


def choice(*values: str) -> Type:
    """A type whose readable values are exactly these."""
    return Type("one of " + ", ".join(values), code="FMT-006", vocabulary=_Choice(values), few=True)


YES_NO = choice("Y", "N")
TRUE_FALSE = choice("true", "false")
