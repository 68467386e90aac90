"""What the orders leave of the stock that was counted (SPEC §4, Stock)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline import frames
from pipeline.states import AUTO_CANCELED, CANCELED, PENDING


def available(counts: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """One row a counted sku, by the latest count, then file and line: ``quantity_counted``, ``taken``, ``available``.

    Taken is what was purchased after the count and is neither canceled nor auto-canceled.
    """
    if not len(counts):
        return frames.take(counts, np.zeros(0, np.int64)).assign(
            **{name: frames.series(np.zeros(0, np.int64)) for name in ("taken", "available")},
        )
    counted = frames.numbers(counts["counted_at"])
    by = np.lexsort((frames.numbers(counts["line"]), frames.numbers(counts["file"]), counted))
    latest = frames.take(counts, by).drop_duplicates("sku", keep="last").reset_index(drop=True)
    skus = pd.Index(latest["sku"].to_numpy(object))
    at = skus.get_indexer(pd.Index(items["sku"].to_numpy(object)))
    gone = np.isin(items["state"].to_numpy(np.int64), (CANCELED, AUTO_CANCELED))
    since = frames.numbers(latest["counted_at"])
    later = (at >= 0) & ~gone & (frames.numbers(items["purchase_date"]) > since[at])
    bought = frames.numbers(items["quantity_purchased"], 0)
    taken = np.bincount(at[later], weights=bought[later], minlength=len(skus)).astype(np.int64)
    latest["taken"] = frames.series(taken)
    latest["available"] = frames.series(frames.numbers(latest["quantity_counted"]) - taken)
    return latest


def with_uncounted(counted: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The counted skus, and behind them the ordered ones that were not counted, at the sighting that holds them.

    Nothing is uncounted where nothing was counted at all. ``items`` carry file, line and record.
    """
    told = counted.assign(uncounted=frames.series(np.zeros(len(counted), bool)))
    if not len(counted):
        return told
    gone = np.isin(items["state"].to_numpy(np.int64), (CANCELED, AUTO_CANCELED))
    missing = ~items["sku"].isin(counted["sku"]).to_numpy(bool) & ~gone & frames.known(items["sku"])
    rows = items[missing].drop_duplicates("sku")
    rows = frames.frame(frames.table(rows, ("sku", "file", "line", "record")))
    return frames.stack([told, rows.assign(uncounted=frames.series(np.ones(len(rows), bool)))])


def written_about(contacts: pd.DataFrame, items: pd.DataFrame, stock: pd.DataFrame) -> pd.DataFrame:
    """The items a buyer wrote about, with ``asked_while_pending``, ``asked_after_cancel`` and the ``stock_left``."""
    buyers = frames.equal(frames.arrow(contacts["direction"]), "buyer")
    asked = frames.among(frames.numbers(items["order_key"]), frames.numbers(contacts["order_key"])[buyers])
    rows = frames.take(items, np.flatnonzero(asked))
    at = pd.Index(stock["sku"].to_numpy(object)).get_indexer(pd.Index(rows["sku"].to_numpy(object)))
    left = np.where(at >= 0, frames.numbers(stock["available"], 0)[at] if len(stock) else 0, 0)
    state = rows["state"].to_numpy(np.int64)
    return rows.assign(
        asked_while_pending=frames.series(state == PENDING),
        asked_after_cancel=frames.series((state == CANCELED) & (left > 0)),
        stock_left=frames.series(left),
    )
