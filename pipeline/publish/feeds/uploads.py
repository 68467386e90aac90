"""feeds/: the accepted rows of the seller's uploads, in parts that Amazon takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model import findings
from pipeline.model.chunked_rows import ChunkedRows
from pipeline.model.feed_parts import CANCELLATION_STEM, CONFIRMATION_STEM, FEED_FOLDER, name_part
from pipeline.model.run_result import RunResult
from pipeline.publish.files import cells, tables
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas import cancellation, confirmation

_FRAME_COLUMNS = {  # a column of a feed → the column of the frame, where that is another
    "carrier-code": "carrier_code",  # in the list's spelling
    "ship-date": "ship_date",  # a day, however it was spelt
    "amazon-order-item-code": "order-item-id",
}


class FeedFormat(NamedTuple):
    """A feed's name without its number, and the lines above its rows, the last of which names the columns."""

    stem: str
    header_lines: tuple[Sequence[str], ...]

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns."""
        return self.header_lines[-1]

    @property
    def header_bytes(self) -> bytes:
        """What stands above the rows of each part."""
        return "".join("\t".join(names) + "\n" for names in self.header_lines).encode()


class FeedPositions(NamedTuple):
    """Where each accepted row is: its file and line in one number, rising, and behind how many rows each part ends."""

    row_addresses: Array
    part_ends: list[int]

    def locate_rows(self, addresses: Array) -> tuple[Array, Array]:
        """The part and the record in it of each row of those, both counted from 1."""
        row_index = np.searchsorted(self.row_addresses, addresses)
        part_index = np.searchsorted(np.array(self.part_ends, np.int64), row_index, side="right")
        return part_index + 1, row_index - np.array([0, *self.part_ends], np.int64)[part_index] + 1

    def count_records(self) -> list[int]:
        """How many records each part has."""
        return np.diff([0, *self.part_ends]).tolist()


class WrittenFeeds(NamedTuple):
    """The paths of feeds, the names of their columns, and where in them each accepted row is."""

    paths: list[str]
    columns: tuple[str, ...]
    positions: FeedPositions


CONFIRMATION_FEED = FeedFormat(CONFIRMATION_STEM, (confirmation.FEED_COLUMNS,))
CANCELLATION_FEED = FeedFormat(CANCELLATION_STEM, (cancellation.TEMPLATE_LINE, cancellation.FEED_COLUMNS))


def write_confirmations(folder: OutputFolder, result: RunResult) -> WrittenFeeds:
    """The Shipping Confirmation feeds: the eight columns, and those others that an accepted file has."""
    file_tallies = zip(result.plans, result.tallies, strict=True)
    accepted_plans = [
        plan
        for plan, tally in file_tallies
        if plan.kind and plan.kind.name == confirmation.KIND.name and tally.accepted
    ]
    given_columns = {name for plan in accepted_plans for name in plan.header}
    feed_columns = [
        name
        for name in confirmation.FEED_COLUMNS
        if name in confirmation.REQUIRED_FEED_COLUMNS or name in given_columns
    ]
    return _write_feed(folder, FeedFormat(CONFIRMATION_STEM, (feed_columns,)), result, result.tables["confirmations"])


def write_cancellations(folder: OutputFolder, result: RunResult) -> WrittenFeeds:
    """The order cancellation feeds, each under Amazon's template line."""
    return _write_feed(folder, CANCELLATION_FEED, result, result.tables["cancellations"])


def select_feed_rows(uploads: pd.DataFrame, feed: FeedFormat) -> pa.Table:
    """The rows that are to be uploaded, which come by file, then line, as the text of every column that a feed has."""
    schema = pa.schema([("file", pa.int64()), ("line", pa.int64()), *((name, pa.string()) for name in feed.columns)])
    if not len(uploads):
        return schema.empty_table()
    feed_rows = arrow.to_frame(
        arrow.to_table(uploads, ("file", "line", *(_FRAME_COLUMNS.get(name, name) for name in feed.columns)))
    )
    accepted_rows = arrow.filter_rows(
        feed_rows, arrow.to_bool(uploads["accepted"]) & ~arrow.to_bool(uploads["skipped"])
    )
    text_columns = {name: _format_column(accepted_rows[_FRAME_COLUMNS.get(name, name)]) for name in feed.columns}
    return pa.table(
        {name: arrow.to_arrow(accepted_rows[name]) for name in ("file", "line")} | text_columns, schema=schema
    )


def _write_feed(folder: OutputFolder, feed: FeedFormat, result: RunResult, feed_rows: ChunkedRows) -> WrittenFeeds:
    """The feeds written; none where nothing was accepted."""
    row_sizes, addresses = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in feed_rows.iter_chunks():
        row_sizes.append(cells.measure_lines([part[name] for name in feed.columns]))
        addresses.append(findings.line_key(part["file"].to_numpy(), part["line"].to_numpy()))
    account, paths = result.context.account, []
    part_ranges = list(
        split_parts(np.concatenate(row_sizes), account.feed_bytes - len(feed.header_bytes), account.feed_records)
    )
    chunks, remaining = feed_rows.iter_chunks(), pa.table({})
    for part_number, (begin, end) in enumerate(part_ranges, 1):
        paths.append(f"{FEED_FOLDER}/{name_part(feed.stem, part_number)}")
        with folder.create_file(paths[-1]) as output:
            output.write(feed.header_bytes)
            while output.rows < end - begin:
                remaining = remaining if len(remaining) else next(chunks)
                part = remaining.slice(0, end - begin - output.rows)
                remaining = remaining.slice(len(part))
                tables.write_rows(output, part.select(feed.columns))
    positions = FeedPositions(np.concatenate(addresses), [end for _, end in part_ranges])
    return WrittenFeeds(paths, tuple(feed.columns), positions)


def _format_column(values: pd.Series[Any]) -> pa.ChunkedArray:
    column = arrow.to_arrow(values)
    return pa.chunked_array([cells.format_cells(chunk) for chunk in column.chunks], pa.string())


def split_parts(row_sizes: Array, max_bytes: int, max_records: int) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends: as many rows as fit, at most ``max_records``, and at least one."""
    cumulative_bytes = np.cumsum(row_sizes)
    begin = 0
    while begin < len(row_sizes):
        bytes_before = cumulative_bytes[begin - 1] if begin else 0
        fitting_end = int(np.searchsorted(cumulative_bytes, bytes_before + max_bytes, side="right"))
        end = max(min(fitting_end, begin + max_records), begin + 1)
        yield begin, end
        begin = end
