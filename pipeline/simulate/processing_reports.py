"""Amazon's answers: one processing report for each part of a night's feed, given on the night after (FORMATS §4a)."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.markets import Market
from pipeline.simulate.order_events import CONFIRMATION_REFUSED, CONFIRMATION_WARNED
from pipeline.simulate.refused_feeds import RECORDS_PER_PART
from pipeline.simulate.text_columns import Cells
from pipeline.simulate.upload_cells import ConfirmationLines
from pipeline.utils.dtypes import BoolArray, IntArray

FIRST_ROW_LINE = 6  # the line on which the rows of a report begin
_ERROR_MESSAGES = (
    "The quantity or the order is not as Amazon has it. This is a made-up refusal.",
    "The tracking ID does not match the expected format of the carrier. This is a made-up warning.",
)
_ERROR_CODES = ("18028", "18181")
_FEED_REFUSED = "0\t\t\t90012\tFatal\tA required column is missing. This is a made-up refusal of a whole feed."


class FeedPart(NamedTuple):
    """A part of the feed that a market's night uploads, counted from 0."""

    market: int
    night: int
    part_number: int


class FeedPartAnswer(NamedTuple):
    """Rows of the report about a part, each about the item at its place."""

    feed_part: FeedPart
    cells: Cells
    item_index: IntArray


class FeedCounts:
    """How many records each part of each feed holds, and how many of them Amazon refused."""

    def __init__(self) -> None:
        """Nothing is uploaded yet."""
        self.record_counts: dict[tuple[int, int], int] = defaultdict(int)  # of a market's night
        self.refused_counts: dict[FeedPart, int] = defaultdict(int)

    def list_parts(self) -> list[tuple[FeedPart, int]]:
        """Every part that was uploaded, and how many records it holds."""
        return [
            (FeedPart(market, night, part_number), min(RECORDS_PER_PART, records - part_number * RECORDS_PER_PART))
            for (market, night), records in sorted(self.record_counts.items())
            for part_number in range(-(-records // RECORDS_PER_PART))
        ]

    def answer_lines(
        self, chunk: Chunk, lines: ConfirmationLines, market_night: tuple[int, int]
    ) -> list[FeedPartAnswer]:
        """The rows that answer the lines of a market's night that reach Amazon."""
        (market, night), in_feed = market_night, lines.in_feed
        feed_refused = chunk.world.refused_feeds.is_refused(market, night)
        record_index = self.record_counts[market_night] + np.cumsum(in_feed) - 1
        self.record_counts[market_night] += int(in_feed.sum())
        confirmation_outcome = chunk.orders.confirmation_outcome[chunk.items.order_index[lines.item_index]]
        is_first = chunk.items.first_night[lines.item_index] == night
        answered = np.flatnonzero(
            ~feed_refused
            & in_feed
            & is_first
            & np.isin(confirmation_outcome, (CONFIRMATION_REFUSED, CONFIRMATION_WARNED))
        )
        part_answers = []
        for part_number in np.unique(record_index[answered] // RECORDS_PER_PART).tolist():
            rows = answered[record_index[answered] // RECORDS_PER_PART == part_number]
            self.refused_counts[FeedPart(market, night, part_number)] += int(
                (confirmation_outcome[rows] == CONFIRMATION_REFUSED).sum()
            )
            cells = _answer_cells(
                chunk,
                lines.take_rows(rows),
                record_index[rows] % RECORDS_PER_PART + 1,
                confirmation_outcome[rows] == CONFIRMATION_WARNED,
            )
            part_answers.append(FeedPartAnswer(FeedPart(market, night, part_number), cells, lines.item_index[rows]))
        return part_answers


def _answer_cells(chunk: Chunk, lines: ConfirmationLines, record: IntArray, warned: BoolArray) -> Cells:
    market: Market = chunk.world.markets[int(chunk.market_index[lines.item_index[0]])]
    return {
        "original-record-number": text.format_integers(record),
        "order-id": chunk.order_id.take(chunk.items.order_index[lines.item_index]),
        "order-item-id": text.text_where(~lines.whole_order, chunk.item_id.take(lines.item_index)),
        "error-code": text.pick_texts(_ERROR_CODES, warned),
        "error-type": text.pick_texts(market.processing_report_texts[3:], warned),
        "error-message": text.pick_texts(_ERROR_MESSAGES, warned),
    }


def build_header(market: Market, records: int, refused: int, *, rows: bool) -> list[str]:
    """The lines above the rows; where there are no rows, the two counts are all there is."""
    title, processed, successful = market.processing_report_texts[:3]
    header_lines = [title, f"\t{processed}\t\t{records}", f"\t{successful}\t\t{records - refused}"]
    return [*header_lines, "", "\t".join(market.layouts["processing-report"].columns)] if rows else header_lines


def build_feed_refusal(market: Market) -> list[str]:
    """All lines of a report that refuses a feed as a whole: nothing was processed, the one row is about no record."""
    return [*build_header(market, 0, 0, rows=True), _FEED_REFUSED]
