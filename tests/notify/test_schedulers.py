"""fixtures/schedulers: the commands that the examples run, and what each makes of exit statuses.

A stand-in for the program on PATH ends with the statuses that a test wants, one a call. Airflow, Dagster and Prefect
are not installed here: what needs them is skipped, and the slow suite installs each into an environment of its own.
"""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline import cli
from tests.notify.conftest import web_entry

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "fixtures/schedulers"
HOME = "/srv/feedwarden"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
COMMAND = re.compile(r"(?<![\w.-])feedwarden (?:night|fetch|run|submit|collect|notify|audit) [^\n\"`;]+")
AS_OF = "2026-03-10T07:00:00Z"
FIELDS = {"{home}": HOME, "{as_of}": AS_OF, '"$home"': HOME, " 9>&-": ""}


def commands(path):
    """The commands of the program that a file runs, as words; a unit's comments are none."""
    text = "\n".join(line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#"))
    for written, meant in FIELDS.items():
        text = text.replace(written, meant)
    return [shlex.split(found[0])[1:] for found in COMMAND.finditer(text)]


ALL = sorted({tuple(words) for path in FILES if path.suffix != ".md" for words in commands(path)})


def test_every_example_runs_the_program():
    with_commands = {path.parent.name for path in FILES if path.suffix != ".md" and commands(path)}
    assert with_commands == {path.name for path in FOLDER.iterdir() if path.is_dir()}


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_and_option_exists(words):
    name, *arguments = words
    if name not in cli.main.commands:
        pytest.skip(f"feedwarden {name} is not part of this version")
    parent = click.Context(cli.main, **cli.main.context_settings)
    cli.main.commands[name].make_context(name, list(arguments), parent)


def test_the_page_names_every_file():
    page = (FOLDER / "README.md").read_text("utf-8")
    assert sorted(re.findall(r"\]\(((?!\.\.)[^)]+)\)", page)) == [
        path.relative_to(FOLDER).as_posix() for path in FILES if path.name != "README.md"
    ]


@pytest.fixture
def home(tmp_path):
    """A seller's home in place of the examples' one."""
    shutil.copytree(ROOT / "fixtures/runs/demo/input", tmp_path / "inbox")
    shutil.copytree(ROOT / "fixtures/runs/demo/input", tmp_path / "delivery")
    return tmp_path


def test_the_steps_of_dagster_that_need_no_amazon_run(home, web):
    (home / "notify.toml").write_text(web_entry(), "utf-8")
    ran = {}
    for words in commands(FOLDER / "dagster/feedwarden_job.py"):
        if words[0] in ("run", "notify"):
            ran[words[0]] = CliRunner().invoke(cli.main, [word.replace(HOME, str(home)) for word in words]).exit_code
    assert ran == {"run": 1, "notify": 0}
    assert json.loads(web.requests[0].body)["as_of"] == AS_OF


def test_the_audit_of_the_check_runs(home, monkeypatch):
    monkeypatch.chdir(home)
    (words,) = commands(FOLDER / "ci/feedwarden-audit.yml")
    assert CliRunner().invoke(cli.main, words).exit_code == 1
    assert (home / "out/audit/report.html").is_file()


class StandIn:
    """A program called feedwarden that ends with the statuses wanted, one a call, and notes its words."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "bin").mkdir()
        script = folder / "bin" / "feedwarden"
        script.write_text(
            f'#!/bin/sh\ncd {shlex.quote(str(folder))}\necho "$@" >> calls\n'
            "status=$(head -n 1 statuses)\nsed -i 1d statuses\nexit ${status:-0}\n",
            "utf-8",
        )
        script.chmod(0o755)
        self.environment = os.environ | {
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "FEEDWARDEN_HOME": str(folder),
            "FEEDWARDEN_PAUSE": "0",
        }

    def want(self, *statuses):
        (self.folder / "statuses").write_text("".join(f"{status}\n" for status in statuses), "utf-8")
        (self.folder / "calls").write_text("", "utf-8")

    @property
    def calls(self):
        return (self.folder / "calls").read_text("utf-8").splitlines()

    def run(self, *words, **options):
        return subprocess.run(
            words, env=self.environment, cwd=self.folder, check=False, capture_output=True, text=True, **options
        )


@pytest.fixture
def stand_in(tmp_path):
    return StandIn(tmp_path)


STATUSES = [((0,), 0, 1), ((1,), 0, 1), ((2, 0), 2, 1), ((3, 0), 3, 1), ((4, 4, 0), 0, 3), ((4, 1), 0, 2)]
NEEDS_FLOCK = pytest.mark.skipif(shutil.which("flock") is None, reason="needs flock")


@NEEDS_FLOCK
@pytest.mark.parametrize(("statuses", "ends", "calls"), [*STATUSES, ((4,) * 9, 4, 5)])
def test_cron_tries_again_what_could_not_finish(stand_in, statuses, ends, calls):
    stand_in.want(*statuses)
    assert stand_in.run(FOLDER / "cron/nightly").returncode == ends
    assert stand_in.calls == [f"night --home {stand_in.folder} --quiet"] * calls


@NEEDS_FLOCK
def test_cron_runs_one_night_at_a_time(stand_in):
    stand_in.want(4, 0)
    slow = stand_in.environment | {"FEEDWARDEN_PAUSE": "3"}
    with subprocess.Popen([FOLDER / "cron/nightly"], env=slow, cwd=stand_in.folder) as first:
        while not stand_in.calls:
            time.sleep(0.05)
        second = stand_in.run(FOLDER / "cron/nightly")
        assert (second.returncode, "still running" in second.stderr) == (4, True)
        assert first.wait(timeout=30) == 0
    assert len(stand_in.calls) == 2


@pytest.mark.parametrize(
    ("statuses", "ends", "calls"),
    [((0,), 0, 1), ((1,), 0, 1), ((2, 0), 2, 1), ((3, 0), 3, 1), ((4, 0), 0, 2), ((4,) * 9, 4, 3)],
)
def test_the_check_tries_again_what_could_not_finish(stand_in, statuses, ends, calls):
    text = (FOLDER / "ci/feedwarden-audit.yml").read_text("utf-8")
    script = re.search(r"^        run: \|\n((?:          .*\n)+)", text, re.MULTILINE)[1]
    (stand_in.folder / "step.sh").write_text(script, "utf-8")
    stand_in.want(*statuses)
    ran = stand_in.run("bash", "--noprofile", "--norc", "step.sh")
    assert (ran.returncode, len(stand_in.calls)) == (ends, calls)
    assert ("::warning" in ran.stdout) == (1 in statuses)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_units_are_those_that_systemd_takes(tmp_path):
    """With a program that is there, in place of the installed one."""
    for name in ("feedwarden.service", "feedwarden.timer"):
        text = (FOLDER / "systemd" / name).read_text("utf-8")
        text = text.replace("/opt/feedwarden/.venv/bin/feedwarden", sys.executable).replace(
            "User=feedwarden", "User=root"
        )
        (tmp_path / name).write_text(text, "utf-8")
    units = [str(tmp_path / "feedwarden.service"), str(tmp_path / "feedwarden.timer")]
    ran = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    assert (ran.returncode, [line for line in ran.stderr.splitlines() if "feedwarden" in line]) == (0, [])


def test_the_unit_knows_the_exit_statuses():
    service = (FOLDER / "systemd/feedwarden.service").read_text("utf-8")
    settings = dict(line.split("=", 1) for line in service.splitlines() if re.match(r"[A-Z]\w+=", line))
    assert (settings["SuccessExitStatus"], settings["RestartPreventExitStatus"]) == ("1", "2 3")
    assert (settings["Restart"], settings["RestartSec"], settings["UMask"]) == ("on-failure", "15min", "0077")


def load_example(name):
    spec = importlib.util.spec_from_file_location(Path(name).stem, FOLDER / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_airflow_loads_its_example():
    pytest.importorskip("airflow.sdk")
    dag = load_example("airflow/feedwarden_dag.py").feedwarden()
    assert (dag.dag_id, dag.max_active_runs, sorted(dag.task_ids)) == ("feedwarden", 1, ["judge_status", "night"])
    night = dag.get_task("night")
    assert (night.retries, night.retry_delay.total_seconds(), dag.get_task("judge_status").retries) == (4, 900, 0)


def test_dagster_loads_its_example():
    pytest.importorskip("dagster")
    definitions = load_example("dagster/feedwarden_job.py").definitions
    assert definitions.resolve_job_def("feedwarden").name == "feedwarden"


def test_prefect_loads_its_example():
    pytest.importorskip("prefect")
    assert load_example("prefect/feedwarden_flow.py").feedwarden.name == "feedwarden"


DRIVERS = {  # how a scheduler is asked to run its example once: it ends with 0 where the scheduler calls it a success
    "prefect>=3": """
import os, sys
sys.path.insert(0, EXAMPLES + "/prefect")
import feedwarden_flow
feedwarden_flow.feedwarden()
""",
    "dagster>=1.9": """
import sys
sys.path.insert(0, EXAMPLES + "/dagster")
import feedwarden_job
ran = feedwarden_job.feedwarden.execute_in_process(raise_on_error=False)
sys.exit(0 if ran.success else 1)
""",
    "apache-airflow>=3": """
import os, subprocess, sys
os.environ |= {"AIRFLOW__CORE__DAGS_FOLDER": EXAMPLES + "/airflow", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
airflow = [sys.executable, "-m", "airflow"]
for words in (["db", "migrate"], ["dags", "reserialize"]):
    subprocess.run([*airflow, *words], check=True, stdout=subprocess.DEVNULL)
sys.exit(subprocess.run([*airflow, "dags", "test", "feedwarden"]).returncode)
""",
}


@pytest.fixture(scope="module", params=DRIVERS)
def scheduler(request, tmp_path_factory):
    """An environment with the scheduler in it, and how it is driven; skipped where it cannot be installed."""
    folder = tmp_path_factory.mktemp("scheduler")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", request.param], check=False, capture_output=True, text=True
    )
    if installed.returncode:
        pytest.skip(f"{request.param} cannot be installed here: {installed.stderr.strip()[-200:]}")
    (folder / "drive.py").write_text(f"EXAMPLES = {str(FOLDER)!r}\n{DRIVERS[request.param]}", "utf-8")
    return request.param, python, folder / "drive.py"


@pytest.mark.slow
@pytest.mark.parametrize("statuses", [(0,), (1,), (2, 0), (4, 0)], ids=str)
def test_each_scheduler_runs_its_example(scheduler, stand_in, statuses):
    name, python, driver = scheduler
    home = {"AIRFLOW_HOME": str(stand_in.folder), "PREFECT_HOME": str(stand_in.folder), "DAGSTER_HOME": ""}
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    patient = {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300"}
    stand_in.environment |= {**home, **quiet, **patient}
    stand_in.want(*statuses)
    ran = stand_in.run(python, driver, timeout=600)
    assert (ran.returncode == 0) == (2 not in statuses), ran.stdout + ran.stderr
    steps = 5 if name.startswith("dagster") else 1
    assert len(stand_in.calls) == (1 if 2 in statuses else steps + (4 in statuses)), ran.stdout + ran.stderr
