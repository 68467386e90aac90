"""Of which kind a file is, told by its header alone."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.ingest.headers import HEADER_LINES
from schemas.kinds import KINDS


def recognize_kind(lines: Sequence[str]) -> str:
    """The name of the kind whose header is among a file's first lines; an empty text where none is."""
    headers = [[name.strip().lower() for name in line.split("\t")] for line in lines[:HEADER_LINES]]
    return next((kind.name for names in headers for kind in KINDS if kind.matches_header(names)), "")
