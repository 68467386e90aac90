"""The output tables of all buckets as one: those that are sorted otherwise than by order are merged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline.engine import Engine, SpilledRows, SpilledTable, SpillStore, chain_tables, merge_tables
from pipeline.model.run_counts import DueCount, FindingCounts
from pipeline.passes import bucket_task
from pipeline.publish import SORT_KEYS, count_due, count_findings

_Runs = list[list[SpilledTable]]  # sorted runs of a table


class MergedTables(NamedTuple):
    """The output tables by name, their findings in numbers, and how near the lines of the worklist are due."""

    tables: dict[str, SpilledRows]
    finding_counts: FindingCounts
    due_counts: list[DueCount]


@dataclass(frozen=True)
class MergeTask:
    """The task of merging an output table: its sorted runs, and its schema, by name."""

    runs: dict[str, _Runs]
    schemas: dict[str, pa.Schema]
    spool: SpillStore
    as_of: dt.datetime

    def __call__(self, name: str) -> tuple[SpilledRows, Any]:
        """The rows of all runs of the table in its order, and what is counted of them."""
        rows = merge_tables(self.spool, f"all-{name}", self.runs[name], SORT_KEYS[name], self.schemas[name])
        if name == "findings":
            return rows, count_findings(rows.iter_chunks())
        return rows, count_due(rows.iter_chunks(), self.as_of) if name == "worklist" else None


def merge_sorted_tables(
    stored_buckets: Sequence[bucket_task.StoredBucket],
    beside: dict[str, tuple[_Runs, _Runs]],
    engine: Engine,
    spool: SpillStore,
    as_of: dt.datetime,
) -> MergedTables:
    """Each output table of all buckets in its order; ``beside`` has runs that stand before them, and behind them."""
    runs: dict[str, _Runs] = {}
    for name in SORT_KEYS:
        leading, trailing = beside.get(name, ([], []))
        runs[name] = [*leading, *([entry.tables[name]] for entry in stored_buckets), *trailing]
    task = MergeTask(runs, stored_buckets[0].schemas, spool, as_of)
    # where memory is scarce one after the other
    results = map(task, SORT_KEYS) if spool.is_scarce else engine.map_tasks(task, SORT_KEYS)
    merged, counts = dict[str, SpilledRows](), dict[str, Any]()
    for name, (rows, counted) in zip(SORT_KEYS, results, strict=True):
        merged[name], counts[name] = rows, counted
    tables = merged | {"orders": concat_buckets(stored_buckets, "orders")}
    return MergedTables(tables, counts["findings"], counts["worklist"])


def concat_buckets(stored_buckets: Sequence[bucket_task.StoredBucket], name: str) -> SpilledRows:
    """A table bucket by bucket, and so by order."""
    return chain_tables(
        [stored_bucket.tables[name] for stored_bucket in stored_buckets], stored_buckets[0].schemas[name]
    )
