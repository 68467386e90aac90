"""A table of few rows, read as a whole: its files one after another, which is a fifth of the work of a scan."""

from __future__ import annotations

import urllib.parse
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from pipeline.ledger.old_files import open_files

_SMALL_TABLE_ROWS = 1 << 14  # a table of no more is kept in memory: opening its files again costs more than its rows
_PLAIN_READER = 1  # the version of readers that need to know of nothing but files and partitions
_PARTITION_COLUMN = "month"


def read_small_table(delta_table: DeltaTable) -> pa.Table | None:
    """The rows in the order of the files; None where they are many, or only a reader of newer tables can tell."""
    files = pa.table(delta_table.get_add_actions(flatten=True))
    counts = files.column("num_records")
    if counts.null_count or (pc.sum(counts).as_py() or 0) > _SMALL_TABLE_ROWS:
        return None
    if delta_table.protocol().min_reader_version > _PLAIN_READER:
        return None
    schema, filesystem = pa.schema(delta_table.schema().to_arrow()), open_files(delta_table.table_uri)
    is_by_month = f"partition.{_PARTITION_COLUMN}" in files.column_names
    months = files.column(f"partition.{_PARTITION_COLUMN}").to_pylist() if is_by_month else [None] * files.num_rows
    paths = map(urllib.parse.unquote, files.column("path").to_pylist())
    parts = [_read_file(filesystem, path, month, schema) for path, month in zip(paths, months, strict=True)]
    return pa.concat_tables([schema.empty_table(), *parts]).combine_chunks()


def _read_file(filesystem: Any, path: str, month: str | None, schema: pa.Schema) -> pa.Table:
    """The rows of a file with the columns of the schema; ``month`` is that of its partition."""
    with filesystem.open_input_file(path) as file:
        stored = pq.ParquetFile(pa.BufferReader(file.read_buffer()))
    rows = stored.read(use_threads=False)
    values = dict(zip(rows.column_names, rows.columns, strict=True))
    columns = [
        _conform_column(values[field.name], field.type)
        if field.name in values
        else pa.repeat(pa.scalar(month if field.name == _PARTITION_COLUMN else None, field.type), rows.num_rows)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _conform_column(column: pa.ChunkedArray, dtype: pa.DataType) -> pa.ChunkedArray:
    return column if column.type == dtype else column.cast(dtype)
