"""Law 2 over engines: one night of a made-up seller, on any engine, with any memory, is the same to the byte."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import DATA_TABLES
from pipeline.utils import arrow

pytestmark = pytest.mark.slow
SMALL = ("--memory", "1MiB")
WAYS = {
    "one job": ("--jobs", "1"),
    "two jobs": ("--jobs", "2"),
    "one job, little memory": ("--jobs", "1", *SMALL),
    "two jobs, little memory": ("--jobs", "2", *SMALL),
    "three jobs, some memory": ("--jobs", "3", "--memory", "4MiB"),
    "two processes": ("processes", "--jobs", "2", "--memory", "2GiB"),
    "three processes, little memory": ("processes", "--jobs", "3", *SMALL),
    "dask, one worker": ("--engine", "dask", "--jobs", "1", *SMALL),
    "dask, two workers": ("--engine", "dask", "--jobs", "2", *SMALL),
    "dask, much memory": ("--engine", "dask", "--jobs", "2", "--memory", "2GiB"),
    "dask, four workers": ("--engine", "dask", "--jobs", "4", "--memory", "4MiB"),
}


def feedwarden(*words):
    return [sys.executable, "-m", "pipeline.cli", *map(str, words)]


PROCESSES = """
import sys
from pipeline.utils import worker_process
worker_process._MIN_INPUT_BYTES = worker_process._MIN_MEMORY_BYTES = worker_process._PROGRAM_BYTES = 0
sys.argv[0] = "feedwarden"
from pipeline.cli import program
program()
"""  # a run in processes, however small its files are


def in_processes(words):
    """The words of a run that is done in processes."""
    return [sys.executable, "-c", PROCESSES, *words[3:]]


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def held(folder):
    """All that a ledger holds."""
    ledger = LedgerSnapshot(str(folder))
    return {
        t.name: sorted(map(repr, arrow.to_table(ledger.read_rows(t), t.schema.names).to_pylist())) for t in DATA_TABLES
    }


class Seller:
    """A seller's second night behind a first one, to be judged again and again."""

    def __init__(self, home):
        self.home = home
        words = ("--orders", 2500, "--nights", 2, "--seed", 11, "--dirty", "5%", "--marketplaces", "US,JP")
        subprocess.run(feedwarden("simulate", *words, "--out", home / "seller"), check=True, capture_output=True)
        told = (home / "seller" / "nights.tsv").read_text("utf-8").splitlines()[1:]
        self.nights = [line.split("\t")[:2] for line in told]
        self.run(self.words(0, "first", "ledger"))
        self.count = 0

    def words(self, night, out, ledger, *more):
        folder, as_of = self.nights[night]
        where = ("--out", self.home / out, "--ledger", self.home / ledger)
        return feedwarden("run", self.home / "seller" / folder, "--as-of", as_of, *where, "-q", *more)

    def run(self, words):
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        assert not done.stderr

    def second(self, *more):
        """The words of another second night, its output and its ledger."""
        self.count += 1
        out, ledger = f"out-{self.count}", f"ledger-{self.count}"
        shutil.copytree(self.home / "ledger", self.home / ledger)
        return self.words(1, out, ledger, *more), self.home / out, self.home / ledger


@pytest.fixture(scope="module")
def seller(tmp_path_factory):
    return Seller(tmp_path_factory.mktemp("law-two"))


@pytest.fixture(scope="module")
def expected(seller):
    """What the night writes and remembers where one job judges all orders at once."""
    words, out, ledger = seller.second("--jobs", "1")
    seller.run(words)
    return content(out), held(ledger)


@pytest.mark.parametrize("way", WAYS)
def test_no_engine_and_no_memory_shows(way, seller, expected):
    if "dask" in way:
        pytest.importorskip("distributed")
    words, out, ledger = seller.second(*(word for word in WAYS[way] if word != "processes"))
    seller.run(in_processes(words) if "processes" in way else words)
    same(out, ledger, expected)


def same(out, ledger, expected):
    told = content(out)
    assert [path for path in told | expected[0] if told.get(path) != expected[0].get(path)] == []
    assert held(ledger) == expected[1]


def test_an_audit_in_processes_is_the_same(seller):
    folder, as_of = seller.nights[1]
    outs = [seller.home / "audit-one", seller.home / "audit-processes"]
    for out, jobs in zip(outs, "13", strict=True):
        given = ("--as-of", as_of, "--out", out, "-q", "--jobs", jobs, "--memory", "64MiB")
        words = feedwarden("audit", seller.home / "seller" / folder, *given)
        seller.run(words if jobs == "1" else in_processes(words))
    assert content(outs[0]) == content(outs[1])


@pytest.mark.parametrize("begun", ["split-*-rows.arrow", "bucket-*.arrow"])
def test_a_worker_killed_in_the_middle_does_not_show(begun, seller, expected, tmp_path):
    distributed = pytest.importorskip("distributed")
    (tmp_path / "scratch").mkdir()
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        silence_logs=60,
        local_directory=str(tmp_path),
    ) as cluster:
        more = ("--engine", "dask", "--scheduler", cluster.scheduler_address, "--scratch", tmp_path / "scratch")
        words, out, ledger = seller.second(*more, *SMALL)
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            while not list((tmp_path / "scratch").rglob(begun)):
                assert running.poll() is None, running.communicate()
                time.sleep(0.005)
            os.kill(cluster.workers[0].pid, signal.SIGKILL)
            printed, trouble = running.communicate()
    assert (running.returncode in (0, 1), trouble) == (True, ""), printed
    same(out, ledger, expected)
    assert not list((tmp_path / "scratch").iterdir())


@pytest.fixture(params=["split-*-rows.arrow"])
def running(request, seller, tmp_path):
    """A run in two processes that is on its way, the pid of its worker, and where its output and ledger will be."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    words, out, ledger = seller.second("--jobs", "2", *SMALL, "--scratch", scratch)
    with subprocess.Popen(in_processes(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            while not list(scratch.rglob(request.param)):
                assert process.poll() is None, process.communicate()
                time.sleep(0.005)
            (worker,) = children(process.pid)
            yield process, worker, out, ledger
        finally:
            process.kill()


def children(pid):
    found = [task.joinpath("children").read_text("ascii").split() for task in Path(f"/proc/{pid}/task").iterdir()]
    return [int(child) for pids in found for child in pids]


def is_gone(pid):
    """Whether the process ends within a while."""
    ends_at = time.monotonic() + 20
    while Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text("ascii").split()[2] != "Z":
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("running", ["split-*-rows.arrow", "bucket-*.arrow"], indirect=True)
def test_a_killed_worker_process_does_not_show(running, expected, tmp_path):
    process, worker, out, ledger = running
    os.kill(worker, signal.SIGKILL)
    printed, trouble = process.communicate()
    assert process.returncode in (0, 1), printed
    assert trouble == ""
    same(out, ledger, expected)
    assert not list((tmp_path / "scratch").iterdir())


def test_no_worker_outlives_a_killed_run(running, seller, expected, tmp_path):
    process, worker, _, _ = running
    process.kill()
    assert is_gone(worker)
    words, out, ledger = seller.second("--jobs", "2", *SMALL, "--scratch", tmp_path / "scratch")
    seller.run(in_processes(words))
    same(out, ledger, expected)
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_an_interrupt_ends_the_workers_too(number, status, running, tmp_path):
    process, worker, out, _ = running
    process.send_signal(getattr(signal, number))
    printed, trouble = process.communicate(timeout=60)
    assert (process.returncode, printed) == (status, "")
    assert trouble == "feedwarden: interrupted, nothing was published; run it again\n"
    assert is_gone(worker)
    assert not out.exists()
    assert not list((tmp_path / "scratch").iterdir())
