"""The order of the worklist: what can still be won by due time, then what is overdue (SPEC §7)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import action_items
from pipeline.publish.files.cells import to_single_chunk
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array

_UNKNOWN_DUE, _OVERDUE_SHIFT = 1 << 60, 1 << 61  # µs, later than any date: behind what is due, and behind all
SORT_COLUMNS = ("urgency", "rank")


def rank_urgency(due_us: Array, action_ranks: Array, overdue: Array) -> Array:
    """By what lines are sorted first: an appeal without a due time, due times, none, and then what is overdue.

    ``due_us`` is NEVER where it is unknown. What is overdue comes by due time, too.
    """
    no_due = np.where(action_ranks == action_items.ACTIONS.index("appeal"), NEVER, _UNKNOWN_DUE)
    return np.where(dtypes.is_known(due_us), due_us + np.where(overdue, _OVERDUE_SHIFT, 0), no_due)


def rank_table(actions: pa.Table, as_of_us: int) -> tuple[Array, Array]:
    """The urgency and the rank of every line (``action_items.SCHEMA``)."""
    due_us, held_from = (arrow.to_int64(arrow.to_series(actions[name])) for name in ("due_at", "overdue_after"))
    action_ranks = rank_actions(actions)
    overdue = dtypes.is_known(due_us) & (np.where(dtypes.is_known(held_from), held_from, due_us) < as_of_us)
    return rank_urgency(due_us, action_ranks, overdue), action_ranks


def rank_actions(actions: pa.Table) -> Array:
    """The rank of every line's action: by name."""
    ranks = pc.index_in(to_single_chunk(actions["action"]), value_set=pa.array(action_items.ACTIONS))
    return ranks.cast(pa.int64()).to_numpy(zero_copy_only=False)


def is_overdue(worklist_rows: pa.Table) -> Array:
    """Which lines of a worklist (``urgency``) are overdue."""
    return to_single_chunk(worklist_rows["urgency"]).to_numpy() > _UNKNOWN_DUE
