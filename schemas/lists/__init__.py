"""Closed lists as data: carriers, marketplaces, delivery speeds, tracking number formats, currencies, countries."""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections import Counter
from collections.abc import Callable
from importlib import resources
from typing import Any, NamedTuple


class Marketplace(NamedTuple):
    """One of Amazon's stores: its sales channel, ISO 3166-1 alpha-2 country, IANA time zone, ISO 4217 currency."""

    name: str
    country: str
    time_zone: str
    currency: str


class Check(NamedTuple):
    """How a format's check digit is made of the characters before it (``tracking.toml`` says it in words)."""

    weights: tuple[int, ...]  # one a character, from the left
    start: int  # what digits that are not printed add to the sum
    modulus: int
    digit: tuple[int, ...]  # remainder → check digit
    letters: tuple[int, ...]  # values of A to Z, empty where the sum meets digits only
    tail: int  # characters behind the check digit


class TrackingFormat(NamedTuple):
    """One shape of tracking number: a pattern of the whole number and, where the carrier has one, its check digit."""

    name: str
    families: tuple[str, ...]
    pattern: str
    check: Check | None
    country: bool


def _text(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(_text(name))


@functools.cache
def _carriers() -> list[tuple[str, str, str]]:
    lines = _text("carriers.tsv").splitlines()[1:]
    return [(code, family, other) for code, family, other in (line.split("\t") for line in lines)]


@functools.cache
def carrier_codes() -> tuple[str, ...]:
    """Every carrier-code Amazon takes, exactly as it must be written, in the order of Amazon's schema.

    Source: FORMATS §2c. Case variants are values of their own, and one value is garbled in the schema itself.
    """
    return tuple(code for code, _, _ in _carriers())


@functools.cache
def carrier_by_casefold() -> dict[str, str]:
    """The carrier code meant by a casefolded text; texts that fit two codes (Nacex, NACEX) are left out."""
    folded = {code: code.casefold() for code in carrier_codes()}
    count = Counter(folded.values())
    return {fold: code for code, fold in folded.items() if count[fold] == 1}


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
    return {code: family for code, family, _ in _carriers() if family}


@functools.cache
def other_carriers() -> frozenset[str]:
    """The carrier codes that mean "another carrier, see carrier-name", in every language of the list."""
    return frozenset(code for code, _, other in _carriers() if other)


@functools.cache
def _marketplaces() -> dict[str, Marketplace]:
    return {
        spelling.casefold(): Marketplace(name, facts["country"], facts["time-zone"], facts["currency"])
        for name, facts in _toml("marketplaces.toml").items()
        for spelling in (name, *facts.get("also", ()))
    }


def marketplace(name: str) -> Marketplace:
    """The store of a sales channel, in whatever case and spelling; its own name is the list's.

    Raises ``KeyError``, with the nearest names, for a channel that is no store of Amazon's.
    """
    stores = _marketplaces()
    if (key := name.strip().casefold()) in stores:
        return stores[key]
    near = [stores[one].name for one in difflib.get_close_matches(key, stores, n=3)]
    raise KeyError(f"{name!r} is not a marketplace; " + (f"nearest: {', '.join(near)}" if near else "none is near"))


@functools.cache
def time_zones() -> dict[str, str]:
    """The IANA time zone of each sales channel, keyed by the casefolded channel."""
    return {key: store.time_zone for key, store in _marketplaces().items()}


@functools.cache
def speed_ranks() -> tuple[dict[str, int], dict[str, int]]:
    """The rank of each ship-service-level and of each ship-method, 1 the slowest; what has no rank is not there.

    Both are keyed by the spelling in lower case with letters and digits only: ``2nd Day Air`` is ``2nddayair``.
    """
    speeds = list(enumerate(_toml("ship_speeds.toml")["speed"], start=1))
    levels = {level: rank for rank, speed in speeds for level in speed["levels"]}
    return levels, {method: rank for rank, speed in speeds for method in speed["methods"]}


@functools.cache
def currencies() -> frozenset[str]:
    """Every current ISO 4217 code, those of funds and metals included; withdrawn ones are not (source: pycountry)."""
    import pycountry

    return frozenset(one.alpha_3 for one in pycountry.currencies)


@functools.cache
def countries() -> frozenset[str]:
    """Every current ISO 3166-1 alpha-2 code; neither withdrawn ones nor UK, which is GB (source: pycountry)."""
    import pycountry

    return frozenset(one.alpha_2 for one in pycountry.countries)


@functools.cache
def tracking_formats(family: str) -> tuple[TrackingFormat, ...]:
    """The formats of a family's tracking numbers, those with a check digit first; none for an unknown family."""
    facts = _toml("tracking.toml")
    formats = [_tracking_format(one, facts["check"]) for one in facts["format"] if family in one["families"]]
    return tuple(sorted(formats, key=lambda one: one.check is None))


@functools.cache
def closed_families() -> frozenset[str]:
    """The families all of whose formats are listed: a number shaped like none of them is wrong, not unknown."""
    return frozenset(_toml("tracking.toml")["closed"])


def _tracking_format(facts: dict[str, Any], checks: dict[str, Any]) -> TrackingFormat:
    check = _check(facts, checks[facts["check"]]) if "check" in facts else None
    return TrackingFormat(facts["name"], tuple(facts["families"]), facts["pattern"], check, facts.get("country", False))


def _check(facts: dict[str, Any], scheme: dict[str, Any]) -> Check:
    assumed = [int(digit) for digit in facts.get("assumed", "")]
    length = len(assumed) + facts["digits"] - 1
    cycle = scheme["weights"]
    weights = tuple(cycle[place % len(cycle)] for place in reversed(range(length)))
    return Check(
        weights=weights[len(assumed) :],
        start=sum(digit * weight for digit, weight in zip(assumed, weights, strict=False)),
        modulus=scheme["modulus"],
        digit=tuple(scheme["digit"]),
        letters=tuple(scheme.get("letters", ())),
        tail=facts.get("tail", 0),
    )


def warning_words() -> frozenset[str]:
    """What a processing report calls a warning, in the languages of Amazon's stores, in lower case (FORMATS §4a)."""
    return frozenset(
        (
            *("warning", "warnung", "avertissement", "avviso", "advertencia", "aviso"),
            *("waarschuwing", "ostrzeżenie", "varning", "uyar\u0131", "警告", "تحذير"),
        )
    )
