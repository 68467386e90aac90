"""A table whose rows are read a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    pass


CHUNK_ROWS = 1 << 15  # read together: what stays in the processor's cache


class ChunkedRows(Protocol):
    """The rows of a table in their order, in tables of ROWS rows each, but for the last."""

    @property
    def schema(self) -> pa.Schema:
        """The columns."""

    def __len__(self) -> int: ...

    def iter_chunks(self) -> Iterator[pa.Table]:
        """The rows some at a time; at least one table, so that an empty one keeps its columns."""


@dataclass(frozen=True)
class InMemoryRows:
    """The rows of a table that is in memory."""

    table: pa.Table

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        return self.table.schema

    def __len__(self) -> int:
        return len(self.table)

    def iter_chunks(self) -> Iterator[pa.Table]:
        """The rows some at a time; at least one table."""
        for begin in range(0, max(len(self.table), 1), CHUNK_ROWS):
            yield self.table.slice(begin, CHUNK_ROWS)


def rechunk_tables(parts: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of the parts in tables of the same size, but for the last: however they came, they go alike."""
    pending, row_count, has_yielded = [schema.empty_table()], 0, False
    for part in parts:
        pending.append(part)
        row_count += len(part)
        while row_count >= CHUNK_ROWS:
            joined = pa.concat_tables(pending)
            yield joined.slice(0, CHUNK_ROWS).combine_chunks()
            has_yielded, pending, row_count = True, [joined.slice(CHUNK_ROWS)], row_count - CHUNK_ROWS
    if row_count or not has_yielded:
        yield pa.concat_tables(pending).combine_chunks()
