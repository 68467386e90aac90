"""Published confirmations of which more is known than the ledger says: that they were submitted, or given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import findings
from pipeline.model.feed_answers import REFUSED, AnsweredFeed
from pipeline.reconcile.match_feeds import feed_rows
from pipeline.reconcile.processing_results import ProcessingResults
from pipeline.rules import acknowledgements, build_findings
from pipeline.utils import arrow
from pipeline.utils.dtypes import TIMESTAMP, Array
from pipeline.utils.instants import format_instant

_RECORD = ("run", "feed", "record")


def note_submissions(published: pd.DataFrame, feeds: Sequence[Any]) -> tuple[pd.DataFrame, Array]:
    """The confirmations with ``feed_id`` and ``submitted_at`` of their feeds, and which of them lacked these, bool."""
    submitted = [feed for feed in feeds if feed.submission.submitted_at]
    if not submitted or not len(published):
        return published, np.zeros(len(published), bool)
    keys = pd.MultiIndex.from_tuples([feed.key for feed in submitted])
    rows = pd.MultiIndex.from_arrays([arrow.to_int64(published["run"]), arrow.to_int64(published["feed"])])
    position = keys.get_indexer(rows)
    row_feed = pa.array(position, mask=position < 0)
    ids = pa.array([feed.submission.feed_id for feed in submitted], pa.string()).take(row_feed)
    instants = pa.array([feed.submission.submitted_at for feed in submitted], TIMESTAMP).take(row_feed)
    known = {name: arrow.to_arrow(published[name]) for name in ("feed_id", "submitted_at")}
    is_noted_now = pc.and_(pc.is_null(known["feed_id"]), pc.is_valid(ids)).to_numpy()
    noted = published.assign(
        feed_id=arrow.to_series(pc.coalesce(known["feed_id"], ids)),
        submitted_at=arrow.to_series(pc.coalesce(known["submitted_at"], instants)),
    )
    return noted, is_noted_now


def select_unanswered(published: pd.DataFrame, is_noted_now: Array, answered: pd.DataFrame) -> pd.DataFrame:
    """Of the confirmations noted now those that have no row in ``answered``."""
    noted, others = (
        pd.MultiIndex.from_arrays([arrow.to_int64(rows[name]) for name in _RECORD]) for rows in (published, answered)
    )
    return arrow.filter_rows(published, is_noted_now & ~noted.isin(others))


def give_up_feed(feed: Any, published: pd.DataFrame) -> ProcessingResults:
    """What follows from it that a person has given a feed up: none of its confirmations holds (ACK-606)."""
    rows = feed_rows(published, feed)
    texts = {"answer": REFUSED, "answer_code": acknowledgements.given_up.code, "answer_text": "given up"}
    constants = {name: arrow.to_series(pa.repeat(pa.scalar(text), len(rows))) for name, text in texts.items()}
    missing = {name: arrow.to_series(pa.nulls(len(rows), pa.string())) for name in ("answer_file",)}
    since = format_instant(feed.submission.given_up_at)
    finding = build_findings.file_finding(
        acknowledgements.given_up, findings.LEDGER_FILE, 0, feed=str(feed.part), run=str(feed.run), since=since
    )
    return ProcessingResults(
        rows=rows.assign(**constants, **missing),
        answered_feeds=[AnsweredFeed(feed.run, feed.part)],
        findings=finding,
        ambiguous_counts=[],
        refused_feeds=findings.empty_findings(),
        submitted=published.head(0),
    )
