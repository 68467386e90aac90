"""A kind of file for people, and as a Frictionless Table Schema for other programs.

Everything is read off the kind itself. Neither pandas nor pyarrow is imported: `feedwarden schema` answers at once.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from schemas import types
from schemas.columns import Column
from schemas.kind import Kind
from schemas.kinds import KINDS
from schemas.types import Type

_WIDTH = 100
_EMPTY = "FMT-001"
_LENGTH = "FMT-007"
_DAMAGE = "FMT-010"
_LISTED = "FMT-006"  # the code of a closed list that this page prints; currencies and countries everyone can look up
_HEADINGS = ("column", "type", "use", "personal", "length", "codes")
_SPELLINGS = "YYYY-MM-DD, YYYYMMDD, YYYY/MM/DD, or an instant; nothing that can be read in two ways"

_SHAPES = {
    types.ORDER_ID: "3, 7 and 7 digits with hyphens: 123-1234567-1234567",
    types.ANY_ORDER_ID: "an order id, or S01- and what follows",
    types.ITEM_ID: "14 digits; 11, 12 and 15 to 20 are read too",
    types.INSTANT: "ISO 8601 with seconds and offset: 2026-03-10T07:00:00Z",
    types.DATE: _SPELLINGS,
    types.DAY_FIRST_DATE: f"{_SPELLINGS}; also DD-MM-YYYY",
    types.ENGLISH_DATE: "DD-MMM-YYYY with an English month: 09-Mar-2026",
    types.WHEN: "YYYY-MM-DD, or an instant as ISO 8601 with seconds and offset",
    types.QUANTITY: "digits, 0 or more",
    types.UNITS: "digits, 1 or more",
    types.INTEGER: "digits, perhaps with a minus sign",
    types.MONEY: "a plain decimal of at most two places: 1234.50",
    types.CURRENCY: "an ISO 4217 code: USD",
    types.COUNTRY: "an ISO 3166 alpha-2 code: US",
    types.CARRIER: "one of the values listed, letter by letter",
    types.TEXT: "anything",
    types.TRANSPARENCY_CODES: "codes of 29 to 38 characters, with blanks, commas or semicolons between them",
}
_LEGEND = """\
use: a file without a required column is refused; no rule of a run asks for those that are only known
codes: what can be wrong with a cell by itself; `feedwarden rules CODE` says more"""
_FORMATS = {types.ENGLISH_DATE: "%d-%b-%Y", types.DATE: "any", types.DAY_FIRST_DATE: "any"}
_LEAST = {types.QUANTITY: 0, types.UNITS: 1}
_KEYS = {
    "orders": ["order-id", "order-item-id"],
    "unshipped": ["order-id", "order-item-id"],
    "claims": ["claim-id"],
    "contacts": ["contact-id"],
    "stock": ["sku", "counted-at"],
}


def text_all() -> str:
    """Every kind for people, as `feedwarden schema` prints them: how it is recognised, what it must have."""
    return "\n\n".join(
        "\n".join([f"{kind.name}  {_title(kind)}", _recognised(kind), _paragraph("must have", kind.required())])
        for kind in KINDS
    )


def text(kind: Kind) -> str:
    """A kind for people, as `feedwarden schema KIND` prints it: its columns, and what their types mean."""
    parts = [
        f"{kind.name}  {_title(kind)}, source {kind.source}\n{_recognised(kind)}",
        "\n".join(_aligned([_HEADINGS, *map(_row, kind.columns)])),
        "\n".join(["types", *_aligned(_types(kind))]),
        *(_paragraph(column.name, _listed(column.type)) for column in kind.columns if column.type.code == _LISTED),
        _LEGEND,
    ]
    return "\n\n".join(parts)


def frictionless(kind: Kind) -> dict[str, Any]:
    """The kind as a Table Schema, version 1: every text that feedwarden reads in a column is valid by it.

    Frictionless knows one spelling of a date at a time: where a column takes several, its format is ``any``, which
    also lets pass what feedwarden refuses to guess. Field names are in lower case. Source: specs.frictionlessdata.io.
    """
    key = {"primaryKey": _KEYS[kind.name]} if kind.name in _KEYS else {}
    return {
        "name": kind.name,
        "title": kind.title,
        "description": f"Tab-delimited, without quoting. Source: {kind.source}.",
        "fields": [_field(column) for column in kind.columns],
        "missingValues": ["", " "],
        **key,
    }


def codes(column: Column) -> list[str]:
    """The codes of the rules that judge a cell of the column by itself, in their order."""
    told = {
        _EMPTY: column.required,
        column.type.code: column.type.readable(),
        _LENGTH: column.longest,
        _DAMAGE: column.type.damage,
    }
    return sorted(code for code, asked in told.items() if asked)


def _field(column: Column) -> dict[str, Any]:
    of = column.type
    personal = " Personal data: never written to any output." if column.personal else ""
    meaning = _meaning(of)
    field = {"name": column.name, "type": of.dtype, "description": f"{meaning[0].upper()}{meaning[1:]}.{personal}"}
    if of in _FORMATS:
        field["format"] = _FORMATS[of]
    constraints = _constraints(column)
    return field | ({"constraints": constraints} if constraints else {})


def _constraints(column: Column) -> dict[str, Any]:
    """What Frictionless can ask of a value; it puts ``^`` and ``$`` around a pattern, so alternatives need a group."""
    of = column.type
    told = {
        "required": column.required or None,
        "enum": _listed(of) or None,
        "pattern": f"(?:{of.pattern})" if of.pattern and of.dtype == "string" else None,
        "minimum": _LEAST.get(of),
        "maxLength": column.longest,
    }
    return {name: value for name, value in told.items() if value is not None}


def _listed(of: Type) -> list[str]:
    return sorted(of.vocabulary()) if of.vocabulary else []


def _title(kind: Kind) -> str:
    return f"{kind.title}, to upload" if kind.upload else kind.title


def _recognised(kind: Kind) -> str:
    unless = [f"no {name}" for name in kind.never]
    return _paragraph("recognised by", [*kind.lacks(()), *unless])


def _row(column: Column) -> tuple[str, ...]:
    use = "required" if column.required else "known" if column.audit else "read"
    length = f"1-{column.longest}" if column.longest else ""
    return column.name, _name(column.type), use, "yes" if column.personal else "", length, " ".join(codes(column))


def _types(kind: Kind) -> list[tuple[str, ...]]:
    """Each type of the kind's columns once, in their order, with what it means."""
    return list(dict.fromkeys(("", _name(column.type), _meaning(column.type)) for column in kind.columns))


def _name(of: Type) -> str:
    return of.name if of in _SHAPES else "choice"


def _meaning(of: Type) -> str:
    return _SHAPES.get(of, "one of the values listed")


def _paragraph(label: str, words: Iterable[str]) -> str:
    return textwrap.fill(
        ", ".join(words) or "nothing",
        _WIDTH,
        initial_indent=f"  {label}: ",
        subsequent_indent="    ",
        break_on_hyphens=False,
    )


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
