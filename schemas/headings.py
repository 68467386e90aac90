"""How a heading is shown that no kind has: it may be a cell of a line whose end was lost."""

from __future__ import annotations

import difflib
import re

from schemas.kind import FileKind

_LIKE_AMAZONS = re.compile(r"[a-z]{2,20}(?:[-_][a-z0-9]{1,20}){1,8}")
_ENGLISH_WORD = re.compile(
    "notes?|comments?|status|price|total|weight|warehouse|brand|colou?r|size|date|type|channel|url|asin|title"
)
_NEAR = 0.8


def show_heading(kind: FileKind, spelling: str, position: int) -> str:
    """The heading as it is spelt, where it is like Amazon's or near to one of the kind's, else which column it is."""
    name = spelling.strip().lower()
    if kind.source.startswith("feedwarden"):  # of the seller's own making, and of its own columns
        return spelling
    if _LIKE_AMAZONS.fullmatch(name) or _ENGLISH_WORD.fullmatch(name) or kind.find_column(name):
        return spelling
    if len(name) <= max(len(column.name) for column in kind.columns) * 2 and difflib.get_close_matches(
        name, [column.name for column in kind.columns], n=1, cutoff=_NEAR
    ):
        return spelling
    return f"‹column {position}›"
