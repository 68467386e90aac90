r"""The shapes a cell may take: each type says which text is readable and which code an unreadable one gets.

Patterns are matched in full by RE2, so ``[0-9]`` and never ``\d``. What no pattern can say (a code of a closed
list) is a vocabulary, loaded when first asked for. Source of the shapes: SPEC §2, "Readable values".
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from typing import Any

from schemas import lists

# Days that exist: the 31sts, the 30ths and February, leap years included, so that a match can always be converted.
_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})"
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_INSTANT_YEAR = "[1-8][0-9]{3}"  # years of instants: hours and policies added to one never leave the calendar
_INSTANT_LEAP_YEAR = "(?:[1-8][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[1357][26])00)"
_MONTHS_OF_31, _MONTHS_OF_30 = "(?:0[13578]|1[02])", "(?:0[469]|11)"
_TO_31, _TO_30, _TO_28 = "(?:0[1-9]|[12][0-9]|3[01])", "(?:0[1-9]|[12][0-9]|30)", "(?:0[1-9]|1[0-9]|2[0-8])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_OFFSET = "(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day_pattern(separator: str, year: str = _YEAR, leap: str = _LEAP_YEAR) -> str:
    """The pattern of a year, a month and a day that exist, with ``separator`` between them."""
    long_months, short_months = f"{_MONTHS_OF_31}{separator}{_TO_31}", f"{_MONTHS_OF_30}{separator}{_TO_30}"
    ordinary = f"{year}{separator}(?:{long_months}|{short_months}|02{separator}{_TO_28})"
    return f"(?:{ordinary}|{leap}{separator}02{separator}29)"


def _day_first_pattern() -> str:
    ordinary = f"(?:{_TO_31}-{_MONTHS_OF_31}|{_TO_30}-{_MONTHS_OF_30}|{_TO_28}-02)-{_YEAR}"
    return f"(?:{ordinary}|29-02-{_LEAP_YEAR})"


def _english_day_pattern() -> str:
    ordinary = f"(?:{_TO_31}-(?:Jan|Mar|May|Jul|Aug|Oct|Dec)|{_TO_30}-(?:Apr|Jun|Sep|Nov)|{_TO_28}-Feb)-{_YEAR}"
    return f"(?:{ordinary}|29-Feb-{_LEAP_YEAR})"


@dataclass(frozen=True)
class CellType:
    """A shape: its name, the code of an unreadable value, what is readable, and Frictionless' type of it."""

    name: str
    frictionless_type: str = "string"
    code: str = ""
    pattern: str = ""
    vocabulary: Callable[[], Collection[str]] | None = None
    damage_pattern: str = ""  # what a spreadsheet makes of a good value: FMT-010 instead of the code, if it has one
    spelling: str = ""  # how a value of it is written, for a hint
    values_by_casefold: Callable[[], dict[str, str]] | None = None  # casefolded text → the one value it can only mean
    has_few_values: bool = False  # the same values come again and again: judge each distinct one once

    def readable_by(self) -> Callable[[], Collection[str]] | str | None:
        """The closed list or the pattern, whichever decides."""
        return self.vocabulary or self.pattern or None

    def __reduce__(self) -> str | tuple[Any, ...]:
        """A type travels to another process as its name here, because it is asked for as itself: ``type is DATE``."""
        constant_name = next((constant_name for constant_name, value in globals().items() if value is self), None)
        return constant_name or (CellType, tuple(getattr(self, field.name) for field in fields(self)))


_DATE_PATTERN = f"{_day_pattern('-')}(?:T{_CLOCK}{_OFFSET}?)?|{_day_pattern('')}|{_day_pattern('/')}"
_INSTANT_PATTERN = f"{_day_pattern('-', _INSTANT_YEAR, _INSTANT_LEAP_YEAR)}T{_CLOCK}{_OFFSET}"
_SERIAL_PATTERN = "[0-9]{5}"
# A number that a spreadsheet has rounded or made a decimal of; letters and an exponent of three digits are no number.
_NUMBER_PATTERN = r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}|[0-9][.,][0-9]+[eE][0-9]{1,3}|[0-9]{8,}[.,]0"
_INSTANT_SPELLING = "YYYY-MM-DDTHH:MM:SS with Z or an offset, for example 2026-03-09T10:00:00Z"
_DATE_SPELLING = "YYYY-MM-DD, for example 2026-03-09"

# What a spreadsheet shows where a formula of it fails: never a value of an upload.
SPREADSHEET_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")

TEXT = CellType("text")
ORDER_ID = CellType("order id", code="FMT-002", pattern="[0-9]{3}-[0-9]{7}-[0-9]{7}")
ANY_ORDER_ID = CellType("order id or S01 order", code="FMT-002", pattern="[0-9]{3}-[0-9]{7}-[0-9]{7}|S01-.+")
ITEM_ID = CellType(
    "order item id",
    code="FMT-002",
    pattern="[0-9]{14}|[0-9]{11,12}|[0-9]{15,20}",
    damage_pattern=r"[0-9]{13}|[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+",
)
INSTANT = CellType(
    "instant", "datetime", "FMT-003", _INSTANT_PATTERN, damage_pattern=_SERIAL_PATTERN, spelling=_INSTANT_SPELLING
)
DATE = CellType(
    "date",
    "date",
    "FMT-003",
    _DATE_PATTERN,
    damage_pattern=_SERIAL_PATTERN,
    spelling=_DATE_SPELLING,
    has_few_values=True,
)
DAY_FIRST_DATE = CellType(
    "day-first date",
    "date",
    "FMT-003",
    f"{_DATE_PATTERN}|{_day_first_pattern()}",
    damage_pattern=_SERIAL_PATTERN,
    spelling=f"{_DATE_SPELLING}, or DD-MM-YYYY",
    has_few_values=True,
)
ENGLISH_DATE = CellType(
    "English date",
    "date",
    "FMT-003",
    _english_day_pattern(),
    damage_pattern=_SERIAL_PATTERN,
    spelling="DD-MMM-YYYY with an English month, for example 09-Mar-2026",
    has_few_values=True,
)
INSTANT_OR_DATE = CellType(
    "instant or date",
    "any",
    "FMT-003",
    f"{_day_pattern('-')}|{_INSTANT_PATTERN}",
    damage_pattern=_SERIAL_PATTERN,
    spelling=f"{_DATE_SPELLING}, or {_INSTANT_SPELLING}",
)
QUANTITY = CellType("quantity", "integer", "FMT-004", "[0-9]{1,9}", has_few_values=True)
POSITIVE_QUANTITY = CellType("positive quantity", "integer", "FMT-004", "0*[1-9][0-9]{0,8}", has_few_values=True)
INTEGER = CellType("whole number", "integer", "FMT-004", "-?[0-9]{1,9}", has_few_values=True)
MONEY = CellType("money", "number", "FMT-005", r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,2})?", has_few_values=True)
CURRENCY = CellType("currency", code="FMT-008", vocabulary=lists.currency_codes, has_few_values=True)
COUNTRY = CellType("country", code="FMT-008", vocabulary=lists.country_codes, has_few_values=True)
TRACKING_NUMBER = CellType("tracking number", damage_pattern=_NUMBER_PATTERN)
TRANSPARENCY_CODES = CellType("transparency codes", code="FMT-007", pattern="[^ ,;]{29,38}(?:[ ,;]+[^ ,;]{29,38})*")
CARRIER = CellType(
    "carrier code",
    code="FMT-006",
    vocabulary=lists.carrier_codes,
    values_by_casefold=lists.carrier_by_casefold,
    has_few_values=True,
)


@dataclass(frozen=True)
class _MoreCarriers:
    """The carrier codes of the list and these; what each casefolded text means among them all."""

    codes: tuple[str, ...]

    def __call__(self) -> tuple[str, ...]:
        return (*lists.carrier_codes(), *(code for code in self.codes if code not in lists.carrier_codes()))


@dataclass(frozen=True)
class _MoreCasefolds:
    """What each casefolded text means among the carrier codes of the list and these."""

    codes: tuple[str, ...]

    def __call__(self) -> dict[str, str]:
        return lists.unambiguous_casefolds(_MoreCarriers(self.codes)())


def carrier_with(codes: tuple[str, ...]) -> CellType:
    """The type of a carrier code where an account adds codes of its own to the list."""
    return replace(CARRIER, vocabulary=_MoreCarriers(codes), values_by_casefold=_MoreCasefolds(codes))


@dataclass(frozen=True)
class _ChoiceValues:
    """A vocabulary that travels to another process, which a function inside a function does not."""

    values: tuple[str, ...]

    def __call__(self) -> frozenset[str]:
        return frozenset(self.values)


def one_of(*values: str) -> CellType:
    """A type whose readable values are exactly these."""
    return CellType(
        "one of " + ", ".join(values), code="FMT-006", vocabulary=_ChoiceValues(values), has_few_values=True
    )


YES_NO = one_of("Y", "N")
TRUE_FALSE = one_of("true", "false")
