"""What order items came to: the price with shipping, gift wrap and taxes, less what promotions took off (SPEC §5)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils import arrow
from pipeline.utils.dtypes import MONEY, MONEY_SUM, Array

PRICE_PARTS = ("item_price", "shipping_price", "gift_wrap_price", "item_tax", "shipping_tax", "gift_wrap_tax")
_DISCOUNTS = ("item_promotion_discount", "ship_promotion_discount")
AMOUNT_COLUMNS = (*PRICE_PARTS, *_DISCOUNTS)
_NOTHING = pa.scalar(0, MONEY)


def sum_item_totals(items: pd.DataFrame) -> pa.Array:
    """What each item came to; null where any part is not known. A discount is taken off whatever its sign."""
    parts = {name: _read_amount(items, name) for name in AMOUNT_COLUMNS}
    if any(map(_is_unknown, parts.values())):
        return pa.nulls(len(items), MONEY_SUM)
    total = parts[PRICE_PARTS[0]]
    for name in PRICE_PARTS[1:]:
        total = pc.add(total, parts[name])
    for name in _DISCOUNTS:
        total = pc.subtract(total, pc.abs(parts[name]))
    return total.cast(MONEY_SUM)


def sum_known_parts(items: pd.DataFrame) -> pa.Array:
    """What each item came to at most as far as is known: all positive parts; null where its price is not known."""
    total = _read_amount(items, PRICE_PARTS[0])
    for name in PRICE_PARTS[1:]:
        part = _read_amount(items, name)
        if not _is_unknown(part):
            total = pc.add(total, pc.max_element_wise(pc.coalesce(part, _NOTHING), _NOTHING))
    return total.cast(MONEY_SUM)


def _is_unknown(amount: pa.Array) -> bool:
    """Whether no item has the amount, as in a report without its column."""
    return bool(amount.null_count == len(amount))


def _read_amount(items: pd.DataFrame, name: str) -> Any:
    return arrow.to_arrow(items[name]).combine_chunks().cast(MONEY)  # each sum of these has one digit more


def sum_by_order(amount: pa.Array, order_index: Array) -> pa.Array:
    """The amounts of each order added up, by its number; null where any of them is."""
    grouped = pa.table({"order": order_index, "amount": amount}).group_by("order", use_threads=False)
    total = grouped.aggregate([("amount", "sum", pc.ScalarAggregateOptions(skip_nulls=False))])
    return total.sort_by("order").column("amount_sum").combine_chunks().cast(MONEY_SUM)
