"""Closed lists as data: carriers, marketplaces, delivery speeds, tracking number formats, currencies, countries."""

from __future__ import annotations

import difflib
import functools
import tomllib
from importlib import resources
from typing import Any, NamedTuple

from schemas.lists.carrier_list import (
    Carrier,
    carrier_by_casefold,
    carrier_codes,
    carrier_family,
    carrier_spelling,
    carriers,
    former_carrier_names,
    other_carriers,
    readable_carriers,
    unambiguous_casefolds,
)

__all__ = [
    "Carrier",
    "CheckDigit",
    "Marketplace",
    "TrackingFormat",
    "carrier_by_casefold",
    "carrier_codes",
    "carrier_family",
    "carrier_spelling",
    "carriers",
    "closed_families",
    "country_codes",
    "currency_codes",
    "find_marketplace",
    "former_carrier_names",
    "other_carriers",
    "readable_carriers",
    "speed_ranks",
    "time_zones",
    "tracking_formats",
    "unambiguous_casefolds",
    "warning_words",
]


class Marketplace(NamedTuple):
    """One of Amazon's stores: its sales channel, ISO 3166-1 alpha-2 country, IANA time zone, ISO 4217 currency.

    ``encoding`` is that of its files that are not UTF-8; ``day_first`` says that their dates have the day before the
    month; ``seller_central`` is the host of the seller's own pages where that is not ``sellercentral.`` and the name.
    """

    name: str
    country: str
    time_zone: str
    currency: str
    encoding: str = "cp1252"
    day_first: bool = False
    seller_central: str = ""


class CheckDigit(NamedTuple):
    """How a format's check digit is made of the characters before it (``tracking.toml`` says it in words)."""

    weights: tuple[int, ...]  # one a character, from the left
    initial_sum: int  # what digits that are not printed add to the sum
    modulus: int
    digit_by_remainder: tuple[int, ...]  # remainder → check digit
    letter_values: tuple[int, ...]  # values of A to Z, empty where the sum meets digits only
    trailing_characters: int  # characters behind the check digit


class TrackingFormat(NamedTuple):
    """One shape of tracking number: a pattern of the whole number and, where the carrier has one, its check digit."""

    name: str
    families: tuple[str, ...]
    pattern: str
    check_digit: CheckDigit | None
    has_country: bool


def _read_text(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def _read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads(_read_text(name))


@functools.cache
def _read_marketplaces() -> dict[str, Marketplace]:
    return {
        spelling.casefold(): Marketplace(
            name, **{field.replace("-", "_"): value for field, value in facts.items() if field != "also"}
        )
        for name, facts in _read_toml("marketplaces.toml").items()
        for spelling in (name, *facts.get("also", ()))
    }


def find_marketplace(name: str) -> Marketplace:
    """The store of a sales channel, in whatever case and spelling; its own name is the list's.

    Raises ``KeyError``, with the nearest names, for a channel that is no store of Amazon's.
    """
    stores = _read_marketplaces()
    if (key := name.strip().casefold()) in stores:
        return stores[key]
    nearest = [stores[spelling].name for spelling in difflib.get_close_matches(key, stores, n=3)]
    raise KeyError(
        f"{name!r} is not a marketplace; " + (f"nearest: {', '.join(nearest)}" if nearest else "none is near")
    )


@functools.cache
def time_zones() -> dict[str, str]:
    """The IANA time zone of each sales channel, keyed by the casefolded channel."""
    return {key: store.time_zone for key, store in _read_marketplaces().items()}


@functools.cache
def speed_ranks() -> tuple[dict[str, int], dict[str, int]]:
    """The rank of each ship-service-level and of each ship-method, 1 the slowest; what has no rank is not there.

    Both are keyed by the spelling in lower case with letters and digits only: ``2nd Day Air`` is ``2nddayair``.
    """
    speeds = list(enumerate(_read_toml("ship_speeds.toml")["speed"], start=1))
    levels = {level: rank for rank, speed in speeds for level in speed["levels"]}
    return levels, {method: rank for rank, speed in speeds for method in speed["methods"]}


@functools.cache
def currency_codes() -> frozenset[str]:
    """Every current ISO 4217 code, those of funds and metals included; withdrawn ones are not (source: pycountry)."""
    import pycountry

    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


@functools.cache
def country_codes() -> frozenset[str]:
    """Every current ISO 3166-1 alpha-2 code; neither withdrawn ones nor UK, which is GB (source: pycountry)."""
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries)


@functools.cache
def tracking_formats(family: str) -> tuple[TrackingFormat, ...]:
    """The formats of a family's tracking numbers, those with a check digit first; none for an unknown family."""
    facts = _read_toml("tracking.toml")
    formats = [
        _build_tracking_format(tracking_format, facts["check"])
        for tracking_format in facts["format"]
        if family in tracking_format["families"]
    ]
    return tuple(sorted(formats, key=lambda tracking_format: tracking_format.check_digit is None))


@functools.cache
def closed_families() -> frozenset[str]:
    """The families all of whose formats are listed: a number shaped like none of them is wrong, not unknown."""
    return frozenset(_read_toml("tracking.toml")["closed"])


def _build_tracking_format(facts: dict[str, Any], checks: dict[str, Any]) -> TrackingFormat:
    check_digit = _build_check_digit(facts, checks[facts["check"]]) if "check" in facts else None
    return TrackingFormat(
        facts["name"], tuple(facts["families"]), facts["pattern"], check_digit, facts.get("country", False)
    )


def _build_check_digit(facts: dict[str, Any], scheme: dict[str, Any]) -> CheckDigit:
    assumed = [int(digit) for digit in facts.get("assumed", "")]
    length = len(assumed) + facts["digits"] - 1
    cycle = scheme["weights"]
    weights = tuple(cycle[position % len(cycle)] for position in reversed(range(length)))
    return CheckDigit(
        weights=weights[len(assumed) :],
        initial_sum=sum(digit * weight for digit, weight in zip(assumed, weights, strict=False)),
        modulus=scheme["modulus"],
        digit_by_remainder=tuple(scheme["digit"]),
        letter_values=tuple(scheme.get("letters", ())),
        trailing_characters=facts.get("tail", 0),
    )


def warning_words() -> frozenset[str]:
    """What a processing report calls a warning, in the languages of Amazon's stores, in lower case (FORMATS §4a)."""
    return frozenset(
        (
            *("warning", "warnung", "avertissement", "avviso", "advertencia", "aviso"),
            *("waarschuwing", "ostrzeżenie", "varning", "uyar\u0131", "警告", "تحذير"),
        )
    )
