"""The seller's account: plan, marketplace, limits, read from ``account.toml`` (SPEC §2)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from schemas import lists

PROFESSIONAL, INDIVIDUAL = "professional", "individual"
_CHOICES = {"plan": (PROFESSIONAL, INDIVIDUAL), "unshipped": ("complete", "partial")}
_SECTIONS = {"reports": ("unshipped",), "limits": ("feed-bytes", "feed-records")}


class AccountError(ValueError):
    """An account file that cannot be used: one line saying where, what and what next."""


@dataclass(frozen=True)
class Account:
    """What a seller's account is like; the defaults hold where no ``account.toml`` says otherwise."""

    plan: str = PROFESSIONAL
    marketplace: str = "Amazon.com"
    home_country: str = "US"
    policy: str = ""
    unshipped: str = "partial"
    feed_bytes: int = 10_485_760
    feed_records: int = 30_000

    @property
    def time_zone(self) -> str:
        """The IANA time zone of the account's marketplace."""
        return lists.marketplace(self.marketplace).time_zone

    @property
    def country(self) -> str:
        """The country of the account's marketplace, ISO 3166 alpha-2."""
        return lists.marketplace(self.marketplace).country


def load(path: str | Path) -> Account:
    """The account that a file describes; AccountError where the file cannot be read or says what is not known."""
    try:
        told = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError as trouble:
        message = f"{path}: no such account file; name one with --account, or leave it out: README, section Account"
        raise AccountError(message) from trouble
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as trouble:
        message = f"{path}: not a readable account file ({trouble}); see README, section Account"
        raise AccountError(message.replace("\n", " ")) from trouble
    return Account(**_checked(str(path), _flat(str(path), told)))


def _flat(path: str, told: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in told.items():
        if name not in _SECTIONS:
            flat[name] = value
            continue
        strange = [inner for inner in value if inner not in _SECTIONS[name]] if isinstance(value, dict) else [name]
        if strange:
            message = f"{path}: [{name}] does not know {strange[0]}; it holds {', '.join(_SECTIONS[name])}"
            raise AccountError(message)
        flat |= value
    return flat


def _checked(path: str, flat: dict[str, Any]) -> dict[str, Any]:
    known = {field.name.replace("_", "-"): field for field in fields(Account)}
    for name, value in flat.items():
        if name not in known or (name in _SECTIONS["reports"] + _SECTIONS["limits"] and name not in known):
            message = f"{path}: {name} is not a setting of an account; it holds {', '.join(sorted(known))}"
            raise AccountError(message)
        wanted = int if known[name].type == "int" else str
        if type(value) is not wanted or (isinstance(value, int) and value < 1):
            message = f"{path}: {name} = {value!r} must be a {'whole number above 0' if wanted is int else 'text'}"
            raise AccountError(message)
        if name in _CHOICES and value not in _CHOICES[name]:
            message = f"{path}: {name} = {value!r} must be one of {', '.join(_CHOICES[name])}"
            raise AccountError(message)
    return {name.replace("-", "_"): value for name, value in flat.items()} | _places(path, flat)


def _places(path: str, flat: dict[str, Any]) -> dict[str, str]:
    """The marketplace in its own spelling, and the home country checked; AccountError for those unknown."""
    places = {}
    if "marketplace" in flat:
        try:
            places["marketplace"] = lists.marketplace(flat["marketplace"]).name
        except KeyError as unknown:
            message = f"{path}: marketplace: {unknown.args[0]}"
            raise AccountError(message) from unknown
    if "home-country" in flat and flat["home-country"] not in lists.countries():
        message = f"{path}: home-country = {flat['home-country']!r} is not an ISO 3166 alpha-2 code, for instance GB"
        raise AccountError(message)
    return places
