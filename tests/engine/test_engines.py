"""All engines keep the same promise: every part once, results in order, bounded, an error at once."""

import contextlib
import datetime as dt
import functools
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest

from pipeline import policy
from pipeline.engine import threads
from pipeline.engine.dask_cluster import ClusterLostError, ClusterUnavailableError, DaskEngine
from pipeline.engine.processes import ProcessEngine
from pipeline.engine.threads import ThreadEngine
from pipeline.ingest import sources
from pipeline.model import account
from pipeline.model.run_context import RunContext
from pipeline.passes import split_pass
from pipeline.rules.catalogue import list_catalogue
from pipeline.utils import local_cluster
from schemas import types
from schemas.kinds import KINDS
from tests import tables
from tests.conftest import ROOT
from tests.engine import tasks

SLOW = pytest.mark.slow
MODULES = ("tests.engine.tasks",)
DOUBLES = [2 * number for number in range(9)]


@pytest.fixture(scope="module")
def dask():
    pytest.importorskip("distributed")
    with DaskEngine.connect(None, 2) as engine:
        yield engine


@pytest.fixture(scope="module")
def processes():
    with ProcessEngine.start(2) as engine:
        yield engine


@pytest.fixture(params=[1, 2, 5, "processes", pytest.param("dask", marks=SLOW)])
def engine(request):
    return ThreadEngine(request.param) if isinstance(request.param, int) else request.getfixturevalue(request.param)


def test_results_come_in_the_order_of_the_parts_and_are_told_in_it(engine):
    told = []
    assert engine.map_tasks(tasks.late, range(9), told.append) == told == DOUBLES
    assert engine.map_tasks(tasks.double, []) == []


def test_an_error_is_raised_at_once_and_the_others_are_not_begun(engine, tmp_path):
    told = []
    with pytest.raises(ValueError, match="1 is wrong"):
        engine.map_tasks(functools.partial(tasks.slow_or_wrong, str(tmp_path)), range(100), told.append)
    assert told in ([], [0])
    assert len(list(tmp_path.iterdir())) <= 12


def test_no_more_parts_are_drawn_than_are_worked_on(engine):
    drawn, ahead, told = [], [], []

    def parts():
        for number in range(40):
            drawn.append(number)
            yield number

    def done(result):
        told.append(result)
        ahead.append(len(drawn) - len(told))

    assert engine.map_tasks(tasks.double, parts(), done) == [2 * number for number in range(40)]
    assert max(ahead) <= 2 * getattr(engine, "jobs", 2)


def test_an_error_of_the_one_that_is_told_ends_it_too(engine):
    def done(result):
        raise ValueError(f"no {result}")

    with pytest.raises(ValueError, match="no 0"):
        engine.map_tasks(tasks.double, range(100), done)
    assert engine.map_tasks(tasks.double, range(9)) == DOUBLES


def test_one_job_needs_no_thread():
    assert set(ThreadEngine(1).map_tasks(lambda _: threading.get_ident(), range(5))) == {threading.get_ident()}
    assert threading.get_ident() not in ThreadEngine(2).map_tasks(lambda _: threading.get_ident(), range(5))
    assert threads.map_threads(tasks.double, range(9)) == DOUBLES


def test_a_cluster_of_its_own_works_and_leaves_nothing_behind(tmp_path, monkeypatch, capfd):
    pytest.importorskip("distributed")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with DaskEngine.connect(None, 2) as engine:
        pids = engine.map_tasks(tasks.process, range(6))
        assert engine.map_tasks(tasks.double, range(9)) == DOUBLES
    assert len(set(pids)) == 2
    assert os.getpid() not in pids
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_a_cluster_started_early_is_for_the_first_that_takes_one(tmp_path, monkeypatch, capfd):
    pytest.importorskip("distributed")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with local_cluster.start_early(2, MODULES):
        [early] = local_cluster._started_early
        with DaskEngine.connect(None, 2, MODULES) as engine:
            assert engine.client.cluster is early.cluster.result()
            assert engine.thread_count == 2
            assert engine.map_tasks(tasks.count_cores, range(4)) == [1] * 4
        assert early.cluster.result().status.name == "closed"
        with DaskEngine.connect(None, 1) as engine:
            assert engine.client.cluster is not early.cluster.result()
            assert engine.map_tasks(tasks.double, range(9)) == DOUBLES
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("taken", [0, 1])
def test_a_cluster_started_early_ends_where_nobody_can_use_it(tmp_path, monkeypatch, capfd, taken):
    pytest.importorskip("distributed")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with local_cluster.start_early(2, MODULES):
        [early] = local_cluster._started_early
        if taken:
            with DaskEngine.connect(None, 1) as engine:
                assert engine.thread_count == 1
    assert early.cluster.result().status.name == "closed"
    assert not local_cluster._started_early
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_a_process_that_ends_while_it_starts_is_told_in_a_line(tmp_path, monkeypatch, capfd):
    pytest.importorskip("distributed")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ends = pytest.raises(ClusterLostError, match="one of its 2 processes ended while it started; run it again")
    with local_cluster.start_early(2, ("tests.engine.ends",)), ends, DaskEngine.connect(None, 2):
        pass
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_workers_that_start_leave_the_cores_of_this_process_alone(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    seen = []
    with local_cluster.start_early(2, MODULES):
        while not local_cluster._started_early[0].cluster.done():
            seen.append(os.environ.get("OMP_NUM_THREADS"))
            time.sleep(0.001)
    assert set(seen) == {None}


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals to a group of processes")
@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.9, 1.2])
def test_an_interrupt_while_the_cluster_starts_is_told_in_a_line(tmp_path, seconds):
    pytest.importorskip("distributed")
    words = ("run", str(ROOT / "fixtures/runs"), "--engine", "dask", "--no-ledger", "--out", str(tmp_path / "out"))
    command = [sys.executable, "-m", "pipeline.cli", *words]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    options = {"cwd": ROOT, "env": {**os.environ, "TMPDIR": str(scratch)}, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, start_new_session=True, **options) as process:
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: the workers get it as well
        said = process.stderr.read()
    assert process.returncode == 130
    assert said == "feedwarden: interrupted, nothing was published; run it again\n"
    assert not list(scratch.iterdir())


@pytest.mark.slow
def test_a_part_whose_worker_is_killed_is_done_by_another(dask, tmp_path, capfd):
    assert dask.map_tasks(functools.partial(tasks.deadly_once, str(tmp_path)), range(9)) == DOUBLES
    assert (tmp_path / "begun-5").read_text(encoding="ascii") == "xx"
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_part_that_kills_every_worker_is_given_up(dask):
    with pytest.raises(ClusterLostError, match="every worker that started it died"):
        dask.map_tasks(tasks.deadly, range(2))
    assert dask.map_tasks(tasks.double, range(9)) == DOUBLES


def reach(address):
    with DaskEngine.connect(address, 1):
        pass


@contextlib.contextmanager
def started(until, *words):
    """A process that has said something with ``until`` in it, what it said, and its end."""
    command = [sys.executable, "-m", *words]
    spoken = {name: value for name, value in os.environ.items() if name != "DASK_LOGGING"}  # ours are told to be silent
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=spoken, **streams) as process:
        try:
            yield process, next(line for line in process.stdout if until in line)
        finally:
            process.kill()


@pytest.fixture
def scheduler(tmp_path, monkeypatch):
    """The process of a scheduler without workers, and its address."""
    pytest.importorskip("distributed")
    monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", str(tmp_path))
    words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with started("Scheduler at:", "distributed.cli.dask_scheduler", *words) as (process, said):
        yield process, said.split()[-1]


@pytest.fixture
def worker(scheduler, tmp_path):
    """A worker of that scheduler."""
    words = (scheduler[1], "--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path))
    with started("Registered to", "distributed.cli.dask_worker", *words) as told:
        yield told


@pytest.mark.slow
def test_a_cluster_without_workers_is_told_in_a_line(scheduler, monkeypatch):
    monkeypatch.setattr("pipeline.engine.dask_cluster._TIMEOUT_SECONDS", 1)
    with pytest.raises(ClusterUnavailableError, match="it has no workers; start some with: dask worker tcp://") as told:
        reach(scheduler[1])
    assert "\n" not in str(told.value)


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_a_cluster_is_joined_by_its_address_until_its_scheduler_is_gone(scheduler):
    process, address = scheduler
    with DaskEngine.connect(address, 1) as engine:
        assert engine.map_tasks(tasks.double, range(9)) == DOUBLES
        threading.Timer(0.5, process.kill).start()
        with pytest.raises(ClusterLostError, match="the scheduler is gone"):
            engine.map_tasks(tasks.process, range(1000))


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_workers_of_another_version_are_refused(scheduler, monkeypatch):
    monkeypatch.setattr("distributed.versions._version_cached", lambda package: f"another {package}")
    with pytest.raises(ClusterUnavailableError, match=r"feedwarden is .* on the scheduler and another feedwarden here"):
        reach(scheduler[1])


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "tls://127.0.0.1:9", "somewhere", "tcp://127.0.0.1", "ftp://a:1"]
)
def test_a_scheduler_that_is_not_there_is_told_in_a_line(address):
    pytest.importorskip("distributed")
    with pytest.raises(
        ClusterUnavailableError, match=rf"--scheduler {address}: no scheduler answers .*tcp://HOST:PORT"
    ) as told:
        reach(address)
    assert "\n" not in str(told.value)


def test_an_engine_that_is_not_installed_is_told_in_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterUnavailableError, match="not installed"):
        reach(None)


def there_and_back(thing):
    return pickle.loads(pickle.dumps(thing))  # noqa: S301  our own bytes


def test_what_a_task_needs_travels_between_processes():
    shared = [value for value in vars(types).values() if isinstance(value, types.CellType)]
    assert all(there_and_back(one) is one for one in shared)
    kinds = [*KINDS, *(kind.with_day_first_dates() for kind in KINDS)]
    assert there_and_back(kinds) == kinds
    assert all(there_and_back(rule) is rule for rule in list_catalogue())
    context = RunContext(dt.datetime(2026, 3, 10, tzinfo=dt.UTC), account.Account(), policy.load_policy("amazon"))
    assert there_and_back(context) == context
    given = sources.discover_sources((str(tables.FIXTURES / "runs/demo/input"),), "")
    planned = split_pass.plan_files(given, context).plans
    assert there_and_back(planned) == planned
