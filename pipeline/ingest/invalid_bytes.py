"""The lines of a split that hold bytes no row may hold, each with what is wrong with it."""

from __future__ import annotations

import codecs
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model import findings
from pipeline.model.file_plan import FilePlan, Split
from pipeline.rules import build_findings, files, report_hints
from pipeline.utils import byte_search
from pipeline.utils.arrow import to_frame, to_series
from pipeline.utils.byte_search import CR, LF, SPACE, TAB


def build_line_rows(plan: FilePlan, split: Split, line: Any, records: Any) -> pd.DataFrame:
    """The lines of a split, counted from 0, as rows that findings are about; ``records`` by line."""
    return to_frame(
        pa.table(
            {
                "file": np.full(len(line), plan.file, np.int64),
                "line": line + split.first_line,
                "record": records[line] + 1,
            }
        )
    )


class InvalidBytes:
    """The lines of a split that hold bytes no row may hold: which line, counted from 0, which rule, which bytes."""

    def __init__(self) -> None:
        self.lines = np.zeros(0, np.int64)
        self.found: list[tuple[Any, Any, Any, Any]] = []  # (rule, lines, values, offsets)

    def decode(self, data: bytes, encoding: str) -> bytes:
        """The data as UTF-8; of each line the first bytes that the encoding does not have are noted.

        What follows them in the line, which is unreadable, is passed on without being understood.
        """
        undecodable: list[tuple[int, str]] = []

        def note_error(error: UnicodeError) -> tuple[str, int]:
            if not isinstance(error, UnicodeDecodeError):
                raise error
            undecodable.append((error.start, f"0x{error.object[error.start : error.end].hex()}"))
            line_end = error.object.find(b"\n", error.end)
            resume_at = line_end if line_end >= 0 else len(error.object)
            return "?" + error.object[error.end : resume_at].decode("latin-1"), resume_at

        handler = f"feedwarden-note-{id(undecodable)}"
        codecs.register_error(handler, note_error)
        text = data.decode(encoding, handler)
        if undecodable:
            offsets = np.array([offset for offset, _ in undecodable])
            self._note_offsets(files.undecodable, data, offsets, np.array([value for _, value in undecodable], object))
        return text.encode()

    def note_control_characters(self, data: bytes) -> None:
        """Note the control characters inside lines; a carriage return is one unless it stands before a line end."""
        text = np.frombuffer(data, np.uint8)
        control_offsets = byte_search.find_bytes(text, lambda chunk: (chunk < SPACE) & (chunk != TAB) & (chunk != LF))
        if control_offsets.size:
            blank_end = not data[data.rfind(b"\n") + 1 :].removesuffix(b"\r").strip(b" \t")
            before_line_end = (blank_end & (control_offsets + 1 == len(text))) | (
                text[np.minimum(control_offsets + 1, len(text) - 1)] == LF
            )
            control_offsets = control_offsets[~((text[control_offsets] == CR) & before_line_end)]
        if control_offsets.size:
            names = np.array([f"U+{code:04X}" for code in range(SPACE)], object)
            self._note_offsets(files.control_character, data, control_offsets, names[text[control_offsets]])

    def _note_offsets(self, rule: Any, data: bytes, offsets: Any, values: Any) -> None:
        text = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(text == LF)
        lines, first_index = np.unique(np.searchsorted(ends, offsets), return_index=True)
        self.found.append((rule, lines, values[first_index], offsets[first_index]))
        self.lines = np.concatenate([self.lines, lines])

    def build_findings(self, plan: FilePlan, split: Split, records: Any) -> pd.DataFrame:
        """One finding for each line and rule."""
        finding_parts = []
        for rule, lines, values, offsets in self.found:
            rows = build_line_rows(plan, split, lines, records)
            rows["value"], rows["offset"] = to_series(values), to_series(offsets + split.start)
            message = rule.message.replace("{encoding}", plan.encoding)
            hint = report_hints.choose_hint(rule, plan.kind)
            finding_parts.append(
                build_findings.row_findings(rule, rows, value="value", column="", message=message, hint=hint)
            )
        return findings.concat_findings(finding_parts)
