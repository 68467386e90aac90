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
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pipeline.ledger.delta_tables import check_storage, describe_damage, missing_table, open_table, table_url
from pipeline.ledger.open_tables import OpenTables
from pipeline.ledger.stored_rows import open_rows
from pipeline.ledger.tables import CONFIRMATIONS, DATA_TABLES, ORDER_ITEMS, RUNS, LedgerTable
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array

_FILTERS = {"months": ("month", pa.string()), "keys": ("order_key", pa.int64()), "runs": ("run", pa.int64())}
T = TypeVar("T")
_READ_AHEAD = 2  # stretches that are worked on while the next is read
FINGERPRINTS = "fingerprints"  # in ``versions``: of the files of each table
SAMPLE_EVERY = 64  # rows of which one is in a sample


class LedgerSnapshot:
    """The ledger as one run sees it: everything its last run, or the ``upto``-th, left behind."""

    def __init__(self, url: str, last_run_number: int | None = None) -> None:
        """Open for reading; nothing on disk changes. A ledger that does not exist yet is empty."""
        self.url = url
        self.between: tuple[int, int] | None = None  # keys of orders, of which only what is of them is read
        runs_table = open_table(url, RUNS)
        rows = _sort_runs(_read_runs(url, runs_table))
        self.last = rows.column("seq")[-1].as_py() if rows.num_rows else 0
        self.number = self.last if last_run_number is None else min(last_run_number, self.last)
        self.runs = arrow.to_frame(rows.filter(pc.less_equal(rows.column("seq"), self.number)))
        self.versions, self.fingerprints = _last_versions(rows, self.last)
        self.versions[RUNS.name] = runs_table.version() if runs_table else 0
        self.tables = OpenTables(url, self.versions, self.fingerprints)
        if runs_table:
            self.tables.keep_open(RUNS, runs_table)

    def restrict_keys(self, low: int, high: int) -> LedgerSnapshot:
        """The same ledger, of which only the orders from one key up to another are read."""
        restricted = copy.copy(self)
        restricted.between = (low, high)
        return restricted

    def with_absolute_url(self) -> LedgerSnapshot:
        """The same ledger, under an address that means the same in every folder."""
        resolved = copy.copy(self)
        resolved.url = self.url if "://" in self.url else str(Path(self.url).resolve())
        resolved.tables = self.tables.at_address(resolved.url)
        return resolved

    def find_run(self, inputs_hash: str) -> int | None:
        """The number of the run that had the same inputs, policy, account and as-of; None where there was none."""
        runs = self.nights
        hashes = arrow.to_arrow(runs["inputs_hash"]).to_pylist() if len(runs) else []
        return int(runs["seq"].iloc[hashes.index(inputs_hash)]) if inputs_hash in hashes else None

    @property
    def nights(self) -> pd.DataFrame:
        """The rows of ``runs`` that are runs, without those of what people said of feeds."""
        return self.runs[self.runs["run_id"].notna()] if len(self.runs) else self.runs

    def last_run_row(self) -> dict[str, Any] | None:
        """The last run's own row; None where there was none."""
        nights = arrow.to_table(self.nights, RUNS.schema.names)
        return nights.slice(len(nights) - 1).to_pylist()[0] if len(nights) else None

    def read_items(
        self, months: Sequence[str] | None = None, keys: Any = None, columns: Sequence[str] = ()
    ) -> pd.DataFrame:
        """The last row of each order item of the months and order keys given, as this version knows it, in no order.

        With all columns, or with those named.
        """
        rows = self._read_table(ORDER_ITEMS, months, keys, columns=columns)
        if not len(rows):
            return rows
        order, item, seq = (rows[name].to_numpy(np.int64) for name in ("order_key", "item_key", "seq"))
        row_order = groups.stable_argsort(order, item, -seq)
        return arrow.reorder_rows(rows, np.sort(row_order[groups.group_starts(order[row_order], item[row_order])]))

    def split_items(
        self, months: Sequence[str], touched_orders: Array, process_untouched: Callable[[pd.DataFrame], T]
    ) -> tuple[pd.DataFrame, list[T]]:
        """The order items of the months: those of the orders (keys) spoken of, and what was made of all others.

        Which rows hold, their keys alone say; the other columns are then read a stretch at a time, and only the rows
        spoken of are kept of it.
        """
        names = ORDER_ITEMS.schema.names
        keys = self._read_table(ORDER_ITEMS, months, columns=("order_key", "item_key"))
        order, item, seq = (keys[name].to_numpy(np.int64) for name in ("order_key", "item_key", "seq"))
        row_order = groups.stable_argsort(order, item, -seq)
        is_last = np.zeros(len(row_order), bool)
        is_last[row_order[groups.group_starts(order[row_order], item[row_order])]] = True
        is_last &= ~self._is_superseded(order, item, is_last, months)
        is_touched = groups.is_in(order, touched_orders)
        touched_parts, begin = [arrow.to_frame(ORDER_ITEMS.schema.empty_table())], 0
        futures: list[Future[T]] = []
        with ThreadPoolExecutor(_READ_AHEAD) as pool:
            for batch in self._scan_batches(ORDER_ITEMS, names, months=months) if is_touched.size else ():
                chunk = slice(begin, begin + batch.num_rows)
                begin = chunk.stop
                rows = arrow.to_frame(pa.Table.from_batches([batch]).select(names).cast(ORDER_ITEMS.schema))
                touched_parts.append(arrow.filter_rows(rows, (is_last & is_touched)[chunk]))
                futures.append(pool.submit(process_untouched, arrow.filter_rows(rows, (is_last & ~is_touched)[chunk])))
                wait(futures[-_READ_AHEAD - 1 : -_READ_AHEAD])
            return arrow.concat_frames(touched_parts), [future.result() for future in futures]

    def _is_superseded(self, order: Array, item: Array, is_last: Array, months: Sequence[str]) -> Array:
        """The rows without an item id whose order and sku another row now holds with one: of two, that one counts."""
        without_item_id = is_last & (item < 0)
        if not without_item_id.any():
            return without_item_id
        superseded = without_item_id & groups.is_in(order, groups.sorted_unique(order[is_last & ~without_item_id]))
        if not superseded.any():
            return superseded
        rows = self.read_items(months, groups.sorted_unique(order[superseded]), ("order_key", "item_key", "sku"))
        with_item_id = rows[arrow.to_int64(rows["item_key"], 0) >= 0].drop_duplicates(["order_key", "sku"])
        pairs = rows[arrow.to_int64(rows["item_key"], 0) < 0].merge(
            with_item_id[["order_key", "sku"]], on=["order_key", "sku"]
        )
        superseded_keys = pd.MultiIndex.from_arrays([arrow.to_int64(pairs[name]) for name in ("order_key", "item_key")])
        row_index = np.flatnonzero(superseded)
        superseded[row_index] = pd.MultiIndex.from_arrays([order[row_index], item[row_index]]).isin(superseded_keys)
        return superseded

    def sample_order_keys(self, months: Sequence[str]) -> Array:
        """The order keys of every so many-th row of the order items of the months."""
        batches = self._scan_batches(ORDER_ITEMS, ("order_key",), months=months)
        return np.concatenate(
            [np.zeros(0, np.int64), *(batch.column(0).to_numpy()[::SAMPLE_EVERY] for batch in batches)]
        )

    def read_confirmations(
        self, keys: Any = None, runs: Sequence[int] | None = None, months: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """The published confirmations of the orders, runs or months, with Amazon's newest answer.

        By run, feed and record.
        """
        rows = self._read_table(CONFIRMATIONS, months, keys, runs=runs)
        if not len(rows):
            return rows
        columns = [rows[name].to_numpy(np.int64) for name in ("run", "feed", "record", "item_key", "seq")]
        run, feed, record, item, seq = columns
        row_order = np.lexsort((-seq, item, record, feed, run))
        return arrow.take_rows(
            rows, row_order[groups.group_starts(run[row_order], feed[row_order], record[row_order], item[row_order])]
        )

    def read_rows(self, table: LedgerTable, months: Sequence[str] | None = None, keys: Any = None) -> pd.DataFrame:
        """Every row of a table of the months and order keys given, those that newer ones replace among them."""
        return self._read_table(table, months, keys)

    def read_run(self, table: LedgerTable, run: int) -> pd.DataFrame:
        """The rows of a table of feeds that the run has published, those that newer ones replace among them."""
        return self._read_table(table, runs=[run])

    def count_rows(self, table: LedgerTable) -> int:
        """How many rows of a table this version holds, every file of them read."""
        return len(self._read_table(table))

    def read_history(self, table: LedgerTable, keys: Any) -> pd.DataFrame:
        """Every row that was ever written about the orders, oldest first."""
        return arrow.to_frame(arrow.to_table(self._read_table(table, keys=keys), table.schema.names).sort_by("seq"))

    def _read_table(
        self,
        table: LedgerTable,
        months: Sequence[str] | None = None,
        keys: Any = None,
        *,
        runs: Sequence[int] | None = None,
        columns: Sequence[str] = (),
    ) -> pd.DataFrame:
        names = [name for name in table.schema.names if not columns or name in ("seq", *columns)]
        schema = pa.schema([table.schema.field(name) for name in names])
        batches = list(self._scan_batches(table, names, months=months, keys=keys, runs=runs))
        rows = pa.Table.from_batches(batches) if batches else schema.empty_table()
        return arrow.to_frame(rows.select(names).cast(schema))

    def _scan_batches(self, table: LedgerTable, names: Sequence[str], **filters: Any) -> Iterator[pa.RecordBatch]:
        """The columns of the rows of the ``months``, order ``keys`` and ``runs`` given, in the order of the files."""
        if not self.number:
            return
        condition = ds.field("seq") <= self.number
        if self.between and table in DATA_TABLES:
            condition &= (ds.field("order_key") >= self.between[0]) & (ds.field("order_key") < self.between[1])
        for name, values in filters.items():
            if values is not None:
                column, dtype = _FILTERS[name]
                condition &= ds.field(column).isin(pa.array(values, dtype))
        yield from self.tables.scan_rows(table, names, condition)


def _sort_runs(rows: pa.Table) -> pa.Table:
    """The rows by number of the run; what people said after a run, which has its number, comes behind it."""
    keyed = rows.append_column("is_statement", pc.is_null(rows.column("run_id")).cast(pa.int8()))
    keys = [(name, "ascending") for name in ("seq", "is_statement", "as_of")]
    return keyed.sort_by(keys).drop_columns(["is_statement"])


def _last_versions(rows: pa.Table, last: int) -> tuple[dict[str, int], dict[str, str]]:
    """By table the version that belongs to the last row, and what its files are known by.

    It is the highest that a row of that number names.
    """
    versions, fingerprints = dict[str, int](), dict[str, str]()
    for text in rows.filter(pc.equal(rows.column("seq"), last)).column("versions").to_pylist():
        named: dict[str, Any] = json.loads(text)
        known = named.pop(FINGERPRINTS, {})
        for name, version in named.items():
            if version >= versions.get(name, 0):
                versions[name] = version
                fingerprints |= {name: known[name]} if name in known else {}
    return versions, fingerprints


def _read_runs(url: str, runs_table: DeltaTable | None) -> pa.Table:
    """Every run; LedgerDamaged where they cannot be read, or are gone while another table holds what they did."""
    if runs_table is None:
        tables = (open_table(url, table) for table in DATA_TABLES)
        if any(delta_table.version() for delta_table in tables if delta_table):
            raise missing_table(url, RUNS)
        return RUNS.schema.empty_table()
    try:
        return pa.Table.from_batches(open_rows(runs_table, RUNS).scan_rows(RUNS.schema.names), RUNS.schema)
    except (DeltaError, OSError, pa.ArrowInvalid) as error:
        check_storage(url, error)
        raise describe_damage(table_url(url, RUNS), error) from error
