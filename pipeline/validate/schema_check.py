"""The raw schema of a kind over a group's text: its failures turned into findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import findings
from pipeline.model.row_layout import RowLayout
from pipeline.model.severity import WARNING
from pipeline.rules import build_findings, cells, report_hints
from pipeline.rules.rule import Rule, list_rules
from pipeline.utils import groups
from pipeline.utils.arrow import to_arrow, to_frame, to_series, to_table
from pipeline.utils.dtypes import Array
from pipeline.validate.promotion_details import excuse_promotion_details, find_promotion_details
from pipeline.validate.quoted_cells import mask_unknown_words, quote_cells
from pipeline.validate.run_schema import SchemaFailure, run_schema
from pipeline.validate.shifted_rows import find_shifted_rows, hide_shifted_rows
from pipeline.validate.suggestions import suggest_values
from schemas import types
from schemas.columns import Column
from schemas.kind import FileKind

_RULES_BY_CODE: dict[str, Rule] = {rule.code: rule for rule in list_rules(cells)}
_ORDER_ID_LIKE = "S01-.*|[0-9][0-9.,-]*(?:[eE][+]?[0-9]+)?"  # an order id, or what became of one
_READABLE_CODES = (cells.value_missing.code, cells.quoted_cell.code)  # of cells that hold what they hold
_OFFENDER_COLUMNS = ("file", "line", "record", "order-id", "order-item-id", "id_masked")
_QUOTED_PATTERN = '^"(?:[^"]|"")*"$'  # quotation marks inside are doubled, else they are only the text's own


def check_schema(
    rows: pd.DataFrame, kind: FileKind, layout: RowLayout | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The findings of the kind's schema, and for each column with any the mask of its unreadable cells.

    Of a row that ``layout`` and schema show to be shifted there is one finding, and its cells are emptied.
    """
    columns = {column.text_name: column for column in kind.columns if column.text_name in rows}
    finding_parts: list[pd.DataFrame] = []
    unreadable: dict[str, Any] = {}
    failures = _replace_damaged(run_schema(rows, kind, columns), _find_damaged(rows, kind, columns))
    is_shifted = find_shifted_rows(kind, layout, failures) if layout else np.zeros(len(rows), bool)
    if is_shifted.any():
        finding_parts.append(hide_shifted_rows(rows, is_shifted))
        failures = [failure._replace(mask=failure.mask & ~is_shifted) for failure in failures]
    if kind.continued_blanks:
        rows["promotion_detail"] = to_series(is_detail := find_promotion_details(rows, kind, failures))
        failures = excuse_promotion_details(failures, kind, is_detail)
    id_masked = _mask_broken_ids(rows, kind, [failing for name, _, failing in failures if name == "order-id"])
    rows["id_masked"] = to_series(id_masked | is_shifted)
    places = to_table(rows, _OFFENDER_COLUMNS)
    for name, code, failing in [*failures, *_find_quoted(rows, kind, columns)]:
        if code not in _READABLE_CODES:
            unreadable[name] = unreadable.get(name, False) | failing
        offenders = places.append_column("cell", to_arrow(rows[name])).take(pa.array(np.flatnonzero(failing)))
        finding_parts.append(_report_failures(offenders, columns[name], code, kind))
    mask_unknown_words(rows, kind)
    return findings.concat_findings(finding_parts), unreadable


def _mask_broken_ids(rows: pd.DataFrame, kind: FileKind, failures: list[Any]) -> Any:
    """The rows of a report that begin with something no order id could have been: what it is may be personal.

    They are the rest of a line broken by a line end inside a name or an address (FORMATS §0, 5). Their ids are masked
    in place, so that no finding quotes them. ``failures`` are the masks of the order ids that are not readable.
    """
    hidden = np.zeros(len(rows), bool)
    if kind.is_upload or not failures or not any(column.personal for column in kind.columns):
        return hidden
    candidates = np.flatnonzero(np.logical_or.reduce(failures))
    broken = candidates[_is_unlike(to_arrow(rows["order-id"]), candidates, _ORDER_ID_LIKE)]
    hidden[broken] = True
    unlike_items = broken[_is_unlike(to_arrow(rows["order-item-id"]), broken, "[0-9]+")]
    for name, positions in (("order-id", broken), ("order-item-id", unlike_items)):
        if positions.size:
            to_mask = groups.is_in(np.arange(len(rows)), positions)
            rows[name] = to_series(pc.if_else(pa.array(to_mask), findings.MASK, to_arrow(rows[name])), rows.index)
    return hidden


def _is_unlike(text: pa.ChunkedArray, positions: Array, pattern: str) -> Array:
    """Whether the text at each of the positions is another than the pattern describes; an empty one is not."""
    matches = pc.match_substring_regex(text.take(pa.array(positions)), pattern=f"^(?:{pattern})$")
    return pc.fill_null(pc.invert(matches), False).to_numpy()


def _find_damaged(rows: pd.DataFrame, kind: FileKind, columns: dict[str, Column]) -> dict[str, Any]:
    """For each column of an upload with any the mask of the cells that no other check sees as a spreadsheet's."""
    damaged: dict[str, Any] = {}
    if not kind.is_upload:
        return damaged
    errors = pa.array(types.SPREADSHEET_ERRORS)
    for name, column in columns.items():
        text = to_arrow(rows[name])
        may_be_error = _any_begins(text, "#")  # as each of the errors does
        mask = pc.is_in(text, value_set=errors) if may_be_error else pa.chunked_array([np.zeros(len(text), bool)])
        if column.type.damage_pattern and not column.type.code:
            mask = pc.or_kleene(mask, pc.match_substring_regex(text, pattern=f"^(?:{column.type.damage_pattern})$"))
        if pc.any(mask).as_py():
            damaged[name] = pc.fill_null(mask, False).to_numpy()
    return damaged


def _replace_damaged(failures: list[SchemaFailure], damaged: dict[str, Any]) -> list[SchemaFailure]:
    """The failures, those of damaged cells replaced by the one of the damage."""
    kept = [
        failure._replace(mask=failure.mask & ~damaged[failure.column]) if failure.column in damaged else failure
        for failure in failures
    ]
    return [*kept, *(SchemaFailure(name, cells.spreadsheet_damage.code, mask) for name, mask in damaged.items())]


def _find_quoted(rows: pd.DataFrame, kind: FileKind, columns: dict[str, Column]) -> list[SchemaFailure]:
    """The cells of an upload that stand in quotation marks as a whole."""
    found = []
    for name in columns if kind.is_upload else ():
        text = to_arrow(rows[name])
        if not _any_begins(text, '"'):
            continue
        mask = pc.fill_null(pc.match_substring_regex(text, pattern=_QUOTED_PATTERN), False)
        if pc.any(mask).as_py():
            found.append(SchemaFailure(name, cells.quoted_cell.code, mask.to_numpy()))
    return found


def _any_begins(text: pa.ChunkedArray, prefix: str) -> bool:
    """Whether any cell begins so, which is many times as fast to ask as whether one matches a pattern."""
    return bool(pc.any(pc.starts_with(text, prefix), min_count=0).as_py())


def _report_failures(offenders: pa.Table, column: Column, code: str, kind: FileKind) -> pd.DataFrame:
    """The findings of one code in one column; what a spreadsheet damaged gets a code of its own."""
    if column.type.damage_pattern and code == column.type.code:
        damaged = pc.match_substring_regex(offenders["cell"], pattern=f"^(?:{column.type.damage_pattern})$")
        finding_parts = [
            _report_code(offenders.filter(damaged), column, "FMT-010", kind),
            _report_code(offenders.filter(pc.invert(damaged)), column, code, kind),
        ]
        return findings.concat_findings(finding_parts)
    return _report_code(offenders, column, code, kind)


def _report_code(offenders: pa.Table, column: Column, code: str, kind: FileKind) -> pd.DataFrame:
    if not len(offenders):
        return findings.empty_findings()
    rule, text = _RULES_BY_CODE[code], offenders["cell"]
    message, hint = _word_failure(rule, column, kind)
    quoted = pc.if_else(offenders["id_masked"], findings.MASK, quote_cells(text, column, kind))
    if column.personal:
        quoted = pa.repeat(pa.scalar(findings.MASK), len(offenders))
    offenders = offenders.append_column("value", quoted)
    if "{nearest}" in hint:
        offenders = offenders.append_column("nearest", to_arrow(suggest_values(to_series(text), column, kind)))
    severity = rule.severity if kind.is_upload or column.must_be_filled else WARNING
    return build_findings.row_findings(
        rule, to_frame(offenders), value="value", column=column.name, severity=severity, message=message, hint=hint
    )


def _word_failure(rule: Rule, column: Column, kind: FileKind) -> tuple[str, str]:
    """Message and hint of the rule, of a column."""
    article = "n" if column.type.name[0] in "aeiou" else ""
    replacements = {
        "{column}": column.name,
        "{type}": column.type.name,
        "{bounds}": _describe_bounds(column),
        "{spelling}": column.type.spelling,
    }
    message = rule.message.replace("is not an {type}", f"is not a{article} {{type}}")
    hint = report_hints.choose_hint(rule, kind)
    for name, word in replacements.items():
        message, hint = message.replace(name, word), hint.replace(name, word)
    return message, hint


def _describe_bounds(column: Column) -> str:
    return f"at most {column.max_length}" if column.max_length else "29 to 38"
