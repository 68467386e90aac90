"""The rows of the order reports, ranked by which of them counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.item_columns import ITEM_FIELDS
from pipeline.reconcile.promotion_lines import DISCOUNTS
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array

REPORT_RANK = {"unshipped": 0, "orders": 1, "all-orders": 2}  # the smaller counts first
STATUS_CANCELED, STATUS_PENDING, STATUS_SHIPPED, STATUS_UNSHIPPED, STATUS_UNKNOWN = (
    "canceled",
    "pending",
    "shipped",
    "unshipped",
    "unknown",
)
_CANCELED_WORDS = ("Cancelled", "Canceled")
_UNSHIPPED_WORDS = ("Unshipped", "Shipping", "PartiallyShipped")
_PENDING_WORD = "Pending"
_SHIPMENT_WORDS = (*_UNSHIPPED_WORDS, "Shipped")  # statuses of an order whose items have their own
_OCCURRENCE_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd and without a pattern: keys of one sku lie far apart
_ITEM_FIELD_NAMES = tuple(column.name for column in ITEM_FIELDS)
_ADDRESS_FIELDS = ("recipient_name", "ship_address_1", "ship_city", "ship_postal_code")
# what a report's line says beyond that, by which two lines about one item differ (ORD-104)
_COMPARED_FIELDS = ("days_past_promise", "quantity_to_ship", "order_status", "item_status", "last_updated_date")
_KEPT_COLUMNS = (
    *("file", "line", "record", "order_key", "item_key", "order-id", "order-item-id", "newest_evidence_us"),
    *(*_ITEM_FIELD_NAMES, *_ADDRESS_FIELDS, *_COMPARED_FIELDS),
)
NEEDED_COLUMNS = (
    *_KEPT_COLUMNS,
    "promotion_detail",
    *(name for pair in DISCOUNTS.items() for name in pair),
    "valid",
    "out_of_scope",
    "days-past-promise",
    "promise-date",
)  # of a report's rows, beyond their split


def select_needed_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """What of a report's rows is needed beyond their split."""
    return arrow.to_frame(arrow.to_table(rows, NEEDED_COLUMNS))


def prepare_report_rows(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """A report's believed rows with what reconciling needs: rank, evidence (int64 UTC µs) and status.

    ``newest_evidence_us`` is the newest evidence of the rows' file, int64.
    The status of an order that an Orders or Unshipped report holds is unshipped; of an All Orders row it follows
    from order-status and item-status, and from it the quantity shipped (FORMATS §1d).
    """
    report_rows = arrow.to_frame(arrow.to_table(rows, _KEPT_COLUMNS))
    report_rows["rank"] = arrow.to_series(np.full(len(rows), REPORT_RANK[kind]))
    if kind != "all-orders":
        report_rows["status"] = arrow.to_series(pa.repeat(pa.scalar(STATUS_UNSHIPPED), len(rows)))
        report_rows["evidence_us"] = arrow.to_series(evidence_times(rows, kind))
        return _add_counted_at(report_rows) if kind == "unshipped" else report_rows
    status = _report_status(arrow.to_arrow(rows["order_status"]), arrow.to_arrow(rows["item_status"]))
    report_rows["status"] = arrow.to_series(status)
    purchased = arrow.to_arrow(rows["quantity_purchased"])
    without_units = pc.and_(pc.equal(status, STATUS_CANCELED), pc.equal(purchased, 0))
    purchased = pc.if_else(pc.fill_null(without_units, False), pa.scalar(None, pa.int64()), purchased)
    report_rows["quantity_purchased"] = arrow.to_series(purchased)
    report_rows["evidence_us"] = arrow.to_series(evidence_times(rows, kind))
    null_count = pa.scalar(None, pa.int64())
    report_rows["quantity_shipped"] = arrow.to_series(
        pc.if_else(
            pc.equal(status, STATUS_SHIPPED), purchased, pc.if_else(pc.equal(status, STATUS_UNSHIPPED), 0, null_count)
        )
    )
    report_rows["item_key"] = _fill_item_keys(report_rows)
    return _add_counted_at(report_rows)


def evidence_times(rows: pd.DataFrame, kind: str) -> Array:
    """How new what each row of a report says of its item is, int64 UTC µs; NEVER where unknown."""
    name = {"unshipped": "reporting_date", "all-orders": "last_updated_date"}.get(kind, "payments_date")
    return arrow.to_int64(rows[name]) if name in rows else np.full(len(rows), NEVER)


def report_ages(rows: pd.DataFrame, kind: str) -> Array:
    """How new each row shows its report to be, int64 UTC µs; an Orders report has no age (SPEC §4)."""
    return np.full(len(rows), NEVER) if kind == "orders" else evidence_times(rows, kind)


def report_times(rows: pd.DataFrame) -> Array:
    """How new the report of each row is, int64 UTC µs: its newest evidence; of an Orders report what the row says."""
    age = arrow.to_int64(rows["newest_evidence_us"])
    return np.where(arrow.to_int64(rows["rank"]) == REPORT_RANK["orders"], arrow.to_int64(rows["evidence_us"]), age)


def _add_counted_at(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with when their report was made, where they say how much is shipped: its newest evidence (SPEC §1)."""
    counted_at = np.where(arrow.is_valid(rows["quantity_shipped"]), arrow.to_int64(rows["newest_evidence_us"]), NEVER)
    return rows.assign(counted_at=arrow.to_series(dtypes.to_timestamps(counted_at)))


def _report_status(order_status: Any, item_status: Any) -> Any:
    """What an All Orders row says of its item (SPEC §2).

    A canceled or pending order says it of all its items; of an order in shipment the item's own status decides, and
    where that is blank the order's.
    """
    decided = pc.coalesce(item_status, order_status)
    in_shipment = pc.or_(_is_any_of(order_status, _SHIPMENT_WORDS), pc.starts_with(order_status, "Shipped - "))
    conditions = {
        STATUS_CANCELED: pc.or_(
            _is_any_of(order_status, _CANCELED_WORDS),
            pc.and_(_is_any_of(item_status, _CANCELED_WORDS), pc.not_equal(order_status, _PENDING_WORD)),
        ),
        STATUS_PENDING: pc.equal(order_status, _PENDING_WORD),
        STATUS_SHIPPED: pc.and_(
            in_shipment, pc.or_(pc.equal(decided, "Shipped"), pc.starts_with(decided, "Shipped - "))
        ),
        STATUS_UNSHIPPED: pc.and_(_is_any_of(order_status, _SHIPMENT_WORDS), _is_any_of(decided, _UNSHIPPED_WORDS)),
    }
    struct = pc.make_struct(*(pc.fill_null(condition, False) for condition in conditions.values()))
    return pc.case_when(struct, *(pa.scalar(text) for text in (*conditions, STATUS_UNKNOWN)))


def _is_any_of(text: Any, words: tuple[str, ...]) -> Any:
    return pc.is_in(text, value_set=pa.array(words))


def _fill_item_keys(rows: pd.DataFrame) -> pd.Series[Any]:
    """The item key; where the report gives no item id, a negative number, the same in every run.

    It is made of the sku, and of how often the report has had that sku in that order before: each of its rows is an
    item of its own. ``rows`` come by file, then line.
    """
    if "item_key" not in rows:
        rows["item_key"] = arrow.to_series(pa.nulls(len(rows), pa.int64()))
    missing = ~arrow.is_valid(rows["item_key"])
    encoded = pc.dictionary_encode(arrow.to_arrow(rows["sku"])).combine_chunks()
    skus = encoded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    sku_hashes = pd.util.hash_array(skus, categorize=False)
    sku_index = encoded.indices.to_numpy(zero_copy_only=False)
    row_hashes = sku_hashes[sku_index] if len(skus) else np.zeros(len(rows), np.uint64)
    row_hashes = row_hashes ^ (_count_earlier(rows, missing, sku_index).astype(np.uint64) * _OCCURRENCE_FACTOR)
    without_id = -2 - (row_hashes >> np.uint64(2)).astype(np.int64)
    return arrow.to_series(np.where(missing, without_id, arrow.to_int64(rows["item_key"])))


def _count_earlier(rows: pd.DataFrame, missing: Array, sku_index: Array) -> Array:
    """For each row without an item id how many rows of its file, order and sku stand before it, int64."""
    earlier, order_key = np.zeros(len(rows), np.int64), arrow.to_int64(rows["order_key"])
    repeated = np.flatnonzero(missing)
    repeated = repeated[pd.Series(order_key[repeated]).duplicated(keep=False).to_numpy()]
    if repeated.size:
        keys = {"file": arrow.to_int64(rows["file"]), "order": order_key, "sku": sku_index}
        earlier[repeated] = (
            pd.DataFrame({name: key[repeated] for name, key in keys.items()}).groupby([*keys]).cumcount()
        )
    return earlier


def cancels_whole_order(rows: pd.DataFrame) -> Array:
    """The sightings that say of their order, not only of their item, that it is canceled."""
    if "order_status" not in rows:
        return np.zeros(len(rows), bool)
    return pc.fill_null(_is_any_of(arrow.to_arrow(rows["order_status"]), _CANCELED_WORDS), False).to_numpy()
