"""reports/worklist: one line for each thing to do, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import action_items, calendar
from pipeline.model.chunked_rows import CHUNK_ROWS
from pipeline.model.marketplaces import number_channels
from pipeline.model.order_keys import encode_ids
from pipeline.model.run_context import RunContext
from pipeline.model.run_counts import WorklistCounts
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.reports.item_actions import (
    CALLED_OFF_CODE,
    KIND_ACTIONS,
    KIND_CODES,
    KIND_REASONS,
    ItemActions,
    explain_called_off,
    find_item_actions,
)
from pipeline.publish.reports.worklist_counts import count_actions
from pipeline.publish.reports.worklist_order import SORT_COLUMNS, rank_table
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import TIMESTAMP, Array


def build_worklist(
    items: pd.DataFrame,
    other_actions: pd.DataFrame,
    context: RunContext,
    order_items: pd.DataFrame,
    waiting_cancellations: Sequence[tuple[int, int]] = (),
) -> tuple[pa.Table, WorklistCounts]:
    """All there is to do about the items shown, and ``other_actions``, by ``urgency`` and ``rank``; its numbers.

    Within both lines come by order and item, in which the items come. ``order_items`` are those by whose sales channels
    the time zones of ``other_actions`` are known, ``waiting_cancellations`` the runs and their as-of (µs) whose
    cancellations nobody is known to have uploaded.
    """
    as_of_us = dtypes.instant_to_us(context.as_of)
    item_actions = find_item_actions(items, context)
    sorted_actions = _sort_actions(_append_order_places(other_actions, order_items, context), as_of_us)
    item_table = _build_item_table(items, waiting_cancellations, context)
    merged_rows = pa.concat_tables(_merge_actions(items, item_table, item_actions, sorted_actions))
    ranked_rows = _append_sort_keys(merged_rows, as_of_us)
    return ranked_rows, count_actions(ranked_rows)


def rank_other_actions(other_actions: pd.DataFrame, context: RunContext) -> pa.Table:
    """What there is to do (``todo``) about no item in particular, by ``urgency`` and ``rank``."""
    as_of_us = dtypes.instant_to_us(context.as_of)
    actions = arrow.to_table(other_actions, action_items.SCHEMA.names)
    no_channel = arrow.to_series(pa.nulls(len(actions), pa.string()))
    actions = _append_places(actions, no_channel, context)
    return _sort_actions(actions, as_of_us).drop_columns(["overdue_after"])


def _append_order_places(other_actions: pd.DataFrame, order_items: pd.DataFrame, context: RunContext) -> pa.Table:
    """The lines with the time zone and the marketplace of their order."""
    actions = arrow.to_table(other_actions, action_items.SCHEMA.names)
    channel = arrow.to_series(pa.nulls(0, pa.string()))
    if len(actions):
        order_keys = arrow.to_int64(encode_ids(other_actions["order_id"], dashes=True))
        channel = calendar.find_order_channels(order_keys, order_items)
    return _append_places(actions, channel, context)


def _append_places(lines: pa.Table, channel: pd.Series[str], context: RunContext) -> pa.Table:
    """The lines with the numbers of the time zone (``calendar.ZONES``) and the marketplace of their sales channel."""
    zones = calendar.zone_numbers(*calendar.assign_time_zones(channel, context))
    lines = lines.append_column("zone", pa.array(zones, pa.int64()))
    return lines.append_column("marketplace", pa.array(number_channels(channel, context), pa.int64()))


def _append_sort_keys(worklist_rows: pa.Table, as_of_us: int) -> pa.Table:
    """The lines with what they are sorted by; when they are held against anybody is in it."""
    for name, values in zip(SORT_COLUMNS, rank_table(worklist_rows, as_of_us), strict=True):
        worklist_rows = worklist_rows.append_column(name, pa.array(values))
    return worklist_rows.drop_columns(["overdue_after"])


def _merge_actions(
    items: pd.DataFrame, item_table: pa.Table, item_actions: ItemActions, other_actions: pa.Table
) -> Iterator[pa.Table]:
    """All lines in their order, as ``todo`` has them, with their time zones; at least one table."""
    merged_order, item_action_count = _merge_order(items, item_actions, other_actions), len(item_actions.item_index)
    other_actions = other_actions.drop_columns(list(SORT_COLUMNS))
    for begin in range(0, max(len(merged_order), 1), CHUNK_ROWS):
        positions = merged_order[begin : begin + CHUNK_ROWS]
        is_item_action = positions < item_action_count
        item_part = _build_item_actions(item_table, item_actions, positions[is_item_action])
        if is_item_action.all():
            yield item_part
        else:
            source_order = np.concatenate([np.flatnonzero(is_item_action), np.flatnonzero(~is_item_action)])
            merged_part = pa.concat_tables(
                [item_part, other_actions.take(pa.array(positions[~is_item_action] - item_action_count))]
            )
            yield merged_part.take(pa.array(np.argsort(source_order)))


def _build_item_table(items: pd.DataFrame, waiting: Sequence[tuple[int, int]], context: RunContext) -> pa.Table:
    """What lines say of the items; ``first`` only those that ship what we canceled."""
    item_table = pa.table({name: to_single_chunk(arrow.to_arrow(items[name])) for name in action_items.ITEM_COLUMNS})
    item_table = item_table.append_column("first", explain_called_off(items["called_off_at"], waiting))
    return _append_places(item_table, items["sales_channel"], context)


def _build_item_actions(item_table: pa.Table, item_actions: ItemActions, positions: Array) -> pa.Table:
    """The lines at the positions."""
    item_index, due_us, action_kind, _ = (column[positions] for column in item_actions)
    *item_columns, first, zones, marketplaces = item_table.take(pa.array(item_index)).columns
    codes, reasons = (arrow.take_strings(texts, action_kind) for texts in (KIND_CODES, KIND_REASONS))
    first = pc.if_else(pc.equal(codes, CALLED_OFF_CODE), first, "")
    columns = [
        dtypes.to_timestamps(due_us),
        arrow.take_strings(KIND_ACTIONS, action_kind),
        *item_columns,
        codes,
        pc.binary_join_element_wise(to_single_chunk(first), reasons, ""),
        pa.nulls(len(item_index), TIMESTAMP),
    ]
    actions = pa.table(columns, names=action_items.SCHEMA.names).cast(action_items.SCHEMA)
    return actions.append_column("zone", zones).append_column("marketplace", marketplaces)


def _merge_order(items: pd.DataFrame, item_actions: ItemActions, other_actions: pa.Table) -> Array:
    """The positions of all lines, those beside the items behind them, by urgency, action, order and item."""
    if not len(other_actions):
        return np.arange(len(item_actions.item_index))
    urgency = np.concatenate([item_actions.urgency, to_single_chunk(other_actions["urgency"]).to_numpy()])
    item_ranks = np.array([action_items.ACTIONS.index(action) for action in KIND_ACTIONS])[item_actions.action_kind]
    action_ranks = np.concatenate([item_ranks, to_single_chunk(other_actions["rank"]).to_numpy()])
    item_places = np.concatenate([item_actions.item_index * 2, _place_other_actions(items, other_actions)])
    return np.lexsort((item_places, action_ranks, urgency))


def _place_other_actions(items: pd.DataFrame, other_actions: pa.Table) -> Array:
    """Where among the items (doubled) each line stands that shares an action with them, else just their own order."""
    if not pc.any(pc.is_in(other_actions["action"], value_set=pa.array(sorted(set(KIND_ACTIONS))))).as_py():
        return np.arange(len(other_actions))
    joined_ids = [
        _join_ids(id_table["order_id"], id_table["order_item_id"])
        for id_table in (arrow.to_table(items, action_items.ITEM_COLUMNS), other_actions)
    ]
    item_positions = pc.index_in(joined_ids[1], value_set=joined_ids[0]).to_numpy(zero_copy_only=False).astype(float)
    item_places, unmatched_index = item_positions * 2 + 1, np.flatnonzero(np.isnan(item_positions))
    if unmatched_index.size:
        unmatched_actions = other_actions.take(pa.array(unmatched_index))
        item_places[unmatched_index] = (
            _count_items_before(items, joined_ids[0], unmatched_actions, joined_ids[1].take(pa.array(unmatched_index)))
            * 2
            - 0.5
        )
    return item_places


def _count_items_before(
    items: pd.DataFrame, item_ids: pa.Array, unmatched_actions: pa.Table, action_ids: pa.Array
) -> Array:
    """For each line the number of the items that come before it, of which none is its own."""
    item_order_keys = arrow.to_int64(items["order_key"])
    action_order_keys = arrow.to_int64(encode_ids(arrow.to_series(unmatched_actions["order_id"]), dashes=True))
    same_order_index = np.flatnonzero(
        groups.is_in(item_order_keys, action_order_keys)
    )  # the items of its order, and those of the other lines
    sorted_ids = item_ids.take(pa.array(same_order_index)).to_numpy(zero_copy_only=False).astype(str)
    insert_positions = np.searchsorted(sorted_ids, action_ids.to_numpy(zero_copy_only=False).astype(str))
    positions = np.append(same_order_index, len(item_order_keys))[insert_positions]
    return np.clip(
        positions,
        np.searchsorted(item_order_keys, action_order_keys),
        np.searchsorted(item_order_keys, action_order_keys, side="right"),
    )


def _join_ids(order_id: pa.ChunkedArray, item_id: pa.ChunkedArray) -> pa.Array:
    return to_single_chunk(pc.binary_join_element_wise(order_id, item_id, "/", null_handling="replace"))


def _sort_actions(actions: pa.Table, as_of_us: int) -> pa.Table:
    """The lines by urgency, action, order and item, with the first two."""
    for name, values in zip(SORT_COLUMNS, rank_table(actions, as_of_us), strict=True):
        actions = actions.append_column(name, pa.array(values))
    filled_columns = {
        name: pc.fill_null(column, "") if pa.types.is_string(column.type) else column
        for name in (*SORT_COLUMNS, "order_id", "order_item_id", "code", "sku")
        for column in (actions[name],)
    }
    return actions.take(
        pc.sort_indices(pa.table(filled_columns), sort_keys=[(name, "ascending") for name in filled_columns])
    )
