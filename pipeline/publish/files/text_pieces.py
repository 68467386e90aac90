"""Long texts written as they are made: never all of one is in memory."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

from pipeline.publish.files.output_folder import OutputFile

_PIECES_AT_ONCE = 1 << 12


def write_pieces(output: OutputFile, pieces: Iterable[str]) -> None:
    """The pieces of a text are written one behind the other; what no character stands for is escaped."""
    remaining = iter(pieces)
    while some := list(itertools.islice(remaining, _PIECES_AT_ONCE)):
        output.write("".join(some).encode("utf-8", "backslashreplace"))


def write_json(output: OutputFile, content: Any, indent: int = 2) -> None:
    """The content is written as JSON, always in the same order, with a line end."""
    encoder = json.JSONEncoder(indent=indent, sort_keys=True, ensure_ascii=False)
    write_pieces(output, itertools.chain(encoder.iterencode(content), "\n"))
