"""`feedwarden audit` as a user runs it: what it writes, what it says, and its exit status as a gate."""

import csv
import json
import re
import tomllib

import jsonschema
import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import earlier_audits
from pipeline.model import profiles
from pipeline.publish.reports import audit as reports_audit
from tests import tables

AS_OF = "2026-03-10T07:00:00Z"
DEMO = tables.FIXTURES / "runs/demo/input"
PERSONAL = re.compile(r"Buyer \d+|\d+ Example St|Other Rd|@marketplace|555-555|例示")
UNSHIPPED = (
    "order-id order-item-id purchase-date reporting-date promise-date sku quantity-purchased quantity-shipped "
    "quantity-to-ship is-business-order product-name buyer-name odd_mark"
).split()


def audit(out, *paths, status=None):
    """What the command prints; it never ends in a traceback."""
    ran = CliRunner().invoke(cli.main, ["audit", *map(str, paths), "--as-of", AS_OF, "--out", str(out)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    assert status is None or ran.exit_code == status, ran.output
    return ran.output


def told(out):
    return json.loads((out / "reports/audit.json").read_text("utf-8"))


def report(path, rows=20, **cells):
    """An Unshipped Orders report of so many orders."""
    lines = ["\t".join(UNSHIPPED)]
    for at in range(rows):
        row = {
            "order-id": f"111-0000000-{at:07d}",
            "order-item-id": f"1{at:013d}",
            "purchase-date": "2026-03-08T10:00:00Z",
            "reporting-date": "2026-03-08T10:31:00Z",
            "promise-date": "2026-03-12T06:59:59Z",
            "sku": f"SKU-{at}",
            "quantity-purchased": "1",
            "quantity-shipped": "0",
            "quantity-to-ship": "1",
            "is-business-order": "false",
            "product-name": "Lamp",
            "buyer-name": "Zoë Quillfeather",
        } | {name.replace("_", "-"): value for name, value in cells.items()}
        lines.append("\t".join(row.get(name, "") for name in UNSHIPPED))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("audit") / "out"
    return out, audit(out, DEMO, status=1)


def test_what_is_written(demo):
    out, _ = demo
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    reports = {f"reports/{name}" for name in ("audit.json", "audit.md", "findings.tsv", "findings.parquet")}
    assert written == reports | {"manifest.json", "report.html"}
    listed = json.loads((out / "manifest.json").read_text("utf-8"))["outputs"]
    assert {one["path"] for one in listed} == written - {"manifest.json"}


def test_the_json_is_what_its_schema_says(demo):
    schema = json.loads(reports_audit.AUDIT_SCHEMA_PATH.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(told(demo[0]))


def test_every_part_of_the_json_is_described():
    """Names that no schema explains would be a layout nobody can rely on."""
    schema = json.loads(reports_audit.AUDIT_SCHEMA_PATH.read_text("utf-8"))
    assert set(schema["required"]) == set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_lines_are_conserved(demo):
    for one in told(demo[0])["files"]:
        fates = one["accepted"] + one["rejected"] + one["skipped"] + one["unreadable"]
        assert one["lines"] - one["header"] - one["blank"] == fates, one["name"]


def test_the_numbers_are_those_of_the_findings(demo):
    out, printed = demo
    with (out / "reports/findings.tsv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    counted = {one["code"]: one["number"] for one in told(out)["findings"]}
    assert counted == {code: codes.count(code) for code in codes} == told(out)["summary"]["findings"]
    markdown, page = ((out / name).read_text("utf-8") for name in ("reports/audit.md", "report.html"))
    for code, number in counted.items():
        assert re.search(rf"^\| {code} \| \S+ \| {number} \|", markdown, re.MULTILINE)
        assert re.search(rf"{code} .*{number}", printed)
        assert f"<code>{code}</code>" in page


def test_no_order_is_judged(demo):
    assert {one["code"][:3] for one in told(demo[0])["findings"]} <= {"FIL", "FMT", "ORD", "CAN", "POL"}


def test_nothing_personal_leaves(demo):
    out, printed = demo
    assert not PERSONAL.search(printed)
    for path in out.rglob("*"):
        if path.is_file():
            assert not PERSONAL.search(path.read_bytes().decode("utf-8", "replace")), path


def test_every_column_is_checked(tmp_path):
    report(tmp_path / "bad.txt", is_business_order="perhaps")
    audit(tmp_path / "out", tmp_path / "bad.txt", status=0)  # a warning: no night needs the column
    assert [one["code"] for one in told(tmp_path / "out")["findings"] if one["code"] != "FIL-003"] == ["FMT-006"]
    ran = CliRunner().invoke(
        cli.main,
        ["run", str(tmp_path / "bad.txt"), "--no-ledger", "--as-of", AS_OF, "--out", str(tmp_path / "night")],
    )
    assert ran.exit_code == 0
    assert "FMT-006" not in (tmp_path / "night/reports/findings.tsv").read_text("utf-8")


def test_the_profile_of_a_column(tmp_path):
    report(tmp_path / "a.txt", odd_mark="Zoë Quillfeather")
    audit(tmp_path / "out", tmp_path / "a.txt", status=0)
    (kind,) = told(tmp_path / "out")["kinds"]
    columns = {one["name"]: one for one in kind["columns"]}
    assert columns["product-name"]["values"] == [{"value": "Lamp", "number": 20}]
    assert columns["sku"]["values"] is None
    assert [columns["sku"][name] for name in ("distinct", "shortest", "longest")] == [20, 5, 6]
    assert columns["purchase-date"]["least"] == "2026-03-08T10:00:00Z"
    assert columns["quantity-to-ship"]["most"] == "1"
    assert (columns["buyer-name"]["values"], columns["odd_mark"]["use"], columns["odd_mark"]["filled"]) == (
        None,
        "unknown",
        None,
    )
    assert "Quillfeather" not in (tmp_path / "out/report.html").read_text("utf-8")


def test_reports_are_held_beside_each_other(tmp_path):
    report(tmp_path / "a.txt", rows=3)
    report(tmp_path / "b.txt", rows=3, sku="other", reporting_date="2026-03-09T10:31:00Z")
    audit(tmp_path / "out", tmp_path / "a.txt", tmp_path / "b.txt", status=0)
    assert {"code": "ORD-108", "severity": "warning", "number": 3} in told(tmp_path / "out")["findings"]


def test_rows_that_repeat_others_and_days_without_rows(tmp_path):
    path = report(tmp_path / "a.txt", rows=2)
    head, first, second = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([head, first, first, second.replace("03-08", "03-04")]) + "\n", encoding="utf-8")
    printed = audit(tmp_path / "out", path, status=0)
    (kind,) = told(tmp_path / "out")["kinds"]
    assert (kind["repeated"], kind["days"]["empty"]) == (1, 3)
    assert kind["days"]["gaps"] == [{"first": "2026-03-05", "last": "2026-03-07", "days": 3}]
    assert "1 row is an exact duplicate" in printed


def test_the_same_again_and_in_another_order(tmp_path):
    report(tmp_path / "a.txt")
    report(tmp_path / "b.txt", sku="x")
    audit(tmp_path / "one", tmp_path / "a.txt", tmp_path / "b.txt")
    audit(tmp_path / "two", tmp_path / "b.txt", tmp_path / "a.txt")
    audit(tmp_path / "two", tmp_path / "b.txt", tmp_path / "a.txt")  # over its own output
    assert tables.outputs(tmp_path / "one") == tables.outputs(tmp_path / "two")


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 0),
        (["--fail-on", "error"], 0),
        (["--fail-on", "warning"], 1),
        (["--max-rejected", "5%"], 0),
    ],
)
def test_as_a_gate(tmp_path, options, status):
    report(tmp_path / "a.txt", is_business_order="perhaps")
    audit(tmp_path / "out", tmp_path / "a.txt", *options, status=status)


def test_rejected_lines_are_status_1_and_nothing_usable_is_3(tmp_path):
    report(tmp_path / "a.txt", sku="")
    audit(tmp_path / "out", tmp_path / "a.txt", status=1)
    (tmp_path / "b.txt").write_text("nothing\n", encoding="utf-8")
    audit(tmp_path / "out", tmp_path / "b.txt", status=3)


def test_against_an_earlier_audit(tmp_path):
    report(tmp_path / "a.txt", rows=60)
    audit(tmp_path / "before", tmp_path / "a.txt")
    report(tmp_path / "a.txt", rows=60, sku="")
    printed = audit(tmp_path / "out", tmp_path / "a.txt", "--against", tmp_path / "before", status=1)
    what = {(one["what"], one["column"]) for one in told(tmp_path / "out")["drift"]}
    assert what == {("lines rejected", ""), ("finding", "FMT-001"), ("filled", "sku")}
    assert "unshipped sku: 0.0 % of the cells are filled, previously 100.0 %" in printed
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert 'id="drift"' in page
    assert "Lines rejected and unreadable over time" in page


def test_against_a_ledger(tmp_path):
    report(tmp_path / "a.txt", rows=60)
    options = [
        "--ledger",
        str(tmp_path / "ledger"),
        "--as-of",
        "2026-03-09T07:00:00Z",
        "--out",
        str(tmp_path / "night"),
    ]
    assert CliRunner().invoke(cli.main, ["run", str(tmp_path / "a.txt"), *options]).exit_code == 0
    report(tmp_path / "a.txt", rows=60, quantity_to_ship="")
    audit(tmp_path / "out", tmp_path / "a.txt", "--against", tmp_path / "ledger", status=1)
    assert ("filled", "quantity-to-ship") in {(one["what"], one["column"]) for one in told(tmp_path / "out")["drift"]}
    assert told(tmp_path / "out")["compared_with"] == ["2026-03-09T07:00:00Z"]


def test_against_a_ledger_only_what_an_audit_looks_for_is_compared():
    """An audit judges no order: that it finds no order late says nothing about the files."""
    found = {"FMT-001": 3, "LIF-204": 60, "CLM-401": 60, "SHP-101": 60, "CAN-501": 9, "CAN-502": 2}
    night = earlier_audits._keep_audited_findings(
        profiles.PastRun("2026-03-09T07:00:00Z", {}, {"lines": {}, "findings": found})
    )
    assert night.summary == {"lines": {}, "findings": {"FMT-001": 3, "CAN-502": 2}}
    assert earlier_audits._keep_audited_findings(night._replace(summary={})).summary == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"as_of": "x", "summary": {"lines": {}}}', '{"as_of": 1, "summary": 2}']
)
def test_against_what_is_no_audit(tmp_path, text):
    report(tmp_path / "a.txt")
    (tmp_path / "odd/reports").mkdir(parents=True)
    (tmp_path / "odd/reports/audit.json").write_text(text, encoding="utf-8")
    assert "--against" in audit(tmp_path / "out", tmp_path / "a.txt", "--against", tmp_path / "odd", status=2)
    assert "--against" in audit(tmp_path / "out", tmp_path / "a.txt", "--against", tmp_path / "none", status=2)
    assert not (tmp_path / "out").exists()


def test_on_a_terminal_the_same_numbers_in_tables(capsys, monkeypatch):
    from pipeline.app import summary_tables
    from pipeline.app.jobs import JobResult
    from pipeline.model.run_counts import CodeCount
    from pipeline.model.tally import Tally

    monkeypatch.setenv("COLUMNS", "120")
    tally = Tally(5, 1, 0, 3, 1, 0, 0)
    files = (("\x1b[31m[b]x.txt", "orders", tally),)
    counts = (CodeCount("error", "FMT-003", 1234, 0),)
    text = "head\n\nWhat to do first\n  1. \x9bNothing.\n\nFindings\n  x\n\nFiles\n  x\n"
    summary_tables.print_summary(JobResult(text, 3, 1, 0, 0, 1, 0, True, files, counts))
    shown = capsys.readouterr().out
    assert "\x1b[31m" not in shown
    assert "\x9b" not in shown
    assert "[b]x.txt" in shown
    assert "1,234" in shown
    assert "What to do first" in shown
    assert "\n  x" not in shown


def test_nothing_from_a_file_means_anything_in_the_markdown(tmp_path):
    corpus = tomllib.loads((tables.FIXTURES / "awkward/injection.toml").read_text("utf-8"))
    for at, text in enumerate([text for group in corpus.values() for text in group]):
        name = text.replace("/", "|").replace("\0", "")[:60]
        report(tmp_path / f"{name} {at}.txt", rows=1, sku="", product_name=text)
    audit(tmp_path / "out", *sorted(tmp_path.glob("*.txt")), status=1)
    told = (tmp_path / "out/reports/audit.md").read_text("utf-8")
    shown = re.sub(r"\\[\\`*_{}\[\]()#+!|~]", "", told)  # what is escaped means nothing
    assert not re.search(r"<[a-zA-Z/!]|\]\(|https?://|@[a-z]|`|www\.", shown)
    rows = [line for line in shown.splitlines() if line.startswith("| ")]
    assert {line.count("|") for line in rows if "unshipped" in line} == {8}
