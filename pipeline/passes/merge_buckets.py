"""The output tables of all buckets as one: those that are sorted otherwise than by order are merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.engine import Engine, SpilledRows, SpilledTable, SpillStore, chain_tables, merge_tables
from pipeline.passes import bucket_task
from pipeline.publish import SORT_KEYS


@dataclass(frozen=True)
class MergeTask:
    """The task of merging an output table: its sorted runs, and its schema, by name."""

    runs: dict[str, list[list[SpilledTable]]]
    schemas: dict[str, pa.Schema]
    spool: SpillStore

    def __call__(self, name: str) -> SpilledRows:
        """The rows of all runs of the table in its order."""
        return merge_tables(self.spool, f"all-{name}", self.runs[name], SORT_KEYS[name], self.schemas[name])


def merge_sorted_tables(
    stored_buckets: Sequence[bucket_task.StoredBucket],
    leading: dict[str, list[list[SpilledTable]]],
    trailing: dict[str, list[list[SpilledTable]]],
    engine: Engine,
    spool: SpillStore,
) -> dict[str, SpilledRows]:
    """Each output table of all buckets in its order; ``leading`` and ``trailing`` are sorted runs of other sources."""
    runs = {
        name: [*leading.get(name, []), *([entry.tables[name]] for entry in stored_buckets), *trailing.get(name, [])]
        for name in SORT_KEYS
    }
    task = MergeTask(runs, stored_buckets[0].schemas, spool)
    # where memory is scarce one after the other
    merged = map(task, SORT_KEYS) if spool.is_scarce else engine.map_tasks(task, SORT_KEYS)
    tables = dict(zip(SORT_KEYS, merged, strict=True))
    return tables | {"orders": concat_buckets(stored_buckets, "orders")}


def concat_buckets(stored_buckets: Sequence[bucket_task.StoredBucket], name: str) -> SpilledRows:
    """A table bucket by bucket, and so by order."""
    return chain_tables(
        [stored_bucket.tables[name] for stored_bucket in stored_buckets], stored_buckets[0].schemas[name]
    )
