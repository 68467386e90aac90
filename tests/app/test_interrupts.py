"""An interrupt at whatever moment: one line, its own status, and nothing is published; or it comes too late."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from tests.house import NIGHTS

DEMO = str(ROOT / "fixtures/runs/demo/input")
LINE = "feedwarden: interrupted, nothing was published; run it again\n"
# The program as its script starts it; a signal comes when the function that is named is called, or a module loaded.
PROGRAM = """
import importlib, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it
number, place, words = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
sys.argv = ["feedwarden", *words]
module, _, name = place.partition(":")
def interrupt():
    os.kill(os.getpid(), number)
class Finder:
    def find_spec(self, fullname, path=None, target=None):
        if fullname == module:
            sys.meta_path.remove(self)
            interrupt()
        return None
if name:
    loaded = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        loaded = getattr(loaded, part)
    original = getattr(loaded, last)
    def call(*values, **named):
        interrupt()
        return original(*values, **named)
    setattr(loaded, last, call)
elif module:
    sys.meta_path.insert(0, Finder())
from pipeline.cli import program
program()
"""


def start(folder, number, place, *words):
    command = [sys.executable, "-c", PROGRAM, str(int(number)), place, *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(process):
    stdout, stderr = process.communicate(timeout=120)
    return process.returncode, stdout, stderr


RUN = ["run", DEMO, "--as-of", NIGHTS[2], "--out", "out"]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("pipeline.app.options", marks=pytest.mark.slow),  # while the program itself is loaded
        pytest.param("pandas", marks=pytest.mark.slow),
        pytest.param("pipeline.passes.split_pass", marks=pytest.mark.slow),
        pytest.param("pipeline.app.run_job:check_output", marks=pytest.mark.slow),  # before anything is read
        "pipeline.passes.split_pass:process_group",  # in a thread of pass one
        pytest.param("pipeline.passes.bucket_task:BucketTask.__call__", marks=pytest.mark.slow),
        pytest.param("pipeline.publish.page:write_page", marks=pytest.mark.slow),  # in publish
        pytest.param("pipeline.publish.writer:_write_tables", marks=pytest.mark.slow),
        pytest.param("pipeline.publish.files.atomic_replace:_sync_tree", marks=pytest.mark.slow),
    ],
)
def test_an_interrupt_publishes_nothing(tmp_path, place):
    status, stdout, stderr = end(start(tmp_path, signal.SIGINT, place, *RUN))
    assert (status, stdout, stderr) == (130, "", LINE)
    assert not (tmp_path / "out").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".out")]
    again = end(start(tmp_path, signal.SIGINT, "", *RUN))
    assert (again[0], (tmp_path / "out/manifest.json").is_file()) == (1, True)


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize(
    "place", ["pipeline.app.options", pytest.param("pipeline.publish.page:write_page", marks=pytest.mark.slow)]
)
def test_each_signal_has_its_status(tmp_path, name, status, place):
    words = [*RUN, "--no-ledger"]
    assert end(start(tmp_path, getattr(signal, name), place, *words)) == (status, "", LINE)


@pytest.mark.parametrize(
    "place",
    [
        "pipeline.publish.files.atomic_replace:_swap_folders",  # remembered, and about to be placed
        pytest.param("pipeline.app.run_job:log_parts", marks=pytest.mark.slow),  # placed
        pytest.param("pipeline.app.run_command:log_end", marks=pytest.mark.slow),  # printed
    ],
)
def test_what_comes_after_the_commit_comes_too_late(tmp_path, place):
    status, stdout, stderr = end(start(tmp_path, signal.SIGTERM, place, *RUN))
    assert (status, stderr) == (1, "")
    assert stdout.endswith("Page: out/report.html\n")
    assert (tmp_path / "out/manifest.json").is_file()


@pytest.mark.slow
def test_an_interrupt_that_a_library_swallows_still_ends_the_run(tmp_path):
    swallow = PROGRAM.replace(
        "        interrupt()\n        return original",
        "        try:\n            interrupt()\n        "
        "except KeyboardInterrupt:\n            pass\n        return original",
    )
    command = [sys.executable, "-c", swallow, "2", "pipeline.publish.page:write_page", *RUN]
    ended = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", LINE)
    assert not (tmp_path / "out").exists()


def test_an_interrupt_is_a_line_of_the_log(tmp_path):
    words = [*RUN, "--no-ledger", "--log-format", "json"]
    status, _, stderr = end(start(tmp_path, signal.SIGTERM, "pipeline.publish.page:write_page", *words))
    assert status == 143
    assert '"event": "error"' in stderr.splitlines()[-1]
    assert '"status": 143' in stderr.splitlines()[-1]


@pytest.mark.parametrize("words", [["rules"], ["audit", DEMO, "--out", "out"], ["ledger", "verify"]])
def test_other_commands_end_the_same_way(tmp_path, words):
    place = "pipeline.rules.catalogue" if words == ["rules"] else "pandas"
    assert end(start(tmp_path, signal.SIGINT, place, *words)) == (130, "", LINE)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.6, 0.9, 1.2, 1.6, 2.0, 2.5])
def test_at_any_time(tmp_path, seconds):
    process = start(tmp_path, signal.SIGINT, "", *RUN)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    status, _, stderr = end(process)
    assert (status, stderr) in [(130, LINE), (1, "")]
    assert (tmp_path / "out").exists() == (status == 1)
