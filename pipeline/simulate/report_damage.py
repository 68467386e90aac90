"""What is odd about rows of order reports without any cell being unreadable: the ORD codes."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.damage import DamageOption
from pipeline.simulate.incident_cells import PROMOTION_COLUMN, make_promotion_detail, promotion_cells
from pipeline.simulate.markets import Market
from pipeline.simulate.nights import DAY_SECONDS
from pipeline.utils.dtypes import BoolArray, IntArray

_DAYS_OFF = 9  # far enough from the truth for any rounding
_PAST_VERIFICATION = 2 * DAY_SECONDS  # past the time that Amazon's check takes


def unshipped_options(chunk: Chunk, item_index: IntArray, night: int) -> list[DamageOption]:
    """The ways open to rows of the Unshipped Orders report about the items at the places."""
    world, items, order_index = chunk.world, chunk.items, chunk.items.order_index[item_index]
    made_at, purchase = int(world.nights.reports_made_at(night)), chunk.orders.purchase[order_index]
    all_rows = np.ones(len(item_index), bool)
    days_past_promise = (made_at - chunk.orders.promise[order_index]) // DAY_SECONDS
    open_units = items.units[item_index] - items.shipped_units(night)[item_index]
    long_ago = purchase + world.verification_seconds + _PAST_VERIFICATION <= made_at
    return [
        DamageOption("ORD-102", all_rows, {"payments-date": text.format_instants(purchase - 60)}),
        DamageOption("ORD-103", all_rows, {"quantity-to-ship": text.format_integers(open_units + 1)}),
        DamageOption(
            "ORD-104", all_rows, {"days-past-promise": text.format_integers(days_past_promise - 1)}, keep_original=True
        ),
        DamageOption("ORD-105", all_rows, {"reporting-date": text.format_instants(purchase + world.hold_seconds // 2)}),
        DamageOption(
            "ORD-106",
            long_ago,
            {"reporting-date": text.format_instants(purchase + world.verification_seconds + DAY_SECONDS)},
        ),
        DamageOption("ORD-107", all_rows, {"days-past-promise": text.format_integers(days_past_promise + _DAYS_OFF)}),
        DamageOption("ORD-110", all_rows, {}, keep_original=True),
    ]


def orders_options(chunk: Chunk, market: Market, item_index: IntArray, also_unshipped: BoolArray) -> list[DamageOption]:
    """The ways open to rows of the Orders report; ``also_unshipped`` are in the Unshipped Orders report too."""
    purchase = chunk.orders.purchase[chunk.items.order_index[item_index]]
    all_rows, in_both_reports = np.ones(len(item_index), bool), also_unshipped
    return [
        DamageOption("ORD-102", all_rows, {"payments-date": text.format_instants(purchase - 60)}),
        DamageOption(
            "ORD-108", in_both_reports, {"quantity-purchased": text.format_integers(chunk.items.units[item_index] + 1)}
        ),
        DamageOption("ORD-108", in_both_reports, {"sku": text.join_texts(chunk.sku.take(item_index), "-X")}),
        DamageOption("ORD-110", all_rows, {}, keep_original=True),
        *_promotion_detail_options(chunk, market, item_index),
    ]


def _promotion_detail_options(chunk: Chunk, market: Market, item_index: IntArray) -> list[DamageOption]:
    """One promotion more, on a line below the item's, where the report has columns for it."""
    cells = promotion_cells(chunk, market, item_index) | {
        "order-id": chunk.order_id.take(chunk.items.order_index[item_index]),
        "order-item-id": chunk.item_id.take(item_index),
    }
    if PROMOTION_COLUMN not in cells:
        return []
    detail = make_promotion_detail(market, cells)
    return [DamageOption("ORD-111", np.ones(len(item_index), bool), detail, keep_original=True)]
