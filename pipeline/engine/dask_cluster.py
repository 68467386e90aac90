"""The passes on many machines, or in many processes of one: tasks go to the workers of a Dask cluster.

What a task needs and what it says travel between processes; the tables lie in a folder that all of them see. A task
whose worker dies is done again by another, so it must leave the same behind however often it is begun.
"""

from __future__ import annotations

import contextlib
import re
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.engine import executor
from pipeline.utils import local_cluster

T = TypeVar("T")
R = TypeVar("R")
_TIMEOUT_SECONDS = 5  # seconds for a scheduler to answer, and for a worker to be there
_COMPARED_PACKAGES = (
    "python",
    "feedwarden",
    "dask",
    "distributed",
    "cloudpickle",
    "numpy",
    "pandas",
    "pyarrow",
    "deltalake",
)
_ADDRESS_PATTERN = re.compile(r"(?:(?P<scheme>tcp|tls)://)?(?P<host>[^\s/]+):(?P<port>[0-9]{1,5})")


class ClusterUnavailableError(ValueError):
    """There is no cluster to work on: one line that says why and what next."""


class ClusterLostError(RuntimeError):
    """The cluster went away in the middle: one line."""


@dataclass(frozen=True)
class DaskEngine:
    """The engine of a cluster, for as long as the client is connected."""

    client: Any

    @classmethod
    @contextlib.contextmanager
    def connect(cls, scheduler: str | None, processes: int, modules: Sequence[str] = ()) -> Iterator[DaskEngine]:
        """The engine of the cluster at that address, or else of one of so many processes, which ends with it.

        Processes of its own import the modules as they start. ClusterUnavailableError or ClusterLostError without one.
        """
        try:
            import distributed
        except ImportError as error:
            raise ClusterUnavailableError(
                "the engine dask is not installed; in feedwarden's own folder: pip install '.[dask]'"
            ) from error
        local_cluster.silence_loggers()
        with contextlib.ExitStack() as stack:
            if scheduler:
                client = stack.enter_context(_connect_client(distributed, scheduler))
                _check_workers(client, scheduler)
            else:
                cluster = stack.enter_context(_start_processes(processes, modules))
                client = stack.enter_context(distributed.Client(cluster, set_as_default=False))
            yield cls(client)

    @property
    def thread_count(self) -> int:
        """How many tasks the workers do at a time."""
        return max(sum(self.client.nthreads().values()), 1)

    def map_tasks(
        self, task: Callable[[T], R], parts: Iterable[T], on_result: Callable[[R], None] = executor.ignore_result
    ) -> list[R]:
        """What ``Engine`` says of it; work is a function of a module, or a partial of one, and it and parts pickle."""
        from distributed import KilledWorker

        pool = self.client.get_executor(pure=False)
        try:
            return executor.map_in_order(pool, task, parts, on_result, executor.TASKS_PER_THREAD * self.thread_count)
        except KilledWorker as worker_error:
            raise ClusterLostError(
                "a task was given up because every worker that started it died; give workers more memory"
            ) from worker_error
        except CancelledError as cancel_error:
            raise ClusterLostError("the scheduler is gone; start it and run again") from cancel_error


@contextlib.contextmanager
def _start_processes(count: int, modules: Sequence[str]) -> Iterator[Any]:
    """A cluster of processes of this machine; ClusterLostError where one of them ends while it starts."""
    with contextlib.ExitStack() as stack:
        try:
            cluster = stack.enter_context(local_cluster.take_cluster(count, modules))
        except RuntimeError as error:
            raise ClusterLostError(
                f"--engine dask: one of its {count} processes ended while it started; run it again, with a lower "
                '--jobs where memory is short (a script of your own needs: if __name__ == "__main__")'
            ) from error
        yield cluster


@contextlib.contextmanager
def _connect_client(distributed: Any, address: str) -> Iterator[Any]:
    """A client of the cluster."""
    try:
        _check_reachable(address)
        with warnings.catch_warnings():  # _check_workers says it in a line
            warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
            client = distributed.Client(address, timeout=_TIMEOUT_SECONDS, set_as_default=False)
    except (OSError, ValueError, ImportError, OverflowError) as error:
        raise ClusterUnavailableError(
            f"--scheduler {address}: no scheduler answers ({_one_line(error)}); start one and name it as tcp://HOST:PORT"
        ) from error
    with client:
        yield client


def _check_reachable(address: str) -> None:
    """Raises OSError or ValueError where no scheduler listens: a client would wait for ever for one that says nothing.

    A scheduler speaks first, unless the connection is encrypted.
    """
    if not (match := _ADDRESS_PATTERN.fullmatch(address)):
        raise ValueError("not an address")
    with socket.create_connection((match["host"].strip("[]"), int(match["port"])), _TIMEOUT_SECONDS) as connection:
        if match["scheme"] != "tls" and not connection.recv(1):
            raise OSError("another program listens there")


def _check_workers(client: Any, address: str) -> None:
    """Raises ClusterUnavailableError where the cluster has no worker, or one of other versions than this process."""
    try:
        client.wait_for_workers(1, timeout=_TIMEOUT_SECONDS)
    except TimeoutError as error:
        raise ClusterUnavailableError(
            f"--scheduler {address}: it has no workers; start some with: dask worker {address}"
        ) from error
    versions = client.get_versions(packages=_COMPARED_PACKAGES[1:])
    local_packages = versions["client"]["packages"]
    for node_name, node in {"the scheduler": versions["scheduler"], **versions["workers"]}.items():
        for package in _COMPARED_PACKAGES:
            local_version, node_version = local_packages.get(package), node["packages"].get(package)
            if local_version != node_version:
                raise ClusterUnavailableError(
                    f"--scheduler {address}: {package} is {node_version} on {node_name} and {local_version} here; "
                    f"install the same requirements.lock on every machine"
                )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
