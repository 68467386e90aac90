"""Chance without a memory: every draw is a hash of seed, name and key, so each order's life is drawn by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.utils.dtypes import BoolArray, IntArray

FloatArray = npt.NDArray[np.float64]
Uint64Array = npt.NDArray[np.uint64]
_HASH_STEP = np.uint64(0x9E3779B97F4A7C15)  # SplitMix64's constants
_MIX_STEPS = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST_SHIFT, _MANTISSA_SHIFT, _FLOAT_STEP = np.uint64(31), np.uint64(11), 2.0**-53


class RandomDraws:
    """Draws for a number of keys: the same for the same seed, name and key, wherever and whenever they are asked."""

    def __init__(self, seed: int, keys: npt.NDArray[Any]) -> None:
        """Keys are whole numbers, one a draw."""
        self.seed = seed
        self.keys = keys.astype(np.uint64)

    def select_keys(self, index: Any) -> RandomDraws:
        """Only these keys."""
        return RandomDraws(self.seed, self.keys[index])

    def draw_bits(self, name: str) -> Uint64Array:
        """64 bits a key."""
        stream_hash = hashlib.blake2b(f"{self.seed}:{name}".encode(), digest_size=8).digest()
        value = self.keys * _HASH_STEP + np.uint64(int.from_bytes(stream_hash, "big"))
        for shift, factor in _MIX_STEPS:
            value = (value ^ (value >> shift)) * factor
        return np.asarray(value ^ (value >> _LAST_SHIFT))

    def draw_uniform(self, name: str) -> FloatArray:
        """A number from 0 up to, not including, 1 for each key."""
        return (self.draw_bits(name) >> _MANTISSA_SHIFT).astype(np.float64) * _FLOAT_STEP

    def draw_below(self, name: str, limit: int | IntArray) -> IntArray:
        """A whole number from 0 up to, not including, the limit for each key."""
        return (self.draw_uniform(name) * limit).astype(np.int64)

    def draw_flags(self, name: str, rate: float | FloatArray) -> BoolArray:
        """True for about this share of the keys."""
        return np.asarray(self.draw_uniform(name) < rate)

    def draw_weighted(self, name: str, weights: Sequence[float]) -> IntArray:
        """The place of one of the weights, each as often as its weight says."""
        ends = np.cumsum(weights)
        return np.minimum(np.searchsorted(ends / ends[-1], self.draw_uniform(name), side="right"), len(weights) - 1)


def nightly_draws(draws: RandomDraws, night: int) -> RandomDraws:
    """The same keys, with other draws on every night."""
    return RandomDraws(draws.seed, draws.keys * np.uint64(1 << 12) + np.uint64(night))
