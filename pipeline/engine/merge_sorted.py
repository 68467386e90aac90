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
    """A run being read: the rows of its stretch that are not taken yet."""

    def __init__(self, parts: Iterator[pa.Table], keys: Sequence[str]) -> None:
        self._parts, self._keys = parts, keys
        self.rest: pa.Table | None = None
        self.refill()

    def refill(self) -> None:
        """Rows are at hand where any are left."""
        while self.rest is None or not len(self.rest):
            self.rest = next(self._parts, None)
            if self.rest is None:
                return

    def last_key(self) -> SortKey:
        """The key of the last row at hand."""
        return self.row_key(len(self._loaded_rows) - 1)

    @property
    def _loaded_rows(self) -> pa.Table:
        if self.rest is None:
            raise IndexError("a run that has ended has no rows")
        return self.rest

    def row_key(self, row_index: int) -> SortKey:
        """The key of a row at hand."""
        return tuple(self._loaded_rows.column(name)[row_index].as_py() for name in self._keys)

    def take_until(self, bound: SortKey, *, equal: bool) -> pa.Table:
        """The rows below the bound, and those that equal it, taken from what is at hand."""
        bisect = bisect_right if equal else bisect_left
        end = bisect(range(len(self._loaded_rows)), bound, key=self.row_key)
        taken, self.rest = self._loaded_rows.slice(0, end), self._loaded_rows.slice(end)
        return taken


def merge_runs(runs: Sequence[Iterator[pa.Table]], keys: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of all runs, each sorted by the keys, in the order of the keys; equal ones in the order of the runs.

    What is at hand of the run that ends first bounds what can be returned: later runs may add what is before its end,
    earlier ones also what equals it.
    """
    open_runs = [run for run in (_RunReader(parts, keys) for parts in runs) if run.rest is not None]
    while open_runs:
        last_keys = [run.last_key() for run in open_runs]
        bound = min(last_keys)
        first_bounded = last_keys.index(bound)
        ready_parts = [
            run.take_until(bound, equal=run_index <= first_bounded) for run_index, run in enumerate(open_runs)
        ]
        nonempty = [part for part in ready_parts if len(part)]
        yield nonempty[0] if len(nonempty) == 1 else _sort_rows(pa.concat_tables(nonempty), keys)
        for run in open_runs:
            run.refill()
        open_runs = [run for run in open_runs if run.rest is not None]


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
