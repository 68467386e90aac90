"""A Dask cluster of processes of this machine, as whoever starts it sees it.

The program may start it before it loads anything else, so this module imports nothing that takes time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.utils.scratch_folder import scratch_folder

_SILENT_LEVEL = logging.CRITICAL + 1
_WORKER_LOG_LEVELS = repr(
    dict.fromkeys(("distributed", "distributed.client", "distributed.gc", "tornado"), _SILENT_LEVEL)
)
_SILENCED = ("asyncio", "distributed", "tornado")
_CONFIGURATION = {
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING": _WORKER_LOG_LEVELS,
    "distributed.worker.profile.enabled": False,  # looking at every task all the time takes a twentieth
}
_CLUSTER_OPTIONS = {
    "n_workers": 0,
    "threads_per_worker": 1,
    "processes": True,
    "host": "127.0.0.1",
    "dashboard_address": "127.0.0.1:0",
    "memory_limit": None,
    "preload": ["pipeline.utils.cluster_worker"],
    "silence_logs": _SILENT_LEVEL,
}
_started_early: list[tuple[Any, contextlib.ExitStack]] = []  # a cluster that nobody has taken yet, and what ends it


@contextlib.contextmanager
def start_cluster(processes: int, modules: Sequence[str]) -> Iterator[Any]:
    """A cluster of so many processes, which start and import the modules while the caller goes on.

    They end with this, at once, and what they wrote goes with them. ImportError where Dask is not installed.
    """
    import dask
    import distributed

    silence_loggers()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        stack.enter_context(dask.config.set({"temporary-directory": folder, **_CONFIGURATION}))
        _start_resource_tracker()
        with _block_interrupts():  # in the threads that start workers, and so in these
            options = {**_CLUSTER_OPTIONS, "preload_argv": [list(modules)]}
            cluster = stack.enter_context(distributed.LocalCluster(**options))
        distributed.gc.disable_gc_diagnosis()  # an interrupt that comes while Python calls it would be lost
        cluster.scale(processes)
        stack.callback(_kill_workers, cluster)
        yield cluster


def _start_resource_tracker() -> None:
    """Python's process that clears away semaphores runs, and says nothing of those that a killed worker leaves.

    Where it is started later, by a thread that starts a worker, it lets interrupts through to that thread.
    """
    from multiprocessing import resource_tracker

    sys.warnoptions.append("ignore")
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()


@contextlib.contextmanager
def _block_interrupts() -> Iterator[None]:
    """An interrupt waits meanwhile, and threads that are started never get one."""
    if not hasattr(signal, "pthread_sigmask"):  # not a POSIX system
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def start_early(processes: int, modules: Sequence[str]) -> Iterator[None]:
    """A cluster is started for the first that takes one; it ends with this at the latest."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError, OSError):  # who takes one says what is missing
            _started_early.append((stack.enter_context(start_cluster(processes, modules)), stack))
        try:
            yield
        finally:
            _started_early.clear()


@contextlib.contextmanager
def take_cluster(processes: int, modules: Sequence[str]) -> Iterator[Any]:
    """The cluster that was started early, or else a new one, of so many processes; it ends with this."""
    if _started_early:
        cluster, stack = _started_early.pop()
        cluster.scale(processes)
    else:
        stack = contextlib.ExitStack()
        cluster = stack.enter_context(start_cluster(processes, modules))
    with stack:
        yield cluster


def silence_loggers() -> None:
    """Dask's own log is kept off the terminal: what matters is raised."""
    for name in [name for name in logging.root.manager.loggerDict if name.split(".")[0] in _SILENCED]:
        logging.getLogger(name).setLevel(_SILENT_LEVEL)


def _kill_workers(cluster: Any) -> None:
    """The processes have nothing left to do, and one that is asked to end takes a third of a second."""
    for nanny in list(cluster.workers.values()):
        nanny.auto_restart = False
        with contextlib.suppress(OSError):
            if nanny.pid:
                os.kill(nanny.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
