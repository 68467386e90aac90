"""Which report counts: every sighting of an order item, in one order, becomes one row an item (SPEC §4)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.columns import verified
from pipeline.model.item_columns import ITEM_FIELDS, REPORTED_ITEMS
from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.reconcile.columns import REPORT_ROWS
from pipeline.reconcile.report_rows import (
    REPORT_RANK,
    STATUS_CANCELED,
    STATUS_SHIPPED,
    cancels_whole_order,
    prepare_report_rows,
)
from pipeline.reconcile.unidentified_items import merge_unidentified
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.masked_ints import MaskedInts
from schemas.kinds import REPORT_KINDS

_COUNTS_BY = ("rank", "newest_evidence_us", "evidence_us", "file", "line")


def rank_reports(rows_by_kind: dict[str, pd.DataFrame]) -> RankedReportRows:
    """The valid rows of all order reports in the order in which they count (SPEC §4).

    Of one kind the newer report counts first, then the row's own evidence, then the later file and line.
    """
    parts = [prepare_report_rows(rows_by_kind[kind], kind) for kind in REPORT_KINDS if len(rows_by_kind[kind])]
    rows = verified(arrow.concat_frames(parts) if parts else REPORT_ROWS.empty_rows(), REPORT_ROWS)
    order_key, item_key = arrow.to_int64(rows["order_key"]), arrow.to_int64(rows["item_key"])
    rank, age, evidence, file, line = (arrow.to_int64(rows[name]) for name in _COUNTS_BY)
    evidence = np.where(dtypes.is_known(age), evidence, NEVER)
    row_index = groups.stable_argsort(order_key, item_key, rank, ~age, ~evidence, -file, -line)
    return RankedReportRows(
        rows, *_restore_report_order(row_index, groups.group_starts(order_key[row_index], item_key[row_index]))
    )


def _restore_report_order(row_index: Array, item_starts: Array) -> tuple[Array, Array]:
    """The same, with the items as their counting sightings come in the reports: then hardly a row has to be moved."""
    if len(item_starts) == len(row_index):
        return np.arange(len(row_index)), np.arange(len(row_index))
    report_order = np.argsort(row_index[item_starts], kind="stable")
    sizes = np.diff(np.append(item_starts, len(row_index)))[report_order]
    new_starts = np.cumsum(sizes) - sizes
    offset = np.arange(len(row_index)) - np.repeat(new_starts, sizes)
    return row_index[np.repeat(item_starts[report_order], sizes) + offset], new_starts


def build_order_items(ranked: RankedReportRows) -> pd.DataFrame:
    """One row an order item: each field from the sighting that counts, where that lacks it from the next.

    Beside the fields: ``listed`` (an Orders or Unshipped report holds it), ``canceled_seen``, ``reported_at`` (µs, the
    earliest reporting-date), ``released``, and ``report_group``, the number of the item among ``seen.starts``.
    """
    rows, row_index, item_starts = ranked
    winning_rows = row_index[item_starts]
    made = arrow.reorder_rows(arrow.to_frame(arrow.to_table(rows, ("order_key", "item_key"))), winning_rows)
    for name, field in _merge_fields(ranked).items():
        made[name] = field
    made = _count_shipped_elsewhere(made, ranked)
    rank, status = arrow.to_int64(rows["rank"], 0)[row_index], arrow.to_arrow(rows["status"])
    made["listed"] = _any_by_item(rank < REPORT_RANK["all-orders"], item_starts)
    made["canceled_seen"] = _any_by_item(pc.equal(status, STATUS_CANCELED).to_numpy()[row_index], item_starts)
    made["renewed"] = arrow.to_series(np.ones(len(winning_rows), bool))
    made["report_group"] = arrow.to_series(np.arange(len(winning_rows)))
    reported_at, paid_at = _first_reported(ranked, made), arrow.to_int64(made["payments_date"])
    made["reported"] = arrow.to_series(reported_at)
    made["released"] = arrow.to_series(np.where(dtypes.is_known(reported_at), reported_at, paid_at))
    return verified(made, REPORTED_ITEMS)


def _merge_fields(ranked: RankedReportRows) -> dict[str, pd.Series[Any]]:
    """The fields of every item: each of the first sighting, in the order in which they count, that has it."""
    rows, row_index, item_starts = ranked
    columns = {
        field.name: arrow.to_arrow(rows[field.name])
        if field.name in rows
        else pa.chunked_array([pa.nulls(len(rows), field.dtype)])
        for field in ITEM_FIELDS
    }
    complete = [name for name, column in columns.items() if len(item_starts) == len(row_index) or not column.null_count]
    fields = dict(
        zip(complete, arrow.take_columns([columns[name] for name in complete], row_index[item_starts]), strict=True)
    )
    for name in columns.keys() - fields.keys():
        valid_place = np.where(
            columns[name].is_valid().to_numpy()[row_index], np.arange(len(row_index)), len(row_index)
        )
        first_place = np.minimum.reduceat(valid_place, item_starts)
        missing = first_place == len(row_index)
        fields[name] = arrow.to_series(
            columns[name].take(pa.array(row_index[np.where(missing, 0, first_place)], mask=missing))
        )
    return {field.name: fields[field.name] for field in ITEM_FIELDS}


def _count_shipped_elsewhere(items: pd.DataFrame, ranked: RankedReportRows) -> pd.DataFrame:
    """The items, all units shipped of those that a newer All Orders report than the one that counts calls Shipped."""
    rows, row_index, item_starts = ranked
    if len(item_starts) == len(row_index):
        return items
    is_tracking = arrow.to_int64(rows["rank"])[row_index] == REPORT_RANK["all-orders"]
    place = np.minimum.reduceat(np.where(is_tracking, np.arange(len(row_index)), len(row_index)), item_starts)
    first = row_index[np.where(place < len(row_index), place, item_starts)]  # what All Orders says, or the first row
    is_shipped = arrow.equals_text(arrow.to_arrow(rows["status"]), STATUS_SHIPPED)[first]
    age, counted_at = MaskedInts.from_column(rows["newest_evidence_us"]).take(first), items["counted_at"]
    overrules = is_shipped & (age > MaskedInts.from_column(counted_at))
    purchased, shipped = (arrow.to_int64(items[name], -1) for name in ("quantity_purchased", "quantity_shipped"))
    shipped = np.where(overrules, purchased, shipped)
    newest = np.where(overrules, age.fill(NEVER), arrow.to_int64(counted_at))
    return items.assign(
        quantity_shipped=arrow.to_series(pa.array(shipped, mask=shipped < 0)),
        counted_at=arrow.to_series(dtypes.to_timestamps(newest)),
    )


def _first_reported(ranked: RankedReportRows, items: pd.DataFrame) -> Array:
    """The earliest reporting-date of each item, UTC µs; NEVER without one."""
    rows, row_index, item_starts = ranked
    if len(item_starts) == len(row_index) or "reporting_date" not in rows:
        return arrow.to_int64(items["reporting_date"])
    int64_max = np.iinfo(np.int64).max
    earliest = np.minimum.reduceat(arrow.to_int64(rows["reporting_date"], int64_max)[row_index], item_starts)
    return np.where(earliest == int64_max, NEVER, earliest)


def _any_by_item(mask: Array, item_starts: Array) -> pd.Series[Any]:
    return arrow.to_series(np.logical_or.reduceat(mask, item_starts) if len(item_starts) else np.zeros(0, bool))


def merge_order_level_rows(items: pd.DataFrame, ranked: RankedReportRows) -> pd.DataFrame:
    """The items, with rows about whole orders, or about items without item ids that other rows have (order, sku)."""
    canceled_orders = arrow.to_int64(ranked.rows["order_key"])[cancels_whole_order(ranked.rows)]
    in_canceled_order = groups.is_in(arrow.to_int64(items["order_key"]), canceled_orders)
    items["canceled_seen"] = arrow.to_series(arrow.to_bool(items["canceled_seen"]) | in_canceled_order)
    return merge_unidentified(items)
