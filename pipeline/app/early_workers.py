"""Worker processes started before the command loads what it needs itself, so that they are ready when it is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

DASK = "dask"
TASK_MODULES = ("pipeline.passes.audit_pass", "pipeline.passes.bucket_task")  # what workers import first


def start_early_workers(paths: Sequence[str], options: Mapping[str, Any]) -> None:
    """Where the files are large, the workers that the job is going to use are started."""
    if options.get("engine") != DASK:
        from pipeline.utils.worker_process import start_early

        start_early(paths, options["jobs"] or os.cpu_count() or 1, options["memory"], TASK_MODULES)
