"""What the order reports say of the few orders that something sets apart, and how they show promotions (FORMATS §6)."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import probabilities
from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.incidents import CANCEL_COLUMN, FULFILLED_BY, has_column
from pipeline.simulate.markets import Market
from pipeline.simulate.nights import DAY_SECONDS
from pipeline.simulate.text_columns import Cells, TextArray
from pipeline.utils.dtypes import BoolArray, IntArray

PROMOTION_COLUMN = "item-promotion-id"
_FALSE_TRUE = ("false", "true")
_VERGE = "verge-of-cancellation"
_DETAIL_COLUMNS = ("order-id", "order-item-id", "item-promotion-discount", PROMOTION_COLUMN)


def unshipped_extras(chunk: Chunk, market: Market, item_index: IntArray, night: int) -> Cells:
    """What the Unshipped Orders report of a night has beside its usual cells, as far as it has columns for it."""
    order_index, made_at = chunk.items.order_index[item_index], int(chunk.world.nights.reports_made_at(night))
    return _incident_cells(chunk, market, "unshipped", order_index, made_at) | _verge_cells(
        chunk, market, order_index, made_at
    )


def orders_extras(chunk: Chunk, market: Market, item_index: IntArray, night: int) -> Cells:
    """The same of the Orders report."""
    order_index, made_at = chunk.items.order_index[item_index], int(chunk.world.nights.reports_made_at(night))
    return promotion_cells(chunk, market, item_index) | _incident_cells(chunk, market, "orders", order_index, made_at)


def all_orders_extras(chunk: Chunk, market: Market, item_index: IntArray, night: int) -> Cells:
    """The same of the All Orders report."""
    order_index, made_at = chunk.items.order_index[item_index], int(chunk.world.nights.reports_made_at(night))
    return _incident_cells(chunk, market, "all-orders", order_index, made_at)


def _incident_cells(chunk: Chunk, market: Market, kind: str, order_index: IntArray, made_at: int) -> Cells:
    """What a report made at the instant says of the buyer's wish to cancel and of Easy Ship."""
    incidents, cells = chunk.incidents, Cells()
    if has_column(market, kind, CANCEL_COLUMN):
        asked = incidents.cancel_asked[order_index] <= made_at
        cells[CANCEL_COLUMN] = text.pick_texts(_FALSE_TRUE, asked)
        cells["buyer-requested-cancel-reason"] = text.text_where(asked, "Made-up reason")
    if has_column(market, kind, FULFILLED_BY):
        cells[FULFILLED_BY] = text.text_where(incidents.easy_ship[order_index], "Easy Ship")
    return cells


def _verge_cells(chunk: Chunk, market: Market, order_index: IntArray, made_at: int) -> Cells:
    """Amazon's own warnings in the Unshipped Orders report: of an order that is about to be late, or to be canceled."""
    if not has_column(market, "unshipped", _VERGE):
        return {}
    confirm_by = chunk.orders.purchase[order_index] + chunk.world.confirm_within_seconds
    return {
        _VERGE: text.pick_texts(_FALSE_TRUE, confirm_by < made_at + DAY_SECONDS),
        "verge-of-lateShipment": text.pick_texts(
            _FALSE_TRUE, chunk.orders.promise[order_index] < made_at + DAY_SECONDS // 2
        ),
    }


def promotion_cells(chunk: Chunk, market: Market, item_index: IntArray) -> Cells:
    """The first promotion of each item in the Orders report, where it has columns for it; discounts are negative."""
    if not has_column(market, "orders", PROMOTION_COLUMN):
        return {}
    currency = market.marketplace.currency
    zero_amounts = text.format_money(np.zeros(len(item_index), np.int64), currency)
    discount = text.join_texts("-", text.format_money(chunk.discount_cents[item_index], currency))
    is_promoted = chunk.promotion_count[item_index] > 0
    return {
        "item-promotion-discount": text.text_where(is_promoted, discount, zero_amounts),
        PROMOTION_COLUMN: text.text_where(is_promoted, "Made-up offer 1"),
        "ship-promotion-discount": zero_amounts,
    }


def make_promotion_detail(market: Market, cells: Cells) -> Cells:
    """Cells of the Orders report as those of lines that only give one promotion more of the item above them."""
    row_count = len(cells["order-id"])
    return dict.fromkeys(market.layouts["orders"].columns, text.repeat_text("", row_count)) | {
        name: cells[name] if name != PROMOTION_COLUMN else text.repeat_text("Made-up offer 2", row_count)
        for name in _DETAIL_COLUMNS
    }


def blank_item_status(chunk: Chunk, order_index: IntArray, canceled: BoolArray, item_status: TextArray) -> TextArray:
    """The item-status in All Orders, which for some of the orders that are ``canceled`` as a whole is left blank."""
    draws = chunk.order_draws.select_keys(order_index)
    is_blank = canceled & draws.draw_flags("status blank", probabilities.CANCELED_ITEM_STATUS_BLANK)
    return text.text_where(~is_blank, item_status)
