"""Sorted runs of tables merged into one: of each run only a stretch is in memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.frames import Array

Key = tuple[Any, ...]


class _Run:
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

    def last(self) -> Key:
        """The key of the last row at hand."""
        return self.key(len(self._rows) - 1)

    @property
    def _rows(self) -> pa.Table:
        if self.rest is None:
            raise IndexError("a run that has ended has no rows")
        return self.rest

    def key(self, at: int) -> Key:
        """The key of a row at hand."""
        return tuple(self._rows.column(name)[at].as_py() for name in self._keys)

    def upto(self, bound: Key, *, equal: bool) -> pa.Table:
        """The rows below the bound, and those that equal it, taken from what is at hand."""
        find = bisect_right if equal else bisect_left
        end = find(range(len(self._rows)), bound, key=self.key)
        taken, self.rest = self._rows.slice(0, end), self._rows.slice(end)
        return taken


def merged(runs: Sequence[Iterator[pa.Table]], keys: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of all runs, each sorted by the keys, in the order of the keys; equal ones in the order of the runs.

    What is at hand of the run that ends first bounds what can be told: later runs may tell what lies before its end,
    earlier ones also what equals it.
    """
    open_ = [run for run in (_Run(parts, keys) for parts in runs) if run.rest is not None]
    while open_:
        ends = [run.last() for run in open_]
        bound = min(ends)
        first = ends.index(bound)
        taken = [run.upto(bound, equal=at <= first) for at, run in enumerate(open_)]
        told = [part for part in taken if len(part)]
        yield told[0] if len(told) == 1 else _sorted(pa.concat_tables(told), keys)
        for run in open_:
            run.refill()
        open_ = [run for run in open_ if run.rest is not None]


def _sorted(rows: pa.Table, keys: Sequence[str]) -> pa.Table:
    return rows.take(pa.array(order(rows, keys)))


def order(rows: pa.Table, keys: Sequence[str]) -> Array:
    """The positions of the rows by the keys, none of them null; equal ones as they come.

    The keys in front that are whole numbers decide first: texts are compared only where these are equal.
    """
    whole = [name for name in keys if pa.types.is_integer(rows.schema.field(name).type)]
    numbers = [frames.numbers(frames.series(rows[name])) for name in whole] or [np.zeros(len(rows), np.int64)]
    at = frames.in_order(*numbers)
    text = [name for name in keys if name not in whole]
    same = np.bincount(starts := frames.first_of_runs(*(key[at] for key in numbers)), minlength=len(at)).astype(bool)
    tied = np.flatnonzero(~same | np.append(~same[1:], False))
    if text and len(starts) < len(at):
        which = np.cumsum(same)[tied]
        told = pa.table({"run": which} | {name: rows[name].take(pa.array(at[tied])) for name in text})
        at[tied] = at[tied][pc.sort_indices(told, sort_keys=[(name, "ascending") for name in told.column_names])]
    return at
