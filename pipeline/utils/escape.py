"""Text made harmless to a terminal: what moves its cursor, colours it or turns its writing direction is spelt out."""

from __future__ import annotations

import re

# Controls but TAB and line feed, those that format (directions, joiners, tags), lone surrogates, line separators.
_CONTROL_CHARS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


MAX_REASON = 200  # characters of what an error says


def to_one_line(error: object) -> str:
    """What the error says, in one line that is not too long."""
    return " ".join(str(error).split())[:MAX_REASON]


def escape_controls(text: str) -> str:
    r"""The text with every character that acts instead of being seen as its escape, such as ``\x1b``."""
    return _CONTROL_CHARS.sub(_escape_match, text) if not text.isascii() or not text.isprintable() else text


def _escape_match(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
