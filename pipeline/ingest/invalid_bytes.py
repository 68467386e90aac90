"""The lines of a group that hold bytes no row may hold, each with what is wrong with it."""

from __future__ import annotations

import codecs
import threading
from typing import Any

import numpy as np
import pandas as pd

from pipeline.ingest.group_text import LinePlaces
from pipeline.ingest.line_scan import LineScan
from pipeline.model import findings
from pipeline.model.file_plan import FilePlan
from pipeline.rules import build_findings, files, report_hints
from pipeline.utils import byte_search, groups
from pipeline.utils.arrow import to_series
from pipeline.utils.byte_search import CR, LF, SPACE, TAB
from pipeline.utils.dtypes import IntArray


class InvalidBytes:
    """The lines of a group that hold bytes no row may hold: which line, counted from 0, which rule, which bytes."""

    def __init__(self) -> None:
        self.lines = np.zeros(0, np.int64)
        self.found: list[tuple[Any, Any, Any, Any]] = []  # (rule, lines, values, offsets in the file)

    def decode(self, data: bytes, encoding: str, first_line: int, start: int) -> bytes:
        """The data as UTF-8; of each line the first bytes that the encoding does not have are noted.

        What follows them in the line, which is unreadable, is passed on without being understood. The data begins with
        that line of the group, at the ``start`` in its file.
        """
        undecodable: list[tuple[int, str]] = []

        def note_error(error: UnicodeError) -> tuple[str, int]:
            if not isinstance(error, UnicodeDecodeError):
                raise error
            undecodable.append((error.start, f"0x{error.object[error.start : error.end].hex()}"))
            line_end = error.object.find(b"\n", error.end)
            resume_at = line_end if line_end >= 0 else len(error.object)
            return "?" + error.object[error.end : resume_at].decode("latin-1"), resume_at

        handler = f"feedwarden-note-{threading.get_ident()}"  # a name is never forgotten
        codecs.register_error(handler, note_error)
        text = data.decode(encoding, handler)
        if undecodable:
            offsets = np.array([offset for offset, _ in undecodable])
            lines, first_index = _find_lines(np.flatnonzero(np.frombuffer(data, np.uint8) == LF), offsets)
            values = np.array([value for _, value in undecodable], object)[first_index]
            self._note(files.undecodable, lines + first_line, values, offsets[first_index] + start)
        return text.encode()

    def note_control_characters(self, scan: LineScan, places: LinePlaces) -> None:
        """Note the control characters inside lines; a carriage return is one unless it stands before a line end."""
        text = scan.text
        control_offsets = byte_search.find_bytes(text, lambda chunk: (chunk < SPACE) & (chunk != TAB) & (chunk != LF))
        if control_offsets.size:
            before_line_end = text[np.minimum(control_offsets + 1, len(text) - 1)] == LF
            control_offsets = control_offsets[~((text[control_offsets] == CR) & before_line_end)]
        if control_offsets.size:
            names = np.array([f"U+{code:04X}" for code in range(SPACE)], object)
            lines, first_index = _find_lines(scan.ends, control_offsets)
            first_offsets = control_offsets[first_index]
            values = names[text[first_offsets]]
            self._note(files.control_character, lines, values, places.file_offsets(lines, first_offsets))

    def _note(self, rule: Any, lines: IntArray, values: Any, offsets: IntArray) -> None:
        self.found.append((rule, lines, values, offsets))
        self.lines = np.concatenate([self.lines, lines])

    def list_lines(self) -> IntArray:
        """The lines, each once, rising."""
        return groups.sorted_unique(self.lines)

    def build_findings(self, plan: FilePlan, places: LinePlaces, records: IntArray) -> pd.DataFrame:
        """One finding for each line and rule."""
        finding_parts = []
        for rule, lines, values, offsets in self.found:
            rows = places.build_rows(lines, records)
            rows["value"], rows["offset"] = to_series(values), to_series(offsets)
            message = rule.message.replace("{encoding}", plan.encoding)
            hint = report_hints.choose_hint(rule, plan.kind)
            finding_parts.append(
                build_findings.row_findings(rule, rows, value="value", column="", message=message, hint=hint)
            )
        return findings.concat_findings(finding_parts)


def _find_lines(ends: IntArray, offsets: Any) -> tuple[Any, Any]:
    """The lines, of these ends, in which the bytes at these places stand, and which of the places is its first."""
    return np.unique(np.searchsorted(ends, offsets), return_index=True)
