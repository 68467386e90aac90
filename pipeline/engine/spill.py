"""Where tables wait between the passes: in memory, or as Arrow files in a folder that every worker sees."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipeline.engine import merge_sorted
from pipeline.engine.memory_budget import MAX_PART_ROWS
from pipeline.model.chunked_rows import InMemoryRows, rechunk_tables

_PACKED, _PLAIN = pa.ipc.IpcWriteOptions(compression="lz4"), pa.ipc.IpcWriteOptions()


class SpilledTable(NamedTuple):
    """A table that waits, in parts: how many rows each of them has, and the parts or the file they are in.

    A file that is ``mapped`` is not copied into memory: it is on this machine, and not packed.
    """

    part_sizes: tuple[int, ...]
    tables: list[pa.Table]
    path: str = ""
    mapped: bool = False

    @property
    def row_count(self) -> int:
        """The rows of all parts."""
        return sum(self.part_sizes)

    def _open_file(self) -> pa.NativeFile:
        return pa.memory_map(self.path) if self.mapped else pa.OSFile(self.path)

    def read_part(self, part_index: int) -> pa.Table:
        """The at-th part."""
        if not self.path:
            return self.tables[part_index]
        with self._open_file() as file:
            return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(part_index)])

    def pop_part(self, part_index: int) -> pa.Table:
        """The at-th part, which what waits in memory lets go of: only from a file can it be had again."""
        part = self.read_part(part_index)
        if not self.path:
            self.tables[part_index] = part.schema.empty_table()
        return part

    def iter_parts(self) -> Iterator[pa.Table]:
        """Every part that has rows, one after the other."""
        if not self.path:
            yield from (part for part in self.tables if len(part))
            return
        with self._open_file() as file:
            reader = pa.ipc.open_file(file)
            yield from (
                pa.Table.from_batches([reader.get_batch(part_index)])
                for part_index, size in enumerate(self.part_sizes)
                if size
            )


@dataclass(frozen=True)
class SpillStore:
    """Where tables wait: in files of the folder, or without one in memory, of which so many bytes are given.

    Files are ``packed`` unless memory suffices and other processes read them soon; those have parts of ``part_rows``.
    """

    folder: str | None = None
    memory: int = 1 << 31
    packed: bool = True
    part_rows: int = MAX_PART_ROWS

    @property
    def is_scarce(self) -> bool:
        """Whether tables are in files because they do not fit in memory: what is idle there is given back."""
        return self.folder is not None and self.packed

    def store_table(self, name: str, table: pa.Table) -> SpilledTable:
        """The table put away, in a file in stretches; the name is its own, the same each time."""
        rows = self.part_rows if self.is_scarce else max(len(table), 1)
        return self.store_parts(
            name, (table.slice(begin, rows) for begin in range(0, max(len(table), 1), rows)), table.schema
        )

    def store_parts(self, name: str, parts: Iterable[pa.Table], schema: pa.Schema) -> SpilledTable:
        """All the parts put away as they come."""
        if self.folder is None:
            tables = list(parts)
            return SpilledTable(tuple(len(part) for part in tables), tables)
        path, sizes = Path(self.folder) / f"{name}.arrow", []
        with self._atomic_writer(path, schema) as writer:
            for part in parts:
                writer.write_batch(_single_batch(part))
                sizes.append(len(part))
        return SpilledTable(tuple(sizes), [], str(path), mapped=not self.packed)

    @contextlib.contextmanager
    def _atomic_writer(self, path: Path, schema: pa.Schema) -> Iterator[pa.ipc.RecordBatchFileWriter]:
        """A file that is there once it is whole: a task that is done again writes it again."""
        temporary_path = path.with_suffix(f".{os.getpid()}")
        with (
            pa.OSFile(str(temporary_path), "wb") as file,
            pa.ipc.new_file(file, schema, options=_PACKED if self.packed else _PLAIN) as writer,
        ):
            yield writer
        temporary_path.replace(path)


def copy_table(table: pa.Table) -> pa.Table:
    """The same rows in memory of their own, all of it in one piece."""
    return pa.Table.from_batches([pa.ipc.read_record_batch(_single_batch(table).serialize(), table.schema)])


def _single_batch(table: pa.Table) -> pa.RecordBatch:
    """The table in one batch, an empty one where it has no rows."""
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


@dataclass(frozen=True)
class SpilledRows:
    """The rows of an output in their order, of any number: pieces of which each ends before the next begins."""

    schema: pa.Schema
    tables: tuple[SpilledTable, ...]

    def __len__(self) -> int:
        return sum(spilled.row_count for spilled in self.tables)

    def iter_chunks(self) -> Iterator[pa.Table]:
        """The rows some at a time; at least one table, so that an empty one keeps its columns."""
        if len(self.tables) == 1 and len(self.tables[0].tables) == 1:
            return InMemoryRows(self.tables[0].tables[0]).iter_chunks()
        return rechunk_tables((part for spilled in self.tables for part in spilled.iter_parts()), self.schema)


def chain_tables(tables: Sequence[SpilledTable], schema: pa.Schema) -> SpilledRows:
    """The rows of the pieces one after the other."""
    return SpilledRows(schema, tuple(spilled for spilled in tables if spilled.row_count))


def merge_tables(
    spill_store: SpillStore, name: str, runs: Sequence[Sequence[SpilledTable]], keys: Sequence[str], schema: pa.Schema
) -> SpilledRows:
    """The rows of the runs, each of them pieces in a row and sorted by the keys, as one; equal ones by run."""
    filled_runs = [tuple(spilled for spilled in run if spilled.row_count) for run in runs]
    filled_runs = [run for run in filled_runs if run]
    if len(filled_runs) <= 1:
        return SpilledRows(schema, filled_runs[0] if filled_runs else ())
    parts = merge_sorted.merge_runs(
        [(part for spilled in run for part in spilled.iter_parts()) for run in filled_runs], keys
    )
    return SpilledRows(schema, (spill_store.store_parts(name, parts, schema),))
