"""From a table of a profile file to an entry. Every refusal is a PolicyError of one line that begins with the place."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import NoReturn

from pipeline.policy.entries import DURATION_UNITS, UNITS, MarketplaceValues, PolicyEntry, PolicyValue
from pipeline.policy.model import PolicyError

TEXT_KEYS = ("name", "what", "unit", "source")
ENTRY_KEYS = (*TEXT_KEYS, "values", "marketplaces")
MARKETPLACE_KEYS = ("names", "unit", "values")
NOT_CITED = "overlay, no source given"  # a changed number must not cite the source of the old one
_LATEST_DATE = dt.date(9000, 1, 1)  # no row and no as-of is later
_MARKETPLACES_LIKE = 'write [{ names = ["Amazon.com"], values = [{ from = 2000-01-01, value = 7 }] }]'
MAX_SHOWN = 40  # characters of a wrong value that a message repeats


def raise_policy_error(place: str, what: str, what_next: str) -> NoReturn:
    """Never returns: raises PolicyError."""
    raise PolicyError(f"{place}: {what}; {what_next}")


def suggest_nearest(wrong: str, allowed: Collection[str]) -> str:
    """What next after a word that is not among the `right` ones: the nearest of them, or else all of them."""
    matches = difflib.get_close_matches(wrong, allowed)
    return f"did you mean {' or '.join(matches)}?" if matches else f"it must be one of {', '.join(allowed)}"


def check_keys(table: Mapping[str, object], keys: Collection[str], place: str) -> None:
    """Afterwards every key of the table is one of `keys`. Raises PolicyError."""
    stray = next((key for key in table if key not in keys), None)
    if stray is not None:
        raise_policy_error(place, f"unknown key {stray!r}", suggest_nearest(stray, keys))


def parse_line(raw: object, place: str) -> str:
    """The text, known to fit one line of a table; None stands for a missing key. Raises PolicyError."""
    if raw is None:
        raise_policy_error(place, "is missing", "add it: a number has name, what, unit, source and values")
    if not isinstance(raw, str) or not raw.strip() or not raw.isprintable():
        raise_policy_error(place, f"{_short_repr(raw)} is not a line of text", "write one line in quotes")
    return raw


def parse_entry(table: Mapping[str, object], base: PolicyEntry | None, place: str) -> PolicyEntry:
    """The entry that the table gives; what it leaves out is taken from `base`, if there is one. Raises PolicyError."""
    check_keys(table, ENTRY_KEYS, place)
    given = {**_inherit_fields(table, base), **table}
    name, what, unit, source = (parse_line(given.get(key), f"{place}, {key}") for key in TEXT_KEYS)
    if unit not in UNITS:
        raise_policy_error(place, f"unknown unit {unit!r}", suggest_nearest(unit, UNITS))
    if base is not None and unit != base.unit:
        raise_policy_error(
            place, f"is counted in {base.unit}, not in {unit}", f"leave the unit out and give {base.unit}"
        )
    marketplaces = _parse_marketplaces(table.get("marketplaces", []), base.marketplaces if base else (), unit, place)
    if "values" not in table and (base is not None or marketplaces):
        history = base.history if base else ()
    else:
        history = _parse_history(table.get("values"), unit, place)
    return PolicyEntry(name, what, unit, source, history, marketplaces)


def _parse_marketplaces(
    raw: object, base: tuple[MarketplaceValues, ...], unit: str, place: str
) -> tuple[MarketplaceValues, ...]:
    """The values by marketplace that are given, and of `base` those of other marketplaces. Raises PolicyError."""
    if not isinstance(raw, list):
        raise_policy_error(f"{place}, marketplaces", "is not a list", _MARKETPLACES_LIKE)
    given = tuple(
        _parse_marketplace(item, unit, f"{place}, marketplaces {number}") for number, item in enumerate(raw, 1)
    )
    named = [name.casefold() for part in given for name in part.names]
    if len(set(named)) < len(named):
        raise_policy_error(f"{place}, marketplaces", "name a marketplace twice", "keep one of them")
    others = [tuple(name for name in part.names if name.casefold() not in named) for part in base]
    kept = (replace(part, names=names) for part, names in zip(base, others, strict=True) if names)
    return (*given, *kept)


def _parse_marketplace(raw: object, unit: str, place: str) -> MarketplaceValues:
    """The values of some marketplaces. Raises PolicyError."""
    names = raw.get("names") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(names, list) or not names:
        raise_policy_error(place, "has no list of names", _MARKETPLACES_LIKE)
    check_keys(raw, MARKETPLACE_KEYS, place)
    own_unit = parse_line(raw.get("unit", unit), f"{place}, unit")
    if own_unit not in UNITS:
        raise_policy_error(place, f"unknown unit {own_unit!r}", suggest_nearest(own_unit, UNITS))
    texts = tuple(parse_line(name, f"{place}, names") for name in names)
    return MarketplaceValues(texts, own_unit, _parse_history(raw.get("values"), own_unit, place))


def _inherit_fields(table: Mapping[str, object], base: PolicyEntry | None) -> dict[str, object]:
    """What the table need not say: all texts of `base`, but its source only while its values stand."""
    if base is None:
        return {}
    source = NOT_CITED if {"values", "marketplaces"} & set(table) else base.source
    return {"name": base.name, "what": base.what, "unit": base.unit, "source": source}


def _parse_history(raw: object, unit: str, place: str) -> tuple[PolicyValue, ...]:
    """The values, at least one, rising strictly in their dates. Raises PolicyError."""
    if not isinstance(raw, list) or not raw:
        raise_policy_error(f"{place}, values", "is not a list of values", "write [{ from = 2000-01-01, value = 30 }]")
    values = tuple(_parse_value(item, unit, f"{place}, value {number}") for number, item in enumerate(raw, 1))
    for number, (earlier, later) in enumerate(pairwise(values), 2):
        if later.since == earlier.since:
            raise_policy_error(
                f"{place}, value {number}", f"begins on {later.since} as the one before", "keep one of them"
            )
        if later.since < earlier.since:
            raise_policy_error(
                f"{place}, value {number}", f"begins before {earlier.since}", "sort the values by their dates"
            )
    return values


def _parse_value(raw: object, unit: str, place: str) -> PolicyValue:
    """One value. Raises PolicyError."""
    if not isinstance(raw, dict):
        raise_policy_error(place, f"{_short_repr(raw)} is not a value", "write { from = 2000-01-01, value = 30 }")
    check_keys(raw, ("from", "value"), place)
    since = raw.get("from")
    if not isinstance(since, dt.date) or isinstance(since, dt.datetime):
        raise_policy_error(
            place, f"`from` is {_short_repr(since)}, not a date", "write from = 2000-01-01, without quotes or time"
        )
    amount = _parse_amount(raw.get("value"), unit, place)
    _check_calendar(since, amount, unit, place)
    return PolicyValue(since, amount)


def _parse_amount(raw: object, unit: str, place: str) -> Decimal:
    """The exact amount: a share of 1 for a rate, else whole; never negative. Raises PolicyError."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal) or not Decimal(raw).is_finite():
        raise_policy_error(place, f"`value` is {_short_repr(raw)}, not a number", "write digits, without quotes")
    amount = Decimal(raw)
    if amount.is_signed():
        raise_policy_error(place, f"a negative number, {_short_repr(raw)}", "a time or a rate is 0 or more")
    if unit == "rate" and amount > 1:
        raise_policy_error(place, f"a rate of {amount:.6g} is more than everything", "write 4 % as 0.04")
    if unit != "rate" and not isinstance(raw, int):
        raise_policy_error(
            place, f"{_short_repr(raw)} is not a whole number", f"give whole {unit}, without a decimal point"
        )
    return amount


def _check_calendar(since: dt.date, amount: Decimal, unit: str, place: str) -> None:
    """Afterwards a time of this length ends on a date that there is, whenever it begins. Raises PolicyError."""
    if unit == "rate":
        return
    try:
        max(since, _LATEST_DATE) + dt.timedelta(**{unit if unit in DURATION_UNITS else "days": int(amount)})
    except OverflowError:
        raise_policy_error(place, f"more {unit} than the calendar holds", "give a smaller number")


def _short_repr(raw: object) -> str:
    """A wrong value, short enough to repeat."""
    if isinstance(raw, (list, dict)) or (isinstance(raw, int) and raw.bit_length() > MAX_SHOWN):
        return f"a {'table' if isinstance(raw, dict) else 'list' if isinstance(raw, list) else 'large number'}"
    text = "missing" if raw is None else str(raw) if isinstance(raw, Decimal | dt.date) else ascii(raw)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
