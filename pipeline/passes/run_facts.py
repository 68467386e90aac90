"""What is known of all files before any order is judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.engine import find_newest_dates, read_bucket
from pipeline.ingest import empty_rows
from pipeline.ledger import History, list_cancellations
from pipeline.lifecycle import select_latest_counts
from pipeline.model.feed_parts import CANCELLATION_STEM
from pipeline.model.feed_states import FeedStates
from pipeline.model.file_plan import FilePlan
from pipeline.model.group_result import FileDates
from pipeline.model.profiles import KindProfile
from pipeline.model.run_context import RunContext
from pipeline.passes import line_counts
from pipeline.passes.split_pass import PassOneResult
from pipeline.quality import merge_kind_profiles, profile_kinds, profile_values
from pipeline.reconcile import (
    CANCEL_MARK,
    DelistedItems,
    NewReports,
    OpenFeeds,
    ProcessingResults,
    ReportFiles,
    find_delisted_items,
    match_processing_reports,
)
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array
from schemas.kinds import KINDS, UPLOAD_KINDS


class RunFacts(NamedTuple):
    """What is known of all files before any order is judged, and given to every bucket.

    ``newest_dates`` say when each file was made, ``stock_counts`` the stock counts that are
    believed, ``latest_stock`` of these the one of each sku that counts, ``feed_answers`` what Amazon answered.
    ``line_outcomes`` are those of the rows that no bucket is given, ``repeated_files`` the files whose content an
    earlier run has processed, ``feed_states`` what is known by now of the feeds of earlier runs.
    """

    plans: Sequence[FilePlan]
    newest_dates: FileDates
    stock_counts: pd.DataFrame
    latest_stock: pd.DataFrame
    feed_answers: ProcessingResults
    context: RunContext
    line_outcomes: Array
    profiles: tuple[KindProfile, ...]
    repeated_files: frozenset[int]
    feed_states: FeedStates

    @property
    def input_names(self) -> list[str]:
        """The input names, by the numbers of the files."""
        return [plan.source.name for plan in self.plans]

    def find_delisted(self, items: pd.DataFrame, counting_files: Array, unshipped: pd.DataFrame) -> DelistedItems:
        """Which order items an Unshipped Orders report should hold and does not; of a bucket, by its rows."""
        dates = self.newest_dates.reported
        dated_files = np.flatnonzero(dtypes.is_known(dates)).tolist()
        new_dates = {file: int(dates[file]) for file in dated_files if file not in self.repeated_files}
        new_reports = NewReports(new_dates, self.newest_dates.latest, self.newest_dates.places)
        return find_delisted_items(items, counting_files, unshipped, new_reports, self.context)

    @property
    def report_files(self) -> ReportFiles:
        """What is known of the files that report rows stand in."""
        marking = [plan.file for plan in self.plans if CANCEL_MARK in plan.header]
        return ReportFiles(frozenset(marking), self.repeated_files, self.newest_dates.latest)

    def within_keys(self, first_key: int, end_key: int) -> RunFacts:
        """What the bucket of those order keys receives."""
        return self._replace(feed_answers=self.feed_answers.select_orders(first_key, end_key))


def collect_run_facts(first: PassOneResult, history: History, context: RunContext) -> RunFacts:
    """What every bucket receives: the facts of all files together, and Amazon's answers."""
    newest_dates = find_newest_dates(first.plans, first.stored_groups)
    rows = complete_kinds(read_bucket(None, first.plans, first.stored_groups, newest_dates))
    believed_rows = select_believed(rows)
    stock_counts = believed_rows["stock"]
    feed_answers = match_feed_answers(believed_rows["processing-report"], first.plans, history, context)
    return RunFacts(
        plans=first.plans,
        newest_dates=newest_dates,
        stock_counts=stock_counts,
        latest_stock=select_latest_counts(stock_counts),
        feed_answers=feed_answers,
        context=context,
        line_outcomes=line_counts.count_outcomes(mark_outcomes(rows), len(first.plans)),
        profiles=merge_kind_profiles(
            profile_kinds(first.plans, complete_kinds({}), profile_values),
            [part.profile for part in first.stored_groups if part.profile and not first.plans[part.file].refusal_code],
        ),
        repeated_files=_find_repeated(first.plans, history),
        feed_states=_find_feed_states(history, feed_answers),
    )


def _find_feed_states(history: History, feed_answers: ProcessingResults) -> FeedStates:
    """Which feeds have an answer by an earlier run or this one, and which were uploaded."""
    feeds = history.feeds
    answered = frozenset(feed.key for feed in feed_answers.answered_feeds)
    unanswered = frozenset(feed.key for feed in feeds.unanswered()) - answered
    uploaded_runs = frozenset(feeds.uploaded_at())
    waiting = tuple(
        (run.run, dtypes.instant_to_us(run.as_of))
        for run in feeds.list_runs()
        if any(part.name.startswith(CANCELLATION_STEM) for part in run.list_waiting())
    )
    return FeedStates(unanswered, uploaded_runs, feeds.submitted_parts(), feeds.pending_parts(), waiting)


def _find_repeated(plans: Sequence[FilePlan], history: History) -> frozenset[int]:
    """The files whose content an earlier run has processed: what they say is no news."""
    processed = history.runs_by_content()
    return frozenset(plan.file for plan in plans if plan.sha256 in processed)


def complete_kinds(rows: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows of every kind, none of those that no file has."""
    return {kind.name: rows[kind.name] if kind.name in rows else empty_rows(kind) for kind in KINDS}


def match_feed_answers(
    reports: pd.DataFrame, plans: list[FilePlan], history: History, context: RunContext
) -> ProcessingResults:
    """What Amazon answered to the feeds of earlier runs; without a ledger none is known that could be answered."""
    if history.last_run_number is None:
        return match_processing_reports(reports, [], OpenFeeds([], []), history.read_feed_records([]), context)
    confirm_within = context.policy.duration_on("shipment.confirm_within", context.as_of) or dt.timedelta()
    names_orders = arrow.is_valid(reports["order-id"]).any()  # only such a report finds what a guess got wrong
    guesses = history.feeds.answered_by_count(context.as_of - confirm_within) if names_orders else []
    repeats = history.feeds.answered_again({plan.sha256 for plan in plans})
    feeds = history.feeds.unanswered() + guesses
    cancellations = list_cancellations(history.feeds)
    open_feeds = OpenFeeds(feeds, history.feeds.ambiguous_counts(), repeats, cancellations)
    published = history.read_feed_records([*feeds, *repeats])
    return match_processing_reports(reports, plans, open_feeds, published, context)


def select_believed(rows: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows of each kind but the uploads that can be believed and are the seller's."""
    return {
        name: arrow.filter_rows(part, arrow.to_bool(part["valid"]) & ~arrow.to_bool(part["out_of_scope"]))
        for name, part in rows.items()
        if name not in UPLOAD_KINDS
    }


def mark_outcomes(rows: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """The rows of each kind but the uploads with what became of them."""
    return [
        part.assign(accepted=part["valid"], skipped=part["out_of_scope"])
        for name, part in rows.items()
        if name not in UPLOAD_KINDS
    ]
