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

_INSTANT, _TEXT, _WHOLE = pa.timestamp("us", "UTC"), pa.string(), pa.int64()
FIELDS = {
    "order_id": _TEXT,
    "order_item_id": _TEXT,
    "sku": _TEXT,
    "purchase_date": _INSTANT,
    "payments_date": _INSTANT,
    "reporting_date": _INSTANT,
    "promise_date": _INSTANT,
    "quantity_purchased": _WHOLE,
    "quantity_shipped": _WHOLE,
    "status": _TEXT,
    "fulfillment_channel": _TEXT,
    "sales_channel": _TEXT,
    "ship_service_level": _TEXT,
    "ship_country": _TEXT,
    "currency": _TEXT,
    "item_price": pa.decimal128(20, 2),
    "shipping_price": pa.decimal128(20, 2),
    "latest_delivery_date": _INSTANT,
    "counted_at": _INSTANT,  # when the report was made that says how much is shipped
}
ADDRESS = ("recipient_name", "ship_address_1", "ship_city", "ship_postal_code")
# what a report's line says beyond that, by which two lines about one item are told apart (ORD-104)
_BESIDE = ("days_past_promise", "quantity_to_ship", "order_status", "item_status", "last_updated_date")
_KEPT = (
    *("file", "line", "record", "order_key", "item_key", "order-id", "order-item-id", "newest"),
    *(*FIELDS, *ADDRESS, *_BESIDE),
)


NEEDED = (*_KEPT, "believed", "ignored", "days-past-promise", "promise-date")  # of a report's rows, beyond their split


class Seen(NamedTuple):
    """Sightings as the reports gave them, and the order in which they count.

    ``at`` are the positions of the rows item by item, the one that counts first; ``starts`` are the places in ``at``
    where the items begin, in the order in which the counting ones were reported.
    """

    rows: pd.DataFrame
    at: Array
    starts: Array

    def counting(self) -> Array:
        """The position of the sighting that counts, for every item."""
        return self.at[self.starts]


def prepared(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """A report's believed rows with what reconciling needs: rank, evidence (int64 UTC µs) and status.

    ``newest`` is the newest evidence of the rows' file, int64.
    The status of an order that an Orders or Unshipped report holds is unshipped; of an All Orders row it follows
    from order-status and item-status, and from it the quantity shipped (FORMATS §1d).
    """
    kept = frames.frame(frames.table(rows, _KEPT))
    kept["rank"] = frames.series(np.full(len(rows), RANK[kind]))
    if kind != "all-orders":
        kept["status"] = frames.series(pa.repeat(pa.scalar(UNSHIPPED), len(rows)))
        kept["evidence"] = frames.series(frames.numbers(evidence(rows, kind)))
        return _counted(kept) if kind == "unshipped" else kept
    status = _status(frames.arrow(rows["order_status"]), frames.arrow(rows["item_status"]))
    kept["status"] = frames.series(status)
    kept["evidence"] = frames.series(frames.numbers(evidence(rows, kind)))
    none = pa.scalar(None, pa.int64())
    bought = frames.arrow(rows["quantity_purchased"])
    kept["quantity_shipped"] = frames.series(
        pc.if_else(pc.equal(status, SHIPPED), bought, pc.if_else(pc.equal(status, UNSHIPPED), 0, none))
    )
    kept["item_key"] = _stand_in(kept)
    return _counted(kept)


def evidence(rows: pd.DataFrame, kind: str) -> pd.Series[Any]:
    """The column of a report that tells how new what it says of an item is."""
    names = {"unshipped": "reporting_date", "all-orders": "last_updated_date"}
    return rows[names.get(kind, "payments_date" if "payments_date" in rows else "purchase_date")]


def _counted(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with when their report was made, where they say how much is shipped: its newest evidence (SPEC §1)."""
    told = np.where(frames.known(rows["quantity_shipped"]), frames.numbers(rows["newest"]), NEVER)
    return rows.assign(counted_at=frames.series(frames.instants(told)))


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
    """The item key; where the report gives no item id, a negative number for the sku, the same in every run."""
    if "item_key" not in rows:
        rows["item_key"] = frames.series(pa.nulls(len(rows), pa.int64()))
    lacking = ~frames.known(rows["item_key"])
    coded = pc.dictionary_encode(frames.arrow(rows["sku"])).combine_chunks()
    names = coded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    stands = (pd.util.hash_array(names, categorize=False) >> np.uint64(2)).astype(np.int64)
    of = stands[coded.indices.to_numpy(zero_copy_only=False)] if len(names) else np.zeros(len(rows), np.int64)
    return frames.series(np.where(lacking, -2 - of, frames.numbers(rows["item_key"])))


def see(parts: list[pd.DataFrame]) -> Seen:
    """All sightings, and their order: later evidence counts first, then the later file and line."""
    rows = frames.stack(parts) if parts else _nothing()
    order, item = frames.numbers(rows["order_key"]), frames.numbers(rows["item_key"])
    rank, evidence, file, line = (frames.numbers(rows[name]) for name in ("rank", "evidence", "file", "line"))
    at = frames.in_order(order, item, rank, -evidence, -file, -line)
    return Seen(rows, *_as_reported(at, frames.first_of_runs(order[at], item[at])))


def _as_reported(at: Array, starts: Array) -> tuple[Array, Array]:
    """The same, with the items as their counting sightings come in the reports: then hardly a row has to be moved."""
    if len(starts) == len(at):
        return np.arange(len(at)), np.arange(len(at))
    by = np.argsort(at[starts], kind="stable")
    sizes = np.diff(np.append(starts, len(at)))[by]
    begins = np.cumsum(sizes) - sizes
    inside = np.arange(len(at)) - np.repeat(begins, sizes)
    return at[np.repeat(starts[by], sizes) + inside], begins


def _nothing() -> pd.DataFrame:
    numbers = ("file", "line", "record", "order_key", "item_key", "rank", "evidence")
    types = {**dict.fromkeys(numbers, pa.int64()), "status": pa.string()}
    return frames.frame(pa.table({name: pa.array([], of) for name, of in types.items()}))


def items(seen: Seen) -> pd.DataFrame:
    """One row an order item: each field from the sighting that counts, where that lacks it from the next.

    Beside the fields: ``listed`` (an Orders or Unshipped report holds it), ``canceled_seen``, ``reported`` (µs, the
    earliest reporting-date), ``released``, and ``counts``, the number of the item among ``seen.starts``.
    """
    rows, at, starts = seen
    once = at[starts]
    made = frames.arranged(frames.frame(frames.table(rows, ("order_key", "item_key"))), once)
    for name, field in _fields(seen).items():
        made[name] = field
    rank, status = frames.numbers(rows["rank"])[at], frames.arrow(rows["status"])
    made["listed"] = _any(rank < RANK["all-orders"], starts)
    made["canceled_seen"] = _any(pc.equal(status, CANCELED).to_numpy()[at], starts)
    made["counts"] = frames.series(np.arange(len(once)))
    reported, paid = _reported(seen, made), frames.numbers(made["payments_date"])
    made["reported"] = frames.series(reported)
    made["released"] = frames.series(np.where(reported == NEVER, paid, reported))
    return made


def _fields(seen: Seen) -> dict[str, pd.Series[Any]]:
    """The fields of every item: each of the first sighting, in the order in which they count, that has it."""
    rows, at, starts = seen
    columns = {
        name: frames.arrow(rows[name]) if name in rows else pa.chunked_array([pa.nulls(len(rows), kind)])
        for name, kind in FIELDS.items()
    }
    whole = [name for name, column in columns.items() if len(starts) == len(at) or not column.null_count]
    made = dict(zip(whole, frames.each_at([columns[name] for name in whole], at[starts]), strict=True))
    for name in columns.keys() - made.keys():
        has = np.where(columns[name].is_valid().to_numpy()[at], np.arange(len(at)), len(at))
        first = np.minimum.reduceat(has, starts)
        lacking = first == len(at)
        made[name] = frames.series(columns[name].take(pa.array(at[np.where(lacking, 0, first)], mask=lacking)))
    return {name: made[name] for name in FIELDS}


def _whole_order_canceled(rows: pd.DataFrame) -> Array:
    """The sightings that say of their order, not only of their item, that it is canceled."""
    if "order_status" not in rows:
        return np.zeros(len(rows), bool)
    return pc.fill_null(_is(frames.arrow(rows["order_status"]), _SAYS_CANCELED), False).to_numpy()


def _reported(seen: Seen, made: pd.DataFrame) -> Array:
    """The earliest reporting-date of each item, UTC µs; NEVER without one."""
    rows, at, starts = seen
    if len(starts) == len(at) or "reporting_date" not in rows:
        return frames.numbers(made["reporting_date"])
    never = np.iinfo(np.int64).max
    earliest = np.minimum.reduceat(frames.numbers(rows["reporting_date"], never)[at], starts)
    return np.where(earliest == never, NEVER, earliest)


def _any(mask: Array, starts: Array) -> pd.Series[Any]:
    return frames.series(np.logical_or.reduceat(mask, starts) if len(starts) else np.zeros(0, bool))


def merged(made: pd.DataFrame, seen: Seen) -> pd.DataFrame:
    """The items, with what is said of whole orders, or without item ids of items that others hold (order, sku)."""
    off = frames.numbers(seen.rows["order_key"])[_whole_order_canceled(seen.rows)]
    order_off = frames.among(frames.numbers(made["order_key"]), off)
    made["canceled_seen"] = frames.series(frames.flags(made["canceled_seen"]) | order_off)
    loose = made["item_key"].to_numpy(np.int64) < 0
    if not loose.any():
        return made
    told = made.loc[loose, ["order_key", "sku", "status", "canceled_seen", "counted_at", "tonight"]]
    real = made.loc[~loose, ["order_key", "sku"]].reset_index(names="at")
    found = real.merge(told.reset_index(names="loose_at"), on=["order_key", "sku"])
    at = found["at"].to_numpy(np.int64)
    canceled = made["canceled_seen"].to_numpy(bool).copy()
    canceled[at] |= found["canceled_seen"].to_numpy(bool)
    made["canceled_seen"] = frames.series(canceled)
    shipped = frames.numbers(made["quantity_shipped"], -1).copy()
    bought = frames.numbers(made["quantity_purchased"], -1)
    newer = found["tonight"].to_numpy(bool) & ~made["tonight"].to_numpy(bool)[at]  # than what the ledger remembers
    fills = ((shipped[at] < 0) | newer) & (found["status"] == SHIPPED).fillna(False).to_numpy(bool)
    shipped[at[fills]] = bought[at[fills]]
    made["quantity_shipped"] = frames.series(pa.array(shipped, mask=shipped < 0))
    counted = frames.numbers(made["counted_at"]).copy()
    counted[at[fills]] = frames.numbers(found["counted_at"])[fills]
    made["counted_at"] = frames.series(frames.instants(counted))
    drop = np.zeros(len(made), bool)
    drop[found["loose_at"].to_numpy(np.int64)] = True
    return frames.take(made, np.flatnonzero(~drop))
