"""A kind of file for people, and as a Frictionless Table Schema for other programs.

Everything is read off the kind itself. Neither pandas nor pyarrow is imported: `feedwarden schema` answers at once.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from schemas import types
from schemas.columns import Column
from schemas.kind import FileKind
from schemas.kinds import KINDS
from schemas.types import CellType

_WIDTH = 100
_EMPTY_CODE = "FMT-001"
_LENGTH_CODE = "FMT-007"
_DAMAGE_CODE = "FMT-010"
_LISTED_CODE = (
    "FMT-006"  # the code of a closed list that this page prints; currencies and countries everyone can look up
)
_HEADINGS = ("column", "type", "use", "personal", "length", "codes")
_DATE_SPELLINGS = "YYYY-MM-DD, YYYYMMDD, YYYY/MM/DD, or an instant; nothing ambiguous"

_TYPE_MEANINGS = {
    types.ORDER_ID: "3, 7 and 7 digits with hyphens: 123-1234567-1234567",
    types.ANY_ORDER_ID: "an order id, or one that begins with S01-",
    types.ITEM_ID: "14 or 15 digits; 11, 12 and 16 to 20 are accepted too",
    types.INSTANT: "ISO 8601 with seconds and offset: 2026-03-10T07:00:00Z",
    types.DATE: _DATE_SPELLINGS,
    types.DAY_FIRST_DATE: f"{_DATE_SPELLINGS}; also DD-MM-YYYY",
    types.ENGLISH_DATE: "DD-MMM-YYYY with an English month: 09-Mar-2026",
    types.INSTANT_OR_DATE: "YYYY-MM-DD, or an instant as ISO 8601 with seconds and offset",
    types.QUANTITY: "digits, 0 or more",
    types.POSITIVE_QUANTITY: "digits, 1 or more",
    types.INTEGER: "digits, optionally with a minus sign",
    types.MONEY: "a decimal number with at most two places: 1234.50",
    types.CURRENCY: "an ISO 4217 code: USD",
    types.COUNTRY: "an ISO 3166 alpha-2 code: US",
    types.CARRIER: "one of the values listed, spelled exactly",
    types.TEXT: "anything",
    types.TRACKING_NUMBER: "anything but a number in scientific notation or with a decimal .0",
    types.TRANSPARENCY_CODES: "codes of 29 to 38 characters, separated by blanks, commas or semicolons",
}
_LEGEND = """\
use: a file without a required column is refused; columns marked known are examined by an audit only
codes: the rules that check the cell by itself; `feedwarden rules CODE` explains them"""
_UPLOAD_LEGEND = """
an error value of a spreadsheet, such as #N/A, is FMT-010 in any column, and a cell in quotation marks FMT-014"""
_DATE_FORMATS = {types.ENGLISH_DATE: "%d-%b-%Y", types.DATE: "any", types.DAY_FIRST_DATE: "any"}
_MINIMUM_VALUES = {types.QUANTITY: 0, types.POSITIVE_QUANTITY: 1}
_PRIMARY_KEYS = {
    "orders": ["order-id", "order-item-id"],
    "unshipped": ["order-id", "order-item-id"],
    "claims": ["claim-id"],
    "contacts": ["contact-id"],
    "defects": ["defect-id"],
    "stock": ["sku", "counted-at"],
}


def describe_kinds() -> str:
    """Every kind for people, as `feedwarden schema` prints them: how it is recognised, what it must have."""
    return "\n\n".join(
        "\n".join(
            [
                f"{kind.name}  {_format_title(kind)}",
                *_format_places(kind),
                _format_recognition(kind),
                _wrap_words("required", kind.required_columns()),
            ]
        )
        for kind in KINDS
    )


def describe_kind(kind: FileKind) -> str:
    """A kind for people, as `feedwarden schema KIND` prints it: its columns, and what their types mean."""
    parts = [
        "\n".join(
            [
                f"{kind.name}  {_format_title(kind)}, source {kind.source}",
                *_format_places(kind),
                _format_recognition(kind),
            ]
        ),
        "\n".join(_align_cells([_HEADINGS, *map(_format_column, kind.columns)])),
        "\n".join(["types", *_align_cells(_list_types(kind))]),
        *([textwrap.fill(f"note: {kind.note}", _WIDTH)] if kind.note else []),
        *(
            _wrap_words(column.name, _list_values(column.type))
            for column in kind.columns
            if column.type.code == _LISTED_CODE
        ),
        _LEGEND + (_UPLOAD_LEGEND if kind.is_upload else ""),
    ]
    return "\n\n".join(parts)


def to_table_schema(kind: FileKind) -> dict[str, Any]:
    """The kind as a Table Schema, version 1: every text that feedwarden reads in a column is valid by it.

    Frictionless knows one spelling of a date at a time: where a column takes several, its format is ``any``, which
    also lets pass what feedwarden refuses to guess. Field names are in lower case. Source: specs.frictionlessdata.io.
    """
    key = {"primaryKey": _PRIMARY_KEYS[kind.name]} if kind.name in _PRIMARY_KEYS else {}
    return {
        "name": kind.name,
        "title": kind.title,
        "description": f"Tab-separated, without quoting. Source: {kind.source}.",
        "fields": [_build_field(column) for column in kind.columns],
        "missingValues": ["", " "],
        **key,
    }


def rule_codes(column: Column) -> list[str]:
    """The codes of the rules that judge a cell of the column by itself, in their order."""
    checks = {
        _EMPTY_CODE: column.must_be_filled,
        column.type.code: column.type.readable_by(),
        _LENGTH_CODE: column.max_length,
        _DAMAGE_CODE: column.type.damage_pattern,
    }
    return sorted(code for code, applies in checks.items() if applies)


def _build_field(column: Column) -> dict[str, Any]:
    cell_type = column.type
    personal = " Personal data: never written to any output." if column.personal else ""
    meaning = _type_meaning(cell_type)
    field = {
        "name": column.name,
        "type": cell_type.frictionless_type,
        "description": f"{meaning[0].upper()}{meaning[1:]}.{personal}",
    }
    if cell_type in _DATE_FORMATS:
        field["format"] = _DATE_FORMATS[cell_type]
    constraints = _build_constraints(column)
    return field | ({"constraints": constraints} if constraints else {})


def _build_constraints(column: Column) -> dict[str, Any]:
    """What Frictionless can ask of a value; it puts ``^`` and ``$`` around a pattern, so alternatives need a group."""
    cell_type = column.type
    constraints = {
        "required": column.must_be_filled or None,
        "enum": _list_values(cell_type) or None,
        "pattern": f"(?:{cell_type.pattern})"
        if cell_type.pattern and cell_type.frictionless_type == "string"
        else None,
        "minimum": _MINIMUM_VALUES.get(cell_type),
        "maxLength": column.max_length,
    }
    return {name: value for name, value in constraints.items() if value is not None}


def _list_values(cell_type: CellType) -> list[str]:
    return sorted(cell_type.vocabulary()) if cell_type.vocabulary else []


def _format_title(kind: FileKind) -> str:
    return f"{kind.title}, to upload" if kind.is_upload else kind.title


def _format_places(kind: FileKind) -> list[str]:
    """Where the kind is found or uploaded, a line each; for the seller's own kinds how to begin one."""
    if not kind.place:
        return [f"  your own file; to begin one: feedwarden schema {kind.name} --example"]
    places = [f"  in Seller Central: {kind.place}"]
    if kind.api_types:
        places.append(_wrap_words("in the Selling Partner API", kind.api_types))
    return places


def _format_recognition(kind: FileKind) -> str:
    unless = [f"no {name}" for name in kind.must_lack]
    return _wrap_words("recognized by", [*kind.missing_columns(()), *unless])


def _format_column(column: Column) -> tuple[str, ...]:
    use = "required" if column.required else "known" if column.audit_only else "read"
    length = f"1-{column.max_length}" if column.max_length else ""
    return (
        column.name,
        _type_name(column.type),
        use,
        "yes" if column.personal else "",
        length,
        " ".join(rule_codes(column)),
    )


def _list_types(kind: FileKind) -> list[tuple[str, ...]]:
    """Each type of the kind's columns once, in their order, with what it means."""
    return list(dict.fromkeys(("", _type_name(column.type), _type_meaning(column.type)) for column in kind.columns))


def _type_name(cell_type: CellType) -> str:
    return cell_type.name if cell_type in _TYPE_MEANINGS else "choice"


def _type_meaning(cell_type: CellType) -> str:
    return _TYPE_MEANINGS.get(cell_type, "one of the values listed")


def _wrap_words(label: str, words: Iterable[str]) -> str:
    return textwrap.fill(
        ", ".join(words) or "nothing",
        _WIDTH,
        initial_indent=f"  {label}: ",
        subsequent_indent="    ",
        break_on_hyphens=False,
    )


def _align_cells(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
