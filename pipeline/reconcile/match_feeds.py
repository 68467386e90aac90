"""Which published feed each processing report answers (SPEC §4, Refused as a whole; §8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.model.feed_answers import AnsweredFeed
from pipeline.reconcile.processing_report import NO_RECORD, ProcessingReport
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


class OpenFeeds(NamedTuple):
    """The feeds that a report may answer, and the reports of earlier runs that fitted several of them.

    A feed has ``run``, ``part``, ``records``, ``sent_at``, ``submission``, and ``by_count``: its answer so far is a
    guess. A report has ``run``, ``read_at`` and ``records``. ``repeats`` are feeds that were sent twice and of which
    the second answer has come; only that is matched with them. ``cancellations`` are parts with ``run``, ``name``,
    ``records``, ``published_at`` and ``submission``.
    """

    feeds: Sequence[Any]
    ambiguous_counts: Sequence[Any]
    repeats: Sequence[Any] = ()
    cancellations: Sequence[Any] = ()


class MatchedReport(NamedTuple):
    """A report and the feeds it may answer; where it is one, ``records`` has the feed's record of each row of it.

    ``cancellations`` are the parts of cancellations that it may answer, too; one of them alone is known by its content.
    """

    report: ProcessingReport
    candidates: list[Any]
    records: Array
    cancellations: Sequence[Any] = ()

    @property
    def feed(self) -> Any | None:
        """The feed that it answers; None where none or several could be meant."""
        return self.candidates[0] if len(self.candidates) == 1 and not self.cancellations else None


def match_reports(
    reports: list[ProcessingReport], open_feeds: OpenFeeds, published: pd.DataFrame
) -> list[MatchedReport]:
    """Every report with the feeds it may answer: first those whose content is known to be the answer to one.

    Then come those that name orders, those that count, and the rest. A feed that one report answers is no other's.
    """
    matched = _match_contents(reports, [*open_feeds.feeds, *open_feeds.repeats], published)
    matched += _match_cancellations(reports, open_feeds.cancellations, matched)
    answered = {found.feed.key for found in matched if found.feed}
    known_files = {found.report.plan.file for found in matched}
    for report in sorted((report for report in reports if report.plan.file not in known_files), key=_certainty):
        feeds = [feed for feed in open_feeds.feeds if feed.key not in answered]
        found = _add_cancellations(_find_feeds(report, feeds, published), open_feeds.cancellations)
        answered |= {found.feed.key} if found.feed else set()
        matched.append(found)
    return sorted(matched, key=lambda found: found.report.plan.file)


def _match_contents(
    reports: list[ProcessingReport], feeds: Sequence[Any], published: pd.DataFrame
) -> list[MatchedReport]:
    """The reports whose content is known to be the answer to a feed, each with that."""
    matched, used = [], set[tuple[tuple[int, int], str]]()
    for report in reports:
        content = report.plan.sha256
        named = [feed for feed in feeds if content in feed.submission.reports and (feed.key, content) not in used]
        for feed in named[:1]:
            used.add((feed.key, content))
            known = report.with_role(feed.submission.reports[content])
            matched.append(MatchedReport(known, [feed], _match_records(report.rows, feed_rows(published, feed))))
    return matched


def _match_cancellations(
    reports: list[ProcessingReport], cancellations: Sequence[Any], matched: list[MatchedReport]
) -> list[MatchedReport]:
    """Of the other reports those whose content is known to be the answer to cancellations, which confirm nothing."""
    by_content = {content: part for part in cancellations for content in part.submission.reports}
    known_files = {found.report.plan.file for found in matched}
    return [
        MatchedReport(report, [], np.zeros(0, np.int64), [by_content[report.plan.sha256]])
        for report in reports
        if report.plan.sha256 in by_content and report.plan.file not in known_files
    ]


def _add_cancellations(found: MatchedReport, cancellations: Sequence[Any]) -> MatchedReport:
    """The match with the cancellations that a report of no order may answer as well as the feeds that its count fits.

    Those that were published before all of these feeds were answered before them.
    """
    if not found.candidates or found.report.names_orders or found.report.refuses_feed.any():
        return found
    since = min(feed.published_at for feed in found.candidates)
    unanswered = [part for part in cancellations if part.published_at >= since and not part.submission.answered_at]
    return found._replace(cancellations=[part for part in unanswered if part.records == found.report.processed])


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
