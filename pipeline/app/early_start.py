"""What a job does before its own modules are loaded, because it takes longest."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DASK = "dask"
TASK_MODULES = ("pipeline.passes.audit_pass", "pipeline.passes.bucket_task")  # what workers import first
_SLOW_LIBRARIES = ("numpy.ma", "fsspec", "pandas", "pyarrow.compute", "pandera.pandas")  # of those that every job needs


@contextlib.contextmanager
def prepare_process(paths: Sequence[str], options: Mapping[str, Any]) -> Iterator[None]:
    """The workers that the job is going to use are started, where it needs any; then the libraries are loaded.

    Loaded by modules that load each other, they took a twentieth of a small run more: where a call leaves the piece of
    stack that Python 3.11 has, Python asks the system for another one, and gives it back when the call returns.
    """
    jobs = options["jobs"] or os.cpu_count() or 1
    with contextlib.ExitStack() as stack:
        if options.get("engine") != DASK:
            from pipeline.utils import worker_process

            worker_process.start_early(paths, jobs, options["memory"], TASK_MODULES)
        elif not options["scheduler"] and all(map(os.path.exists, paths)):  # else there may be nothing to do
            from pipeline.utils import local_cluster

            stack.enter_context(local_cluster.start_early(jobs, TASK_MODULES))
        for library in _SLOW_LIBRARIES:
            importlib.import_module(library)
        yield
