"""Amazon's answers: one processing report for each part of a night's feed, given on the night after (FORMATS §4a)."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from pipeline.simulate import text
from pipeline.simulate.chance import Bools, Ints
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.lives import REFUSED, WARNED
from pipeline.simulate.markets import Market
from pipeline.simulate.text import Cells
from pipeline.simulate.uploads import Lines

PART = 30_000  # records of a part of a feed: what an account file leaves as it is
ROWS_FROM = 6  # the line on which the rows of a report begin
_TEXTS = (
    "The quantity or the order is not as Amazon has it. This is a made-up refusal.",
    "The tracking ID does not match the expected format of the carrier. This is a made-up warning.",
)
_CODES = ("18028", "18181")


class Part(NamedTuple):
    """A part of the feed that a market's night uploads, counted from 0."""

    market: int
    night: int
    part: int


class Answer(NamedTuple):
    """Rows of the report about a part, each about the item at its place."""

    part: Part
    cells: Cells
    at: Ints


class Answers:
    """How many records each part of each feed holds, and how many of them Amazon refused."""

    def __init__(self) -> None:
        """Nothing is uploaded yet."""
        self.records: dict[tuple[int, int], int] = defaultdict(int)  # of a market's night
        self.refused: dict[Part, int] = defaultdict(int)

    def parts(self) -> list[tuple[Part, int]]:
        """Every part that was uploaded, and how many records it holds."""
        return [
            (Part(market, night, part), min(PART, records - part * PART))
            for (market, night), records in sorted(self.records.items())
            for part in range(-(-records // PART))
        ]

    def take(self, chunk: Chunk, lines: Lines, place: tuple[int, int]) -> list[Answer]:
        """The rows that answer the lines of a market's night that reach Amazon."""
        (market, night), fed = place, lines.fed
        record = self.records[place] + np.cumsum(fed) - 1
        self.records[place] += int(fed.sum())
        after = chunk.orders.afterwards[chunk.items.order[lines.at]]
        first = chunk.items.night[lines.at] == night
        told = np.flatnonzero(fed & first & np.isin(after, (REFUSED, WARNED)))
        made = []
        for part in np.unique(record[told] // PART).tolist():
            rows = told[record[told] // PART == part]
            self.refused[Part(market, night, part)] += int((after[rows] == REFUSED).sum())
            cells = _cells(chunk, lines.of(rows), record[rows] % PART + 1, after[rows] == WARNED)
            made.append(Answer(Part(market, night, part), cells, lines.at[rows]))
        return made


def _cells(chunk: Chunk, lines: Lines, record: Ints, warned: Bools) -> Cells:
    market: Market = chunk.world.markets[int(chunk.market[lines.at[0]])]
    return {
        "original-record-number": text.numbers(record),
        "order-id": chunk.order_id.take(chunk.items.order[lines.at]),
        "order-item-id": text.where(~lines.whole, chunk.item_id.take(lines.at)),
        "error-code": text.choose(_CODES, warned),
        "error-type": text.choose(market.answer[3:], warned),
        "error-message": text.choose(_TEXTS, warned),
    }


def head(market: Market, records: int, refused: int, *, rows: bool) -> list[str]:
    """The lines above the rows; where there are no rows, the two counts are all there is."""
    title, processed, successful = market.answer[:3]
    told = [title, f"\t{processed}\t\t{records}", f"\t{successful}\t\t{records - refused}"]
    return [*told, "", "\t".join(market.layouts["processing-report"].columns)] if rows else told
