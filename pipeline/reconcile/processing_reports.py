"""Amazon's processing reports against the feeds that were published: which rows were refused (SPEC §8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import findings
from pipeline.model.feed_answers import REFUSED, WARNED
from pipeline.model.file_plan import FilePlan
from pipeline.model.run_context import RunContext
from pipeline.reconcile.amazon_texts import mask_texts
from pipeline.reconcile.feed_findings import (
    overdue_feed_findings,
    processing_report_findings,
    unmatched_report_findings,
)
from pipeline.reconcile.processing_results import ProcessingResults
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array
from schemas import lists

_NO_MATCH = -1


def match_processing_reports(
    rows: pd.DataFrame,
    plans: Sequence[FilePlan],
    open_feeds: Sequence[Any],
    published: pd.DataFrame,
    context: RunContext,
) -> ProcessingResults:
    """Every processing report matched to the feed it answers, oldest feed first.

    ``open_feeds`` are the feeds not answered yet, ``published`` their confirmations (one row an order item).
    """
    unanswered, results, rows = list(open_feeds), [], mask_texts(rows)
    for plan in plans:
        if plan.kind and plan.kind.name == "processing-report" and not plan.refusal_code:
            report_rows = arrow.filter_rows(rows, arrow.to_int64(rows["file"]) == plan.file)
            results.append(_match_report_to_feed(plan, report_rows, unanswered, published))
            unanswered = [feed for feed in unanswered if (feed.run, feed.part) not in results[-1].answered_feeds]
    overdue = [overdue_feed_findings(feed, context) for feed in unanswered]
    empty = published.head(0).assign(**{name: _null_texts(0) for name in ("answer_file",)})
    return ProcessingResults(
        _pass_units_to_corrections(arrow.concat_frames([empty, *(result.rows for result in results)]), published),
        [feed for result in results for feed in result.answered_feeds],
        findings.concat_findings([*(result.findings for result in results), *overdue]),
    )


def _pass_units_to_corrections(rows: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The rows, and the corrections that stand for units which Amazon refused as they were published first.

    Those units are the correction's then: it is a confirmation that is not refused (SPEC §1, confirmed).
    """
    if not len(rows):
        return rows
    combined = arrow.concat_frames([rows, published])
    record_group = groups.factorize_rows(combined, ("run", "feed", "record", "item_key"))
    combined = arrow.filter_rows(
        combined, (np.arange(len(combined)) < len(rows)) | ~groups.is_in(record_group, record_group[: len(rows)])
    )
    refused = arrow.equals_text(arrow.to_arrow(combined["answer"]), REFUSED)
    run, units = arrow.to_int64(combined["run"], 0), arrow.to_int64(combined["units"], 0).copy()
    item_group = groups.factorize_rows(combined, ("order_key", "item_key", "given_item", "quantity"))
    by_run = np.argsort(run, kind="stable")
    correction, original = np.full(item_group.max() + 1, -1), np.full(item_group.max() + 1, -1)
    for latest, mask in ((correction, ~refused & (units == 0)), (original, refused & (units > 0))):
        latest[item_group[by_run[mask[by_run]]]] = by_run[mask[by_run]]
    is_passed_on = (correction >= 0) & (original >= 0) & (run[correction] > run[original])
    correction, original = correction[is_passed_on], original[is_passed_on]
    units[correction], units[original] = units[original], 0
    kept_rows = np.concatenate([np.arange(len(rows)), correction[correction >= len(rows)]])
    return arrow.take_rows(combined.assign(units=arrow.to_series(units)), kept_rows)


def _match_report_to_feed(
    plan: FilePlan, rows: pd.DataFrame, feeds: list[Any], published: pd.DataFrame
) -> ProcessingResults:
    """One report: its feed is the one whose order ids it names, and whose records it counts."""
    best_feed, best_records = None, np.zeros(0, np.int64)
    has_order_id = arrow.is_valid(rows["order-id"])
    for feed in feeds:
        feed_rows = _feed_rows(published, feed)
        records = _match_records(rows, feed_rows)
        fits = bool((records[has_order_id] >= 0).all()) and (
            has_order_id.any() or plan.reported_counts[:1] == (feed.records,)
        )
        better = best_feed is None or (
            plan.reported_counts[:1] == (feed.records,) and plan.reported_counts[:1] != (best_feed.records,)
        )
        if fits and better:
            best_feed, best_records = feed, records
    if best_feed is None:
        return ProcessingResults(published.head(0), [], unmatched_report_findings(plan, rows))
    return _apply_report(plan, rows, best_feed, _feed_rows(published, best_feed), best_records)


def _feed_rows(published: pd.DataFrame, feed: Any) -> pd.DataFrame:
    in_feed = (arrow.to_int64(published["run"]) == feed.run) & (arrow.to_int64(published["feed"]) == feed.part)
    return arrow.filter_rows(published, in_feed) if len(published) else published


def _match_records(rows: pd.DataFrame, published: pd.DataFrame) -> Array:
    """For each row of a report the record of the feed it speaks of; −1 where it fits none.

    By order id and, where given, item id; several such records are distinguished by their number. A row without an
    order id is its record number.
    """
    record_number = arrow.to_int64(rows["original_record_number"])
    matched_record = np.full(len(rows), _NO_MATCH)
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


def _apply_report(
    plan: FilePlan, rows: pd.DataFrame, feed: Any, published: pd.DataFrame, matched_records: Array
) -> ProcessingResults:
    is_warning = _is_warning(arrow.to_arrow(rows["error-type"]))
    refuses_feed = (
        (arrow.to_int64(rows["original_record_number"]) == 0) & ~is_warning & (plan.reported_counts[1:] == (0,))
    )
    refused_records = np.where(is_warning, _NO_MATCH, matched_records)
    if refuses_feed.any():
        refused_records = np.concatenate([refused_records, arrow.to_int64(published["record"])])
    record = arrow.to_int64(published["record"])
    row_order = np.argsort(is_warning, kind="stable")  # what refused a record, rather than what only warned of it
    first_row = pd.Series(row_order, index=matched_records[row_order]).groupby(level=0).first()
    answer_row = (
        first_row.reindex(record)
        .fillna(int(np.flatnonzero(refuses_feed)[0]) if refuses_feed.any() else -1)
        .to_numpy(np.int64)
    )
    is_refused, is_warned = (
        np.isin(record, refused_records[refused_records >= 0]),
        np.isin(record, matched_records[is_warning & (matched_records >= 0)]),
    )
    affected = np.flatnonzero(is_refused | is_warned)
    answered_items = arrow.take_rows(published, affected).assign(
        answer=arrow.to_series(np.where(is_refused, REFUSED, WARNED)[affected].astype(object)),
        answer_line=arrow.to_series(
            arrow.to_arrow(rows["line"]).take(pa.array(answer_row[affected], mask=answer_row[affected] < 0))
        ),
        answer_code=arrow.to_series(
            arrow.to_arrow(rows["error-code"]).take(pa.array(answer_row[affected], mask=answer_row[affected] < 0))
        ),
        answer_text=arrow.to_series(
            arrow.to_arrow(rows["error-message"]).take(pa.array(answer_row[affected], mask=answer_row[affected] < 0))
        ),
        answer_file=arrow.to_series(pa.repeat(pa.scalar(plan.source.name), len(affected))),
    )
    return ProcessingResults(
        answered_items,
        [(feed.run, feed.part)],
        processing_report_findings(plan, rows, feed, is_warning, len(np.unique(refused_records[refused_records >= 0]))),
    )


def _is_warning(error_type: pa.ChunkedArray) -> Array:
    words = pa.array(sorted(lists.warning_words()), pa.string())
    return pc.fill_null(pc.is_in(pc.utf8_lower(error_type), value_set=words), False).to_numpy()


def _null_texts(size: int) -> pd.Series[Any]:
    return arrow.to_series(pa.nulls(size, pa.string()))
