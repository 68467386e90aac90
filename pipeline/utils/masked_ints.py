"""Whole numbers of which some are unknown: instants, days and lengths of time whose comparison is never a guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array


class MaskedInts:
    """One whole number a row (int64) and whether it is known: instants (UTC µs), days since 1970, lengths of time (µs).

    A comparison is False where either side is unknown; a sum or a difference is unknown there.
    """

    __slots__ = ("_known", "_numbers")
    __hash__ = None  # type: ignore[assignment]  # which is how Python says that there is none

    def __init__(self, numbers: Array, known: Array | None = None) -> None:
        """``known`` is bool a row, None where all are; the number of an unknown row does not matter."""
        self._numbers, self._known = numbers, known

    @classmethod
    def from_column(cls, values: pd.Series[Any]) -> MaskedInts:
        """A column of whole numbers, days or instants; null is unknown."""
        column = arrow.to_arrow(values)
        return cls(arrow.to_int64(values, 0), pc.is_valid(column).to_numpy() if column.null_count else None)

    @classmethod
    def from_sentinel(cls, numbers: Array) -> MaskedInts:
        """Raw numbers in which NEVER stands for unknown."""
        known = dtypes.is_known(numbers)
        return cls(numbers) if known.all() else cls(np.where(known, numbers, 0), known)

    @property
    def is_known(self) -> Array:
        """Where the number is known, as bool."""
        return np.ones(len(self._numbers), bool) if self._known is None else self._known

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._numbers)

    def __lt__(self, other: MaskedInts | int) -> Array:
        """Where the number is certainly less than the other, as bool."""
        return self._compare(np.less, other)

    def __le__(self, other: MaskedInts | int) -> Array:
        """Where the number is certainly less than the other or equal to it, as bool."""
        return self._compare(np.less_equal, other)

    def __gt__(self, other: MaskedInts | int) -> Array:
        """Where the number is certainly greater than the other, as bool."""
        return self._compare(np.greater, other)

    def __ge__(self, other: MaskedInts | int) -> Array:
        """Where the number is certainly greater than the other or equal to it, as bool."""
        return self._compare(np.greater_equal, other)

    def __eq__(self, other: object) -> bool:
        """Raises TypeError: whether ``==`` holds of something unknown would be a guess."""
        message = "ask is_known, or differs_from"
        raise TypeError(message)

    def differs_from(self, other: MaskedInts | int) -> Array:
        """Where the number is certainly another one, as bool."""
        return self._compare(np.not_equal, other)

    def __add__(self, other: MaskedInts | int) -> MaskedInts:
        """The sums, unknown where either side is."""
        return self._combine(np.add, other)

    def __sub__(self, other: MaskedInts | int) -> MaskedInts:
        """The differences, unknown where either side is."""
        return self._combine(np.subtract, other)

    def take(self, positions: Array) -> MaskedInts:
        """Those of the rows at the positions."""
        return MaskedInts(self._numbers[positions], None if self._known is None else self._known[positions])

    def where(self, keep: Array) -> MaskedInts:
        """The same, unknown but where the mask holds."""
        return MaskedInts(self._numbers, keep if self._known is None else self._known & keep)

    def fill(self, number: int) -> Array:
        """The raw numbers, int64, the one given where unknown."""
        return self._numbers if self._known is None else np.where(self._known, self._numbers, number)

    def to_sentinel(self) -> Array:
        """The raw numbers, int64, NEVER where unknown."""
        return self.fill(NEVER)

    def to_timestamps(self) -> pa.Array:
        """UTC instants of the microseconds, null where unknown."""
        return dtypes.to_timestamps(self.to_sentinel())

    def _known_with(self, other: MaskedInts | int) -> tuple[Any, Array | None]:
        """The other's raw numbers, and where both are known; None for everywhere."""
        if not isinstance(other, MaskedInts):
            return other, self._known
        sides = [known for known in (self._known, other._known) if known is not None]  # noqa: SLF001
        return other._numbers, sides[0] & sides[-1] if sides else None  # noqa: SLF001

    def _compare(self, compare: Callable[..., Array], other: MaskedInts | int) -> Array:
        numbers, known = self._known_with(other)
        holds = compare(self._numbers, numbers)
        return holds if known is None else holds & known

    def _combine(self, combine: Callable[..., Array], other: MaskedInts | int) -> MaskedInts:
        numbers, known = self._known_with(other)
        return MaskedInts(combine(self._numbers, numbers), known)
