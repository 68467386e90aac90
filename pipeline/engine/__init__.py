"""Where the two passes run, and where tables wait between them."""

from pipeline.engine.allocator import keep_freed_memory, release_memory
from pipeline.engine.dask_cluster import ClusterUnavailableError, DaskEngine
from pipeline.engine.exchange import (
    StoredGroup,
    gather_findings,
    read_bucket,
    split_by_bucket,
    store_group,
)
from pipeline.engine.executor import Engine
from pipeline.engine.file_dates import find_newest_dates
from pipeline.engine.memory_budget import (
    choose_bucket_count,
    choose_part_rows,
    choose_split_bytes,
    estimate_text_bytes,
    estimate_total_bytes,
    estimate_waiting_bytes,
    fits_in_memory,
    fits_mapped,
)
from pipeline.engine.partition import SINGLE_BUCKET, Buckets, choose_buckets
from pipeline.engine.processes import ProcessEngine
from pipeline.engine.spill import SpilledRows, SpilledTable, SpillStore, chain_tables, merge_tables
from pipeline.engine.threads import ALL_CORES, ThreadEngine, map_threads, use_cores

__all__ = [
    "ALL_CORES",
    "SINGLE_BUCKET",
    "Buckets",
    "ClusterUnavailableError",
    "DaskEngine",
    "Engine",
    "ProcessEngine",
    "SpillStore",
    "SpilledRows",
    "SpilledTable",
    "StoredGroup",
    "ThreadEngine",
    "chain_tables",
    "choose_bucket_count",
    "choose_buckets",
    "choose_part_rows",
    "choose_split_bytes",
    "estimate_text_bytes",
    "estimate_total_bytes",
    "estimate_waiting_bytes",
    "find_newest_dates",
    "fits_in_memory",
    "fits_mapped",
    "gather_findings",
    "keep_freed_memory",
    "map_threads",
    "merge_tables",
    "read_bucket",
    "release_memory",
    "split_by_bucket",
    "store_group",
    "use_cores",
]
