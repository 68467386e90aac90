"""The worklist in numbers: how many lines ask for what, the first of each, and the money of claims."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.run_counts import ActionCount, WorklistCounts
from pipeline.publish.reports.worklist_order import is_overdue
from pipeline.utils.dtypes import NEVER

_CLAIM_FAMILY = "CLM-"


def count_actions(worklist_rows: pa.Table) -> WorklistCounts:
    """The lines by what they ask for: ``action`` and ``code`` of each, a space between them.

    Of several lines the first is the one that is due first, be it overdue or not.
    """
    counts = WorklistCounts()
    if not len(worklist_rows):
        return counts
    numbered = worklist_rows.append_column("line", pa.array(np.arange(len(worklist_rows))))
    numbered = numbered.append_column("overdue", pa.array(is_overdue(worklist_rows)))
    numbered = numbered.append_column("undated", worklist_rows["due_at"].is_null())
    groups = numbered.group_by(["action", "code", "overdue", "undated"]).aggregate([("line", "min"), ([], "count_all")])
    for group in groups.to_pylist():
        counts = counts.combine(WorklistCounts({f"{group['action']} {group['code']}": _count_group(numbered, group)}))
    amounts = _sum_amounts(worklist_rows)
    return WorklistCounts(
        {step: count._replace(amounts=amounts.get(step, {})) for step, count in sorted(counts.by_step.items())}
    )


def _count_group(numbered: pa.Table, group: dict[str, Any]) -> ActionCount:
    """One group of lines; no money is in it."""
    (first,) = numbered.slice(group["line_min"], 1).select(["due_at", "zone", "order_id"]).to_pylist()
    due_us = numbered["due_at"][group["line_min"]].cast(pa.int64()).as_py()
    return ActionCount(
        lines=group["count_all"],
        overdue=group["count_all"] if group["overdue"] else 0,
        undated=group["count_all"] if group["undated"] else 0,
        first_due=NEVER if due_us is None else due_us,
        zone=first["zone"],
        order_id=first["order_id"] or "",
        amounts={},
    )


def _sum_amounts(worklist_rows: pa.Table) -> dict[str, dict[str, Decimal]]:
    """The money of the claims by what is to be done and currency; an unknown amount is not in it."""
    is_claim = pc.starts_with(worklist_rows["code"], _CLAIM_FAMILY)
    claims = worklist_rows.filter(pc.and_(pc.fill_null(is_claim, False), worklist_rows["amount"].is_valid()))
    amounts: dict[str, dict[str, Decimal]] = {}
    sums = claims.group_by(["action", "code", "currency"]).aggregate([("amount", "sum")]).to_pylist()
    for group in sorted(sums, key=lambda group: group["currency"] or ""):
        if group["currency"]:
            amounts.setdefault(f"{group['action']} {group['code']}", {})[group["currency"]] = group["amount_sum"]
    return amounts
