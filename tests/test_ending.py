"""How the program ends: what it says, the exit status, and what a job that could not be begun leaves behind."""

import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console, run_job
from tests import tables

DEMO = str(tables.FIXTURES / "runs/demo/input")


def run(*words):
    return CliRunner().invoke(cli.main, [*map(str, words)])


def test_the_exit_status_holds_whatever_threads_do_at_the_end():
    """A thread of Arrow's that outlives the interpreter aborts it now and then; here something always does."""
    ending = "import atexit, os, sys; atexit.register(os.abort); from pipeline import cli; sys.argv[1:] = {}; {}"
    project = tomllib.loads((tables.FIXTURES.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"]["feedwarden"] == "pipeline.cli:program"
    for words, status, told in [
        (["--version"], console.OK, "feedwarden, version"),
        (["rules", "X"], console.WRONG_USAGE, ""),
    ]:
        program = [sys.executable, "-c", ending.format(words, "cli.program()")]
        ended = subprocess.run(program, capture_output=True, text=True, check=False)
        assert ended.returncode == status
        assert told in ended.stdout
    assert ended.stderr == "feedwarden: 'X' is not the code of a rule; feedwarden rules lists them\n"


@pytest.mark.parametrize("verbose", [True, False])
def test_what_could_not_finish_ends_with_4_and_shows_where_when_asked(tmp_path, monkeypatch, verbose):
    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(run_job, "resolve_context", fail)
    told = run("run", DEMO, "--no-ledger", "--out", tmp_path / "out", *(["-v"] if verbose else []))
    assert told.exit_code == console.COULD_NOT_FINISH
    assert "nothing was published" in told.output
    assert ("Traceback" in told.output) == verbose


@pytest.mark.parametrize(
    "words", [["nowhere", "--out", "out"], [DEMO, "--out", "taken"], [DEMO, "--out", "out", "--account", "none.toml"]]
)
def test_a_job_that_cannot_be_begun_makes_no_ledger(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/mine.txt").write_text("mine", encoding="utf-8")
    told = run("run", *words)
    assert told.exit_code == console.WRONG_USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("given", ["2026-03-10", "2026-03-10T07:00", "20260310T07"])
def test_the_instant_proposed_is_one_that_is_taken(tmp_path, given):
    words = ["run", DEMO, "--no-ledger", "--dry-run", "-q", "--out", tmp_path / "out", "--as-of"]
    told = run(*words, given)
    assert told.exit_code == console.WRONG_USAGE
    proposed = told.output.rpartition("write for example ")[2].strip()
    assert run(*words, proposed).exit_code == console.SOME_REJECTED
