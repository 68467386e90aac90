"""What a killed run leaves in scratch is removed by the next start, and what a living one uses is not."""

import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.utils import scratch_folder
from tests.house import report, upload

KEEP = """
import sys, time
from pipeline.utils.scratch_folder import scratch_folder
with scratch_folder(sys.argv[1]) as folder:
    open(folder + "/unpacked.txt", "w").write("x")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", KEEP, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def left(folder):
    return sorted(path.name for path in folder.glob("feedwarden-*"))


def test_what_is_in_use_stays_and_what_is_not_goes(tmp_path, holder):
    (tmp_path / "feedwarden-notes").mkdir()
    (kept,) = set(left(tmp_path)) - {"feedwarden-notes"}
    with scratch_folder.scratch_folder(str(tmp_path)) as folder:
        assert {kept, "feedwarden-notes"} < set(left(tmp_path))
        holder.kill()
        holder.wait()
        scratch_folder.remove_abandoned(str(tmp_path))
        assert left(tmp_path) == sorted([folder.rpartition("/")[2], "feedwarden-notes"])
    assert left(tmp_path) == ["feedwarden-notes"]


def test_folders_of_runs_killed_before_they_were_marked_go(tmp_path):
    """Empty ones of our names, and those whose mark was not yet locked; a mark that is locked keeps its folder."""
    for name in ("feedwarden-a1b2c3d4", "feedwarden-_new_one", "feedwarden-12345678"):
        (tmp_path / name).mkdir()
    (tmp_path / "feedwarden-_new_one/.in-use.new").touch()
    (tmp_path / "feedwarden-12345678/own.txt").touch()
    with scratch_folder.scratch_folder(str(tmp_path)) as folder:
        scratch_folder.remove_abandoned(str(tmp_path))
        assert left(tmp_path) == sorted([folder.rpartition("/")[2], "feedwarden-12345678"])


def test_a_folder_that_another_run_took_for_abandoned_is_made_again(tmp_path, monkeypatch):
    mark_folder, taken = scratch_folder._mark_folder, []

    def take_first(folder):
        if not taken:
            taken.append(folder)
            scratch_folder.remove_abandoned(str(tmp_path))
        return mark_folder(folder)

    monkeypatch.setattr(scratch_folder, "_mark_folder", take_first)
    with scratch_folder.scratch_folder(str(tmp_path)) as folder:
        assert taken != [folder]
        assert left(tmp_path) == [folder.rpartition("/")[2]]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_hangup_clears_what_is_open(tmp_path, number):
    code = "from pipeline.app.console import run_as_process\nimport sys\nsys.argv = ['x', sys.argv[1]]\n"
    code += f"def main():\n    exec({KEEP!r}, globals())\nrun_as_process(main)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    process.stdout.readline()
    process.send_signal(number)
    process.wait(60)
    process.stdout.close()
    assert left(tmp_path) == []


def test_the_next_run_removes_it(tmp_path, holder):
    (tmp_path / "in").mkdir()
    report(tmp_path / "in/unshipped.txt", 1)
    holder.kill()
    holder.wait()
    assert left(tmp_path)
    words = ["run", str(tmp_path / "in"), "--no-ledger", "--scratch", str(tmp_path), "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(cli.main, [*words, "--as-of", "2026-03-10T07:00:00Z"]).exit_code == 0
    assert left(tmp_path) == []


def test_no_control_character_of_a_file_name_is_written(tmp_path):
    (tmp_path / "in").mkdir()
    upload(tmp_path / "in/\x1b[2J\u202e\x07\x7f\t\n\r.txt", (1, "1", "T1"))
    words = ["run", str(tmp_path / "in"), "--no-ledger", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(cli.main, [*words, "--as-of", "2026-03-10T07:00:00Z"]).exit_code == 1
    for path in (tmp_path / "out").rglob("*"):
        assert path.name.isprintable()
        if path.suffix in (".tsv", ".txt", ".json"):
            text = path.read_text("utf-8")
            assert all(line.replace("\t", "").isprintable() for line in text.split("\n")), path
