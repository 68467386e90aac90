"""How commands are called: options in the environment, completion, and one line for whatever is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pyarrow as pa
import pytest
from click.shell_completion import BashComplete, FishComplete, ZshComplete
from click.testing import CliRunner
from deltalake import write_deltalake

from pipeline import cli
from pipeline.policy import load
from pipeline.rules import catalogue
from schemas.kinds import KINDS
from tests.conftest import ROOT
from tests.house import NIGHTS, House, order, report, upload

CLOSED = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search", "--no-new-privs"]


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*words, **settings):
    return CliRunner().invoke(cli.main, [*map(str, words)], **settings)


def as_a_user(*words):
    """The program without root's right to read everything, where it has it."""
    prefix = CLOSED if os.geteuid() == 0 else []
    command = [*prefix, sys.executable, "-m", "pipeline.cli", *map(str, words)]
    return subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def closed():
    """Makes paths that may not be read, and opens them again at the end."""
    paths = []

    def close(path):
        paths.append((path, path.stat().st_mode))
        path.chmod(0)
        return path

    yield close
    for path, mode in reversed(paths):
        path.chmod(mode)


def test_every_option_has_its_variable():
    """As click reads them: each option of each command, through the context of the whole program."""
    for name, command in cli.main.commands.items():
        root = click.Context(cli.main, info_name="feedwarden", **cli.main.context_settings)
        context = click.Context(command, info_name=name, parent=root)
        for option in command.params:
            if isinstance(option, click.Option) and option.name != "help":
                variable = f"FEEDWARDEN_{name}_{option.name}".upper()
                assert option.to_info_dict()["name"] == option.name
                os.environ[variable] = "said"
                try:
                    assert option.resolve_envvar_value(context) == "said", variable
                finally:
                    del os.environ[variable]


def test_options_come_from_the_environment_and_the_command_line_comes_first(work):
    given = report(work / "unshipped.txt", 1)
    environment = {
        "FEEDWARDEN_RUN_OUT": "out",
        "FEEDWARDEN_RUN_AS_OF": NIGHTS[0],
        "FEEDWARDEN_RUN_NO_LEDGER": "1",
        "FEEDWARDEN_RUN_QUIET": "1",
        "FEEDWARDEN_RUN_JOBS": "1",
    }
    assert invoke("run", given, env=environment).output == ""
    assert Path("out/manifest.json").is_file()
    assert invoke("run", given, "--out", "other", env=environment).exit_code == 0
    assert Path("other/manifest.json").is_file()
    wrong = invoke("run", given, env=environment | {"FEEDWARDEN_RUN_JOBS": "many"})
    assert (wrong.exit_code, wrong.stderr.count("\n"), "'--jobs'" in wrong.stderr) == (2, 1, True)


def complete(words, shell=BashComplete):
    *done, incomplete = words
    completer = shell(cli.main, {}, "feedwarden", "_FEEDWARDEN_COMPLETE")
    return [item.value for item in completer.get_completions(done, incomplete)]


@pytest.mark.parametrize("shell", [BashComplete, ZshComplete, FishComplete])
def test_shells_complete_codes_kinds_policies_and_order_ids(work, shell):
    house = House(work)
    house.run(report(work / "unshipped.txt", 1, 2))
    codes = {rule.code for rule in catalogue.list_catalogue()}
    assert complete(["rules", "fmt-00"], shell) == sorted(code for code in codes if code.startswith("FMT-00"))
    assert set(complete(["schema", ""], shell)) == {kind.name for kind in KINDS}
    assert complete(["policy", ""], shell) == complete(["run", "--policy", ""], shell) == load.profile_names()
    assert complete(["ledger", "show", "--ledger", "ledger", "111-"], shell) == [order(1)[0], order(2)[0]]
    assert complete(["ledger", "show", "111-0000000-0000002"], shell) == [order(2)[0]]
    assert complete(["claims", "x", "--evidence", "111-"], shell) == [order(1)[0], order(2)[0]]
    assert complete(["ledger", "show", "--ledger", "none", ""], shell) == []
    assert "--out" in complete(["run", "--o"], shell)
    script = shell(cli.main, {}, "feedwarden", "_FEEDWARDEN_COMPLETE")
    assert "feedwarden" in script.source_template % script.source_vars()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "x"], "feedwarden: missing option '--out'; see feedwarden run --help\n"),
        (["run"], "feedwarden: missing argument 'INPUT...'; see feedwarden run --help\n"),
        (["runn"], "feedwarden: no such command 'runn'"),
        (["run", "x", "--out", "y", "--otu", "z"], "feedwarden: no such option '--otu'"),
        (["ledger", "verify", order(1)[0]], "feedwarden: ledger verify checks whole tables and takes no order id"),
        (
            ["run", "x", "--out", "y", "--scheduler", "tcp://h:1"],
            "feedwarden: --scheduler tcp://h:1: only the engine dask",
        ),
        (["run", "x", "--out", "y", "--account", "."], "feedwarden: .: is a folder; name the account file in it"),
    ],
)
def test_wrong_usage_is_one_line_that_says_what_next(work, words, said):
    (work / "x").mkdir()
    result = invoke(*words)
    assert result.stderr.startswith(said)
    assert (result.exit_code, result.stderr.count("\n"), result.stdout) == (2, 1, "")
    assert result.stderr.count("; ") + result.stderr.count("? See ")


def test_without_a_command_the_help_is_shown():
    assert invoke().exit_code == 2
    assert "Usage: feedwarden [OPTIONS] COMMAND" in invoke().output


LEDGERS = {
    "missing": "no ledger found",
    "a file": "is not a folder",
    "photos": "is not a ledger, and contains holiday.jpg",
    "a delta table": "contains tables that feedwarden did not write",
    "delta tables": "contains tables that feedwarden did not write",
    "runs of another": "feedwarden did not write this table",
    "foo://bucket/ledger": "no ledger can be at an address of the kind foo://",
    "s3://no-such-bucket-of-ours/ledger": "no credentials were found for it",
    "": "the ledger's name is empty",
}
A_RUN_ENDS_WITH_4 = ("a delta table", "delta tables", "runs of another")


@pytest.fixture
def places(work, monkeypatch):
    """Everything that is no ledger."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (work / "a file").write_text("")
    (work / "photos").mkdir()
    (work / "photos/holiday.jpg").write_text("")
    foreign = pa.table({"seq": [1]})
    write_deltalake(str(work / "a delta table"), foreign)
    write_deltalake(str(work / "delta tables/sales"), foreign)
    write_deltalake(str(work / "runs of another/runs"), foreign)
    return work


@pytest.mark.parametrize("place", LEDGERS)
@pytest.mark.parametrize("words", [["ledger", "show"], ["ledger", "history"], ["ledger", "verify"], ["feeds"]])
def test_what_is_no_ledger_is_2_for_reading(places, place, words):
    before = sorted(places.rglob("*"))
    result = invoke(*words, "--ledger", place)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert LEDGERS[place] in result.stderr
    assert "\\x1b" not in result.stderr
    assert sorted(places.rglob("*")) == before


@pytest.mark.parametrize("place", [place for place in LEDGERS if place != "missing"])
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_what_is_no_ledger_ends_a_run(places, place, more):
    given = report(places / "unshipped.txt", 1)
    before = sorted(path for path in places.rglob("*"))
    result = invoke("run", given, "--out", "out", "--as-of", NIGHTS[0], "--ledger", place, *more)
    assert (result.exit_code, result.stderr.count("\n")) == (4 if place in A_RUN_ENDS_WITH_4 else 2, 1)
    assert LEDGERS[place] in result.stderr
    assert [path for path in sorted(places.rglob("*")) if path.name != ".lock"] == before


def test_history_of_an_order_lists_the_runs_that_learned_of_it(work):
    house = House(work)
    house.run(report(work / "one.txt", 1), upload(work / "up.txt", (1, "2", "T1")))
    house.run(report(work / "two.txt", 1, 2))
    assert invoke("feeds", "uploaded", "1").exit_code == 0
    everything = invoke("ledger", "history").stdout.splitlines()
    of_second = invoke("ledger", "history", order(2)[0]).stdout.splitlines()
    assert len(everything) == 3
    assert [line.split()[0] for line in of_second] == ["2"]
    assert everything[2].split()[1:] == ["uploaded:", "the", "feeds", "of", "run", "1"]  # what was said has no number
    for unknown, words in ((order(9)[0], "is not in the ledger"), ("x", "is not an order id")):
        result = invoke("ledger", "history", unknown)
        assert (result.exit_code, result.stderr.count("\n"), words in result.stderr) == (2, 1, True)


@pytest.mark.slow
def test_a_ledger_in_a_closed_folder_is_2(work, closed):
    House(work).run(report(work / "unshipped.txt", 1))
    closed(work / "ledger")
    for words in (["ledger", "show"], ["ledger", "verify"], ["run", "unshipped.txt", "--out", "other"]):
        result = as_a_user(*words)
        assert (result.returncode, result.stderr) == (
            2,
            "feedwarden: ledger: cannot be read (Permission denied); name another ledger with --ledger\n",
        )


def test_what_may_not_be_read_is_2_where_it_is_all_of_the_input(work, closed):
    inbox = work / "inbox"
    (inbox / "sub").mkdir(parents=True)
    report(inbox / "unshipped.txt", 1)
    report(inbox / "sub/more.txt", 2)
    words = ["--no-ledger", "--as-of", NIGHTS[0], "--out"]
    closed(inbox / "sub")
    some = as_a_user("run", "inbox", *words, "some")
    assert some.returncode == 1
    findings = (work / "some/reports/findings.tsv").read_text(encoding="utf-8")
    assert [line.split("\t")[0] for line in findings.splitlines() if "\tFIL-001\t" in line] == ["sub"]
    assert "no permission to read it" in findings
    closed(inbox / "unshipped.txt")
    for given in ("inbox", "inbox/unshipped.txt", "inbox/sub"):
        none = as_a_user("run", given, *words, "none")
        assert (none.returncode, none.stderr.count("\n"), "no permission to read" in none.stderr) == (2, 1, True)
    assert not (work / "none").exists()


@pytest.mark.slow
def test_a_closed_account_stops_alone(work, closed):
    for name in ("de", "us"):
        (work / "inbox" / name).mkdir(parents=True)
        (work / "inbox" / name / "account.toml").write_text("")
        report(work / "inbox" / name / "unshipped.txt", 1)
    closed(work / "inbox/de")
    result = as_a_user("run", "inbox", "--no-ledger", "--as-of", NIGHTS[0], "--out", "out")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("feedwarden: de: inbox/de: cannot be read (Permission denied)")
    assert (work / "out/us/report.html").is_file()


def test_an_output_in_a_closed_folder_is_2(work, closed):
    given = report(work / "unshipped.txt", 1)
    (work / "closed").mkdir()
    closed(work / "closed")
    result = as_a_user("run", given, "--no-ledger", "--out", "closed/out")
    assert (result.returncode, result.stderr.count("\n"), "give another folder" in result.stderr) == (2, 1, True)


def test_scratch_is_made_where_it_is_missing(work):
    given = report(work / "unshipped.txt", 1)
    words = ["run", given, "--no-ledger", "--as-of", NIGHTS[0], "--out", "out", "--scratch"]
    assert invoke(*words, "new/scratch").exit_code == 0
    assert (work / "new/scratch").is_dir()
    result = invoke(*words, given)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_what_is_about_no_file_says_so(work):
    """The rates, for example, are about all files: their source is called ledger, with one and without (SPEC §6)."""
    words = ["run", ROOT / "fixtures/runs/demo/input", "--as-of", "2026-03-10T07:00:00Z"]
    for more in (["--no-ledger", "--out", "without"], ["--out", "with"]):
        assert invoke(*words, *more).exit_code == 1
        lines = (work / more[-1] / "reports/findings.tsv").read_text(encoding="utf-8").splitlines()[1:]
        sources = [line.split("\t")[0] for line in lines]
        assert {line.split("\t")[0] for line in lines if line.split("\t")[1] == "0"} == {"ledger"}
        assert sources == sorted(sources)
