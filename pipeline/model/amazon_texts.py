"""What Amazon writes about the records of a feed, without what may be personal in it."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.findings import MASK
from pipeline.utils import arrow

_TEXT_COLUMNS = ("error-code", "error-message")
_ID = r"\b[0-9]{3}-[0-9]{7}-[0-9]{7}\b|\b[0-9]{14,15}\b"  # of an order or an order item
_EMAIL = r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+"
_LONG_NUMBER = (
    r"\+?[0-9]{7,}|\+[0-9][0-9 ().-]{5,}[0-9]|\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b"  # a phone's, a card's
)
_MARK = "\ue000"  # stands in no file: a private character


def mask_texts(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of processing reports, with the codes and texts masked."""
    return rows.assign(**{name: arrow.to_series(mask_text(arrow.to_arrow(rows[name]))) for name in _TEXT_COLUMNS})


def mask_text(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Each text with every e-mail address and every long number masked, unless that is the id of an order or an item.

    The ids take part in the search, so that no part of one is taken for a number, and are then left as they were.
    """
    marked = pc.replace_substring_regex(text, f"({_ID})|{_EMAIL}|{_LONG_NUMBER}", rf"\1{_MARK}")
    with_ids = pc.replace_substring_regex(marked, f"({_ID}){_MARK}", r"\1")
    return pc.replace_substring(with_ids, _MARK, MASK)
