"""``feedwarden init``: a folder that works as it is, and nothing that was there is overwritten."""

import configparser
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console, seller_folder
from pipeline.model.account import Account, load_account
from schemas.examples import read_example
from schemas.kinds import find_kind

ROOT = Path(__file__).resolve().parents[2]
FILES = ["account.toml", "bin/nightly", "schedule/crontab", "schedule/feedwarden.service", "schedule/feedwarden.timer"]
ODD_NAME = "Ann's 5% $HOME shop"  # what sh, cron and systemd each have a meaning for


def init(*words, monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr(console.log, "handlers", [])  # as in a new process, where errors are printed
    result = CliRunner().invoke(cli.main, ["init", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def list_files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def shop(tmp_path):
    """A folder begun by the command."""
    result = init(tmp_path / ODD_NAME)
    assert result.exit_code == console.OK, result.output
    return tmp_path / ODD_NAME


def write_example(shop, *names):
    for name in names:
        (shop / f"inbox/{name}.txt").write_text(read_example(find_kind(name)) + "\n", encoding="utf-8")


def run_nightly(shop, tmp_path):
    """The script, as cron runs it: in another folder and with next to nothing in the environment."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    program = tmp_path / "bin/feedwarden"  # this code, also where another one is installed
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pipeline.cli "$@"\n', encoding="utf-8")
    program.chmod(0o700)
    environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [shop / "bin/nightly"], cwd="/", env=environment, capture_output=True, encoding="utf-8", check=False
    )


def test_everything_is_there_and_the_owners_alone(shop):
    assert list_files(shop) == FILES
    assert (shop / "inbox").is_dir()
    assert (shop / "out").is_dir()
    assert {path.stat().st_mode & 0o777 for path in shop.rglob("*") if path.is_dir()} == {0o700}
    modes = {name: (shop / name).stat().st_mode & 0o777 for name in FILES}
    assert modes == dict.fromkeys(FILES, 0o600) | {"bin/nightly": 0o700}


@pytest.mark.parametrize(
    ("words", "account"),
    [
        ((), Account(policy="amazon")),
        (("--marketplace", "amazon.CO.uk"), Account(policy="amazon", marketplace="Amazon.co.uk", home_country="GB")),
    ],
)
def test_the_account_file_says_what_holds_without_it(tmp_path, words, account):
    assert init(tmp_path / "shop", *words).exit_code == console.OK
    assert load_account(tmp_path / "shop/account.toml") == account


@pytest.mark.slow
def test_the_nightly_script_runs_again_and_again(shop, tmp_path):
    empty = run_nightly(shop, tmp_path)
    assert empty.returncode == console.NO_INPUT, empty.stderr
    assert "feedwarden ended with status 3" in empty.stdout

    write_example(shop, "stock", "contacts")
    clean = run_nightly(shop, tmp_path)
    assert (clean.returncode, clean.stderr) == (console.OK, ""), (shop / "nightly.log").read_text("utf-8")
    (out,) = (shop / "out").iterdir()
    where, summary = clean.stdout.split("\n", 1)
    assert where == f"Everything that is named here is in {out}, and FOLDER-OF-THE-LEDGER is {shop / 'ledger'}:"
    assert summary == (out / "reports/summary.txt").read_text("utf-8")
    assert (out / "feeds/stock.tsv").is_file()

    write_example(shop, "confirmation")  # of orders that no report has
    rejected = run_nightly(shop, tmp_path)
    assert rejected.returncode == console.SOME_REJECTED
    assert rejected.stdout.split("\n")[1].startswith("Lines to correct")
    assert (out / "rejected/confirmation.txt").is_file()
    assert sorted(path.name for path in shop.iterdir()) == [
        *("account.toml", "bin", "inbox", "ledger", "nightly.log", "out", "schedule")
    ]


def test_cron_and_systemd_start_the_script(shop):
    script = str(shop / "bin/nightly")
    *_, line = (shop / "schedule/crontab").read_text("utf-8").splitlines()
    schedule, command = line.split("  ", 1)
    assert schedule == "30 6 * * *"
    assert "%" not in command.replace("\\%", "")  # cron ends the command at any other
    assert shlex.split(command.replace("\\%", "%")) == [script]

    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str
    unit.read_string((shop / "schedule/feedwarden.service").read_text("utf-8"))
    assert shlex.split(unit["Service"]["ExecStart"].replace("$$", "$").replace("%%", "%")) == ["/bin/sh", script]
    assert unit["Service"]["SuccessExitStatus"] == str(console.SOME_REJECTED)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(shop):
    units = [shop / f"schedule/feedwarden.{kind}" for kind in ("service", "timer")]
    ran = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, encoding="utf-8", check=False)
    assert "feedwarden" not in ran.stderr


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_overwritten(tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    result = init(tmp_path, monkeypatch=monkeypatch)
    assert (result.exit_code, result.output.count("\n")) == (console.WRONG_USAGE, 1)
    assert name in result.output
    assert list_files(tmp_path) == [name]
    assert path.read_text("utf-8") == "mine"


def test_a_folder_with_other_things_in_it_keeps_them(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert init(tmp_path).exit_code == console.OK
    assert list_files(tmp_path) == sorted([*FILES, "notes.txt"])


def test_a_dangling_link_is_something(tmp_path, monkeypatch):
    (tmp_path / "account.toml").symlink_to(tmp_path / "elsewhere")
    assert init(tmp_path, monkeypatch=monkeypatch).exit_code == console.WRONG_USAGE
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("given", ["file", "file/below", "", "new\nline"])
def test_what_can_be_no_folder_is_said_in_a_line(tmp_path, monkeypatch, given):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = init(given or tmp_path / "file", monkeypatch=monkeypatch)
    assert (result.exit_code, result.output.count("\n")) == (console.WRONG_USAGE, 1)
    assert list_files(tmp_path) == ["file"]


def test_an_unknown_marketplace_begins_nothing(tmp_path, monkeypatch):
    result = init(tmp_path / "shop", "--marketplace", "XX", monkeypatch=monkeypatch)
    assert (result.exit_code, result.output.count("\n")) == (console.WRONG_USAGE, 1)
    assert not (tmp_path / "shop").exists()


def test_a_disk_that_fails_leaves_no_file(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(seller_folder.Path, "chmod", fail)
    result = init(tmp_path / "shop", monkeypatch=monkeypatch)
    assert (result.exit_code, result.output.count("\n")) == (console.COULD_NOT_FINISH, 1)
    assert list_files(tmp_path) == []
