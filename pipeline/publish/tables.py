"""Tables → files: the same typed rows as text, parted by TAB, and as Parquet, a stretch at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.publish import text
from pipeline.publish.output import Folder, Output

HEAD = 500  # rows of a table that the page shows
_GROUP = 4  # stretches in a row group of Parquet


def tsv(folder: Folder, path: str, parts: Iterable[pa.Table]) -> None:
    """A file of a header and one line a row; the parts have the same columns."""
    first: list[pa.Table] = []
    with folder.file(path) as output:
        for at, part in enumerate(parts):
            if not at:
                head(output, part.column_names)
            if output.rows < HEAD:
                first.append(part.slice(0, HEAD - output.rows))
            rows(output, part)
    folder.heads[path] = pa.concat_tables(first)


def report(folder: Folder, path: str, parts: Iterable[pa.Table]) -> None:
    """A file like that, in which a spreadsheet finds no formula."""
    tsv(folder, path, (_inert(part) for part in parts))


def _inert(part: pa.Table) -> pa.Table:
    columns = [text.flat(column) for column in part.columns]
    shown = [text.inert(column) if pa.types.is_string(column.type) else column for column in columns]
    return pa.table(shown, names=part.column_names)


def head(output: Output, names: Sequence[str]) -> None:
    """The header is written."""
    output.write(("\t".join(names) + "\n").encode())


def rows(output: Output, part: pa.Table) -> None:
    """One line a row is written, and counted."""
    output.write(text.lines([text.spelt(text.flat(column)) for column in part.columns]))
    output.rows += len(part)


def text_rows(part: pa.Table) -> list[tuple[str, ...]]:
    """The rows as the texts of their cells; null is empty."""
    columns = [text.spelt(text.flat(column)).fill_null("").to_pylist() for column in part.columns]
    return list(zip(*columns, strict=True))


def parquet(folder: Folder, path: str, parts: Iterable[pa.Table], few: Sequence[str]) -> None:
    """A Parquet file of the parts; ``few`` are the columns in which the same values come again and again."""
    groups = _groups(iter(parts))
    first = next(groups)
    with folder.file(path) as output, _writer(output, first.schema, few) as writer:
        for group in itertools.chain([first], groups):
            writer.write_table(group)
            output.rows += len(group)


def _writer(output: Output, schema: pa.Schema, few: Sequence[str]) -> pq.ParquetWriter:
    """Numbers and instants are stored as differences, which is quick and small; the rest is packed."""
    steady = {field.name for field in schema if not pa.types.is_string(field.type)} - set(few)
    return pq.ParquetWriter(
        pa.PythonFile(output, "w"),
        schema,
        use_dictionary=list(few),
        column_encoding=dict.fromkeys(steady, "DELTA_BINARY_PACKED"),
        compression={name: "none" if name in steady else "snappy" for name in schema.names},
    )


def _groups(parts: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The parts, several at a time put together."""
    while waiting := list(itertools.islice(parts, _GROUP)):
        yield pa.concat_tables([part.combine_chunks() for part in waiting])
