"""What a job may use, and what follows from it: where it is done, in how many buckets, what waits on the disk."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.batch import FilePlan
from pipeline.engine import local, sizing
from pipeline.engine.spool import Spool
from pipeline.flow import Setting
from pipeline.frames import Array

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


@contextlib.contextmanager
def setting(means: Means, plans: list[FilePlan], remembered: tuple[Array, int], scratch: str) -> Iterator[Setting]:
    """Where and how a job is done: in memory where it fits in what is given, else in files of the scratch folder.

    ``remembered`` are the orders of some of the open items of the ledger, and how many items these are.
    """
    known, items = remembered
    need = sizing.need(plans, items)
    jobs = means.jobs or os.cpu_count() or 1
    number = sizing.number(need, means.memory, jobs)
    spool = Spool(scratch if need > means.memory else None)
    yield Setting(local.Local(jobs), sizing.buckets(plans, known, number), spool)
