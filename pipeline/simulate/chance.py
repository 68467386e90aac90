"""Chance without a memory: every draw is a hash of seed, name and key, so each order's life can be told by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)  # SplitMix64's constants
_MIX = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST, _TO_53, _ONE_OF = np.uint64(31), np.uint64(11), 2.0**-53


class Chance:
    """Draws for a number of keys: the same for the same seed, name and key, wherever and whenever they are asked."""

    def __init__(self, seed: int, keys: npt.NDArray[Any]) -> None:
        """Keys are whole numbers, one a draw."""
        self.seed = seed
        self.keys = keys.astype(np.uint64)

    def of(self, rows: Any) -> Chance:
        """Only these keys."""
        return Chance(self.seed, self.keys[rows])

    def bits(self, name: str) -> Words:
        """64 bits a key."""
        stream = hashlib.blake2b(f"{self.seed}:{name}".encode(), digest_size=8).digest()
        value = self.keys * _STEP + np.uint64(int.from_bytes(stream, "big"))
        for shift, factor in _MIX:
            value = (value ^ (value >> shift)) * factor
        return np.asarray(value ^ (value >> _LAST))

    def share(self, name: str) -> Floats:
        """A number from 0 up to, not including, 1 for each key."""
        return (self.bits(name) >> _TO_53).astype(np.float64) * _ONE_OF

    def below(self, name: str, limit: int | Ints) -> Ints:
        """A whole number from 0 up to, not including, the limit for each key."""
        return (self.share(name) * limit).astype(np.int64)

    def happens(self, name: str, rate: float | Floats) -> Bools:
        """True for about this share of the keys."""
        return np.asarray(self.share(name) < rate)

    def among(self, name: str, weights: Sequence[float]) -> Ints:
        """The place of one of the weights, each as often as its weight says."""
        ends = np.cumsum(weights)
        return np.minimum(np.searchsorted(ends / ends[-1], self.share(name), side="right"), len(weights) - 1)
