"""The worklists of several accounts as one: sorted together, and in one time zone where one is wanted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.output_names import OVERDUE_WORD
from pipeline.publish.reports.worklist import WORKLIST_COLUMNS
from pipeline.publish.reports.worklist_order import rank_actions, rank_urgency
from pipeline.utils import arrow
from pipeline.utils.dtypes import MONEY, TIMESTAMP

_TYPES = {"due_at": TIMESTAMP, "hours_left": pa.decimal128(12, 1), "quantity": pa.int64(), "amount": MONEY}
JOINT_COLUMNS = ("account", *WORKLIST_COLUMNS)
_JOINT_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in JOINT_COLUMNS])
_ORDER_KEYS = ("urgency", "rank", "order_id", "order_item_id", "account")


def join_worklists(worklists: Mapping[str, pd.DataFrame], time_zone: str | None) -> pa.Table:
    """The lines of all accounts (name → reports/worklist) by urgency, action, order and item, each with its account.

    ``due_local`` is in the IANA time zone, or in the marketplace's own where none is given.
    """
    parts = [
        arrow.to_table(lines, WORKLIST_COLUMNS)
        .append_column("account", pa.array([name] * len(lines), pa.string()))
        .select(JOINT_COLUMNS)
        .cast(_JOINT_SCHEMA)
        for name, lines in worklists.items()
    ]
    joined = _sort_lines(pa.concat_tables([_JOINT_SCHEMA.empty_table(), *parts]).combine_chunks())
    if time_zone is None:
        return joined
    local = joined["due_at"].cast(pa.timestamp("us", time_zone))
    place = joined.column_names.index("due_local")
    return joined.set_column(place, "due_local", pc.strftime(local, format="%Y-%m-%d %H:%M %Z"))


def count_overdue(lines: pa.Table) -> int:
    """How many lines are past their time."""
    return int(_is_overdue(lines).sum())


def _sort_lines(lines: pa.Table) -> pa.Table:
    due_us, ranks = arrow.to_int64(arrow.to_series(lines["due_at"])), rank_actions(lines)
    keys = {"urgency": rank_urgency(due_us, ranks, _is_overdue(lines)), "rank": ranks}
    texts = {name: pc.fill_null(lines[name], "") for name in _ORDER_KEYS[2:]}
    order = pc.sort_indices(pa.table(keys | texts), sort_keys=[(name, "ascending") for name in _ORDER_KEYS])
    return lines.take(order)


def _is_overdue(lines: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return pc.fill_null(pc.starts_with(lines["reason"], OVERDUE_WORD), False).to_numpy()
