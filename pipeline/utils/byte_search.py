"""The bytes of a file, looked at a piece at a time: what stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.utils.dtypes import Array, IntArray

BLOCK_BYTES = 1 << 18
TAB, LF, CR, SPACE = b"\t\n\r "


def find_bytes(data: Array, matches: Callable[[Array], Any]) -> Array:
    """Where in the bytes (uint8) those stand that are sought: the positions at which its mask of a piece is true."""
    positions = [
        np.flatnonzero(matches(data[begin : begin + BLOCK_BYTES])) + begin for begin in range(0, len(data), BLOCK_BYTES)
    ]
    return np.concatenate([*positions, np.zeros(0, np.int64)]).astype(np.int64)


def take_pieces(data: bytes, offsets: IntArray, piece_numbers: IntArray) -> pa.Buffer:
    """The pieces of the data between the offsets, by their numbers, one behind the other; Arrow copies them."""
    if not len(piece_numbers):
        return pa.py_buffer(b"")
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return (
        pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers).take(pa.array(piece_numbers)).buffers()[2]
    )
