"""What a job may use, and what follows from it: where it is done, in how many buckets, what waits on the disk."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa

from pipeline.batch import FilePlan
from pipeline.engine import local, on_dask, sizing
from pipeline.engine.ordered import Engine
from pipeline.engine.spool import Spool
from pipeline.flow import Setting
from pipeline.frames import Array

DASK = "dask"
_FILES = 24  # of a table of the ledger that tasks write in one run at most: else one writer's are fewer
MEMORY = 2 << 30  # bytes, unless told otherwise


class Means(NamedTuple):
    """What a job may use: an engine, memory (bytes), tasks at a time (None: as many as cores), a folder for waiting.

    ``scheduler`` is the address of a cluster, of which every worker sees the folder ``scratch``.
    """

    engine: str = "local"
    scheduler: str | None = None
    memory: int = MEMORY
    jobs: int | None = None
    scratch: str | None = None


class NoScratch(ValueError):
    """A folder in which nothing can wait: one line."""


def scratch_of(means: Means) -> str | None:
    """The folder below which what is too large for memory waits; None for the system's own."""
    if means.scratch is not None and not (os.path.isdir(means.scratch) and os.access(means.scratch, os.W_OK)):  # noqa: PTH112  no error for a name too long
        raise NoScratch(f"--scratch {means.scratch}: not a folder that can be written to")
    return means.scratch and os.path.realpath(means.scratch)


@contextlib.contextmanager
def setting(means: Means, plans: list[FilePlan], remembered: tuple[Array, int], scratch: str) -> Iterator[Setting]:
    """Where and how a job is done: in memory where it fits in what is given, else in files of the scratch folder.

    ``remembered`` are the orders of some of the open items of the ledger, and how many items these are.
    """
    known, items = remembered
    need, waits, jobs = sizing.need(plans, items), sizing.waits(plans, items), means.jobs or pa.cpu_count()
    with contextlib.ExitStack() as stack:
        engine: Engine = local.Local(jobs)
        if means.engine == DASK:
            dask = stack.enter_context(on_dask.Dask.started(means.scheduler, jobs))
            engine, jobs = dask, dask.threads
        far = means.engine == DASK or not sizing.near(waits, means.memory)
        number = sizing.number(need, 0 if far else waits, means.memory, jobs)
        apart = means.engine == DASK or (not far and 1 < number <= _FILES)
        attempt = uuid.uuid4().hex if apart else ""
        yield Setting(
            engine, sizing.buckets(plans, known, number), Spool(scratch if far else None, means.memory), attempt
        )
