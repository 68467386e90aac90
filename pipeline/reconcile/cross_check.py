"""Reports beside each other and beside themselves: what ORD-101, 104, 107, 108 and 110 ask about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.columns import verified
from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.model.run_context import RunContext
from pipeline.reconcile import columns
from pipeline.reconcile.line_locations import format_locations
from pipeline.reconcile.report_rows import REPORT_RANK, STATUS_CANCELED, STATUS_PENDING, report_times
from pipeline.rules import order_reports
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import COMPARED_REPORT_ROWS, DATED_UNSHIPPED_ROWS
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import DAY_US, NEVER, Array
from pipeline.utils.masked_ints import MaskedInts

_IMMUTABLE_FIELDS = ("purchase_date", "sku", "quantity_purchased")  # what cannot change about an order item
_NOT_COMPARED = {  # of two lines of a report: where they stand, and what was found out about them
    *("file", "line", "record", "rank", "evidence_us", "newest_evidence_us", "order_key", "item_key"),
    *("disagrees_about", "disagrees_with", "pending_elsewhere"),
}


def check_reports(
    reports: RankedReportRows, unshipped: pd.DataFrame, file_names: Sequence[str], context: RunContext
) -> list[pd.DataFrame]:
    """What the reports say that does not fit together; ``unshipped`` are all rows of the Unshipped reports."""
    promise_rows = verified(add_days_since_promise(unshipped, context), columns.DATED_UNSHIPPED_ROWS)
    return [
        evaluate_rules(
            rules_about(order_reports, COMPARED_REPORT_ROWS), find_disagreements(reports, file_names), context.policy
        ),
        evaluate_rules(rules_about(order_reports, DATED_UNSHIPPED_ROWS), promise_rows, context.policy),
    ]


def find_disagreements(ranked: RankedReportRows, file_names: Sequence[str]) -> pd.DataFrame:
    """The sightings about which there is something to say, with the facts that say what; few or none.

    Adds ``pending_elsewhere``, ``repeats_line``, ``differs_from_line``, ``disagrees_with``, ``disagrees_about``.
    """
    rows, row_index, item_starts = ranked
    pending = _find_pending_elsewhere(rows)[row_index]
    if len(item_starts) == len(row_index) and not pending.any():
        return rows.head(0)
    row_groups = groups.group_ids(item_starts, len(rows))
    selected = np.flatnonzero((np.bincount(row_groups)[row_groups] > 1) | pending)
    facts = arrow.take_rows(rows, row_index[selected])
    facts["pending_elsewhere"] = arrow.to_series(pending[selected])
    _compare_with_winner(facts, row_groups[selected], file_names)
    _compare_within_report(facts, row_groups[selected])
    return verified(facts, columns.COMPARED_REPORT_ROWS)


def _find_pending_elsewhere(rows: pd.DataFrame) -> Array:
    """Orders and Unshipped rows whose order a newer All Orders report calls Pending."""
    rank, order_key = rows["rank"].to_numpy(np.int64), rows["order_key"].to_numpy(np.int64)
    evidence = report_times(rows)
    is_pending = (rank == REPORT_RANK["all-orders"]) & pc.equal(
        arrow.to_arrow(rows["status"]), STATUS_PENDING
    ).to_numpy()
    if not is_pending.any():
        return np.zeros(len(rows), bool)
    newest_pending = pd.Series(evidence[is_pending]).groupby(order_key[is_pending]).max()
    order_index = newest_pending.index.get_indexer(pd.Index(order_key))
    is_newer = MaskedInts.from_sentinel(newest_pending.to_numpy()[order_index]) > MaskedInts.from_sentinel(evidence)
    return (rank < REPORT_RANK["all-orders"]) & (order_index >= 0) & is_newer


def _compare_with_winner(facts: pd.DataFrame, row_groups: Array, file_names: Sequence[str]) -> None:
    """Adds which row that counts says otherwise, and about what; only across files, and not once it is canceled."""
    item_starts = groups.group_starts(row_groups)
    winner = item_starts[groups.group_ids(item_starts, len(row_groups))]
    file = facts["file"].to_numpy(np.int64)
    other_file = (file != file[winner]) & (facts["item_key"].to_numpy(np.int64) > 0)
    is_canceled = pc.equal(arrow.to_arrow(facts["status"]), STATUS_CANCELED).to_numpy()
    field_names = np.full(len(row_groups), "", object)
    for name in _IMMUTABLE_FIELDS:
        values = groups.factorize_text(facts[name]) if name == "sku" else arrow.to_int64(facts[name])
        missing = ~dtypes.is_known(values) | (values == -1)
        unequal = other_file & (values != values[winner]) & ~missing & ~missing[winner]
        if name == "quantity_purchased":
            unequal &= ~is_canceled & ~is_canceled[winner]
        field_names = np.where(unequal & (field_names == ""), name.replace("_", "-"), field_names)
    facts["disagrees_about"] = arrow.to_series(pa.array(field_names, pa.string()))
    facts["disagrees_with"] = arrow.to_series(format_locations(facts, file_names, winner, field_names == ""))


def _compare_within_report(facts: pd.DataFrame, row_groups: Array) -> None:
    """Adds, for a line whose item stood earlier in the same report, that line: as a repeat or as different."""
    file, line = facts["file"].to_numpy(np.int64), facts["line"].to_numpy(np.int64)
    sorted_rows = np.lexsort((line, file, row_groups))
    same_item = (np.diff(row_groups[sorted_rows]) == 0) & (np.diff(file[sorted_rows]) == 0)
    earlier, later = sorted_rows[:-1][same_item], sorted_rows[1:][same_item]
    same_content = np.ones(len(later), bool)
    for name in set(facts.columns).difference(_NOT_COMPARED) if len(later) else ():
        before, after = (arrow.to_arrow(facts[name]).take(pa.array(rows)) for rows in (earlier, later))
        same_content &= groups.is_same(before, after)
    for name, mask in (("repeats_line", same_content), ("differs_from_line", ~same_content)):
        line_numbers, is_null = np.zeros(len(row_groups), np.int64), np.ones(len(row_groups), bool)
        line_numbers[later[mask]], is_null[later[mask]] = line[earlier[mask]], False
        facts[name] = arrow.to_series(pa.array(line_numbers, mask=is_null))


def add_days_since_promise(rows: pd.DataFrame, context: RunContext) -> pd.DataFrame:
    """Unshipped rows with the days from their promise to the earliest and the latest moment of their report.

    The report was made between its newest reporting-date (``report_made_us``, int64 UTC µs) and as-of. Adds
    ``fewest_days`` and ``most_days``, whole days rounded down, int64.
    """
    earliest = arrow.to_int64(rows["report_made_us"])
    latest = np.maximum(earliest, dtypes.instant_to_us(context.as_of))
    promised_at = MaskedInts.from_column(rows["promise_date"])
    days = {}
    for name, moment in (("fewest_days", earliest), ("most_days", np.where(dtypes.is_known(earliest), latest, NEVER))):
        elapsed = MaskedInts.from_sentinel(moment) - promised_at
        days[name] = arrow.to_series(pa.array(np.floor_divide(elapsed.fill(0), DAY_US), mask=~elapsed.is_known))
    return rows.assign(**days)
