"""Skus canceled for lack of stock: they are offered as 0 until they are counted anew (SPEC §4, Stock)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import findings
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array

_BY_CANCELLATION = "canceled for lack of stock and not counted since"


def list_skus(items: pd.DataFrame, mask: Array) -> tuple[str, ...]:
    """The skus of the items of the mask, each once and sorted; the items may go on behind those of the mask."""
    skus = arrow.to_arrow(items["sku"]).take(pa.array(np.flatnonzero(mask)))
    return tuple(sorted(set(skus.drop_null().to_pylist())))


def add_canceled_skus(earlier: Mapping[str, int], canceled_skus: Iterable[str], context: RunContext) -> dict[str, int]:
    """By sku when (UTC µs) it was last canceled for lack of stock, by an earlier run or by this one."""
    now = dtypes.instant_to_us(context.as_of)
    return dict(earlier) | {sku: max(now, earlier.get(sku, now)) for sku in canceled_skus}


def mark_out_of_stock(levels: pd.DataFrame, canceled_at: Mapping[str, int]) -> pd.DataFrame:
    """The counted skus with ``out_of_stock_since``, and behind them the skus canceled but not counted in this run.

    What was canceled after its count is ``available`` no more; ``stock_text`` says in words why what is out of stock is
    so. ``canceled_at`` has by sku when (UTC µs) it was canceled for lack of stock.
    """
    skus = pd.Index(sorted(canceled_at), dtype=object)
    missing = skus[pd.Index(levels["sku"].to_numpy(object)).get_indexer(skus) < 0].tolist()
    size = len(missing)
    others = {
        "sku": arrow.to_series(pa.array(missing, pa.string())),
        "available": arrow.to_series(np.zeros(size, np.int64)),
    } | {
        name: arrow.to_series(np.full(size, value))
        for name, value in {"file": findings.LEDGER_FILE, "line": 0, "record": 0}.items()
    }
    rows = arrow.concat_frames([levels, pd.DataFrame(others)]) if size else levels
    sku_index = skus.get_indexer(pd.Index(rows["sku"].to_numpy(object)))  # −1, the last, for what was not canceled
    canceled = np.array([*(canceled_at[sku] for sku in skus), NEVER], np.int64)[sku_index]
    since = np.where(canceled > arrow.to_int64(rows["counted_at"], NEVER), canceled, NEVER)
    is_out = dtypes.is_known(since)
    available = arrow.to_int64(rows["available"])
    return rows.assign(
        available=arrow.to_series(np.where(is_out, np.minimum(available, 0), available)),
        out_of_stock_since=arrow.to_series(dtypes.to_timestamps(since)),
        stock_text=arrow.to_series(pc.if_else(pa.array(is_out), _BY_CANCELLATION, _describe_count(rows))),
    )


def _describe_count(rows: pd.DataFrame) -> pa.ChunkedArray:
    """What was counted and what was ordered since, in words; null without a count."""
    counted, ordered = (arrow.to_arrow(rows[name]).cast(pa.string()) for name in ("quantity_counted", "units_ordered"))
    return pc.binary_join_element_wise(counted, " counted, ", ordered, " ordered since", "")
