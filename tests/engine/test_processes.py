"""The engine of processes: one part at a time is done by the caller, workers that die or cannot start cost no part."""

import functools
import os
import pathlib
import subprocess
import sys
import threading

import pytest

from pipeline.app import resources
from pipeline.engine.processes import ProcessEngine
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils import worker_process
from pipeline.utils.private_files import private_files
from tests.conftest import ROOT
from tests.engine import tasks

DOUBLES = [2 * number for number in range(9)]


def test_one_process_is_the_callers_and_the_others_end_with_the_engine():
    with ProcessEngine.start(3) as engine:
        pids = set(engine.map_tasks(tasks.process, range(60)))
        assert os.getpid() in pids
        workers = pids - {os.getpid()}
        assert len(workers) == 2
    assert not [pid for pid in workers if pathlib.Path(f"/proc/{pid}").exists()]


def test_the_part_of_a_killed_worker_is_done_again(caplog):
    with ProcessEngine.start(2) as engine:
        task = functools.partial(tasks.deadly_elsewhere, os.getpid())
        assert engine.map_tasks(task, range(40)) == [2 * number for number in range(40)]
        assert engine.map_tasks(tasks.double, range(9)) == DOUBLES
    assert [record.message for record in caplog.records if record.name == "feedwarden"] == [
        "a worker process ended (status -9); what it was doing is done again"
    ]


def test_workers_start_early_for_large_files_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(worker_process, "_MIN_INPUT_BYTES", 1000)
    (tmp_path / "small.txt").write_bytes(b"x" * 999)
    worker_process.start_early([str(tmp_path), "nowhere"], 3, 1 << 31, ())
    worker_process.start_early([str(tmp_path)], 1, 1 << 31, ())
    assert worker_process._started_early == []
    (tmp_path / "packed.gz").write_bytes(b"x")
    worker_process.start_early([str(tmp_path)], 3, 1 << 30, ())
    assert worker_process._started_early == []
    worker_process.start_early([str(tmp_path)], 3, 1 << 31, ())
    early = [worker.process.pid for worker in worker_process._started_early]
    with ProcessEngine.start(2) as engine:
        assert set(engine.map_tasks(tasks.process, range(60))) < {os.getpid(), *early}
    assert len(early) == 2
    assert worker_process._started_early == []
    assert not [pid for pid in early if pathlib.Path(f"/proc/{pid}").exists()]


def test_workers_start_late_for_many_open_items():
    plenty, limit = resources.Resources(jobs=2), worker_process._MIN_INPUT_BYTES
    for item_count, is_many in ((limit // resources._ITEM_FILE_BYTES - 1, False), (limit, True)):
        with resources.start_workers(plenty, resources.weigh_items(item_count)) as started:
            assert bool(started.processes) == is_many
            assert (started.memory < plenty.memory) == is_many
            with resources.start_workers(started, resources.weigh_items(limit)) as again:
                assert again.processes is started.processes or not is_many
            for given in (plenty._replace(jobs=1), plenty._replace(engine="dask")):
                with resources.start_workers(given, resources.weigh_items(limit)) as alone:
                    assert alone == given


def test_files_of_a_part_that_is_done_again_are_written_again(tmp_path):
    for text in (b"half", b"the whole"):
        with OutputFolder(tmp_path, replaces=True).create_file("reports/orders.tsv") as output:
            output.write(text)
    assert (tmp_path / "reports/orders.tsv").read_bytes() == b"the whole"
    with pytest.raises(FileExistsError), OutputFolder(tmp_path).create_file("reports/orders.tsv"):
        pass


def test_files_have_the_mode_that_the_caller_would_give_them(tmp_path):
    with ProcessEngine.start(2) as engine, private_files(public=False):
        made = engine.map_tasks(functools.partial(tasks.make_file, str(tmp_path)), range(20))
    assert len(set(made)) == 2
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_workers_that_cannot_start_are_done_without(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with ProcessEngine.start(3) as engine:
        assert engine.map_tasks(tasks.process, range(3)) == [os.getpid()] * 3


def test_an_error_that_cannot_travel_is_told_by_its_words():
    with ProcessEngine.start(2) as engine, pytest.raises((RuntimeError, tasks.Untold), match="nobody is told"):
        engine.map_tasks(tasks.fail_untold, range(9))


def test_a_worker_inherits_no_file_of_the_caller(tmp_path):
    with (tmp_path / "held").open("w", encoding="ascii"), ProcessEngine.start(2) as engine:
        opened = engine.map_tasks(tasks.list_open_files, range(60))
    (elsewhere,) = {files for pid, files in opened if pid != os.getpid()}
    assert str(tmp_path / "held") not in elsewhere


def test_a_worker_ends_with_a_caller_that_is_killed():
    code = "import os; from tests.engine import tasks; from pipeline.engine.processes import ProcessEngine\n"
    code += "with ProcessEngine.start(2) as engine: print(*engine.map_tasks(tasks.process, range(60)), flush=True); "
    code += "os.kill(os.getpid(), 9)"
    told = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=ROOT)
    assert told.returncode == -9
    ended = threading.Event()
    for _ in range(1000):
        if not [pid for pid in set(told.stdout.split()) if pathlib.Path(f"/proc/{pid}").exists()]:
            return
        ended.wait(0.01)
    pytest.fail("a worker lives on")
