"""What a run adds to the ledger: the order items it saw or changed, what it published, and what Amazon answered."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ledger import claim_rows, claims_history
from pipeline.ledger.partitions import to_months
from pipeline.ledger.tables import CONFIRMATIONS, OPTIONAL_COLUMNS, ORDER_ITEMS, TEXT
from pipeline.model import calendar, findings
from pipeline.model.bucket_result import BucketResult
from pipeline.model.feed_parts import CONFIRMATION_STEM, FeedLocator, PlacedFeeds, name_part
from pipeline.model.file_plan import FilePlan
from pipeline.model.order_keys import encode_ids
from pipeline.model.run_result import RunResult
from pipeline.model.states import CANCELED, STATE_NAMES
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, TIMESTAMP
from schemas.kinds import REPORT_KINDS


def build_order_rows(bucket_result: BucketResult) -> dict[str, pa.Table]:
    """The rows that the orders of a bucket add; confirmations have ``file`` and ``line``, no place in a feed yet."""
    return {
        ORDER_ITEMS.name: _build_order_items(bucket_result),
        CONFIRMATIONS.name: _build_confirmations(bucket_result),
        **claim_rows.build_claim_rows(bucket_result.claims),
    }


def build_published_rows(rows: pa.Table, positions: FeedLocator, run_number: int) -> pa.Table:
    """Rows with ``file`` and ``line`` that the number-th run has published, each with its part and record."""
    feed, record = positions.locate_rows(findings.line_key(rows["file"].to_numpy(), rows["line"].to_numpy()))
    position_columns = {
        "run": np.full(len(rows), run_number),
        "feed": feed,
        "record": record,
        "source_line": rows["line"],
    }
    return pa.table(position_columns | {name: rows[name] for name in rows.column_names if name not in ("file", "line")})


def build_cancellation_rows(rows: pa.Table, run_result: RunResult, positions: FeedLocator, run_number: int) -> pa.Table:
    """The lines of a cancellation feed as the ledger has them; ``rows`` are its columns, with ``file`` and ``line``."""
    names = pa.array([plan.source.name for plan in run_result.plans], pa.string())
    as_of = pa.array([run_result.context.as_of] * len(rows), TIMESTAMP)
    columns = {
        "file": rows["file"],
        "line": rows["line"],
        "month": to_months(arrow.to_series(as_of)),
        "published_at": as_of,
        "order_id": rows["order-id"],
        "order_key": arrow.to_arrow(encode_ids(arrow.to_series(rows["order-id"]), dashes=True)),
        "given_item": rows["amazon-order-item-code"],
        "reason": rows["cancellation-reason-code"],
        "source_file": names.take(rows["file"].combine_chunks()),
    }
    return build_published_rows(pa.table(columns), positions, run_number)


def build_run_row(
    run_result: RunResult, placed: PlacedFeeds, submitted: dict[str, Any], facts: dict[str, Any]
) -> dict[str, Any]:
    """The row of ``runs``: what was read and published, and of which parts it is known now that they were submitted.

    ``facts`` are its id, its inputs' hash and its out.
    """
    feeds = {
        **_describe_parts(placed),
        "columns": placed.columns,
        "answered": [feed._asdict() for feed in run_result.answered_feeds],
        "ambiguous_counts": run_result.ambiguous_counts,
        **({"submitted": submitted} if submitted else {}),
    }
    return facts | {
        "as_of": run_result.context.as_of,
        "inputs": json.dumps([_describe_input(plan) for plan in run_result.plans], ensure_ascii=False),
        "feeds": json.dumps(feeds),
        "out_of_stock": json.dumps(_list_out_of_stock(run_result.stock), ensure_ascii=False),
    }


def _describe_parts(placed: PlacedFeeds) -> dict[str, list[dict[str, Any]]]:
    """The parts of the confirmations with their numbers, and the other parts."""
    by_name = {part.name: part for part in placed.parts}
    published = [
        {"part": number, **by_name.pop(name_part(CONFIRMATION_STEM, number))._asdict()}
        for number in range(1, len(placed.confirmations.count_records()) + 1)
    ]
    return {"published": published, "others": [part._asdict() for part in by_name.values()]}


def _list_out_of_stock(stock: pd.DataFrame) -> dict[str, int]:
    """By sku when (UTC µs) it was canceled for lack of stock, of those that have not been counted since."""
    since = arrow.to_int64(stock["out_of_stock_since"], NEVER)
    canceled = np.flatnonzero(dtypes.is_known(since))
    return dict(sorted(zip(stock["sku"].iloc[canceled], since[canceled].tolist(), strict=True)))


def _describe_input(plan: FilePlan) -> dict[str, Any]:
    kind = plan.kind.name if plan.kind else None
    return {
        "name": plan.source.name,
        "sha256": plan.sha256,
        "kind": kind,
        "report": kind in REPORT_KINDS and not plan.refusal_code,
        **({"resolutions": True} if claims_history.logs_resolutions(plan) else {}),
    }


def _build_order_items(bucket_result: BucketResult) -> pa.Table:
    """The items to be remembered, as the ledger has them."""
    items = bucket_result.changes.items
    stored_columns = arrow.to_table(items, ORDER_ITEMS.schema.names)
    values = {name: stored_columns.column(name) for name in stored_columns.column_names} | _source_columns(
        bucket_result
    )
    values["status"] = _remember_status(items)
    values["state"] = arrow.take_strings(STATE_NAMES, items["state"].to_numpy(np.int64))
    values["month"] = to_months(items["purchase_date"])
    return pa.table(values)


def _remember_status(items: pd.DataFrame) -> Any:
    """What the reports say; canceled where the run has canceled the item, whatever other reports say of it.

    So a later Unshipped report that lists it is news, once.
    """
    is_canceled = items["state"].to_numpy(np.int64) == CANCELED
    newly = is_canceled & ~arrow.equals_text(arrow.to_arrow(items["state_before"]), STATE_NAMES[CANCELED])
    return pc.if_else(pa.array(newly), pa.scalar(STATE_NAMES[CANCELED]), arrow.to_arrow(items["status"]))


def _source_columns(bucket_result: BucketResult) -> dict[str, Any]:
    """When and where each item was first and last seen."""
    items = bucket_result.changes.items
    tonight = arrow.to_bool(items["in_this_run"])
    names = pa.array([plan.source.name for plan in bucket_result.plans], pa.string())
    file = arrow.to_int64(items["file"], NEVER)
    has_file = pa.array(tonight & (file >= 0))
    source = {
        name: arrow.to_arrow(items[name]) if name in items else pa.nulls(len(items), dtype)
        for name, dtype in (("source_file", pa.string()), ("source_line", pa.int64()))
    }
    return {
        **calendar.merge_seen_times(items, bucket_result.context.as_of),
        "source_file": pc.if_else(
            has_file, names.take(pa.array(np.maximum(file, 0), mask=file < 0)), source["source_file"]
        ),
        "source_line": pc.if_else(has_file, arrow.to_arrow(items["line"]), source["source_line"]),
    }


def _build_confirmations(bucket_result: BucketResult) -> pa.Table:
    """One row an order item for each confirmation that is to be published, with the units it stands for."""
    published = bucket_result.changes.new_confirmations
    row, item = (pa.array(published[name].to_numpy(np.int64)) for name in ("row", "item"))
    rows, items = bucket_result.confirmations, bucket_result.items
    values = {
        name: arrow.to_arrow(rows[name]).take(row)
        for name in ("quantity", "ship_date", "carrier_code", "carrier_name", "tracking_number", "tracked")
    }
    values |= {
        name: arrow.to_arrow(items[name]).take(item) for name in ("order_id", "order_item_id", "order_key", "item_key")
    }
    names = pa.array([plan.source.name for plan in bucket_result.plans], pa.string())
    return pa.table(
        values
        | _optional_columns(rows, row)
        | {
            "given_item": arrow.to_arrow(rows["order-item-id"]).take(row),
            "month": to_months(items["purchase_date"]).take(item),
            "units": published["units"].to_numpy(np.int64),
            "parcel": published["parcel"].to_numpy(np.int64),
            "published_at": pa.array([bucket_result.context.as_of] * len(published), TIMESTAMP),
            "source_file": names.take(arrow.to_arrow(rows["file"]).take(row).combine_chunks()),
            "file": arrow.to_arrow(rows["file"]).take(row),
            "line": arrow.to_arrow(rows["line"]).take(row),
        }
    )


def _optional_columns(rows: pd.DataFrame, row: pa.Array) -> dict[str, pa.Array]:
    """What the confirmations say beyond what makes them the same, null where no file has the column."""
    given = {name: arrow.to_arrow(rows[name]) for name in OPTIONAL_COLUMNS if name in rows}
    return {
        column: given[name].take(row)
        if name in given and given[name].null_count < len(rows)
        else pa.nulls(len(row), TEXT)
        for name, column in OPTIONAL_COLUMNS.items()
    }
