"""The bytes of a file, looked at a piece at a time: what stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.frames import Array

PIECE = 1 << 18


def places(text: Array, sought: Callable[[Array], Any]) -> Array:
    """Where in the bytes (uint8) those stand that are sought: the positions at which its mask of a piece is true."""
    found = [np.flatnonzero(sought(text[at : at + PIECE])) + at for at in range(0, len(text), PIECE)]
    return np.concatenate([*found, np.zeros(0, np.int64)]).astype(np.int64)
