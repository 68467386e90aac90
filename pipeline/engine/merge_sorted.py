"""Sorted runs of tables merged into one: of each run only a stretch is in memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array

SortKey = tuple[Any, ...]


class _RunReader:
    """A run being read: the part at hand, and from where on its rows are not taken yet."""

    def __init__(self, parts: Iterator[pa.Table], keys: Sequence[str]) -> None:
        self._parts, self._keys = parts, keys
        self._rows, self._begin = pa.table({}), 0

    def refill(self) -> bool:
        """Whether rows are at hand, as they are where any are left."""
        while self._begin == len(self._rows):
            part = next(self._parts, None)
            if part is None:
                return False
            self._open_part(part)
        return True

    def _open_part(self, part: pa.Table) -> None:
        self._rows, self._begin = part, 0
        self._columns = [part.column(name) for name in self._keys]
        if len(part):
            self.last_key = self._row_key(len(part) - 1)
            is_number = pa.types.is_integer(self._columns[0].type)
            self._numbers = arrow.to_int64(arrow.to_series(self._columns[0])) if is_number else None

    def _row_key(self, row_index: int) -> SortKey:
        return tuple(column[row_index].as_py() for column in self._columns)

    def take_until(self, bound: SortKey, *, equal: bool) -> pa.Table:
        """The rows below the bound, and those that equal it, taken from what is at hand."""
        first, end = self._begin, len(self._rows)
        if self._numbers is not None:  # found without a look at each row; the other keys decide between equal ones
            first, end = (
                self._begin + int(np.searchsorted(self._numbers[self._begin :], bound[0], side))
                for side in ("left", "right")
            )
        bisect = bisect_right if equal else bisect_left
        end = bisect(range(end), bound, lo=first, key=self._row_key)
        taken = self._rows.slice(self._begin, end - self._begin)
        self._begin = end
        return taken


def merge_runs(runs: Sequence[Iterator[pa.Table]], keys: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of all runs, each sorted by the keys, in the order of the keys; equal ones in the order of the runs.

    What is at hand of the run that ends first bounds what can be returned: later runs may add what is before its end,
    earlier ones also what equals it.
    """
    open_runs = [_RunReader(parts, keys) for parts in runs]
    while open_runs := [run for run in open_runs if run.refill()]:
        last_keys = [run.last_key for run in open_runs]
        bound = min(last_keys)
        first_bounded = last_keys.index(bound)
        ready_parts = [
            run.take_until(bound, equal=run_index <= first_bounded) for run_index, run in enumerate(open_runs)
        ]
        nonempty = [part for part in ready_parts if len(part)]
        yield nonempty[0] if len(nonempty) == 1 else _sort_rows(pa.concat_tables(nonempty), keys)


def _sort_rows(rows: pa.Table, keys: Sequence[str]) -> pa.Table:
    return rows.take(pa.array(sort_positions(rows, keys)))


def sort_positions(rows: pa.Table, keys: Sequence[str]) -> Array:
    """The positions of the rows by the keys, none of them null; equal ones as they come.

    The keys in front that are whole numbers decide first: texts are compared only where these are equal.
    """
    integer_keys = [name for name in keys if pa.types.is_integer(rows.schema.field(name).type)]
    numbers = [arrow.to_int64(arrow.to_series(rows[name])) for name in integer_keys] or [np.zeros(len(rows), np.int64)]
    positions = groups.stable_argsort(*numbers)
    text_keys = [name for name in keys if name not in integer_keys]
    is_start = np.bincount(
        starts := groups.group_starts(*(key[positions] for key in numbers)), minlength=len(positions)
    ).astype(bool)
    ties = np.flatnonzero(~is_start | np.append(~is_start[1:], False))
    if text_keys and len(starts) < len(positions):
        run_ids = np.cumsum(is_start)[ties]
        tied_rows = pa.table(
            {"run": run_ids} | {name: rows[name].take(pa.array(positions[ties])) for name in text_keys}
        )
        positions[ties] = positions[ties][
            pc.sort_indices(tied_rows, sort_keys=[(name, "ascending") for name in tied_rows.column_names])
        ]
    return positions
