"""The passes on many machines, or in many processes of one: tasks go to the workers of a Dask cluster.

What a task needs and what it says travel between processes; the tables lie in a folder that all of them see. A task
whose worker dies is done again by another, so it must leave the same behind however often it is begun.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.engine import ordered

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2  # parts a worker's thread: one under way, and one that is there when it is done
_WAIT = 5  # seconds for a scheduler to answer, and for a worker to be there
_ALIKE = ("python", "feedwarden", "dask", "distributed", "cloudpickle", "numpy", "pandas", "pyarrow", "deltalake")
_ADDRESS = re.compile(r"(?:(?P<scheme>tcp|tls)://)?(?P<host>[^\s/]+):(?P<port>[0-9]{1,5})")
_SILENT = logging.CRITICAL + 1
_DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"  # an interrupt is for the run, which ends them
_QUIET = repr(dict.fromkeys(("distributed", "distributed.client", "distributed.gc", "tornado"), _SILENT))  # a worker's


class NoCluster(ValueError):
    """There is no cluster to work on: one line that says why and what next."""


class ClusterLost(RuntimeError):
    """The cluster went away in the middle: one line."""


@dataclass(frozen=True)
class Dask:
    """The engine of a cluster, for as long as the client is connected."""

    client: Any

    @classmethod
    @contextlib.contextmanager
    def started(cls, scheduler: str | None, jobs: int, memory: int | None = None) -> Iterator[Dask]:
        """The engine of the cluster at that address, or else of one of so many processes, which ends with it.

        A process of its own that comes near to ``memory`` bytes is ended and begun anew. NoCluster where there is none.
        """
        try:
            import distributed
        except ImportError as absent:
            raise NoCluster(
                "the engine dask is not installed; in feedwarden's own folder: pip install '.[dask]'"
            ) from absent
        _silence()
        with contextlib.ExitStack() as stack:
            address = scheduler or stack.enter_context(_own(distributed, jobs, memory))
            client = stack.enter_context(_joined(distributed, address))
            if scheduler:
                _usable(client, scheduler)
            yield cls(client)

    @property
    def threads(self) -> int:
        """How many tasks the workers do at a time."""
        return max(sum(self.client.nthreads().values()), 1)

    def each(self, work: Callable[[T], R], parts: Iterable[T], done: Callable[[R], None] = ordered.untold) -> list[R]:
        """What ``Engine`` says of it; work is a function of a module, or a partial of one, and it and parts pickle."""
        from distributed import KilledWorker

        pool = self.client.get_executor(pure=False)
        try:
            return ordered.each(pool, work, parts, done, _AHEAD * self.threads)
        except KilledWorker as killed:
            raise ClusterLost(
                "a part of the run was given up, every worker that began it has died; give workers more memory"
            ) from killed
        except CancelledError as lost:
            raise ClusterLost("the scheduler is gone; start it, and run again") from lost


@contextlib.contextmanager
def _own(distributed: Any, jobs: int, memory: int | None) -> Iterator[Any]:
    """A cluster of processes on this machine; what it writes goes with it."""
    import dask

    with (
        tempfile.TemporaryDirectory(prefix="feedwarden-dask-", ignore_cleanup_errors=True) as folder,
        dask.config.set({"temporary-directory": folder, "distributed.nanny.pre-spawn-environ.DASK_LOGGING": _QUIET}),
        distributed.LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=memory,
            preload=_DEAF,
            silence_logs=_SILENT,
        ) as cluster,
    ):
        yield cluster


@contextlib.contextmanager
def _joined(distributed: Any, address: Any) -> Iterator[Any]:
    """A client of the cluster."""
    try:
        if isinstance(address, str):
            _reached(address)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)  # _usable says it in a line
            client = distributed.Client(address, timeout=_WAIT, set_as_default=False)
    except (OSError, ValueError, ImportError, OverflowError) as trouble:
        raise NoCluster(
            f"--scheduler {address}: no scheduler answers ({_line(trouble)}); start one, and name it as tcp://HOST:PORT"
        ) from trouble
    with client:
        yield client


def _reached(address: str) -> None:
    """Raises OSError or ValueError where no scheduler listens: a client would wait for ever for one that says nothing.

    A scheduler speaks first, unless what is said is encrypted.
    """
    if not (found := _ADDRESS.fullmatch(address)):
        raise ValueError("that is no address")
    with socket.create_connection((found["host"].strip("[]"), int(found["port"])), _WAIT) as line:
        if found["scheme"] != "tls" and not line.recv(1):
            raise OSError("something else listens there")


def _usable(client: Any, address: str) -> None:
    """Raises NoCluster where the cluster has no worker, or one that would work otherwise than this process."""
    try:
        client.wait_for_workers(1, timeout=_WAIT)
    except TimeoutError as none:
        raise NoCluster(f"--scheduler {address}: no worker is there; start some with: dask worker {address}") from none
    told = client.get_versions(packages=_ALIKE[1:])
    here = told["client"]["packages"]
    for name, there in {"the scheduler": told["scheduler"], **told["workers"]}.items():
        for package in _ALIKE:
            one, other = here.get(package), there["packages"].get(package)
            if one != other:
                raise NoCluster(
                    f"--scheduler {address}: {package} is {other} on {name} and {one} here; "
                    f"install the same requirements.lock on every machine"
                )


def _silence() -> None:
    """Nothing that Dask has to say is for the terminal: what matters is raised."""
    for name in [name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("distributed", "tornado")]:
        logging.getLogger(name).setLevel(_SILENT)


def _line(trouble: BaseException) -> str:
    return " ".join(str(trouble).split())[:200] or type(trouble).__name__
