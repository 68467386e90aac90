"""The three order reports of a market's night put into their files."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import incident_cells, report_cells, report_damage
from pipeline.simulate import text_columns as text
from pipeline.simulate.apply_damage import DamageableRows, ExtraOptions, apply_damage, no_extra_options
from pipeline.simulate.damage import DamageOption
from pipeline.simulate.files import SimulatedFiles
from pipeline.simulate.incidents import has_column
from pipeline.simulate.night_state import NightState
from pipeline.simulate.text_columns import Cells
from pipeline.simulate.upload_errors import DAMAGE_GROUPS
from pipeline.utils.dtypes import BoolArray, IntArray

_REPORT_KINDS = ("unshipped", "orders", "all-orders")  # in the order of their lots
_QUANTITY_COLUMN_BY_GROUP = ("quantity-purchased", "quantity-purchased", "quantity")


def write_unshipped(files: SimulatedFiles, state: NightState) -> None:
    """The Unshipped Orders report: everything open."""
    chunk, night = state.chunk, state.night
    item_index = np.flatnonzero((chunk.market_index == state.market_number) & state.item_states.open)
    if len(item_index):
        cells = report_cells.unshipped_cells(chunk, state.market, item_index, night)
        cells |= incident_cells.unshipped_extras(chunk, state.market, item_index, night)
        _write_report(
            files,
            state,
            0,
            item_index,
            cells,
            lambda row_index: report_damage.unshipped_options(chunk, item_index[row_index], night),
        )


def write_orders(files: SimulatedFiles, state: NightState) -> None:
    """The Orders report: what was released since the night before."""
    chunk, item_states = state.chunk, state.item_states
    is_new = chunk.world.nights.first_reporting_night(chunk.orders.released)[chunk.items.order_index] == state.night
    item_index = np.flatnonzero(
        (chunk.market_index == state.market_number) & is_new & item_states.seller_fulfilled & ~item_states.canceled
    )
    if len(item_index):
        item_index, is_detail = _repeat_promoted_items(state, item_index)
        cells = report_cells.orders_cells(chunk, state.market, item_index)
        cells |= incident_cells.orders_extras(chunk, state.market, item_index, state.night)
        if is_detail.any():
            detail_cells = incident_cells.make_promotion_detail(state.market, cells)
            names = cells.keys() & detail_cells.keys()
            cells = {name: text.text_where(is_detail, detail_cells[name], cells[name]) for name in names}
        _write_report(
            files,
            state,
            1,
            item_index,
            cells,
            lambda row_index: report_damage.orders_options(
                chunk, state.market, item_index[row_index], item_states.open[item_index[row_index]]
            ),
        )


def _repeat_promoted_items(state: NightState, item_index: IntArray) -> tuple[IntArray, BoolArray]:
    """The items, those of several promotions twice, and which of these lines only give a promotion (ORD-111)."""
    chunk, order_index = state.chunk, state.chunk.items.order_index[item_index]
    is_odd = state.new_orders | state.pending_again | chunk.orders.unusual_item_id
    repeats = (chunk.promotion_count[item_index] > 1) & ~is_odd[order_index]
    repeats &= has_column(state.market, "orders", incident_cells.PROMOTION_COLUMN)
    repeated = np.repeat(item_index, 1 + repeats)
    is_detail = np.zeros(len(repeated), bool)
    is_detail[1:] = repeated[1:] == repeated[:-1]
    return repeated, is_detail


def write_all_orders(files: SimulatedFiles, state: NightState) -> None:
    """The All Orders report: what has changed since the night before; on the first night, every order there is."""
    chunk, night, item_states, order_index = state.chunk, state.night, state.item_states, state.chunk.items.order_index
    last_updates = report_cells.find_last_updates(chunk, np.arange(len(order_index)), night)
    changed = chunk.world.nights.first_reporting_night(last_updates) == night
    is_listed = item_states.bought & (changed | (night == 1) | state.pending_again[order_index])
    item_index = np.flatnonzero((chunk.market_index == state.market_number) & is_listed)
    if len(item_index):
        cells = report_cells.all_orders_cells(chunk, state.market, item_index, night, item_states)
        cells |= incident_cells.all_orders_extras(chunk, state.market, item_index, night)
        cells = _set_pending_again(state, item_index, cells)
        _write_report(files, state, 2, item_index, cells, no_extra_options)


def _set_pending_again(state: NightState, item_index: IntArray, cells: Cells) -> Cells:
    """The cells of the All Orders report, with those orders Pending that no report should call so any more."""
    pending_again = state.pending_again[state.chunk.items.order_index[item_index]]
    if not pending_again.any():
        return cells
    made_at = text.format_instants(np.full(len(item_index), int(state.chunk.world.nights.reports_made_at(state.night))))
    return cells | {
        "order-status": text.text_where(pending_again, "Pending", cells["order-status"]),
        "last-updated-date": text.text_where(pending_again, made_at, cells["last-updated-date"]),
    }


def _write_report(
    files: SimulatedFiles,
    state: NightState,
    damage_group: int,
    item_index: IntArray,
    cells: Cells,
    extra_options: ExtraOptions,
) -> None:
    kind, order_index = _REPORT_KINDS[damage_group], state.chunk.items.order_index[item_index]
    layout, draws = state.market.layouts[kind], state.item_draws(item_index)
    # what is said of few orders stays readable, and so does a line that another one continues
    keep_sound = state.chunk.incidents.is_any()[order_index] | (state.chunk.promotion_count[item_index] > 1)
    to_damage = (
        (state.damage_group[order_index] == damage_group)
        & ~keep_sound
        & draws.draw_flags(f"damaged {kind}", state.dirty * DAMAGE_GROUPS)
    )
    rows = DamageableRows(
        kind=kind,
        layout=layout,
        cells=cells,
        draws=draws,
        to_damage=to_damage,
        keep_acceptable=state.keep_acceptable[order_index],
        forced=_forced_options(state, damage_group, item_index),
    )
    files.append_lines(state.file_key(kind), apply_damage(rows, extra_options))


def _forced_options(state: NightState, damage_group: int, item_index: IntArray) -> list[DamageOption]:
    """What is to be found in rows because of what other files say of their orders."""
    if not state.dirty:
        return []
    order_index, kind = state.chunk.items.order_index[item_index], _REPORT_KINDS[damage_group]
    is_new, pending_again = state.new_orders[order_index], state.pending_again[order_index] & (kind != "all-orders")
    has_item_id = "order-item-id" in state.market.layouts[kind].columns
    return [
        DamageOption(
            "FMT-004", is_new, {_QUANTITY_COLUMN_BY_GROUP[damage_group]: text.repeat_text("two", len(item_index))}
        ),
        DamageOption("ORD-101", pending_again, {}),
        DamageOption(
            "FMT-011", state.chunk.orders.unusual_item_id[order_index] & has_item_id & ~pending_again & ~is_new, {}
        ),
    ]
