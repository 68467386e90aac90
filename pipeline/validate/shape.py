"""The one place that runs pandera: raw schemas over a split's text, their failures turned into findings."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np
import pandas as pd
import pandera.errors
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings
from pipeline.frames import arrow, series
from pipeline.rules import formats
from pipeline.rules.rule import Rule, family
from schemas import types
from schemas.columns import Column
from schemas.kind import Kind

_RULES: dict[str, Rule] = {rule.code: rule for rule in family(formats)}
_LIKE_AN_ID = "S01-.*|[0-9][0-9.,-]*(?:[eE][+]?[0-9]+)?"  # an order id, or what became of one
_LIKE_A_COUNTRY = "^[A-Za-z]{2,3}$"
_TOLD = 100  # distinct unknown values for which the nearest listed one is looked up


def shape(rows: pd.DataFrame, kind: Kind) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The findings of the kind's schema, and for each column with any the mask of its unreadable cells."""
    columns = {column.text: column for column in kind.columns if column.text in rows}
    parts: list[pd.DataFrame] = []
    unreadable: dict[str, Any] = {}
    failures = _failures(rows, kind, columns)
    rows["hidden"] = series(_shifted(rows, kind, [bad for name, _, bad in failures if name == "order-id"]))
    for name, code, bad in failures:
        if code != formats.value_missing.code:
            unreadable[name] = unreadable.get(name, False) | bad
        parts.append(_said(rows[bad], columns[name], code, kind))
    return findings.join(parts), unreadable


def _shifted(rows: pd.DataFrame, kind: Kind, failures: list[Any]) -> Any:
    """The rows of a report that begin with something no order id could have been: what it is may be personal.

    They are the rest of a line broken by a line end inside a name or an address (FORMATS §0, 5). Their ids are masked
    in place, so that no finding quotes them. ``failures`` are the masks of the order ids that are not readable.
    """
    hidden = np.zeros(len(rows), bool)
    if kind.upload or not failures or not any(column.personal for column in kind.columns):
        return hidden
    for name, pattern in (("order-id", _LIKE_AN_ID), ("order-item-id", "[0-9]+")):
        text = arrow(rows[name])
        strange = pc.fill_null(pc.invert(pc.match_substring_regex(text, pattern=f"^(?:{pattern})$")), False)
        hidden |= strange.to_numpy() & (name == "order-id")
        mine = pc.and_(pa.chunked_array([pa.array(hidden)]), strange)
        rows[name] = series(pc.if_else(mine, findings.MASK, text), rows.index)
    return hidden


def _failures(rows: pd.DataFrame, kind: Kind, columns: dict[str, Column]) -> list[tuple[str, str, Any]]:
    """(column, code, mask of the failing rows) for every check of the schema that any row fails."""
    try:
        kind.schema(columns.values()).validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return [
            (str(error.schema.name), str(error.check.name), ~error.check_output.to_numpy(bool))
            for error in errors.schema_errors
        ]
    return []


def _said(rows: pd.DataFrame, column: Column, code: str, kind: Kind) -> pd.DataFrame:
    """The findings of one code in one column; what a spreadsheet damaged is told apart."""
    if column.type.damage and code == column.type.code:
        damaged = pc.match_substring_regex(arrow(rows[column.text]), pattern=f"^(?:{column.type.damage})$").to_numpy(
            zero_copy_only=False
        )
        parts = [_one(rows[damaged], column, "FMT-010", kind), _one(rows[~damaged], column, code, kind)]
        return findings.join(parts)
    return _one(rows, column, code, kind)


def _one(rows: pd.DataFrame, column: Column, code: str, kind: Kind) -> pd.DataFrame:
    if rows.empty:
        return findings.none()
    rule = _RULES[code]
    severity = rule.severity if kind.upload or column.required else findings.WARNING
    article = "n" if column.type.name[0] in "aeiou" else ""
    words = {"{column}": column.name, "{type}": column.type.name, "{bounds}": _bounds(column)}
    message = rule.message.replace("is not an {type}", f"is not a{article} {{type}}")
    hint = rule.hint
    for name, word in words.items():
        message, hint = message.replace(name, word), hint.replace(name, word)
    told = pc.if_else(arrow(rows["hidden"]), findings.MASK, arrow(rows[column.text]))
    if column.type is types.COUNTRY and not kind.upload:  # what is no code is another part of the address
        told = pc.if_else(pc.match_substring_regex(told, _LIKE_A_COUNTRY), told, findings.MASK)
    rows = rows.assign(value=_masked(rows[column.text]) if column.personal else series(told, rows.index))
    if "{nearest}" in hint:
        rows = rows.assign(nearest=_nearest(rows[column.text], column))
    return findings.of(rule, rows, value="value", column=column.name, severity=severity, message=message, hint=hint)


def _bounds(column: Column) -> str:
    return f"at most {column.longest}" if column.longest else "29 to 38"


def _masked(text: pd.Series[Any]) -> pd.Series[Any]:
    return series(pa.repeat(pa.scalar(findings.MASK), len(text)), text.index)


def _nearest(text: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """For each unknown value the listed value most like it, as a hint; looked up once a distinct value."""
    known = sorted(column.type.vocabulary()) if column.type.vocabulary else []
    coded = pc.dictionary_encode(arrow(text)).combine_chunks()
    folded = {value.casefold(): value for value in known}
    hints = [_hint(str(value), folded, column) for value in coded.dictionary[:_TOLD].to_pylist()]
    hints += [f"Choose a value of the list: feedwarden schema shows it for {column.name}."] * max(
        len(coded.dictionary) - _TOLD, 0
    )
    return series(pa.array(hints, pa.string()).take(coded.indices), text.index)


def _hint(value: str, folded: dict[str, str], column: Column) -> str:
    near = difflib.get_close_matches(value.casefold()[:80], list(folded), 1, 0.5)
    if near:
        return f"Did you mean {folded[near[0]]}? Values of {column.name} are compared letter by letter."
    return f"Choose a value of the list of {column.name}" + (
        ", or Other with a carrier-name." if column.type.folded else "."
    )
