"""Which report counts: every sighting of an order item, in one order, becomes one row an item (SPEC §4)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.frames import NEVER, Array

RANK = {"unshipped": 0, "orders": 1, "all-orders": 2}  # the smaller counts first
CANCELED, PENDING, SHIPPED, UNSHIPPED, UNKNOWN = "canceled", "pending", "shipped", "unshipped", "unknown"
_SAYS_CANCELED = ("Cancelled", "Canceled")
_SAYS_UNSHIPPED = ("Unshipped", "Shipping", "PartiallyShipped")

FIELDS = (
    "order_id", "order_item_id", "sku", "purchase_date", "payments_date", "reporting_date", "promise_date",
    "quantity_purchased", "quantity_shipped", "status", "fulfillment_channel", "sales_channel", "ship_service_level",
    "recipient_name", "ship_address_1", "ship_city", "ship_postal_code", "ship_country", "currency", "item_price",
    "latest_delivery_date",
)
_KEPT = ("file", "line", "record", "order_key", "item_key", "order-id", "order-item-id", *FIELDS)


class Seen(NamedTuple):
    """Sightings sorted by order and item, the one that counts first; ``starts`` are the first rows of the items."""

    rows: pd.DataFrame
    starts: Array


def prepared(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """A report's believed rows with what reconciling needs: rank, evidence (int64 UTC µs) and status.

    The status of an order that an Orders or Unshipped report holds is unshipped; of an All Orders row it follows
    from order-status and item-status, and from it the quantity shipped (FORMATS §1d).
    """
    kept = frames.frame(frames.table(rows, _KEPT))
    kept["rank"] = frames.series(np.full(len(rows), RANK[kind]))
    if kind != "all-orders":
        kept["status"] = frames.series(pa.repeat(pa.scalar(UNSHIPPED), len(rows)))
        evidence = rows["reporting_date"] if kind == "unshipped" else rows["payments_date"] if (
            "payments_date" in rows) else rows["purchase_date"]
        kept["evidence"] = frames.series(frames.numbers(evidence))
        return kept
    status = _status(frames.arrow(rows["order_status"]), frames.arrow(rows["item_status"]))
    kept["status"] = frames.series(status)
    kept["evidence"] = frames.series(frames.numbers(rows["last_updated_date"]))
    none = pa.scalar(None, pa.int64())
    bought = frames.arrow(rows["quantity_purchased"])
    kept["quantity_shipped"] = frames.series(
        pc.if_else(pc.equal(status, SHIPPED), bought, pc.if_else(pc.equal(status, UNSHIPPED), 0, none))
    )
    kept["item_key"] = _stand_in(kept)
    return kept


def _status(order: Any, item: Any) -> Any:
    """What an All Orders row says of its item: the order's word where it concerns all items, else the item's own."""
    canceled = pc.or_(_is(order, _SAYS_CANCELED), _is(item, _SAYS_CANCELED))
    shipped = pc.or_(_is(item, ("Shipped",)), pc.and_(pc.is_null(item), pc.starts_with(order, "Shipped")))
    unshipped = pc.or_(_is(item, _SAYS_UNSHIPPED), _is(order, _SAYS_UNSHIPPED))
    conditions = [canceled, pc.equal(order, "Pending"), shipped, pc.and_(unshipped, pc.invert(_odd(order)))]
    struct = pc.make_struct(*(pc.fill_null(one, False) for one in conditions))
    says = [pa.scalar(word) for word in (CANCELED, PENDING, SHIPPED, UNSHIPPED, UNKNOWN)]
    return pc.case_when(struct, *says)


def _odd(order: Any) -> Any:
    """Statuses in which an item called Unshipped is not the seller's to ship yet, or no longer."""
    return pc.or_(pc.starts_with(order, "Pending"), pc.starts_with(order, "Shipped - "))


def _is(text: Any, words: tuple[str, ...]) -> Any:
    return pc.is_in(text, value_set=pa.array(words))


def _stand_in(rows: pd.DataFrame) -> pd.Series[Any]:
    """The item key, where the report gives no item id a negative number that stands for the sku."""
    if "item_key" not in rows:
        rows["item_key"] = frames.series(pa.nulls(len(rows), pa.int64()))
    lacking = ~frames.known(rows["item_key"])
    keys = np.where(lacking, -2 - frames.codes(rows["sku"]), frames.numbers(rows["item_key"]))
    return frames.series(keys)


def see(parts: list[pd.DataFrame]) -> Seen:
    """All sightings in the order in which they count: later evidence first, then the later file and line."""
    rows = frames.stack(parts)
    order = frames.numbers(rows["order_key"])
    at = np.argsort(order, kind="stable")
    same = np.zeros(len(rows), bool)
    same[1:] = order[at][1:] == order[at][:-1]
    same[:-1] |= same[1:]
    ties = np.flatnonzero(same)
    if ties.size:
        keys = [rows[name].to_numpy(np.int64)[at[ties]] for name in ("line", "file", "evidence", "rank", "item_key")]
        line, file, evidence, rank, item = keys
        inner = np.lexsort((-line, -file, -evidence, rank, item, order[at[ties]]))
        at[ties] = at[ties][inner]
    rows = frames.take(rows, at)
    return Seen(rows, frames.first_of_runs(order[at], rows["item_key"].to_numpy(np.int64)))


def items(seen: Seen) -> pd.DataFrame:
    """One row an order item: each field from the sighting that counts, where that lacks it from the next.

    Beside the fields: ``listed`` (an Orders or Unshipped report holds it), ``unshipped_listed``, ``canceled_seen``,
    ``released`` (µs, the earliest reporting-date), ``evidence`` (µs, the latest), ``counts`` (row of ``seen``).
    """
    rows, starts = seen
    fields = [name for name in FIELDS if name in rows]
    made = _resolved(rows, starts, fields) if len(starts) < len(rows) else frames.frame(
        frames.table(rows, ("file", "line", "order_key", "item_key", *fields)))
    for name in FIELDS:
        if name not in made:
            made[name] = frames.series(pa.nulls(len(made), pa.string()))
    rank = rows["rank"].to_numpy(np.int64)
    status = frames.arrow(rows["status"])
    made["listed"] = _any(rank < RANK["all-orders"], starts)
    made["unshipped_listed"] = _any(rank == RANK["unshipped"], starts)
    made["canceled_seen"] = _any(pc.equal(status, CANCELED).to_numpy(), starts)
    reported = frames.numbers(made["reporting_date"])
    if len(starts) < len(rows) and "reporting_date" in rows:
        latest = np.iinfo(np.int64).max
        every = frames.numbers(rows["reporting_date"], latest)
        reported = np.minimum.reduceat(every, starts)
        reported = np.where(reported == latest, NEVER, reported)
    made["released"] = frames.series(np.where(reported == NEVER, frames.numbers(made["payments_date"]), reported))
    made["evidence"] = frames.series(np.maximum.reduceat(rows["evidence"].to_numpy(np.int64), starts)
                                     if len(starts) else np.zeros(0, np.int64))
    return _merged(made)


def _resolved(rows: pd.DataFrame, starts: Array, fields: list[str]) -> pd.DataFrame:
    made = frames.take(frames.frame(frames.table(rows, ("file", "line", "order_key", "item_key"))), starts)
    for name in fields:
        column = frames.arrow(rows[name])
        if column.null_count:
            at = np.where(frames.known(rows[name]), np.arange(len(rows)), len(rows))
            first = np.minimum.reduceat(at, starts)
            made[name] = frames.series(column.take(pa.array(first, mask=first == len(rows))))
        else:
            made[name] = frames.series(column.take(pa.array(starts)))
    return made


def _any(mask: Array, starts: Array) -> pd.Series[Any]:
    return frames.series(np.logical_or.reduceat(mask, starts) if len(starts) else np.zeros(0, bool))


def _merged(made: pd.DataFrame) -> pd.DataFrame:
    """The items, with what a report without item ids says of the statuses of items that others hold (order, sku)."""
    loose = made["item_key"].to_numpy(np.int64) < 0
    if not loose.any():
        return made
    told = made.loc[loose, ["order_key", "sku", "status", "quantity_purchased", "quantity_shipped", "canceled_seen"]]
    real = made.loc[~loose, ["order_key", "sku"]].reset_index(names="at")
    found = real.merge(told.reset_index(names="loose_at"), on=["order_key", "sku"])
    at = found["at"].to_numpy(np.int64)
    canceled = made["canceled_seen"].to_numpy(bool).copy()
    canceled[at] |= found["canceled_seen"].to_numpy(bool)
    made["canceled_seen"] = frames.series(canceled)
    shipped = frames.numbers(made["quantity_shipped"], -1).copy()
    bought = frames.numbers(made["quantity_purchased"], -1)
    fills = (shipped[at] < 0) & (found["status"] == SHIPPED).to_numpy(bool)
    shipped[at[fills]] = bought[at[fills]]
    made["quantity_shipped"] = frames.series(pa.array(shipped, mask=shipped < 0))
    drop = np.zeros(len(made), bool)
    drop[found["loose_at"].to_numpy(np.int64)] = True
    return frames.take(made, np.flatnonzero(~drop))
