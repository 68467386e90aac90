"""The carrier codes that Amazon takes, each with where and when it was seen to be one (``carriers.tsv``)."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from collections.abc import Callable, Iterable
from importlib import resources
from typing import NamedTuple


class Carrier(NamedTuple):
    """A carrier-code Amazon takes, exactly as it must be written, and where and when it was seen to be one.

    ``family``: whose tracking numbers its own are, empty where they are not checked. ``is_other``: it means "another
    carrier, see carrier-name". ``former_names``: what the carrier was called before.
    """

    code: str
    family: str
    is_other: bool
    source: str
    seen: dt.date
    former_names: tuple[str, ...]


def _read_list(name: str) -> list[list[str]]:
    """The cells of each row of a list, without its header."""
    text = resources.files("schemas.lists").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.split("\n")[1:-1]]


@functools.cache
def carriers() -> tuple[Carrier, ...]:
    """Every carrier of the list: those of Amazon's schema in its order, then what newer sources add.

    Spellings that the sources disagree on are all there. Source: FORMATS §§2c, 6.
    """
    return tuple(
        Carrier(code, family, bool(other), source, dt.date.fromisoformat(seen), tuple(filter(None, names.split("|"))))
        for code, family, other, source, seen, names in _read_list("carriers.tsv")
    )


@functools.cache
def carrier_codes() -> tuple[str, ...]:
    """Every carrier-code Amazon takes, exactly as it must be written, in the order of the list.

    Case variants are values of their own, and one value is garbled in Amazon's schema itself.
    """
    return tuple(carrier.code for carrier in carriers())


@functools.cache
def carrier_by_casefold() -> dict[str, str]:
    """The carrier code meant by a casefolded text; texts that fit two codes (Nacex, NACEX) are left out."""
    return unambiguous_casefolds(carrier_codes())


def unambiguous_casefolds(values: Iterable[str]) -> dict[str, str]:
    """The one of the values that each casefolded text can only mean; texts that fit two of them are left out."""
    folded = {value: value.casefold() for value in values}
    count = Counter(folded.values())
    return {folded_value: value for value, folded_value in folded.items() if count[folded_value] == 1}


@functools.cache
def carrier_spelling() -> Callable[[str], str | None]:
    """What turns a text into the carrier code it means, in Amazon's spelling; None where it means none, or two."""
    exact, folded = frozenset(carrier_codes()), carrier_by_casefold()
    return lambda text: text if text in exact else folded.get(text.casefold())


@functools.cache
def readable_carriers() -> frozenset[str]:
    """Every carrier code, and every casefolded text that means one: ask of a text as it stands, then casefolded."""
    return frozenset(carrier_codes()) | frozenset(carrier_by_casefold())


@functools.cache
def carrier_family() -> dict[str, str]:
    """The family of tracking numbers of a carrier code; codes whose numbers are not checked are left out."""
    return {carrier.code: carrier.family for carrier in carriers() if carrier.family}


@functools.cache
def other_carriers() -> frozenset[str]:
    """The carrier codes that mean "another carrier, see carrier-name", in every language of the list."""
    return frozenset(carrier.code for carrier in carriers() if carrier.is_other)


@functools.cache
def former_carrier_names() -> dict[str, tuple[str, ...]]:
    """The carrier codes of what had another name before, by that name casefolded."""
    names = [(name.casefold(), carrier.code) for carrier in carriers() for name in carrier.former_names]
    return {name: tuple(code for other, code in names if other == name) for name, _ in names}


@functools.cache
def unlisted_carriers() -> tuple[str, ...]:
    """Carriers that Amazon has no code for, though their names look like a typing error in one that it has."""
    return tuple(name for name, _ in _read_list("unlisted_carriers.tsv"))
