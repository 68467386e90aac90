"""The errors that a seller makes in uploads: what each changes, and which code it must get."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pipeline.simulate import cell_damage
from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.damage import DamageOption, broken_line_options
from pipeline.simulate.items import ITEM_KEYS_PER_ORDER
from pipeline.simulate.markets import Market
from pipeline.simulate.random_draws import nightly_draws
from pipeline.simulate.upload_errors import (
    AMAZON_ORDER,
    CANCELED_ORDER,
    LATE_ORDER,
    NEW_ORDER,
    OPEN_ORDER,
    PENDING_ORDER,
    SHIPPED_ORDER,
    UploadErrors,
    error_lines,
)
from pipeline.utils.dtypes import BoolArray


def confirmation_options(chunk: Chunk, market: Market, errors: UploadErrors, night: int) -> list[DamageOption]:
    """What may be wrong with each of the confirmations: with some the order alone, with those of open orders a cell."""
    items, order_index, draws = (
        chunk.items,
        chunk.items.order_index[errors.item_index],
        nightly_draws(chunk.item_draws.select_keys(errors.item_index), night),
    )
    layout = market.layouts["confirmation"]
    open_only, order_state = (errors.order_state == OPEN_ORDER) & ~errors.in_both_files, errors.order_state
    open_units = (items.units - items.shipped_units(night))[errors.item_index]
    ship_day = error_lines(chunk, errors, night).ship_day
    days_ahead, days_back = (1 + draws.draw_below(name, 9) for name in ("ahead", "back"))
    unknown_order_ids = text.format_order_ids(
        chunk.orders.number[order_index], np.full(len(order_index), 199), ~chunk.seed
    )
    unknown_item_ids = text.format_item_ids(
        chunk.orders.number[order_index] * ITEM_KEYS_PER_ORDER + ITEM_KEYS_PER_ORDER - 1, chunk.seed
    )
    empty_texts = text.repeat_text("", len(order_index))
    options = [
        *(DamageOption(code, order_state == state, {}) for state, code in _CODE_BY_STATE.items()),
        DamageOption("CAN-503", errors.in_both_files, {}),
        DamageOption("SHP-101", open_only, {"order-id": unknown_order_ids}),
        DamageOption("SHP-102", open_only, {"order-item-id": unknown_item_ids}),
        DamageOption("SHP-106", open_only, {"quantity": text.format_integers(open_units + days_ahead)}),
        DamageOption(
            "SHP-108",
            open_only,
            {"ship-date": text.format_dates(chunk.orders.purchase_day[order_index] - 1 - days_back)},
        ),
        DamageOption("SHP-109", open_only, {"ship-date": text.format_dates(ship_day + 1 + days_ahead)}),
        DamageOption(
            "SHP-111",
            open_only,
            {"carrier-code": text.repeat_text("Other", len(order_index)), "carrier-name": empty_texts},
        ),
        DamageOption("FMT-013", open_only, {"order-item-id": empty_texts}),
        *broken_line_options("confirmation", layout, open_only),
        *cell_damage.cell_damage_options("confirmation", layout, draws, ~open_only),
    ]
    is_redirectable = open_only & ~chunk.orders.redirected[order_index]
    return [*options, *_redirect_options(layout.columns, is_redirectable)]


def _redirect_options(columns: Iterable[str], applicable: BoolArray) -> list[DamageOption]:
    """The confirmations sent to another address, where the file has a column for it."""
    if "ship-to-address-1" not in columns:
        return []
    other_address = text.repeat_text("1 Somewhere Else", len(applicable))
    return [DamageOption("SHP-114", applicable, {"ship-to-address-1": other_address})]


_CODE_BY_STATE = {
    NEW_ORDER: "SHP-120",
    PENDING_ORDER: "SHP-103",
    CANCELED_ORDER: "SHP-104",
    SHIPPED_ORDER: "SHP-105",
    LATE_ORDER: "SHP-110",
    AMAZON_ORDER: "SHP-118",
}


def cancellation_options(chunk: Chunk, market: Market, errors: UploadErrors, night: int) -> list[DamageOption]:
    """What may be wrong with each of the cancellations, which name no item."""
    draws, layout = (
        nightly_draws(chunk.item_draws.select_keys(errors.item_index), night),
        market.layouts["cancellation"],
    )
    open_only = (errors.order_state == OPEN_ORDER) & ~errors.in_both_files
    reason_texts = text.repeat_text("NoInventory", len(errors.item_index))
    item_cells = {
        "cancellation-reason-code": reason_texts,
        "amazon-order-item-code": chunk.item_id.take(errors.item_index),
    }
    return [
        DamageOption("CAN-503", errors.in_both_files, {}),
        DamageOption("CAN-501", np.isin(errors.order_state, (PENDING_ORDER, CANCELED_ORDER, SHIPPED_ORDER)), {}),
        *(DamageOption("CAN-502", open_only, {name: cell}) for name, cell in item_cells.items()),
        *broken_line_options("cancellation", layout, open_only),
        *(
            option._replace(cells=item_cells | option.cells)
            for option in cell_damage.cell_damage_options("cancellation", layout, draws, ~open_only)
        ),
    ]
