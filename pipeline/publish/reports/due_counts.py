"""The worklist by how near it is due: lines, money and first due time of each action in each horizon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import calendar
from pipeline.model.run_counts import ActionCount, DueCount
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.reports.due_times import OVERDUE, UNDATED, grade_due
from pipeline.publish.reports.worklist_order import is_overdue
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER


def count_due(parts: Iterable[pa.Table], as_of: dt.datetime) -> list[DueCount]:
    """The lines of a worklist, sorted by its keys, by horizon; within one the action that is due first comes first."""
    counts: dict[tuple[int, str], ActionCount] = {}
    for part in parts:
        for key, count in _count_part(part, as_of):
            counts[key] = counts[key].combine(count) if key in counts else count
    due_counts = [DueCount(horizon, action, count) for (horizon, action), count in counts.items()]
    return sorted(due_counts, key=lambda entry: (entry.horizon, entry.totals.first_due, entry.action))


def _count_part(part: pa.Table, as_of: dt.datetime) -> Iterator[tuple[tuple[int, str], ActionCount]]:
    horizons = grade_worklist(part, as_of)
    numbered = part.select(["action", "currency", "amount"])
    numbered = numbered.append_column("horizon", pa.array(horizons)).append_column(
        "line", pa.array(np.arange(len(part)))
    )
    amounts = _sum_money(numbered)
    groups = numbered.group_by(["horizon", "action"]).aggregate([("line", "min"), ([], "count_all")]).to_pylist()
    for group in groups:
        key = group["horizon"], group["action"]
        yield key, _count_group(part, group, amounts.get(key, {}))


def grade_worklist(part: pa.Table, as_of: dt.datetime) -> Any:
    """For every line of a worklist its number in ``HORIZONS``."""
    due_us = arrow.to_int64(arrow.to_series(part["due_at"]))
    return grade_due(due_us, is_overdue(part), to_single_chunk(part["zone"]).to_numpy(), as_of)


def _count_group(part: pa.Table, group: dict[str, Any], amounts: dict[str, Any]) -> ActionCount:
    """The lines of a group, the first of which is due first."""
    first = part.slice(group["line_min"], 1)
    due_us, horizon = first["due_at"][0].cast(pa.int64()).as_py(), group["horizon"]
    return ActionCount(
        lines=group["count_all"],
        overdue=group["count_all"] if horizon == OVERDUE else 0,
        undated=group["count_all"] if horizon == UNDATED else 0,
        first_due=NEVER if due_us is None else due_us,
        zone=first["zone"][0].as_py(),
        order_id=first["order_id"][0].as_py() or "",
        amounts=amounts,
    )


def _sum_money(numbered: pa.Table) -> dict[tuple[int, str], dict[str, Any]]:
    """The money of each group by currency; an unknown amount is not in it."""
    priced = numbered.filter(pc.and_(numbered["amount"].is_valid(), numbered["currency"].is_valid()))
    sums = priced.group_by(["horizon", "action", "currency"]).aggregate([("amount", "sum")]).to_pylist()
    amounts: dict[tuple[int, str], dict[str, Any]] = {}
    for entry in sorted(sums, key=lambda entry: entry["currency"]):
        amounts.setdefault((entry["horizon"], entry["action"]), {})[entry["currency"]] = entry["amount_sum"]
    return amounts


def format_money(amounts: dict[str, Any]) -> str:
    """The amounts with their currencies; empty where there are none."""
    return " and ".join(f"{amount:,} {currency}" for currency, amount in amounts.items())


def format_first_due(count: ActionCount) -> str:
    """The local time of the first line; empty where it is not known."""
    if not dtypes.is_known(count.first_due):
        return ""
    return str(calendar.format_local_times(np.array([count.first_due]), np.array([count.zone]))[0])
