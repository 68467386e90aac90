"""``ledger explain``: the row that counted, the line of the state table, the facts and the rules, for every item."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console
from pipeline.ledger import LedgerSnapshot, read_order
from pipeline.lifecycle import STATE_LINES, explain_state
from pipeline.lifecycle.state_reasons import count_shipped
from pipeline.model.states import STATE_NAMES
from tests.house import House, order, report, upload

ROOT = Path(__file__).resolve().parents[2]
NIGHTS = ("2026-03-02T07:00:00Z", "2026-03-03T07:00:00Z", "2026-03-04T07:00:00Z")


def call(*words):
    result = CliRunner().invoke(cli.main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def explain(folder, order_id, *words):
    result = call("ledger", "explain", order_id, "--ledger", folder / "ledger", *words)
    assert result.exit_code == console.OK, result.output
    return result.output


def run(folder, night, *files):
    """One night with an output of its own; nothing of it is copied from elsewhere, so the ledger names that output."""
    words = ["--ledger", folder / "ledger", "--as-of", NIGHTS[night - 1], "--out", folder / f"out{night}", "--quiet"]
    assert call("run", *files, *words).exit_code in (0, 1)


def rows(path):
    header, *lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """Three nights of a seller with one ledger, and before them the orders of stories in which all states occur."""
    folder = tmp_path_factory.mktemp("nights")
    for number, as_of in enumerate(NIGHTS, 1):
        given = [f"fixtures/nights/seven/{number}/input", *(["fixtures/runs/demo/input"] if number == 1 else [])]
        words = ["--ledger", folder / "ledger", "--as-of", as_of, "--out", folder / str(number), "--quiet"]
        assert call("run", *(ROOT / path for path in given), *words).exit_code in (0, 1)
    return folder


@pytest.fixture(scope="module")
def items(nights):
    """Every order item of the last night's table, with its row of the ledger."""
    ledger = LedgerSnapshot(str(nights / "ledger"))
    shown = rows(nights / "3/reports/orders.tsv") + rows(nights / "1/reports/orders.tsv")
    known = {}
    for row in shown:
        for item in read_order(ledger, row["order_id"]).list_items():
            known[row["order_id"], item["order_item_id"] or ""] = item
    return [(row, known[row["order_id"], row["order_item_id"]]) for row in rows(nights / "3/reports/orders.tsv")], known


def test_every_state_has_its_line_and_a_reason(items):
    assert {*STATE_LINES} == {*STATE_NAMES}
    _, known = items
    states = {item["state"] for item in known.values()}
    assert {"canceled", "shipped", "pending", "partially-shipped", "unshipped"} <= states
    for item in known.values():
        reason = explain_state(item)
        assert [*STATE_LINES][reason.line - 1] == item["state"]
        assert "None" not in reason.facts


def test_the_ledger_and_the_table_of_orders_say_the_same(items):
    """What explain reads is what the run wrote into its report."""
    compared, _ = items
    assert compared
    for row, item in compared:
        assert row["state"] == item["state"]
        if row["quantity_purchased"]:
            assert row["quantity_shipped"] == str(count_shipped(item))


def test_an_item_is_explained_whole(tmp_path):
    """A late order of a report, confirmed in part: each of the four things is there."""
    house = House(tmp_path)
    house.run(report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "c.txt", (1, "1", "T1")))
    told = explain(tmp_path, order(1)[0])
    assert f"item {order(1)[1]} (SKU-1) is partially-shipped\n" in told
    assert "  row: unshipped.txt:2 (unshipped), read by run 1 as of 2026-03-08T07:00:00Z\n" in told
    assert "  state: line 5 of 7: some of it is shipped (1 of 2 shipped)\n" in told
    assert re.search(r"^    quantity_purchased +2$", told, re.MULTILINE)
    assert re.search(r"^    promise_date +2026-03-20T06:59:59Z$", told, re.MULTILINE)
    found = [row for row in house.rows("reports/findings.tsv") if row["order_id"] == order(1)[0]]
    assert {row["code"] for row in found} == {*re.findall(r"\b[A-Z]{3}-[0-9]{3}\b", told)}
    assert "None" not in told
    assert "  rules: none fired about it" in explain(tmp_path, order(2)[0])


def test_an_earlier_run_is_explained_by_its_own_output(tmp_path):
    run(tmp_path, 1, report(tmp_path / "unshipped.txt", 1))
    run(tmp_path, 2, report(tmp_path / "later.txt", 1, 2), upload(tmp_path / "c.txt", (1, "2", "T1")))
    then, now = explain(tmp_path, order(1)[0], "--version", "1"), explain(tmp_path, order(1)[0])
    assert f"row: unshipped.txt:2 (unshipped), read by run 1 as of {NIGHTS[0]}\n" in then
    assert "rules: none fired about it" in then
    assert then == explain(tmp_path, order(1)[0], "--as-of", NIGHTS[0])
    assert f"row: later.txt:2 (unshipped), read by run 2 as of {NIGHTS[1]}\n" in now
    assert "SHP-109 error  c.txt:2  " in now  # shipped on a day that has not come


def test_a_file_that_came_again_is_the_later_runs(tmp_path):
    """Though it is no new evidence, so that the item was last seen before."""
    run(tmp_path, 1, report(tmp_path / "unshipped.txt", 1))
    run(tmp_path, 2, report(tmp_path / "again.txt", 1), upload(tmp_path / "c.txt", (1, "2", "T1")))
    assert f"row: again.txt:2 (unshipped), read by run 2 as of {NIGHTS[1]}\n" in explain(tmp_path, order(1)[0])


def test_an_output_that_is_gone_or_another_runs_is_said(tmp_path):
    run(tmp_path, 1, report(tmp_path / "unshipped.txt", 1))
    shutil.move(tmp_path / "out1", tmp_path / "moved")
    gone = explain(tmp_path, order(1)[0])
    assert "is unshipped" in gone
    assert f"\nrules: {tmp_path}/out1 holds no output that can be read; name the output" in gone
    assert "rules: none fired about it" in explain(tmp_path, order(1)[0], "--out", tmp_path / "moved")
    run(tmp_path, 2, report(tmp_path / "later.txt", 1, 2))
    assert "the output of another run" in explain(tmp_path, order(1)[0], "--out", tmp_path / "moved")


@pytest.mark.parametrize(
    "words", [(), ("nonsense",), ("111-9999999-9999999",), ("111-0000000-0000001", "--version", "0")]
)
def test_what_cannot_be_explained_ends_with_one_line_and_2(tmp_path, monkeypatch, words):
    House(tmp_path).run(report(tmp_path / "unshipped.txt", 1))
    monkeypatch.setattr(console.log, "handlers", [])  # as in a new process, where errors are printed
    result = call("ledger", "explain", *words, "--ledger", tmp_path / "ledger")
    assert (result.exit_code, result.output.count("\n")) == (console.WRONG_USAGE, 1)


def test_the_page_has_the_state_table():
    page = (ROOT / "pipeline/app/README.md").read_text("utf-8")
    shown = re.findall(r"^\| ([0-9]) \| `([a-z-]+)` \| ([^|]+) \|$", page, re.MULTILINE)
    assert [(int(line), state, words) for line, state, words in shown] == [
        (line, state, words) for line, (state, words) in enumerate(STATE_LINES.items(), 1)
    ]
