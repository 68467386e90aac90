"""reports/worklist: one line for each thing to do, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import action_items
from pipeline.model.chunked_rows import CHUNK_ROWS
from pipeline.model.order_keys import encode_ids
from pipeline.model.run_context import RunContext
from pipeline.model.run_counts import WorklistCounts
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.reports.item_actions import (
    KIND_ACTIONS,
    KIND_CODES,
    KIND_REASONS,
    UNKNOWN_DUE,
    ItemActions,
    find_item_actions,
)
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import NEVER, Array

ACTIONS = (
    *("answer-claim", "appeal", "cancel", "confirm", "dispute", "invite", "refer", "refund", "reply", "resolve"),
    *("restock", "review", "ship"),
)


def build_worklist(
    items: pd.DataFrame, other_actions: pd.DataFrame, context: RunContext
) -> tuple[pa.Table, WorklistCounts]:
    """All there is to do about the items shown, and ``other_actions``, by ``due`` and ``rank``; its numbers.

    That is by due time and action: within both by order and item, in which the items come.
    """
    as_of_us = dtypes.instant_to_us(context.as_of)
    item_actions = find_item_actions(items, context)
    worklist_rows = pa.concat_tables(
        _merge_actions(items, item_actions, _sort_actions(arrow.to_table(other_actions, action_items.SCHEMA.names)))
    )
    return _append_sort_keys(worklist_rows), item_actions.count_lines(as_of_us)


def rank_other_actions(other_actions: pd.DataFrame) -> pa.Table:
    """What there is to do (``todo``) about no item in particular, by ``due`` and ``rank``."""
    return _append_sort_keys(_sort_actions(arrow.to_table(other_actions, action_items.SCHEMA.names)))


def _append_sort_keys(worklist_rows: pa.Table) -> pa.Table:
    rank = pc.index_in(worklist_rows["action"], value_set=pa.array(ACTIONS)).cast(pa.int64())
    due = pa.array(arrow.to_int64(arrow.to_series(worklist_rows["due_at"]), UNKNOWN_DUE))
    return worklist_rows.append_column("due", due).append_column("rank", rank)


def _merge_actions(items: pd.DataFrame, item_actions: ItemActions, other_actions: pa.Table) -> Iterator[pa.Table]:
    """All lines in their order, as ``todo`` has them; at least one table."""
    merged_order, item_action_count = _merge_order(items, item_actions, other_actions), len(item_actions.item_index)
    item_table = pa.table({name: to_single_chunk(arrow.to_arrow(items[name])) for name in action_items.ITEM_COLUMNS})
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


def _build_item_actions(item_table: pa.Table, item_actions: ItemActions, positions: Array) -> pa.Table:
    """The lines at the positions."""
    item_index, due_us, action_kind = (column[positions] for column in item_actions)
    due_at = dtypes.to_timestamps(np.where(due_us == UNKNOWN_DUE, NEVER, due_us))
    code_and_reason = [arrow.take_strings(KIND_CODES, action_kind), arrow.take_strings(KIND_REASONS, action_kind)]
    columns = [
        due_at,
        arrow.take_strings(KIND_ACTIONS, action_kind),
        *item_table.take(pa.array(item_index)).columns,
        *code_and_reason,
    ]
    return pa.table(columns, names=action_items.SCHEMA.names).cast(action_items.SCHEMA)


def _merge_order(items: pd.DataFrame, item_actions: ItemActions, other_actions: pa.Table) -> Array:
    """The positions of all lines, those beside the items behind them, by due time, action, order and item."""
    if not len(other_actions):
        return np.arange(len(item_actions.item_index))
    due_us = np.concatenate(
        [item_actions.due_us, arrow.to_int64(arrow.to_series(other_actions["due_at"]), UNKNOWN_DUE)]
    )
    other_ranks = pc.index_in(to_single_chunk(other_actions["action"]), value_set=pa.array(ACTIONS)).to_numpy(
        zero_copy_only=False
    )
    action_ranks = np.concatenate(
        [np.array([ACTIONS.index(action) for action in KIND_ACTIONS])[item_actions.action_kind], other_ranks]
    )
    item_places = np.concatenate([item_actions.item_index * 2, _place_other_actions(items, other_actions)])
    return np.lexsort((item_places, action_ranks, due_us))


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


def _sort_actions(actions: pa.Table) -> pa.Table:
    """The lines by due time, action, order and item; those without a due time come last."""
    key_columns = {name: actions[name] for name in ("due_at", "action", "order_id", "order_item_id", "code", "sku")}
    filled_columns = {
        name: pc.fill_null(column, "") if pa.types.is_string(column.type) else column
        for name, column in key_columns.items()
    }
    return actions.take(
        pc.sort_indices(pa.table(filled_columns), sort_keys=[(name, "ascending") for name in filled_columns])
    )
