"""The log: every line of --log-format json is as its schema says, and -v says the same to people."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console, log_output
from tests.conftest import ROOT
from tests.house import NIGHTS, report, upload

SCHEMA = json.loads((Path(log_output.__file__).parent / "log.schema.json").read_text(encoding="utf-8"))
DEMO = str(ROOT / "fixtures/runs/demo/input")


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(cli.main, [*map(str, words)])


def log_lines(result):
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for line in lines:
        jsonschema.validate(line, SCHEMA)
    return lines


@pytest.mark.parametrize("command", ["run", "audit"])
def test_every_line_is_an_event_with_its_numbers(invoke, command):
    words = [DEMO, "--as-of", NIGHTS[0], "--out", "out", "--log-format", "json"]
    result = invoke(command, *words, *(["--no-ledger"] if command == "run" else []))
    lines, manifest = log_lines(result), json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    events = [line["event"] for line in lines]
    assert (events[0], events[-1]) == ("start", "end")
    files = [line for line in lines if line["event"] == "file"]
    names = ("lines", "accepted", "rejected", "skipped", "unreadable")
    assert [(line["file"], *(line[name] for name in names)) for line in files] == [
        (entry["name"], *(entry[name] for name in names)) for entry in manifest["inputs"]
    ]
    feeds = [entry for entry in manifest["outputs"] if entry["path"].startswith("feeds/")]
    parts = [line for line in lines if line["event"] == "part"]
    assert [(line["part"], line["records"], line["sha256"]) for line in parts] == [
        (entry["path"], entry["rows"], entry["sha256"]) for entry in feeds
    ]
    stages = ["plan", "read", "judge", "merge", "publish"] if command == "run" else ["plan", "read", "publish"]
    assert [line["stage"] for line in lines if line["event"] == "stage"] == stages
    assert {line["run"] for line in lines} == {None, manifest["run_id"]}
    assert lines[-1]["run"] == manifest["run_id"]
    assert (lines[-1]["status"], lines[-1]["page"]) == (result.exit_code, "out/report.html")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["run", DEMO], 2),  # --out is missing
        (["run", DEMO, "--out", "out", "--none"], 2),
        (["run", "nowhere", "--out", "out"], 2),
        (["run", DEMO, "--out", "out", "--memory", "much"], 2),
        (["run", DEMO, "--out", "out", "--ledger", ""], 2),
        (["audit"], 2),
        (["run", ".", "--no-ledger", "--out", "out"], 3),
    ],
)
@pytest.mark.parametrize("said", [["--log-format", "json"], ["--log-format=json"], []])
def test_errors_of_usage_are_lines_of_the_log_too(invoke, monkeypatch, words, status, said):
    if not said:
        monkeypatch.setenv(f"FEEDWARDEN_{words[0].upper()}_LOG_FORMAT", "json")
    result = invoke(*words, *said)
    line = log_lines(result)[-1]
    assert (result.exit_code, line["event"], line["level"], line["status"]) == (status, "error", "error", status)
    assert line["message"]


@pytest.mark.slow
def test_v_tells_each_step_with_rows_and_seconds(invoke):
    words = ["run", DEMO, "--as-of", NIGHTS[2], "--no-ledger"]
    plain, verbose = (invoke(*words, "--out", out, *more) for out, more in (("a", ()), ("b", ("-v",))))
    assert plain.stderr == ""
    steps = re.findall(r"^feedwarden: (\w+): ([\d,]+) rows? in \d+\.\d{3} s$", verbose.stderr, re.MULTILINE)
    assert [name for name, _ in steps] == ["plan", "read", "judge", "merge", "publish"]
    assert dict(steps)["read"] == "102"  # the lines of data of the five files
    assert "published feeds/shipping-confirmation-001.tsv: " in verbose.stderr
    assert verbose.stdout == plain.stdout.replace("a/report.html", "b/report.html")


def test_quiet_says_nothing_but_errors(invoke):
    for form in ("text", "json"):
        words = ["run", DEMO, "--as-of", NIGHTS[0], "--no-ledger", "--log-format", form]
        assert invoke(*words, "--out", form, "-q").output == ""


def test_a_run_ends_by_naming_its_page(invoke):
    words = ["run", DEMO, "--as-of", NIGHTS[0], "--no-ledger", "--out", "out/night"]
    result = invoke(*words)
    assert result.stdout.splitlines()[-1] == "Page: out/night/report.html"
    assert Path("out/night/report.html").is_file()
    assert "Page:" not in invoke(*words, "--dry-run").stdout
    assert invoke("audit", DEMO, "--out", "out/audit").stdout.splitlines()[-1] == "Page: out/audit/report.html"


def test_a_dry_run_speaks_of_what_would_be_written(invoke, tmp_path):
    files = [
        report(tmp_path / "unshipped.txt", 1, 2),
        upload(tmp_path / "good.txt", (1, "2", "T1")),
        upload(tmp_path / "bad.txt", (9, "1", "T9")),  # an order that no report knows
    ]
    words = ["run", *files, "--as-of", NIGHTS[0], "--out", "out"]
    text = invoke(*words, "--dry-run").stdout
    assert text.startswith("Dry run: nothing was written.\n")
    assert "What to do first" not in text
    listed = text.partition("Would be written\n")[2].splitlines()
    assert not Path("out").exists()
    assert not Path("ledger").exists()
    assert invoke(*words).exit_code == console.SOME_REJECTED
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    rows = {entry["path"]: entry["rows"] for entry in manifest["outputs"]}
    told = dict(line.strip().split("  ") for line in listed if "  " in line.strip())
    assert told == {
        path: f"{count} {'record' if path.startswith('feeds') else 'line'}{'s' * (count != 1)}"
        for path, count in rows.items()
        if path.startswith(("feeds/", "rejected/"))
    }
    assert {"feeds/shipping-confirmation-001.tsv", "rejected/bad.txt"} <= set(told)
