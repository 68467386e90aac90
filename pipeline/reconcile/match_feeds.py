"""Which published feed each processing report answers (SPEC §4, Refused as a whole; §8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.feed_answers import AnsweredFeed
from pipeline.model.file_plan import FilePlan
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas import lists

NO_RECORD = -1
_FATAL = "fatal"


class OpenFeeds(NamedTuple):
    """The feeds that a report may answer, and the reports of earlier runs that fitted several of them.

    A feed has ``run``, ``part``, ``records``, ``published_at`` and ``by_count``: its answer so far is a guess. A report
    has ``run``, ``read_at`` and ``records``.
    """

    feeds: Sequence[Any]
    ambiguous_counts: Sequence[Any]


class ProcessingReport(NamedTuple):
    """A processing report: its file, its rows, and of each row whether it only warns, and whether it refuses a feed."""

    plan: FilePlan
    rows: pd.DataFrame
    is_warning: Array
    refuses_feed: Array

    @property
    def processed(self) -> int | None:
        """How many records Amazon says it has processed; None where it does not say."""
        return self.plan.reported_counts[0] if self.plan.reported_counts else None

    @property
    def names_orders(self) -> bool:
        """Whether any row names an order."""
        return bool(arrow.is_valid(self.rows["order-id"]).any())

    @property
    def refuses_something(self) -> bool:
        """Whether any row is more than a warning."""
        return bool((~self.is_warning).any())


class MatchedReport(NamedTuple):
    """A report and the feeds it may answer; where it is one, ``records`` has the feed's record of each row of it."""

    report: ProcessingReport
    candidates: list[Any]
    records: Array

    @property
    def feed(self) -> Any | None:
        """The feed that it answers; None where none or several could be meant."""
        return self.candidates[0] if len(self.candidates) == 1 else None


def read_report(plan: FilePlan, rows: pd.DataFrame) -> ProcessingReport:
    """A report as it is matched: the rows of its file, and what they do."""
    report_rows = arrow.filter_rows(rows, arrow.to_int64(rows["file"]) == plan.file)
    error_type = arrow.to_arrow(report_rows["error-type"])
    is_warning = _is_any_of(error_type, lists.warning_words())
    about_feed = arrow.to_int64(report_rows["original_record_number"], NO_RECORD) == 0
    nothing_successful = plan.reported_counts[1:] == (0,)  # where the word for Fatal is another language's
    is_fatal = _is_any_of(error_type, {_FATAL}) | nothing_successful
    return ProcessingReport(plan, report_rows, is_warning, about_feed & ~is_warning & is_fatal)


def match_reports(
    reports: list[ProcessingReport], feeds: Sequence[Any], published: pd.DataFrame
) -> list[MatchedReport]:
    """Every report with the feeds it may answer: first those that name orders, then those that count, then the rest.

    A feed that one report answers is no other's.
    """
    matched, answered = [], set[tuple[int, int]]()
    for report in sorted(reports, key=_certainty):
        open_feeds = [feed for feed in feeds if feed.key not in answered]
        found = _find_feeds(report, open_feeds, published)
        answered |= {found.feed.key} if found.feed else set()
        matched.append(found)
    return sorted(matched, key=lambda found: found.report.plan.file)


def close_counted(
    counts: Sequence[Any], feeds: Sequence[Any], as_of: dt.datetime, wait: dt.timedelta | None
) -> list[AnsweredFeed]:
    """The oldest feed for every report that fitted several, once it has waited that long for a better answer."""
    remaining, closed = list(feeds), []
    for count in counts:
        fitting = [feed for feed in remaining if feed.records == count.records and feed.run < count.run]
        if fitting and wait is not None and as_of - count.read_at > wait:
            closed.append(AnsweredFeed(fitting[0].run, fitting[0].part, by_count=True, counted_run=count.run))
            remaining.remove(fitting[0])
    return closed


def feed_rows(published: pd.DataFrame, feed: Any) -> pd.DataFrame:
    """The published confirmations of a feed."""
    in_feed = (arrow.to_int64(published["run"]) == feed.run) & (arrow.to_int64(published["feed"]) == feed.part)
    return arrow.filter_rows(published, in_feed) if len(published) else published


def _certainty(report: ProcessingReport) -> int:
    if report.names_orders:
        return 0
    return 2 if report.refuses_feed.any() else 1


def _find_feeds(report: ProcessingReport, feeds: Sequence[Any], published: pd.DataFrame) -> MatchedReport:
    """The feeds that a report may answer, the oldest first; of those whose orders it names, the one that fits best."""
    records = {feed.key: _match_records(report.rows, feed_rows(published, feed)) for feed in feeds}
    has_order_id = arrow.is_valid(report.rows["order-id"])
    if report.names_orders:
        fitting = [feed for feed in feeds if (records[feed.key][has_order_id] >= 0).all()]
        best = sorted(fitting, key=lambda feed: (report.processed != feed.records, feed.by_count))[:1]
        return MatchedReport(report, best, records[best[0].key] if best else np.zeros(0, np.int64))
    about_record = arrow.to_int64(report.rows["original_record_number"], NO_RECORD) > 0
    unanswered = [feed for feed in feeds if not feed.by_count and (records[feed.key][about_record] >= 0).all()]
    any_size = bool(report.refuses_feed.any()) and not report.processed
    fitting = [feed for feed in unanswered if any_size or report.processed == feed.records]
    return MatchedReport(report, fitting, records[fitting[0].key] if fitting else np.zeros(0, np.int64))


def _match_records(rows: pd.DataFrame, published: pd.DataFrame) -> Array:
    """For each row of a report the record of the feed it speaks of; −1 where it fits none.

    By order id and, where given, item id; several such records are told apart by their number. A row without an
    order id is its record number.
    """
    record_number = arrow.to_int64(rows["original_record_number"])
    matched_record = np.full(len(rows), NO_RECORD)
    order_ids = arrow.to_arrow(published["order_id"]).to_pandas() if len(published) else pd.Series([], dtype=str)
    records = arrow.to_int64(published["record"]) if len(published) else np.zeros(0, np.int64)
    item_ids = arrow.to_arrow(published["order_item_id"]).to_pandas() if len(published) else pd.Series([], dtype=str)
    feed_records = pd.DataFrame(
        {"order": order_ids.to_numpy(object), "item": item_ids.to_numpy(object), "record": records}
    )
    report_records = pd.DataFrame(
        {
            "row": np.arange(len(rows)),
            "order": rows["order-id"].to_numpy(object),
            "item_id_given": rows["order-item-id"].to_numpy(object),
            "record_number": record_number,
        }
    )
    candidates = report_records.dropna(subset=["order"]).merge(feed_records, on="order")
    candidates = candidates[candidates["item_id_given"].isna() | (candidates["item_id_given"] == candidates["item"])]
    candidates["distance"] = (candidates["record_number"] - candidates["record"]).abs()
    nearest = candidates.sort_values(["row", "distance", "record"]).drop_duplicates("row")
    matched_record[nearest["row"].to_numpy(np.int64)] = nearest["record"].to_numpy(np.int64)
    without_order_id = ~arrow.is_valid(rows["order-id"])
    return np.where(without_order_id & np.isin(record_number, records), record_number, matched_record)


def _is_any_of(text: pa.ChunkedArray, words: set[str] | frozenset[str]) -> Array:
    """Where a text, its case aside, is one of the words."""
    is_word = pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(words), pa.string()))
    return pc.fill_null(is_word, False).to_numpy()
