"""The ledger as it is read: opened at the version that its last run names."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from pipeline import frames
from pipeline.frames import Array
from pipeline.ledger.tables import CONFIRMATIONS, DATA, ORDER_ITEMS, RUNS, Table

_ONLY = {"months": ("month", pa.string()), "keys": ("order_key", pa.int64()), "runs": ("run", pa.int64())}
T = TypeVar("T")
_AHEAD = 2  # stretches that are worked on while the next is read
STRETCH = 1 << 17  # rows stored and read together
SAMPLE = 64  # rows of which one is in a sample
_FRUGAL = {  # a large table passes through memory that is used again and again
    "batch_size": STRETCH,
    "batch_readahead": 2,
    "fragment_readahead": 1,
    "fragment_scan_options": ds.ParquetFragmentScanOptions(pre_buffer=False),
}


class LedgerDamaged(RuntimeError):
    """The ledger cannot be read as it is: one line that says what is wrong and what can be done."""


class Ledger:
    """The ledger as one run sees it: everything its last run, or the ``upto``-th, left behind."""

    def __init__(self, url: str, upto: int | None = None) -> None:
        """Open for reading; nothing on disk changes. A ledger that does not exist yet is empty."""
        self.url = url
        self.between: tuple[int, int] | None = None  # keys of orders, of which only what is of them is read
        runs = opened(url, RUNS)
        rows = _all(url, runs).sort_by("seq")
        self.number = rows.num_rows if upto is None else min(upto, rows.num_rows)
        self.runs = frames.frame(rows.slice(0, self.number))
        self.last = rows.num_rows
        self.versions: dict[str, int] = json.loads(rows.column("versions")[-1].as_py()) if rows.num_rows else {}
        self.versions[RUNS.name] = runs.version() if runs else 0

    def within(self, low: int, high: int) -> Ledger:
        """The same ledger, of which only the orders from one key up to another are read."""
        narrow = copy.copy(self)
        narrow.between = (low, high)
        return narrow

    def anywhere(self) -> Ledger:
        """The same ledger, under an address that means the same in every folder."""
        there = copy.copy(self)
        there.url = self.url if "://" in self.url else str(Path(self.url).resolve())
        return there

    def run_of(self, inputs: str) -> int | None:
        """The number of the run that had the same inputs, policy, account and as-of; None where there was none."""
        same = frames.arrow(self.runs["inputs_hash"]).to_pylist() if len(self.runs) else []
        return same.index(inputs) + 1 if inputs in same else None

    def last_run(self) -> dict[str, Any] | None:
        """The last run's own row; None where there was none."""
        return frames.table(self.runs, RUNS.schema.names).to_pylist()[-1] if len(self.runs) else None

    def items(self, months: Sequence[str] | None = None, keys: Any = None, columns: Sequence[str] = ()) -> pd.DataFrame:
        """The last row of each order item of the months and order keys given, as this version knows it, in no order.

        With all columns, or with those named.
        """
        rows = self._read(ORDER_ITEMS, months, keys, columns=columns)
        if not len(rows):
            return rows
        order, item, seq = (rows[name].to_numpy(np.int64) for name in ("order_key", "item_key", "seq"))
        at = frames.in_order(order, item, -seq)
        return frames.arranged(rows, np.sort(at[frames.first_of_runs(order[at], item[at])]))

    def apart(
        self, months: Sequence[str], spoken: Array, others: Callable[[pd.DataFrame], T]
    ) -> tuple[pd.DataFrame, list[T]]:
        """The order items of the months: those of the orders (keys) spoken of, and what was made of all others.

        Which rows hold, their keys alone say; the other columns are then read a stretch at a time, and only the rows
        spoken of are kept of it.
        """
        names = ORDER_ITEMS.schema.names
        keys = self._read(ORDER_ITEMS, months, columns=("order_key", "item_key"))
        order, item, seq = (keys[name].to_numpy(np.int64) for name in ("order_key", "item_key", "seq"))
        at = frames.in_order(order, item, -seq)
        last = np.zeros(len(at), bool)
        last[at[frames.first_of_runs(order[at], item[at])]] = True
        last &= ~self._told_twice(order, item, last, months)
        mine = frames.among(order, spoken)
        kept, begin = [frames.frame(ORDER_ITEMS.schema.empty_table())], 0
        made: list[Future[T]] = []
        with ThreadPoolExecutor(_AHEAD) as pool:
            for batch in self._batches(ORDER_ITEMS, names, months=months) if mine.size else ():
                part = slice(begin, begin + batch.num_rows)
                begin = part.stop
                rows = pa.Table.from_batches([batch]).select(names).cast(ORDER_ITEMS.schema)
                kept.append(frames.frame(rows.filter(pa.array((last & mine)[part]))))
                made.append(pool.submit(others, frames.frame(rows.filter(pa.array((last & ~mine)[part])))))
                wait(made[-_AHEAD - 1 : -_AHEAD])
            return frames.stack(kept), [one.result() for one in made]

    def _told_twice(self, order: Array, item: Array, last: Array, months: Sequence[str]) -> Array:
        """The rows without an item id whose order and sku another row now holds with one: of two, that one counts."""
        loose = last & (item < 0)
        twice = loose & frames.among(order, frames.distinct(order[last & ~loose]))
        if not twice.any():
            return twice
        rows = self.items(months, frames.distinct(order[twice]), ("order_key", "item_key", "sku"))
        named = rows[frames.numbers(rows["item_key"]) >= 0].drop_duplicates(["order_key", "sku"])
        pairs = rows[frames.numbers(rows["item_key"]) < 0].merge(named[["order_key", "sku"]], on=["order_key", "sku"])
        known = pd.MultiIndex.from_arrays([frames.numbers(pairs[name]) for name in ("order_key", "item_key")])
        at = np.flatnonzero(twice)
        twice[at] = pd.MultiIndex.from_arrays([order[at], item[at]]).isin(known)
        return twice

    def sampled(self, months: Sequence[str]) -> Array:
        """The order keys of every so many-th row of the order items of the months."""
        batches = self._batches(ORDER_ITEMS, ("order_key",), months=months)
        return np.concatenate([np.zeros(0, np.int64), *(batch.column(0).to_numpy()[::SAMPLE] for batch in batches)])

    def confirmations(
        self, keys: Any = None, runs: Sequence[int] | None = None, months: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """The published confirmations of the orders, runs or months, with Amazon's newest answer.

        By run, feed and record.
        """
        rows = self._read(CONFIRMATIONS, months, keys, runs=runs)
        if not len(rows):
            return rows
        columns = [rows[name].to_numpy(np.int64) for name in ("run", "feed", "record", "item_key", "seq")]
        run, feed, record, item, seq = columns
        at = np.lexsort((-seq, item, record, feed, run))
        return frames.take(rows, at[frames.first_of_runs(run[at], feed[at], record[at], item[at])])

    def rows(self, table: Table, months: Sequence[str] | None = None, keys: Any = None) -> pd.DataFrame:
        """Every row of a table of the months and order keys given, those that newer ones replace among them."""
        return self._read(table, months, keys)

    def count(self, table: Table) -> int:
        """How many rows of a table this version holds, every file of them read."""
        return len(self._read(table))

    def history(self, table: Table, keys: Any) -> pd.DataFrame:
        """Every row that was ever written about the orders, oldest first."""
        return frames.frame(frames.table(self._read(table, keys=keys), table.schema.names).sort_by("seq"))

    def _read(
        self,
        table: Table,
        months: Sequence[str] | None = None,
        keys: Any = None,
        *,
        runs: Sequence[int] | None = None,
        columns: Sequence[str] = (),
    ) -> pd.DataFrame:
        names = [name for name in table.schema.names if not columns or name in ("seq", *columns)]
        schema = pa.schema([table.schema.field(name) for name in names])
        batches = list(self._batches(table, names, months=months, keys=keys, runs=runs))
        rows = pa.Table.from_batches(batches) if batches else schema.empty_table()
        return frames.frame(rows.select(names).cast(schema))

    def _batches(self, table: Table, names: Sequence[str], **only: Any) -> Iterator[pa.RecordBatch]:
        """The columns of the rows of the ``months``, order ``keys`` and ``runs`` given, in the order of the files."""
        held = opened(self.url, table, self.versions.get(table.name))
        if held is None and self.versions.get(table.name):
            raise missing(self.url, table)
        if held is None or not self.number:
            return
        keep = ds.field("seq") <= self.number
        if self.between and table in DATA:
            keep &= (ds.field("order_key") >= self.between[0]) & (ds.field("order_key") < self.between[1])
        for name, values in only.items():
            if values is not None:
                column, kind = _ONLY[name]
                keep &= ds.field(column).isin(pa.array(values, kind))
        try:
            yield from held.to_pyarrow_dataset().to_batches(columns=list(names), filter=keep, **_FRUGAL)
        except (OSError, pa.ArrowInvalid) as trouble:
            raise LedgerDamaged(f"{self.url}/{table.name}: {trouble}; see feedwarden ledger verify") from trouble


def _all(url: str, runs: DeltaTable | None) -> pa.Table:
    """Every run; LedgerDamaged where they cannot be read, or are gone while another table holds what they did."""
    if runs is None:
        if any(held.version() for held in (opened(url, table) for table in DATA) if held):
            raise missing(url, RUNS)
        return RUNS.schema.empty_table()
    try:
        return runs.to_pyarrow_table()
    except (DeltaError, OSError, pa.ArrowInvalid) as trouble:
        raise LedgerDamaged(f"{place(url, RUNS)}: {trouble}; see feedwarden ledger verify") from trouble


def missing(url: str, table: Table) -> LedgerDamaged:
    """What is wrong with a ledger that has lost a table."""
    return LedgerDamaged(f"{place(url, table)}: the table is gone; restore the folder from a backup")


def place(url: str, table: Table) -> str:
    """Where a table of the ledger lies."""
    return f"{url.rstrip('/')}/{table.name}"


def opened(url: str, table: Table, version: int | None = None) -> DeltaTable | None:
    """A table of the ledger at that version, or at its last; None where there is none. Raises LedgerDamaged."""
    try:
        return DeltaTable(place(url, table), version=version)
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as trouble:
        raise LedgerDamaged(f"{place(url, table)}: {trouble}; see feedwarden ledger verify") from trouble
