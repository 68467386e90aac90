"""The lines of a split that hold bytes no row may hold, each with what is wrong with it."""

from __future__ import annotations

import codecs
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import findings, octets
from pipeline.batch import FilePlan, Split
from pipeline.frames import frame, series
from pipeline.rules import files as rules

_TAB, _LF, _CR, _SPACE = b"\t\n\r "


def lines_of(plan: FilePlan, split: Split, line: Any, records: Any) -> pd.DataFrame:
    """The lines of a split, counted from 0, as rows that findings are about; ``records`` by line."""
    return frame(
        pa.table(
            {
                "file": np.full(len(line), plan.file, np.int64),
                "line": line + split.first_line,
                "record": records[line] + 1,
            }
        )
    )


class Broken:
    """The lines of a split that hold bytes no row may hold: which line, counted from 0, which rule, which bytes."""

    def __init__(self) -> None:
        self.lines = np.zeros(0, np.int64)
        self.found: list[tuple[Any, Any, Any, Any]] = []  # (rule, lines, values, offsets)

    def decode(self, data: bytes, encoding: str) -> bytes:
        """The data as UTF-8; bytes that the encoding does not have are noted and stand as question marks."""
        met: list[tuple[int, str]] = []

        def note(error: UnicodeError) -> tuple[str, int]:
            if not isinstance(error, UnicodeDecodeError):
                raise error
            met.append((error.start, f"0x{error.object[error.start : error.end].hex()}"))
            return "?", error.end

        handler = f"feedwarden-note-{id(met)}"
        codecs.register_error(handler, note)
        text = data.decode(encoding, handler)
        if met:
            offsets = np.array([offset for offset, _ in met])
            self._note(rules.undecodable, data, offsets, np.array([value for _, value in met], object))
        return text.encode()

    def control(self, data: bytes) -> None:
        """Note the control characters inside lines; a carriage return is one unless it stands before a line end."""
        text = np.frombuffer(data, np.uint8)
        odd = octets.places(text, lambda piece: (piece < _SPACE) & (piece != _TAB) & (piece != _LF))
        if odd.size:
            blank_end = not data[data.rfind(b"\n") + 1 :].removesuffix(b"\r").strip(b" \t")
            ends = (blank_end & (odd + 1 == len(text))) | (text[np.minimum(odd + 1, len(text) - 1)] == _LF)
            odd = odd[~((text[odd] == _CR) & ends)]
        if odd.size:
            names = np.array([f"U+{code:04X}" for code in range(_SPACE)], object)
            self._note(rules.control_character, data, odd, names[text[odd]])

    def _note(self, rule: Any, data: bytes, offsets: Any, values: Any) -> None:
        text = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(text == _LF)
        lines, first = np.unique(np.searchsorted(ends, offsets), return_index=True)
        self.found.append((rule, lines, values[first], offsets[first]))
        self.lines = np.concatenate([self.lines, lines])

    def findings(self, plan: FilePlan, split: Split, records: Any) -> pd.DataFrame:
        """One finding for each line and rule."""
        parts = []
        for rule, lines, values, offsets in self.found:
            rows = lines_of(plan, split, lines, records)
            rows["value"], rows["offset"] = series(values), series(offsets + split.start)
            parts.append(
                findings.of(
                    rule, rows, value="value", column="", message=rule.message.replace("{encoding}", plan.encoding)
                )
            )
        return findings.join(parts)
