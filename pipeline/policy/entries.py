"""From a table of a profile file to an entry. Every refusal is a PolicyError of one line that begins with the place."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import NoReturn

from pipeline.policy.model import DURATIONS, UNITS, Entry, PolicyError, Value

KEYS = ("name", "what", "unit", "source", "values")
NOT_CITED = "overlay, no source given"  # a changed number must not cite the source of the old one
_LAST = dt.date(9000, 1, 1)  # no row and no as-of is later
SHOWN = 40  # characters of a wrong value that a message repeats


def refuse(place: str, what: str, what_next: str) -> NoReturn:
    """Never returns: raises PolicyError."""
    raise PolicyError(f"{place}: {what}; {what_next}")


def nearest(wrong: str, right: Collection[str]) -> str:
    """What next after a word that is not among the `right` ones: the nearest of them, or else all of them."""
    close = difflib.get_close_matches(wrong, right)
    return f"did you mean {' or '.join(close)}?" if close else f"it must be one of {', '.join(right)}"


def only(table: Mapping[str, object], keys: Collection[str], place: str) -> None:
    """Afterwards every key of the table is one of `keys`. Raises PolicyError."""
    stray = next((key for key in table if key not in keys), None)
    if stray is not None:
        refuse(place, f"unknown key {stray!r}", nearest(stray, keys))


def line(raw: object, place: str) -> str:
    """The text, known to fit one line of a table; None stands for a missing key. Raises PolicyError."""
    if raw is None:
        refuse(place, "is missing", "add it: a number has name, what, unit, source and values")
    if not isinstance(raw, str) or not raw.strip() or not raw.isprintable():
        refuse(place, f"{_shown(raw)} is not a line of text", "write one line in quotes")
    return raw


def entry(table: Mapping[str, object], base: Entry | None, place: str) -> Entry:
    """The entry that the table gives; what it leaves out is taken from `base`, if there is one. Raises PolicyError."""
    only(table, KEYS, place)
    given = {**_inherited(table, base), **table}
    name, what, unit, source = (line(given.get(key), f"{place}, {key}") for key in KEYS[:-1])
    if unit not in UNITS:
        refuse(place, f"unknown unit {unit!r}", nearest(unit, UNITS))
    if base is not None and unit != base.unit:
        refuse(place, f"is counted in {base.unit}, not in {unit}", f"leave the unit out and give {base.unit}")
    if base is not None and "values" not in table:
        return Entry(name, what, unit, source, base.history)
    return Entry(name, what, unit, source, _history(table.get("values"), unit, place))


def _inherited(table: Mapping[str, object], base: Entry | None) -> dict[str, object]:
    """What the table need not say: all texts of `base`, but its source only while its values stand."""
    if base is None:
        return {}
    source = NOT_CITED if "values" in table else base.source
    return {"name": base.name, "what": base.what, "unit": base.unit, "source": source}


def _history(raw: object, unit: str, place: str) -> tuple[Value, ...]:
    """The values, at least one, rising strictly in their dates. Raises PolicyError."""
    if not isinstance(raw, list) or not raw:
        refuse(f"{place}, values", "is not a list of values", "write [{ from = 2000-01-01, value = 30 }]")
    values = tuple(_value(item, unit, f"{place}, value {number}") for number, item in enumerate(raw, 1))
    for number, (earlier, later) in enumerate(pairwise(values), 2):
        if later.since == earlier.since:
            refuse(f"{place}, value {number}", f"begins on {later.since} as the one before", "keep one of them")
        if later.since < earlier.since:
            refuse(f"{place}, value {number}", f"begins before {earlier.since}", "sort the values by their dates")
    return values


def _value(raw: object, unit: str, place: str) -> Value:
    """One value. Raises PolicyError."""
    if not isinstance(raw, dict):
        refuse(place, f"{_shown(raw)} is not a value", "write { from = 2000-01-01, value = 30 }")
    only(raw, ("from", "value"), place)
    since = raw.get("from")
    if not isinstance(since, dt.date) or isinstance(since, dt.datetime):
        refuse(place, f"`from` is {_shown(since)}, not a date", "write from = 2000-01-01, without quotes or time")
    amount = _amount(raw.get("value"), unit, place)
    _fits(since, amount, unit, place)
    return Value(since, amount)


def _amount(raw: object, unit: str, place: str) -> Decimal:
    """The exact amount: a share of 1 for a rate, else whole; never negative. Raises PolicyError."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal) or not Decimal(raw).is_finite():
        refuse(place, f"`value` is {_shown(raw)}, not a number", "write digits, without quotes")
    amount = Decimal(raw)
    if amount.is_signed():
        refuse(place, f"a negative number, {_shown(raw)}", "a time or a rate is 0 or more")
    if unit == "rate" and amount > 1:
        refuse(place, f"a rate of {amount:.6g} is more than everything", "write 4 % as 0.04")
    if unit != "rate" and not isinstance(raw, int):
        refuse(place, f"{_shown(raw)} is not a whole number", f"give whole {unit}, without a decimal point")
    return amount


def _fits(since: dt.date, amount: Decimal, unit: str, place: str) -> None:
    """Afterwards a time of this length ends on a date that there is, whenever it begins. Raises PolicyError."""
    if unit == "rate":
        return
    try:
        max(since, _LAST) + dt.timedelta(**{unit if unit in DURATIONS else "days": int(amount)})
    except OverflowError:
        refuse(place, f"more {unit} than the calendar holds", "give a smaller number")


def _shown(raw: object) -> str:
    """A wrong value, short enough to repeat."""
    text = "missing" if raw is None else str(raw) if isinstance(raw, Decimal | dt.date) else ascii(raw)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
