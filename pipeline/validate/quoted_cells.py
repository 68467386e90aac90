"""What a finding quotes of a cell that is not readable, and what stays of free text: nothing that may be personal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.findings import MASK
from pipeline.utils.arrow import to_arrow, to_series
from schemas.report_words import known_words

if TYPE_CHECKING:
    from schemas.columns import Column
    from schemas.kind import FileKind

_SPREADSHEET_ERROR = r"#[A-Z0-9/]{1,8}[!?]?"
_ROUNDED = r"[0-9](?:[.,][0-9]+)?[eE][+-]?[0-9]{1,3}|[0-9]{1,20}[.,]0"
_MONTH = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_TIME = "(?:[T ][0-9:.,]{1,15} ?(?i:am|pm)?(?i:z|utc|gmt|pst|pdt|est|edt|cet|cest|bst|jst|[+-][0-9:]{1,6})?)?"
# By the code of the unreadable value: what a wrong one looks like that is of the type all the same.
_SHAPES = {
    "FMT-002": f"(?:S01-)?[0-9][0-9.,-]{{0,30}}|{_ROUNDED}",
    "FMT-003": (
        rf"[0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,4}}{_TIME}|[0-9]{{5}}|(?:19|20)[0-9]{{6}}{_TIME}"
        rf"|[0-9]{{1,4}}[-/. ]{_MONTH}[-/. ][0-9]{{2,4}}{_TIME}|{_MONTH} [0-9]{{1,2}},? [0-9]{{4}}{_TIME}"
    ),
    "FMT-004": rf"[+-]?[0-9]{{1,6}}(?:[.,][0-9]{{1,3}})?|{_ROUNDED}",
    "FMT-005": r"(?:[A-Z]{3} ?|[$€£¥] ?)?[+-]?[0-9]{1,9}(?:[.,' ]?[0-9]{1,4}){0,3}(?: ?[A-Z]{3}| ?[$€£¥])?",
    "FMT-008": "[A-Za-z]{2,3}",
}


def quote_cells(text: pa.ChunkedArray, column: Column, kind: FileKind) -> pa.ChunkedArray:
    """The unreadable cells of a typed column as a finding quotes them: of a report only what looks like the type."""
    if kind.is_upload or not column.type.code:
        return text
    shape = _SHAPES.get(column.type.code) or _near_values(column)
    pattern = f"^(?:{shape}|{_SPREADSHEET_ERROR})$"
    if column.type.damage_pattern:
        pattern = f"^(?:{shape}|{_SPREADSHEET_ERROR}|{column.type.damage_pattern})$"
    return pc.if_else(pc.match_substring_regex(text, pattern=pattern), text, MASK)


def _near_values(column: Column) -> str:
    """The pattern of texts as short as a mark, or of a value of the closed list in another case."""
    values = sorted(column.type.vocabulary()) if column.type.vocabulary else []
    words = "|".join("".join(f"[{c}]" if c.isalnum() else f"\\{c}" for c in value) for value in values)
    return f"(?i:{words}|yes|no|true|false|[01yn])" if words else "[01]"


def mask_unknown_words(rows: pd.DataFrame, kind: FileKind) -> None:
    """In place, the cells of a report's columns of Amazon's words that hold anything else are masked."""
    for column in () if kind.is_upload else kind.columns:
        pattern = known_words(column.name)
        if pattern and column.text_name in rows:
            rows[column.text_name] = to_series(_mask_unknown(to_arrow(rows[column.text_name]), pattern), rows.index)


def _mask_unknown(text: pa.ChunkedArray, pattern: str) -> Any:
    """The text, each distinct value judged once."""
    encoded = pc.dictionary_encode(text).combine_chunks()
    is_known = pc.match_substring_regex(encoded.dictionary, pattern=pattern)
    if pc.all(is_known).as_py() in (True, None):
        return text
    return pc.take(pc.if_else(is_known, encoded.dictionary, MASK), encoded.indices)
