"""feeds/: the accepted rows of the seller's uploads, in parts that Amazon takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames
from pipeline.account import Account
from pipeline.batch import Settled
from pipeline.frames import Array
from pipeline.publish import tables, text
from pipeline.publish.output import Folder
from schemas import cancellation, confirmation

CONFIRMATIONS, CANCELLATIONS = "feeds/shipping-confirmation", "feeds/order-cancellation"
_HELD = {  # a column of a feed → the column of the frame, where that is another
    "carrier-code": "carrier_code",  # in the list's spelling
    "ship-date": "ship_date",  # a day, however it was spelt
    "amazon-order-item-code": "order-item-id",
}


class Feed(NamedTuple):
    """A feed's name without its number, and the lines above its rows, the last of which names the columns."""

    stem: str
    lines: tuple[Sequence[str], ...]

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns."""
        return self.lines[-1]

    @property
    def head(self) -> bytes:
        """What stands above the rows of each part."""
        return "".join("\t".join(cells) + "\n" for cells in self.lines).encode()


class Feeds(NamedTuple):
    """The paths of feeds, and of each accepted row (its position) the part it is in and its record there."""

    paths: list[str]
    placed: pd.DataFrame


def confirmations(folder: Folder, settled: Settled) -> Feeds:
    """The Shipping Confirmation feeds: the eight columns, and those others that an accepted file has."""
    rows, accepted = _accepted(settled.confirmations)
    files = frames.distinct(rows["file"].to_numpy(np.int64)[accepted]) if len(rows) else ()
    given = {name for file in files for name in settled.plans[file].header}
    names = [name for name in confirmation.FEED if name in confirmation.FEED_ALWAYS or name in given]
    return _write(folder, Feed(CONFIRMATIONS, (names,)), settled.context.account, rows, accepted)


def cancellations(folder: Folder, settled: Settled) -> Feeds:
    """The order cancellation feeds, each under Amazon's template line."""
    feed = Feed(CANCELLATIONS, (cancellation.TEMPLATE, cancellation.FEED))
    return _write(folder, feed, settled.context.account, *_accepted(settled.cancellations))


def _accepted(rows: pd.DataFrame) -> tuple[pd.DataFrame, Array]:
    """The rows, which come by file, then line, and which of them are to be uploaded; bool."""
    if not len(rows):
        return rows, np.zeros(0, bool)
    return rows, frames.flags(rows["accepted"]) & ~frames.flags(rows["skipped"])


def _write(folder: Folder, feed: Feed, account: Account, rows: pd.DataFrame, accepted: Array) -> Feeds:
    """The feeds written; none where nothing was accepted."""
    if not accepted.any():
        return Feeds([], _placed(np.zeros(0, np.int64), []))
    cells = pa.table({name: _text(rows[_HELD.get(name, name)]) for name in feed.columns})
    at = np.flatnonzero(accepted)
    sizes = text.sizes(cells.columns)[at]
    paths: list[str] = []
    ends: list[int] = []
    for begin, end in parts(sizes, account.feed_bytes - len(feed.head), account.feed_records):
        paths.append(f"{feed.stem}-{len(paths) + 1:03d}.tsv")
        stretch = slice(at[begin], at[end - 1] + 1)
        with folder.file(paths[-1]) as output:
            output.write(feed.head)
            tables.rows(output, cells[stretch].filter(pa.array(accepted[stretch])))
        ends.append(end)
    return Feeds(paths, _placed(at, ends))


def _placed(rows: Array, ends: list[int]) -> pd.DataFrame:
    """Row, part and record of every row, where the parts end as told; parts and records are counted from 1."""
    sizes: Array = np.array(ends, np.int64) - np.array([0, *ends[:-1]] if ends else [], np.int64)
    part = np.repeat(np.arange(len(ends)), sizes)
    first = np.array([0, *ends], np.int64)[part]
    return pd.DataFrame({"row": rows, "part": part + 1, "record": np.arange(len(rows)) - first + 1})


def _text(values: pd.Series[Any]) -> pa.ChunkedArray:
    column = frames.arrow(values)
    return pa.chunked_array([text.spelt(chunk) for chunk in column.chunks], pa.string())


def parts(sizes: Array, room: int, records: int) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends: as many rows as fit the room, at most ``records`` of them, and at least one."""
    upto = np.cumsum(sizes)
    begin = 0
    while begin < len(sizes):
        before = upto[begin - 1] if begin else 0
        fits = int(np.searchsorted(upto, before + room, side="right"))
        end = max(min(fits, begin + records), begin + 1)
        yield begin, end
        begin = end
