"""What a worker process does: the parts that the process that started it sends, until that one is done or gone.

Its standard input is what it lives by: where the other end is closed, for whatever reason, it ends at once.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from pipeline.utils import garbage


def main(descriptor: int) -> None:
    """The modules that come first are imported, and parts done, each with the task that came last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the run, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    connection, task = Connection(descriptor), _no_task
    with contextlib.suppress(EOFError, OSError):
        prepare_worker(pickle.loads(connection.recv_bytes()))  # noqa: S301  from the process that started it
        while True:
            pickled_task, umask, part = pickle.loads(connection.recv_bytes())  # noqa: S301
            if pickled_task:
                os.umask(umask)
                task = pickle.loads(pickled_task)  # noqa: S301
            connection.send_bytes(_do_part(task, part))


def prepare_worker(modules: Sequence[str]) -> None:
    """What tasks need is loaded while the run still loads itself; each worker keeps to one core."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    garbage.collect_after_loading()
    for name in modules:
        importlib.import_module(name)
    garbage.collect_rarely()


def _end_with_parent() -> None:
    """The process ends once nobody can write to its standard input any more."""
    os.read(0, 1)
    os._exit(0)


def _no_task(_part: object) -> None:
    message = "a part comes with or after its task"
    raise AssertionError(message)


def _do_part(task: Callable[[Any], Any], part: Any) -> bytes:
    """Whether the part was done, and what came of it or the exception, pickled."""
    try:
        return pickle.dumps((True, task(part)))
    except Exception as error:  # noqa: BLE001  it is raised by the process that asked
        try:
            return pickle.dumps((False, error))
        except Exception:  # noqa: BLE001  whatever keeps it from travelling
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
