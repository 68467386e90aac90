"""Tables → files: the same typed rows as tab-separated text and as Parquet, a stretch at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.publish.files import cells
from pipeline.publish.files.output_folder import OutputFile, OutputFolder

_PARTS_PER_ROW_GROUP = 4  # stretches in a row group of Parquet


def write_tsv(folder: OutputFolder, path: str, parts: Iterable[pa.Table]) -> None:
    """A file of a header and one line a row; the parts have the same columns."""
    with folder.create_file(path) as output:
        for part_number, part in enumerate(parts):
            if not part_number:
                write_header(output, part.column_names)
            write_rows(output, part)


def write_report(folder: OutputFolder, path: str, parts: Iterable[pa.Table]) -> None:
    """A file like that, in which a spreadsheet finds no formula."""
    write_tsv(folder, path, (_escape_formulas(part) for part in parts))


def _escape_formulas(part: pa.Table) -> pa.Table:
    columns = [cells.to_single_chunk(column) for column in part.columns]
    escaped_columns = [
        cells.escape_formulas(column) if pa.types.is_string(column.type) else column for column in columns
    ]
    return pa.table(escaped_columns, names=part.column_names)


def write_header(output: OutputFile, names: Sequence[str]) -> None:
    """The header is written."""
    output.write(("\t".join(names) + "\n").encode())


def write_rows(output: OutputFile, part: pa.Table) -> None:
    """One line a row is written, and counted."""
    output.write(cells.encode_lines([cells.format_cells(cells.to_single_chunk(column)) for column in part.columns]))
    output.rows += len(part)


def format_rows(part: pa.Table) -> list[tuple[str, ...]]:
    """The rows as the texts of their cells; null is empty."""
    columns = [cells.format_cells(cells.to_single_chunk(column)).fill_null("").to_pylist() for column in part.columns]
    return list(zip(*columns, strict=True))


def write_parquet(
    folder: OutputFolder, path: str, parts: Iterable[pa.Table], dictionary_columns: Sequence[str]
) -> None:
    """A Parquet file of the parts; ``dictionary_columns`` hold few distinct values."""
    row_groups = _merge_parts(iter(parts))
    first_group = next(row_groups)
    with folder.create_file(path) as output, _open_parquet(output, first_group.schema, dictionary_columns) as writer:
        for row_group in itertools.chain([first_group], row_groups):
            writer.write_table(row_group)
            output.rows += len(row_group)


def _open_parquet(output: OutputFile, schema: pa.Schema, dictionary_columns: Sequence[str]) -> pq.ParquetWriter:
    """Numbers and instants are stored as differences, which is quick and small; the rest is packed."""
    delta_columns = {field.name for field in schema if not pa.types.is_string(field.type)} - set(dictionary_columns)
    return pq.ParquetWriter(
        pa.PythonFile(output, "w"),
        schema,
        use_dictionary=list(dictionary_columns),
        column_encoding=dict.fromkeys(delta_columns, "DELTA_BINARY_PACKED"),
        compression={name: "none" if name in delta_columns else "snappy" for name in schema.names},
    )


def _merge_parts(parts: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The parts, several at a time put together."""
    while waiting := list(itertools.islice(parts, _PARTS_PER_ROW_GROUP)):
        yield pa.concat_tables([part.combine_chunks() for part in waiting])
