"""The bytes of a file, looked at a piece at a time: what stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.utils.dtypes import Array

BLOCK_BYTES = 1 << 18
TAB, LF, CR, SPACE = b"\t\n\r "


def find_bytes(data: Array, matches: Callable[[Array], Any]) -> Array:
    """Where in the bytes (uint8) those stand that are sought: the positions at which its mask of a piece is true."""
    positions = [
        np.flatnonzero(matches(data[begin : begin + BLOCK_BYTES])) + begin for begin in range(0, len(data), BLOCK_BYTES)
    ]
    return np.concatenate([*positions, np.zeros(0, np.int64)]).astype(np.int64)
