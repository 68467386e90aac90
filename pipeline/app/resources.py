"""What a job may use, and what follows from it: where it is done, in how many buckets, what waits on the disk."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipeline.engine import (
    DaskEngine,
    Engine,
    SpillStore,
    ThreadEngine,
    choose_bucket_count,
    choose_buckets,
    estimate_total_bytes,
    estimate_waiting_bytes,
    fits_in_memory,
)
from pipeline.flow import ExecutionPlan
from pipeline.model.file_plan import FilePlan
from pipeline.utils.dtypes import Array
from pipeline.utils.escape import to_one_line

DASK = "dask"
_MAX_FILES = 24  # of a table of the ledger that tasks write in one run at most: else one writer's are fewer
DEFAULT_MEMORY = 2 << 30  # bytes, unless --memory says otherwise


class Resources(NamedTuple):
    """What a job may use: an engine, memory (bytes), tasks at a time (None: as many as cores), a folder for waiting.

    ``scheduler`` is the address of a cluster, of which every worker sees the folder ``scratch``.
    """

    engine: str = "local"
    scheduler: str | None = None
    memory: int = DEFAULT_MEMORY
    jobs: int | None = None
    scratch: str | None = None


class ResourcesUnusable(ValueError):
    """Resources that cannot be used as they are asked for: one line."""


def resolve_scratch(resources: Resources) -> str | None:
    """The folder below which what is too large for memory waits, made where it is missing; None for the system's own.

    Raises ResourcesUnusable where it cannot be used, and where a scheduler is named for an engine that has none.
    """
    if resources.scheduler and resources.engine != DASK:
        raise ResourcesUnusable(f"--scheduler {resources.scheduler}: only the engine dask has one; add --engine dask")
    if resources.scratch is None:
        return None
    try:
        Path(resources.scratch).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise ResourcesUnusable(f"--scratch {resources.scratch}: cannot be made ({to_one_line(error)})") from error
    if not os.access(resources.scratch, os.W_OK):
        raise ResourcesUnusable(f"--scratch {resources.scratch}: not a folder that can be written to")
    return os.path.realpath(resources.scratch)


@contextlib.contextmanager
def prepare_execution(
    resources: Resources, plans: list[FilePlan], open_items: tuple[Array, int], scratch: str, text_bytes: int = 0
) -> Iterator[ExecutionPlan]:
    """Where and how a job is done: in memory where it fits in what is given, else in files of the scratch folder.

    ``open_items`` are the orders of some of the open items of the ledger, and how many items these are; ``text_bytes``
    is the memory that is needed beside the rows.
    """
    open_orders, item_count = open_items
    needed_bytes, waiting_bytes, jobs = (
        estimate_total_bytes(plans, item_count) + text_bytes,
        estimate_waiting_bytes(plans, item_count) + text_bytes,
        resources.jobs or pa.cpu_count(),
    )
    with contextlib.ExitStack() as exit_stack:
        engine: Engine = ThreadEngine(jobs)
        if resources.engine == DASK:
            dask = exit_stack.enter_context(DaskEngine.connect(resources.scheduler, jobs))
            engine, jobs = dask, dask.thread_count
        on_disk = resources.engine == DASK or not fits_in_memory(waiting_bytes, resources.memory)
        bucket_count = choose_bucket_count(needed_bytes, 0 if on_disk else waiting_bytes, resources.memory, jobs)
        workers_write = resources.engine == DASK or (not on_disk and 1 < bucket_count <= _MAX_FILES)
        attempt = uuid.uuid4().hex if workers_write else ""
        yield ExecutionPlan(
            engine,
            choose_buckets(plans, open_orders, bucket_count),
            SpillStore(scratch if on_disk else None, resources.memory),
            attempt,
        )
