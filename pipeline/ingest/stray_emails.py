"""E-mail addresses that stand where none belongs: a sign that the cells of a row have shifted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest.line_scan import LineScan
from pipeline.utils import byte_search
from pipeline.utils.byte_search import TAB
from pipeline.utils.dtypes import Array
from schemas.kind import FileKind

_AT = ord("@")
_MAX_AT_ONCE = 1 << 14  # at signs looked at together
_MAX_LABEL = 64  # characters of the first part of a domain, and the dot behind it
_EMAIL_PATTERN = r"^[A-Za-z0-9._%+-]@[A-Za-z0-9-]+\.[A-Za-z]"  # around an at sign


def find_stray_emails(scan: LineScan, header: tuple[str, ...], kind: FileKind) -> Array:
    """Which lines hold an e-mail address outside the columns for one, bool.

    Columns for one are those whose name says so, and those in which a buyer may write anything.
    """
    text, has_email = scan.text, np.zeros(len(scan.ends), bool)
    at_signs = byte_search.find_bytes(text, lambda chunk: chunk == _AT)
    if not at_signs.size:
        return has_email
    line = np.searchsorted(scan.ends, at_signs)
    cell = scan.count_tabs(scan.starts[line], at_signs)
    may_hold = np.array([kind.may_hold_email(name) for name in header])
    is_outside = ~may_hold[np.minimum(cell, len(header) - 1)]
    candidates = np.flatnonzero(is_outside)
    for begin in range(0, len(candidates), _MAX_AT_ONCE):
        block = candidates[begin : begin + _MAX_AT_ONCE]
        has_email[line[block[_are_emails(text, at_signs[block])]]] = True
    return has_email


def _are_emails(text: Array, at_signs: Array) -> Array:
    """Which at signs stand in an e-mail address, bool."""
    around = np.arange(-1, _MAX_LABEL + 1)
    places = at_signs[:, None] + around
    windows = np.where((places >= 0) & (places < len(text)), text[np.clip(places, 0, len(text) - 1)], TAB)
    cells = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(len(around)), len(at_signs), [None, pa.py_buffer(windows.astype(np.uint8).tobytes())]
    )
    return pc.match_substring_regex(pc.cast(cells, pa.binary()), pattern=_EMAIL_PATTERN).to_numpy(zero_copy_only=False)
