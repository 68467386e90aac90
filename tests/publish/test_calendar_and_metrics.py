"""reports/deadlines.ics and reports/metrics.prom: read again by the libraries of their formats, beside the reports."""

import datetime as dt
import json
import stat
import subprocess
import sys
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from pipeline import cli
from tests import house

ROOT = Path(__file__).resolve().parents[2]
STORIES = sorted(path.parent for path in (ROOT / "fixtures/runs").glob("*/expected"))
PROMISE = dt.datetime(2026, 3, 20, 6, 59, 59, tzinfo=dt.UTC)  # of every order of tests/house


def read_rows(folder, name):
    lines = (folder / "reports" / name).read_text("utf-8").split("\n")[:-1]
    return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]


def read_events(folder):
    return icalendar.Calendar.from_ical((folder / "reports/deadlines.ics").read_bytes()).events


def read_samples(path):
    families = text_string_to_metric_families(path.read_text("utf-8"))
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def run(folder, at, *orders, name="out", words=()):
    (folder / "in").mkdir(exist_ok=True)
    house.report(folder / "in" / "unshipped.txt", *orders)
    out = folder / name
    command = ["run", str(folder / "in"), "--no-ledger", "--as-of", at.isoformat(), "--out", str(out), *words]
    return out, CliRunner().invoke(cli.main, command)


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.name)
def test_every_deadline_of_the_worklist_is_in_the_calendar(story):
    folder = story / "expected"
    dated = [row for row in read_rows(folder, "worklist.tsv") if row["due_at"]]
    events = read_events(folder)
    assert [f"{event.start:%Y-%m-%dT%H:%M:%SZ}" for event in events] == [row["due_at"] for row in dated]
    assert [str(event["summary"]) for event in events] == [
        f"{row['action']} {row['order_id']}".strip() for row in dated
    ]
    assert len({str(event["uid"]) for event in events}) == len(events)
    as_of = dt.datetime.fromisoformat(json.loads((folder / "manifest.json").read_bytes())["as_of"])
    assert {event.DTSTAMP for event in events} <= {as_of}
    for event in events:
        (alarm,) = event.alarms.times
        assert event.start - alarm.trigger == dt.timedelta(hours=12)


def test_a_calendar_that_subscribes_keeps_moves_and_removes_entries(tmp_path):
    first, _ = run(tmp_path, PROMISE - dt.timedelta(days=3), 1, 2, name="first")
    second, _ = run(tmp_path, PROMISE - dt.timedelta(days=2), 2, 3, name="second")
    uids = [{str(event["summary"]): str(event["uid"]) for event in read_events(out)} for out in (first, second)]
    kept = f"ship {house.order(2)[0]}"
    assert uids[0][kept] == uids[1][kept]
    assert len({*uids[0].values(), *uids[1].values()}) == 3
    path = tmp_path / "in" / "unshipped.txt"
    path.write_text(path.read_text("utf-8").replace("2026-03-20T06:59:59", "2026-03-21T06:59:59"), "utf-8")
    words = ["run", str(tmp_path / "in"), "--no-ledger", "--as-of", "2026-03-18T07:00:00Z", "--out"]
    CliRunner().invoke(cli.main, [*words, str(tmp_path / "moved")])
    moved = {str(event["uid"]): event.start for event in read_events(tmp_path / "moved")}
    assert moved[uids[1][kept]] == PROMISE + dt.timedelta(days=1)


def test_a_calendar_has_500_entries_and_says_of_how_many(tmp_path):
    out, _ = run(tmp_path, PROMISE - dt.timedelta(days=3), *range(1, 502))
    text = (out / "reports/deadlines.ics").read_bytes()
    assert text.count(b"BEGIN:VEVENT") == 500
    assert b"The first 500 of 501 deadlines" in text


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.name)
def test_metrics_are_those_of_the_reports(story):
    folder = story / "expected"
    samples = read_samples(folder / "reports/metrics.prom")
    rates = json.loads((folder / "reports/metrics.json").read_bytes())
    for name in rates.keys() - {"exposure"}:
        for ours, theirs in (("rate", "rate"), ("rate_target", "target"), ("rate_numerator", "numerator")):
            assert samples.get((f"feedwarden_{ours}", ("rate", name))) == rates[name][theirs]
    inputs = json.loads((folder / "manifest.json").read_bytes())["inputs"]
    for outcome in ("accepted", "rejected", "skipped", "unreadable"):
        assert samples[("feedwarden_lines", ("outcome", outcome))] == sum(entry[outcome] for entry in inputs)
    assert samples[("feedwarden_input_bytes",)] == sum(entry["bytes"] for entry in inputs)
    found = read_rows(folder, "findings.tsv")
    counted = {tuple(labels): value for (name, *labels), value in samples.items() if name == "feedwarden_findings"}
    kinds = {(("code", row["code"]), ("severity", row["severity"])) for row in found}
    assert counted == {
        kind: sum((row["code"], row["severity"]) == (kind[0][1], kind[1][1]) for row in found) for kind in kinds
    }
    states = [row["state"] for row in read_rows(folder, "orders.tsv")]
    for state in ("unshipped", "partially-shipped", "pending"):
        assert samples[("feedwarden_open_order_items", ("state", state))] == states.count(state)
    lines = read_rows(folder, "worklist.tsv")
    coming = [row for row in lines if row["due_at"] and not row["reason"].startswith("overdue")]
    hours = {key[1][1]: value for key, value in samples.items() if key[0] == "feedwarden_next_deadline_hours"}
    assert {action: round(left, 1) for action, left in hours.items()} == {
        action: min(float(row["hours_left"]) for row in coming if row["action"] == action)
        for action in {row["action"] for row in coming}
    }


def test_a_textfile_has_the_numbers_and_how_the_run_went(tmp_path):
    path = tmp_path / "feedwarden.prom"
    out, ran = run(tmp_path, PROMISE - dt.timedelta(days=3), 1, words=["--textfile", str(path)])
    assert ran.exit_code == 0
    samples, published = read_samples(path), read_samples(out / "reports/metrics.prom")
    assert published.items() <= samples.items()
    assert {key[0] for key in samples.keys() - published.keys()} == {
        "feedwarden_run_seconds",
        "feedwarden_exit_status",
        "feedwarden_run_timestamp_seconds",
    }
    assert samples[("feedwarden_exit_status",)] == 0
    assert samples[("feedwarden_run_seconds",)] > 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [entry.name for entry in tmp_path.iterdir() if "prom" in entry.name] == ["feedwarden.prom"]


def test_a_textfile_of_a_run_that_stopped_says_so(tmp_path):
    path = tmp_path / "feedwarden.prom"
    words = ["run", str(tmp_path / "none"), "--no-ledger", "--out", str(tmp_path / "out"), "--textfile", str(path)]
    assert CliRunner().invoke(cli.main, words).exit_code == 2
    assert read_samples(path)[("feedwarden_exit_status",)] == 2
    assert ("feedwarden_input_bytes",) not in read_samples(path)


@pytest.mark.parametrize("name", ["feedwarden.txt", "none/feedwarden.prom"])
def test_a_textfile_that_nobody_could_read_is_refused_before_the_run(tmp_path, name):
    out, ran = run(tmp_path, PROMISE, 1, words=["--textfile", str(tmp_path / name)])
    assert (ran.exit_code, ran.stderr.count("\n"), out.exists()) == (2, 1, False)


def test_the_libraries_are_loaded_by_runs_alone():
    """`--help` and the other commands stay quick."""
    names = "('icalendar', 'prometheus_client')"
    code = f"import sys, pipeline.cli; print([name for name in sys.modules if name in {names}])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
