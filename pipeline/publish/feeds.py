"""feeds/: the accepted rows of the seller's uploads, in parts that Amazon takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import findings, frames
from pipeline.frames import Array
from pipeline.publish import tables, text
from pipeline.publish.output import Folder
from pipeline.ready import Ready, Rows
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


class Placed(NamedTuple):
    """Where each accepted row is: its file and line in one number, rising, and behind how many rows each part ends."""

    address: Array
    ends: list[int]

    def of(self, address: Array) -> tuple[Array, Array]:
        """The part and the record in it of each row of those, both counted from 1."""
        at = np.searchsorted(self.address, address)
        part = np.searchsorted(np.array(self.ends, np.int64), at, side="right")
        return part + 1, at - np.array([0, *self.ends], np.int64)[part] + 1

    def records(self) -> list[int]:
        """How many records each part has."""
        return np.diff([0, *self.ends]).tolist()


class Feeds(NamedTuple):
    """The paths of feeds, and where in them each accepted row is."""

    paths: list[str]
    placed: Placed


CONFIRMATION = Feed(CONFIRMATIONS, (confirmation.FEED,))
CANCELLATION = Feed(CANCELLATIONS, (cancellation.TEMPLATE, cancellation.FEED))


def confirmations(folder: Folder, ready: Ready) -> Feeds:
    """The Shipping Confirmation feeds: the eight columns, and those others that an accepted file has."""
    both = zip(ready.plans, ready.tallies, strict=True)
    fed = [plan for plan, tally in both if plan.kind and plan.kind.name == confirmation.KIND.name and tally.accepted]
    given = {name for plan in fed for name in plan.header}
    names = [name for name in confirmation.FEED if name in confirmation.FEED_ALWAYS or name in given]
    return _write(folder, Feed(CONFIRMATIONS, (names,)), ready, ready.tables["confirmations"])


def cancellations(folder: Folder, ready: Ready) -> Feeds:
    """The order cancellation feeds, each under Amazon's template line."""
    return _write(folder, CANCELLATION, ready, ready.tables["cancellations"])


def rows(uploads: pd.DataFrame, feed: Feed) -> pa.Table:
    """The rows that are to be uploaded, which come by file, then line, as the text of every column that a feed has."""
    schema = pa.schema([("file", pa.int64()), ("line", pa.int64()), *((name, pa.string()) for name in feed.columns)])
    if not len(uploads):
        return schema.empty_table()
    wanted = frames.frame(frames.table(uploads, ("file", "line", *(_HELD.get(name, name) for name in feed.columns))))
    kept = frames.only(wanted, frames.flags(uploads["accepted"]) & ~frames.flags(uploads["skipped"]))
    cells = {name: _text(kept[_HELD.get(name, name)]) for name in feed.columns}
    return pa.table({name: frames.arrow(kept[name]) for name in ("file", "line")} | cells, schema=schema)


def _write(folder: Folder, feed: Feed, ready: Ready, rows: Rows) -> Feeds:
    """The feeds written; none where nothing was accepted."""
    sizes, address = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in rows.stretches():
        sizes.append(text.sizes([part[name] for name in feed.columns]))
        address.append(findings.address(part["file"].to_numpy(), part["line"].to_numpy()))
    account, paths = ready.context.account, []
    ends = list(parts(np.concatenate(sizes), account.feed_bytes - len(feed.head), account.feed_records))
    source, rest = rows.stretches(), pa.table({})
    for at, (begin, end) in enumerate(ends, 1):
        paths.append(f"{feed.stem}-{at:03d}.tsv")
        with folder.file(paths[-1]) as output:
            output.write(feed.head)
            while output.rows < end - begin:
                rest = rest if len(rest) else next(source)
                part = rest.slice(0, end - begin - output.rows)
                rest = rest.slice(len(part))
                tables.rows(output, part.select(feed.columns))
    return Feeds(paths, Placed(np.concatenate(address), [end for _, end in ends]))


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
