"""The lines above the table of a processing report: how many records were processed, how many with success."""

from __future__ import annotations

_MAX_DIGITS = 18  # of a count, so that it fits an int64


def read_counts(lines: list[str]) -> tuple[int, ...]:
    """The numbers of a processing report's summary lines: records processed, and of these successful.

    A number too large for any report is the largest that a column holds.
    """
    digits = [read_count(line) for line in lines]
    return tuple(int(text) if len(text) <= _MAX_DIGITS else 10**_MAX_DIGITS for text in digits if text is not None)


def read_count(line: str) -> str | None:
    """The count of a summary line, without leading zeros; None for any other line.

    A TAB or two blanks, a label without a TAB, TABs or two blanks, digits. Looked at from both ends, and not by a
    pattern: one would try every blank of a long line as the begin of the last gap.
    """
    text = line.rstrip()
    before = text.rstrip("0123456789")
    if before == text or not before.endswith(("\t", "  ")):
        return None
    label = before.rstrip("\t") if before.endswith("\t") else before.rstrip(" ")
    name = label[1:] if label.startswith("\t") else label.lstrip(" ") if label.startswith("  ") else ""
    is_label = bool(name) and not name[0].isspace() and "\t" not in name
    return (text[len(before) :].lstrip("0") or "0") if is_label else None
