"""Counts with their nouns."""

from __future__ import annotations


def format_count(number: int, noun: str) -> str:
    """The number with separators, and the noun in the number that fits it."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
