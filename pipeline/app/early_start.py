"""What a job does before its own modules are loaded, because it takes longest."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

DASK = "dask"
TASK_MODULES = ("pipeline.passes.audit_pass", "pipeline.passes.bucket_task")  # what workers import first
_SLOW_LIBRARIES = ("numpy.ma", "fsspec", "pandas", "pyarrow.compute", "pandera.pandas")  # of those that every job needs


def prepare_process(paths: Sequence[str], options: Mapping[str, Any]) -> None:
    """Where the files are large, the workers that the job is going to use are started; then the libraries are loaded.

    Loaded by modules that load each other, they took a twentieth of a small run more: where a call leaves the piece of
    stack that Python 3.11 has, Python asks the system for another one, and gives it back when the call returns.
    """
    if options.get("engine") != DASK:
        from pipeline.utils.worker_process import start_early

        start_early(paths, options["jobs"] or os.cpu_count() or 1, options["memory"], TASK_MODULES)
    for library in _SLOW_LIBRARIES:
        importlib.import_module(library)
