"""Where tables wait between the passes: in memory, or as Arrow files in a folder that every worker sees."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipeline.engine import merging
from pipeline.ready import Held, even

STRETCH = 1 << 13  # rows of a part that is read by itself: many runs are merged at once
_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")


class Piece(NamedTuple):
    """A table that waits, in parts: how many rows each of them has, and the parts or the file they are in."""

    sizes: tuple[int, ...]
    held: list[pa.Table]
    path: str = ""

    @property
    def rows(self) -> int:
        """The rows of all parts."""
        return sum(self.sizes)

    def part(self, at: int) -> pa.Table:
        """The at-th part."""
        if not self.path:
            return self.held[at]
        with pa.OSFile(self.path) as file:
            return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(at)])

    def taken(self, at: int) -> pa.Table:
        """The at-th part, which what waits in memory lets go of: only from a file can it be had again."""
        part = self.part(at)
        if not self.path:
            self.held[at] = part.schema.empty_table()
        return part

    def parts(self) -> Iterator[pa.Table]:
        """Every part that has rows, one after the other."""
        if not self.path:
            yield from (part for part in self.held if len(part))
            return
        with pa.OSFile(self.path) as file:
            reader = pa.ipc.open_file(file)
            yield from (pa.Table.from_batches([reader.get_batch(at)]) for at, size in enumerate(self.sizes) if size)


@dataclass(frozen=True)
class Spool:
    """Where tables wait: in files of the folder, or without one in memory, of which so many bytes are given."""

    folder: str | None = None
    memory: int = 1 << 31

    def store(self, name: str, table: pa.Table) -> Piece:
        """The table put away, in a file in stretches; the name is its own, the same each time."""
        begins = range(0, len(table), STRETCH) if self.folder else [0]
        return self.parts(
            name, (table.slice(begin, STRETCH if self.folder else None) for begin in begins), table.schema
        )

    def parts(self, name: str, parts: Iterable[pa.Table], schema: pa.Schema) -> Piece:
        """All the parts put away as they come."""
        if self.folder is None:
            held = list(parts)
            return Piece(tuple(len(part) for part in held), held)
        path, sizes = Path(self.folder) / f"{name}.arrow", []
        with self._written(path, schema) as writer:
            for part in parts:
                writer.write_batch(_batch(part))
                sizes.append(len(part))
        return Piece(tuple(sizes), [], str(path))

    @contextlib.contextmanager
    def _written(self, path: Path, schema: pa.Schema) -> Iterator[pa.ipc.RecordBatchFileWriter]:
        """A file that is there once it is whole: a task that is done again writes it anew."""
        aside = path.with_suffix(f".{os.getpid()}")
        with pa.OSFile(str(aside), "wb") as file, pa.ipc.new_file(file, schema, options=_PACKED) as writer:
            yield writer
        aside.replace(path)


def alone(table: pa.Table) -> pa.Table:
    """The same rows in memory of their own, all of it in one piece."""
    return pa.Table.from_batches([pa.ipc.read_record_batch(_batch(table).serialize(), table.schema)])


def _batch(table: pa.Table) -> pa.RecordBatch:
    """The table in one batch, an empty one where it has no rows."""
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


@dataclass(frozen=True)
class Rows:
    """The rows of an output in their order, of any number: pieces of which each ends before the next begins."""

    schema: pa.Schema
    pieces: tuple[Piece, ...]

    def __len__(self) -> int:
        return sum(piece.rows for piece in self.pieces)

    def stretches(self) -> Iterator[pa.Table]:
        """The rows some at a time; at least one table, so that an empty one keeps its columns."""
        if len(self.pieces) == 1 and len(self.pieces[0].held) == 1:
            return Held(self.pieces[0].held[0]).stretches()
        return even((part for piece in self.pieces for part in piece.parts()), self.schema)


def in_a_row(pieces: Sequence[Piece], schema: pa.Schema) -> Rows:
    """The rows of the pieces one after the other."""
    return Rows(schema, tuple(piece for piece in pieces if piece.rows))


def merged(spool: Spool, name: str, runs: Sequence[Sequence[Piece]], keys: Sequence[str], schema: pa.Schema) -> Rows:
    """The rows of the runs, each of them pieces in a row and sorted by the keys, as one; equal ones by run."""
    full = [tuple(piece for piece in run if piece.rows) for run in runs]
    full = [run for run in full if run]
    if len(full) <= 1:
        return Rows(schema, full[0] if full else ())
    parts = merging.merged([(part for piece in run for part in piece.parts()) for run in full], keys)
    return Rows(schema, (spool.parts(name, parts, schema),))
