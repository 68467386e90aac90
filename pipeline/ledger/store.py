"""The ledger on disk: opened at the version its last run names, and moved on by one commit.

``runs`` is committed last and names the version of every other table that belongs to it, so the tables move together
or not at all. What an interrupted run has left behind that row is forgotten when the ledger is next opened to write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from pipeline import frames
from pipeline.frames import Array
from pipeline.ledger.lock import LedgerInUse
from pipeline.ledger.tables import CONFIRMATIONS, DATA, LAYOUT, ORDER_ITEMS, RUNS, Table

_ONCE = CommitProperties(max_commit_retries=0)  # a commit that comes second fails instead of being tried behind another
_ONLY = {"months": ("month", pa.string()), "keys": ("order_key", pa.int64()), "runs": ("run", pa.int64())}
_FILES = 24  # small files of a partition before they are put together


class LedgerDamaged(RuntimeError):
    """The ledger cannot be read as it is: one line that says what is wrong and what can be done."""


class Ledger:
    """The ledger as one run sees it: everything its last run, or the ``upto``-th, left behind."""

    def __init__(self, url: str, upto: int | None = None) -> None:
        """Open for reading; nothing on disk changes. A ledger that does not exist yet is empty."""
        self.url = url
        runs = _opened(url, RUNS)
        rows = runs.to_pyarrow_table() if runs else RUNS.schema.empty_table()
        rows = rows.sort_by("seq")
        self.number = rows.num_rows if upto is None else min(upto, rows.num_rows)
        self.runs = frames.frame(rows.slice(0, self.number))
        self.last = rows.num_rows
        self._versions: dict[str, int] = json.loads(rows.column("versions")[-1].as_py()) if rows.num_rows else {}

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

    def apart(self, months: Sequence[str], spoken: Array) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The order items of the months: those of the orders (keys) spoken of, and all others.

        Which rows hold, their keys alone say; the other columns are then read a batch at a time, and of each batch
        only those rows are kept.
        """
        names = ORDER_ITEMS.schema.names
        keys = self._read(ORDER_ITEMS, months, columns=("order_key", "item_key"))
        order, item, seq = (keys[name].to_numpy(np.int64) for name in ("order_key", "item_key", "seq"))
        at = frames.in_order(order, item, -seq)
        last = np.zeros(len(at), bool)
        last[at[frames.first_of_runs(order[at], item[at])]] = True
        mine = frames.among(order, spoken)
        kept: tuple[list[pa.RecordBatch], ...] = ([], [])
        begin = 0
        for batch in self._batches(ORDER_ITEMS, names, months=months) if len(keys) else ():
            part = slice(begin, begin + batch.num_rows)
            begin = part.stop
            for rows, mask in zip(kept, (last & mine, last & ~mine), strict=True):
                rows.append(batch.filter(pa.array(mask[part])))
        told = (pa.Table.from_batches(rows).cast(ORDER_ITEMS.schema) if rows else None for rows in kept)
        empty = ORDER_ITEMS.schema.empty_table()
        spoken_of, others = (frames.frame(empty if rows is None else rows.select(names)) for rows in told)
        return spoken_of, others

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
        opened = _opened(self.url, table, self._versions.get(table.name))
        if opened is None or not self.number:
            return
        keep = ds.field("seq") <= self.number
        for name, values in only.items():
            if values is not None:
                column, kind = _ONLY[name]
                keep &= ds.field(column).isin(pa.array(values, kind))
        try:
            yield from opened.to_pyarrow_dataset().to_batches(columns=list(names), filter=keep)
        except (OSError, pa.ArrowInvalid) as trouble:
            raise LedgerDamaged(f"{self.url}/{table.name}: {trouble}; see feedwarden ledger verify") from trouble

    def commit(self, run: dict[str, Any], rows: dict[str, pa.Table]) -> int:
        """Add the rows of one run, and the run itself as the last act; the number of the run.

        LedgerInUse where another run has committed since this one began to read.
        """
        if Ledger(self.url).last != self.last:
            raise LedgerInUse(f"{self.url}: another run has committed since this one began; run it again")
        number, versions = self.last + 1, dict(self._versions)
        for table in DATA:
            told = rows.get(table.name)
            if told is not None and told.num_rows:
                versions[table.name] = self._append(table, _numbered(told, table, number))
            else:
                versions.setdefault(table.name, 0)
        row = {"seq": number, **run, "versions": json.dumps(versions, sort_keys=True)}
        self._append(RUNS, pa.Table.from_pylist([row], schema=RUNS.schema))
        return number

    def forget(self) -> str:
        """Take every table back to the version that the last run names; what was taken back, in words."""
        taken = []
        for table in DATA:
            opened = DeltaTable(_place(self.url, table))
            named = self._versions.get(table.name, 0)
            if opened.version() != named:
                rows = opened.count()
                opened.restore(named)
                rows -= opened.count()
                self._versions[table.name] = opened.version()
                taken += [f"{rows} rows of {table.name}"] * (rows > 0)
        return f"an interrupted run was forgotten: {', '.join(taken)}" if taken else ""

    def _append(self, table: Table, rows: pa.Table) -> int:
        place = _place(self.url, table)
        try:
            write_deltalake(
                place, rows, mode="append", partition_by=list(table.partition) or None, commit_properties=_ONCE
            )
        except DeltaError as trouble:
            raise LedgerInUse(f"{self.url}: {table.name} was changed by another run: {trouble}") from trouble
        written = DeltaTable(place)
        if table.partition:
            _tidied(written)
        return written.version()


def _tidied(table: DeltaTable) -> None:
    """Put the small files of a month together once there are many; rows and their history stay as they are."""
    files = pa.table(table.get_add_actions(flatten=True)).column("partition.month").value_counts().to_pylist()
    for month in files:
        if month["counts"] > _FILES:
            table.optimize.compact(partition_filters=[("month", "=", month["values"])])


def begin(url: str) -> tuple[Ledger, str]:
    """The ledger made ready to be written, and what was found of an interrupted run, in words; empty where none was.

    Makes the tables where there are none. LedgerDamaged where what is there is no ledger, or of a layout unknown here.
    """
    if "://" not in url:
        Path(url).mkdir(parents=True, exist_ok=True)
    for table in (*DATA, RUNS):
        opened = _opened(url, table)
        if opened is None:
            DeltaTable.create(
                _place(url, table), table.schema, partition_by=list(table.partition) or None, description=LAYOUT
            )
        elif opened.metadata().description != LAYOUT:
            found = opened.metadata().description or "no layout"
            raise LedgerDamaged(f"{url}/{table.name}: {found} is not {LAYOUT}; choose another folder with --ledger")
    ledger = Ledger(url)
    return ledger, ledger.forget()


def _numbered(rows: pa.Table, table: Table, number: int) -> pa.Table:
    """The rows with the columns of their table, those they lack null, under the run's number."""
    columns = [
        pa.array(np.full(rows.num_rows, number))
        if field.name == "seq"
        else rows.column(field.name).cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in table.schema
    ]
    return pa.table(columns, schema=table.schema)


def _place(url: str, table: Table) -> str:
    return f"{url.rstrip('/')}/{table.name}"


def _opened(url: str, table: Table, version: int | None = None) -> DeltaTable | None:
    try:
        return DeltaTable(_place(url, table), version=version)
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as trouble:
        raise LedgerDamaged(f"{_place(url, table)}: {trouble}; see feedwarden ledger verify") from trouble
