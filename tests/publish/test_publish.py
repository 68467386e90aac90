import hashlib
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.engine import threads
from pipeline.publish import publish_run, writer
from pipeline.publish.reports import summary
from pipeline.utils import arrow
from tests import whole
from tests.publish.conftest import Night

FOUND = "reports/findings.tsv"


def busy(night):
    """A night with a bit of everything."""
    night.report(range(1, 8))
    night.confirm([1, 2, 9], "a/confirm.txt", end="\r\n")
    night.confirm([3, 9, 9], "b/confirm.txt", carrier_code="royal mail")
    night.write("odd.txt", "nothing known\nat all\n")
    night.write("empty.txt", "")
    night.table("cut.txt", ["order-id", "ship-date", "tracking-number"], [{"order-id": night.order(5)}])
    header = ["order-id", "cancellation-reason-code", "amazon-order-item-code"]
    night.table("cancel.txt", header, [{"order-id": night.order(6)}, {"order-id": night.order(8)}])
    return night


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Publication(NamedTuple):
    """A busy night that was published: what the caller got, and every file that was written."""

    night: Night
    made: writer.PublishedOutput
    files: dict[Path, bytes]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The publication of a busy night, to be looked at and left as it is."""
    night = busy(Night(tmp_path_factory.mktemp("first")))
    made = night.publish()
    return Publication(night, made, content(night.out))


def test_everything_that_is_written(first):
    assert first.night.files() == [
        "feeds/order-cancellation-001.tsv",
        "feeds/shipping-confirmation-001.tsv",
        "manifest.json",
        "rejected/a/confirm.txt",
        "rejected/b/confirm.txt",
        "rejected/cancel.txt",
        "rejected/cut.txt",
        "report.html",
        "reports/claims.tsv",
        "reports/deadlines.ics",
        "reports/findings.parquet",
        "reports/findings.tsv",
        "reports/metrics.json",
        "reports/metrics.prom",
        "reports/orders.parquet",
        "reports/orders.tsv",
        "reports/processing-report/a/confirm.txt.txt",
        "reports/processing-report/b/confirm.txt.txt",
        "reports/processing-report/cut.txt.txt",
        "reports/summary.txt",
        "reports/worklist.tsv",
    ]


def test_every_report_of_the_list_is_written_at_its_path(first):
    written = [path for path in first.night.files() if path.startswith("reports/")]
    listed = [report.path for report in writer.REPORTS]
    assert len(set(listed)) == len(listed)
    for path in listed:
        assert [one for one in written if one == path or (path.endswith("/") and one.startswith(path))], path


def test_the_manifest_is_true(first):
    night = first.night
    manifest = json.loads(night.text("manifest.json"))
    assert {one["path"] for one in manifest["outputs"]} | {"manifest.json"} == set(night.files())
    for one in manifest["outputs"]:
        assert one["sha256"] == hashlib.sha256((night.out / one["path"]).read_bytes()).hexdigest()
    rows = {one["path"]: one["rows"] for one in manifest["outputs"]}
    for path in ("reports/orders.tsv", FOUND, "reports/worklist.tsv", "feeds/shipping-confirmation-001.tsv"):
        assert rows[path] == len(night.rows(path))
    assert rows["reports/orders.parquet"] == rows["reports/orders.tsv"] == 7
    assert rows["feeds/order-cancellation-001.tsv"] == 1
    assert rows["rejected/b/confirm.txt"] == 2
    assert rows["reports/processing-report/a/confirm.txt.txt"] == 1


def test_what_the_manifest_says_of_the_inputs(night):
    busy(night).publish(plan="professional", marketplace="Amazon.com")
    manifest = json.loads(night.text("manifest.json"))
    assert manifest["as_of"] == "2026-03-10T07:00:00Z"
    assert manifest["account"]["feed_records"] == 30_000
    assert manifest["ledger"] == {"before": None, "after": None}
    assert [one["name"] for one in manifest["inputs"]] == sorted(one["name"] for one in manifest["inputs"])
    for one in manifest["inputs"]:
        given = (night.inputs / one["name"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(given).hexdigest()
        assert one["bytes"] == len(given)
        outcomes = sum(one[outcome] for outcome in ("accepted", "rejected", "skipped", "unreadable"))
        assert one["lines"] - one["header"] - one["blank"] == outcomes


def test_twice_is_once(night, first):
    busy(night).publish()
    assert content(night.out) == first.files  # in another place
    night.publish()
    assert content(night.out) == first.files  # and over its own output


def test_the_order_in_which_threads_finish_does_not_show(night, first, monkeypatch):
    busy(night)
    monkeypatch.setattr(writer, "REPORTS", writer.REPORTS[::-1])
    with threads.use_cores(1):
        night.publish()
    assert content(night.out) == first.files


def test_how_a_table_is_cut_does_not_show(night, first, monkeypatch):
    text = {path: data for path, data in first.files.items() if path.suffix != ".parquet"}
    monkeypatch.setattr("pipeline.model.chunked_rows.CHUNK_ROWS", 2)
    busy(night).publish()
    same = content(night.out)
    assert {path for path in text if text[path] != same[path]} == {Path("manifest.json")}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda night: night.write("odd.txt", "nothing known\nat all!\n"), False),
        (lambda night: (night.inputs / "odd.txt").rename(night.inputs / "odder.txt"), False),
        (lambda night: os.utime(night.inputs / "odd.txt", (1, 1)), True),
    ],
)
def test_the_number_of_a_run_depends_on_its_inputs(night, first, change, same):
    change(busy(night))
    assert (night.publish().run_id == first.made.run_id) == same


def test_the_number_of_a_run_depends_on_the_account(night, first):
    assert busy(night).publish(feed_records=7).run_id != first.made.run_id


def test_the_summary_adds_up(first):
    night, made, _ = first
    assert made.summary == night.text("reports/summary.txt")
    files = [line.split() for line in made.summary.partition("\nFiles\n")[2].split("\n\n")[0].split("\n")]
    assert len(files) == 7 - 1 + 1
    for line in files[:-1]:
        name, lines, _, _, *outcomes = line[:12]
        inputs = json.loads(night.text("manifest.json"))["inputs"]
        (given,) = [one for one in inputs if one["name"] == name]
        assert int(lines) == given["lines"] - given["header"] - given["blank"]
        assert int(lines) == sum(int(word) for word in outcomes if word.isdigit())
    assert len(made.summary.split("\n")) <= 41
    assert max(map(len, made.summary.split("\n"))) <= 122


def test_the_summary_says_what_to_do(first):
    made = first.made
    advice = made.summary.partition("What to do first\n")[2]
    assert "Fix empty.txt:1: FIL-001" in " ".join(advice.split())
    assert "Correct a/confirm.txt:4, the first of 3: SHP-101" in " ".join(advice.split())
    again = "Correct the lines in 4 files (rejected/a/confirm.txt to rejected/cut.txt) and resubmit them."
    assert again in " ".join(advice.split())
    assert "Upload feeds/shipping-confirmation-001.tsv." in advice
    assert "unshipped 3" in made.summary


def test_nothing_to_do(night):
    night.report([1])
    night.confirm([1])
    made = night.publish()
    assert "What to do first\n  1. Upload feeds/shipping-confirmation-001.tsv.\n\n" in made.summary
    (night.inputs / "confirm.txt").unlink()
    night.report([1], quantity_shipped="2", quantity_to_ship="0")
    made = night.publish()
    assert made.summary.split("\n\n")[1] == summary.NOTHING_TO_DO
    assert "What to do first" not in made.summary
    assert re.findall(r"^  ([A-Z]{3}-\d{3}) ", made.summary, re.MULTILINE) == ["MET-701", "MET-702"]


def test_a_screen_is_enough_for_many_files(night):
    night.report([1])
    for number in range(20):
        night.confirm([number], f"confirm-{number:02d}.txt")
    made = night.publish()
    assert "\n  … and 15 more files: 15 lines = " in made.summary
    assert len(made.summary.split("\n")) <= 41


def test_what_the_caller_gets(first):
    night, made, _ = first
    manifest = json.loads(night.text("manifest.json"))
    assert made.path == night.out
    assert made.run_id == manifest["run_id"]
    for outcome in ("lines", "accepted", "rejected", "skipped", "unreadable"):
        assert getattr(made.lines, outcome) == sum(one[outcome] for one in manifest["inputs"])
    severities = [row["severity"] for row in night.rows(FOUND)]
    assert made.severity_counts == {word: severities.count(word) for word in ("error", "warning", "info")}


def test_a_dry_run_writes_nothing_and_says_the_same(night):
    settled = busy(night).settle()
    before = sorted(night.home.rglob("*"))
    dry = publish_run(whole.ready(settled), night.out, dry_run=True)
    assert sorted(night.home.rglob("*")) == before
    made = publish_run(whole.ready(settled), night.out)
    heading = ("What to do first", "What there would be to do first")
    summary, _, written = dry.summary.partition("\nWould be written\n")
    assert summary == f"Dry run: nothing was written.\n\n{made.summary.replace(*heading)}"
    paths = [path for path in night.files() if path.startswith(("feeds/", "rejected/"))]
    assert [line.split("  ")[1] for line in written.splitlines()[:-1]] == sorted(paths)
    assert dry._replace(summary="", path=None) == made._replace(summary="", path=None)


def test_trouble_in_the_middle_leaves_the_old_output(night, monkeypatch):
    busy(night).publish()
    before = content(night.home)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "REPORTS", (*writer.REPORTS, writer.REPORTS[0]._replace(write=full)))
    with pytest.raises(OSError, match="No space"):
        night.publish()
    assert content(night.home) == before
    assert not [path for path in night.home.iterdir() if path.name.startswith(".")]


def test_skipped_rows_are_in_no_feed_and_not_rejected(night):
    night.report([1, 2, 3])
    night.confirm([1, 2, 9])
    settled = night.settle()
    settled.confirmations["skipped"] = arrow.to_series([True, False, False])
    publish_run(whole.ready(settled), night.out)
    assert [row["order-id"] for row in night.rows("feeds/shipping-confirmation-001.tsv")] == [night.order(2)]
    assert len(night.lines("rejected/confirm.txt")) == 2


def test_names_of_files_may_be_any(night):
    header = ["order-id", "ship-date", "tracking-number"]
    night.table("tab\tand\nline.txt", header, [{"order-id": night.order(1)}])
    night.table(os.fsdecode(b"caf\xe9.txt"), header, [{"order-id": night.order(1)}])
    night.publish()
    paths = {one["path"] for one in json.loads(night.text("manifest.json"))["outputs"]}
    assert {r"rejected/tab\x09and\x0aline.txt", r"rejected/caf\udce9.txt"} <= paths
    assert {row["source_file"] for row in night.rows(FOUND)} == {r"tab\x09and\x0aline.txt", r"caf\udce9.txt"}
    night.publish()


def test_nobody_corrects_what_amazon_wrote(night):
    night.report([1], sku="")
    steps = " ".join(night.publish().summary.partition("What to do first\n")[2].split())
    assert steps.startswith("1. Look into unshipped.txt:2: FMT-001 sku is empty. Download the report again")
    night.confirm([1], carrier_code="")
    night.publish()
    hints = {row["source_file"]: row["hint"] for row in night.rows(FOUND) if row["code"] == "FMT-001"}
    assert hints["confirm.txt"] == "Fill in carrier-code."
    assert hints["unshipped.txt"].startswith("Download the report again")
