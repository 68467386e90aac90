"""A Dask cluster of processes of this machine, as whoever starts it sees it.

The program may start it before it loads anything else, so this module imports nothing that takes time.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from pipeline.utils.scratch_folder import scratch_folder

_SILENT_LEVEL = logging.CRITICAL + 1
_WORKER_LOG_LEVELS = repr(
    dict.fromkeys(("distributed", "distributed.client", "distributed.gc", "tornado"), _SILENT_LEVEL)
)
_SILENCED = ("asyncio", "distributed", "tornado")
_CONFIGURATION = {
    "distributed.nanny.pre-spawn-environ": {  # of this process too, while a worker starts: nothing that matters to it
        "DASK_LOGGING": _WORKER_LOG_LEVELS
    },
    "distributed.worker.profile.enabled": False,  # looking at every task all the time takes a twentieth
}
_CLUSTER_OPTIONS = {
    "threads_per_worker": 1,
    "processes": True,
    "host": "127.0.0.1",
    "dashboard_address": "127.0.0.1:0",
    "memory_limit": None,
    "preload": ["pipeline.utils.cluster_worker"],
    "silence_logs": _SILENT_LEVEL,
}
_INTERRUPTS = [getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)]
_started_early: list[EarlyCluster] = []  # that nobody has taken yet


@contextlib.contextmanager
def start_cluster(processes: int, modules: Sequence[str]) -> Iterator[Any]:
    """A cluster of so many processes, which have imported the modules, and end with this, with what they wrote.

    ImportError where Dask is not installed, RuntimeError where a process ends while it starts.
    """
    import dask
    import distributed

    silence_loggers()
    _stop_garbage_diagnosis(distributed.gc)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        stack.enter_context(dask.config.set({"temporary-directory": folder, **_CONFIGURATION}))
        with _block_interrupts():
            _start_resource_tracker()
        with _block_interrupts():  # in the threads that start workers, and so in these
            options = {**_CLUSTER_OPTIONS, "n_workers": processes, "preload_argv": [list(modules)]}
            cluster = stack.enter_context(distributed.LocalCluster(**options))
        stack.callback(_kill_workers, cluster)
        yield cluster


def _stop_garbage_diagnosis(dask_gc: Any) -> None:
    """Dask is not called when Python looks for garbage: an interrupt that comes then would be lost, in a traceback."""
    dask_gc.enable_gc_diagnosis()
    with contextlib.suppress(ValueError):  # done before
        gc.callbacks.remove(dask_gc._gc_diagnosis._gc_callback)  # noqa: SLF001  it can be stopped in no other way


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
    """Threads and processes that are started meanwhile get no interrupt: these are for the run, which ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # not a POSIX system
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class EarlyCluster(NamedTuple):
    """A cluster of so many processes that a thread starts, and what ends it."""

    processes: int
    cluster: Future[Any]
    stack: contextlib.ExitStack

    def end(self) -> None:
        """It ends, once it has started."""
        wait([self.cluster])
        self.stack.close()


@contextlib.contextmanager
def start_early(processes: int, modules: Sequence[str]) -> Iterator[None]:
    """A cluster starts meanwhile, for the first that takes one; it ends with this at the latest."""
    with contextlib.suppress(ImportError):  # who takes a cluster says what is missing
        import distributed  # noqa: F401  here: a thread that imports it beside others may find halves of modules
    with ThreadPoolExecutor(1) as starter:
        stack = contextlib.ExitStack()
        cluster = starter.submit(stack.enter_context, start_cluster(processes, modules))
        _started_early.append(early := EarlyCluster(processes, cluster, stack))
        try:
            yield
        finally:
            _started_early.clear()
            early.end()


@contextlib.contextmanager
def take_cluster(processes: int, modules: Sequence[str]) -> Iterator[Any]:
    """The cluster that was started early, if it has so many processes, or else a new one; it ends with this."""
    early = _started_early.pop() if _started_early else None
    if early and early.processes == processes:
        cluster = early.cluster.result()
        with early.stack:
            yield cluster
        return
    if early:
        early.end()  # before another one starts: Dask's settings, the folder among them, are of the whole process
    with start_cluster(processes, modules) as cluster:
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
