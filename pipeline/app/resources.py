"""What a job may use, and what follows from it: where it is done, in how many buckets, what waits on the disk."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline.app.early_start import DASK, TASK_MODULES
from pipeline.engine import (
    DaskEngine,
    Engine,
    ProcessEngine,
    SpillStore,
    ThreadEngine,
    choose_bucket_count,
    choose_buckets,
    choose_part_rows,
    estimate_total_bytes,
    estimate_waiting_bytes,
    fits_in_memory,
    fits_mapped,
    release_memory,
)
from pipeline.flow import ExecutionPlan
from pipeline.model.file_plan import FilePlan, InputFile
from pipeline.utils.dtypes import Array
from pipeline.utils.escape import to_one_line
from pipeline.utils.worker_process import spare_memory, weigh_file

_MAX_FILES = 24  # of a table of the ledger that tasks write in one run at most: else one writer's are fewer
_ITEM_FILE_BYTES = 250  # of a report, which take as long as an open item of the ledger
_WRITER_BYTES = 96 << 20  # of memory that a file takes while it is written
DEFAULT_MEMORY = 2 << 30  # bytes, unless --memory says otherwise


class Resources(NamedTuple):
    """What a job may use: an engine, memory (bytes), tasks at a time (None: as many as cores), a folder for waiting.

    ``scheduler`` is the address of a cluster, of which every worker sees the folder ``scratch``. ``processes`` are the
    workers of this machine, where there are any.
    """

    engine: str = "local"
    scheduler: str | None = None
    memory: int = DEFAULT_MEMORY
    jobs: int | None = None
    scratch: str | None = None
    processes: ProcessEngine | None = None

    @property
    def job_count(self) -> int:
        """How many tasks are done at a time."""
        return self.jobs or pa.cpu_count()

    @property
    def map_files(self) -> Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]:
        """How several files are written at a time."""
        if self.processes:
            return self.processes.map_tasks
        return ThreadEngine(max(min(pa.cpu_count(), self.memory // _WRITER_BYTES), 1)).map_tasks


RESOURCE_OPTIONS = Resources._fields[: Resources._fields.index("processes")]


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
def start_workers(resources: Resources, input_bytes: Iterable[int]) -> Iterator[Resources]:
    """The resources, with workers where there are none and so much input and memory that these gain time.

    They import the program while the input is looked at.
    """
    memory = None
    if resources.engine != DASK and not resources.processes:
        memory = spare_memory(resources.job_count, resources.memory, input_bytes)
    if memory is None:
        yield resources
        return
    with ProcessEngine.start(resources.job_count, TASK_MODULES) as engine:
        yield resources._replace(processes=engine, memory=memory)


def weigh_sources(sources: Sequence[InputFile]) -> Iterable[int]:
    """About how many bytes each file has, before anything else is known of it."""
    return (weigh_file(source.path) for source in sources)


def weigh_items(item_count: int) -> Iterable[int]:
    """About how many bytes of a file so many items of the ledger are worth."""
    return (item_count * _ITEM_FILE_BYTES,)


@contextlib.contextmanager
def prepare_execution(
    resources: Resources, plans: list[FilePlan], open_items: tuple[Array, int], scratch: str, text_bytes: int = 0
) -> Iterator[ExecutionPlan]:
    """Where and how a job is done: in memory where it fits in what is given, else in files of the scratch folder.

    ``open_items`` are the orders of some of the open items of the ledger, and how many items these are; ``text_bytes``
    is the memory that is needed beside the rows.
    """
    open_orders, item_count = open_items
    needed_bytes = estimate_total_bytes(plans, item_count) + text_bytes
    waiting_bytes = estimate_waiting_bytes(plans, item_count) + text_bytes
    jobs = resources.job_count
    with contextlib.ExitStack() as exit_stack:
        engine: Engine = resources.processes or ThreadEngine(jobs)
        shares_memory = resources.engine != DASK and resources.processes is None
        if resources.engine == DASK:
            dask = exit_stack.enter_context(DaskEngine.connect(resources.scheduler, jobs, TASK_MODULES))
            engine, jobs = dask, dask.thread_count
        in_memory = shares_memory and fits_in_memory(waiting_bytes, resources.memory)
        is_mapped = not shares_memory and not resources.scheduler and fits_mapped(waiting_bytes, resources.memory)
        bucket_count = choose_bucket_count(needed_bytes, waiting_bytes if in_memory else 0, resources.memory, jobs)
        workers_write = resources.engine == DASK or ((in_memory or is_mapped) and 1 < bucket_count <= _MAX_FILES)
        attempt = uuid.uuid4().hex if workers_write else ""
        buckets = choose_buckets(plans, open_orders, bucket_count)
        memory = resources.memory // (jobs if resources.processes else 1)
        part_rows = choose_part_rows(resources.memory, buckets.bucket_count)
        spool = SpillStore(None if in_memory else scratch, memory, not is_mapped, part_rows)
        yield ExecutionPlan(engine, buckets, spool, attempt)
        if spool.is_scarce:
            release_memory()
