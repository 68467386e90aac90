"""A ledger of an older layout is read as it is, and a run brings it to the present one in its own commit."""

import functools
import io
import json
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from deltalake import DeltaTable
from deltalake.table import TableAlterer

from pipeline import cli
from pipeline.app import console
from pipeline.ledger import commit, describe_order, layouts, lock
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import CLAIMS, DATA_TABLES, ORDER_ITEMS, RUNS
from pipeline.utils.dtypes import NEVER
from tests import nights, tables
from tests.ledger import test_safety
from tests.ledger.older_layouts import COLUMNS, OLDER_LAYOUTS, present_columns

ROOT = Path(__file__).resolve().parents[2]
STORY = next(story for story in nights.stories() if story.name == "seven")
BEFORE = 3  # nights in the older layout; by then items are shipped in part, corrected, refused and confirmed anew
ORDER = "111-0000000-0000004"  # shipped in part and corrected
# What a layout does not know: when what was confirmed so far was, and for the page what earlier nights were like.
UNKNOWN = {
    "1, first": {"manifest.json", "report.html", "reports/metrics.json", "reports/metrics.prom"},
    "1, with rates": {"manifest.json", "report.html"},
    "1, with counts": {"manifest.json", "report.html"},
    "1, without dates": {"manifest.json", "report.html"},
    "1, with summaries": set(),
    "2": set(),
    "3": set(),
    "4, first": set(),
    "4, without cancellations": set(),
    "4": set(),
}
_EVIDENCE = {
    *("pending_at", "not_pending_at", "unshipped_at", "delisted", "canceled_at", "called_off_at", "unaccepted"),
    *("not_arrived", "fulfilled_by", "is_buyer_requested_cancellation", "verge_of_cancellation"),
    "verge_of_lateshipment",
}  # which the next report says
UNKNOWN_COLUMNS = {
    "1, first": {*_EVIDENCE, "counted_at", "seller_canceled", "confirmed_at", "tracked"},
    "1, with rates": {*_EVIDENCE, "counted_at"},
    "1, with counts": _EVIDENCE,
    "1, without dates": {*_EVIDENCE, "reported"},
    "1, with summaries": {*_EVIDENCE, "reported"},
    "2": {*_EVIDENCE, "reported"},
    "3": _EVIDENCE,
    "4, first": _EVIDENCE,
    "4, without cancellations": set(),
    "4": set(),
}
COUNTED_TWICE = {"1, first": ("10000000000004",)}  # what the code of then called shipped stays so
NIGHTS_OF_THEN = {"1, with rates": 1}  # with today's Arrow that commit cannot run a second night
QUICK = ("1, first",)  # its rows are written anew, where of later ones only columns are added
every_layout = pytest.mark.parametrize("name", OLDER_LAYOUTS)
each_kind = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in OLDER_LAYOUTS]
)


def run_night(home, number, *more):
    out = home / f"out-{number}"
    words = ["run", str(STORY / str(number) / "input"), "--as-of", str(nights.told(STORY)[number - 1]["as-of"])]
    result = CliRunner().invoke(cli.main, [*words, "--out", str(out), "--ledger", str(home / "ledger"), *more])
    assert result.exit_code in (0, 1), result.output
    return tables.outputs(out) if out.is_dir() else {}


FINDINGS = "reports/findings.tsv"


def differing(told, expected, name):
    """The outputs that differ; findings about rates (MET) state what metrics.json does, and differ with it."""
    if "reports/metrics.json" in UNKNOWN[name]:
        told, expected = ({**outputs, FINDINGS: without_rates(outputs[FINDINGS])} for outputs in (told, expected))
    return {path for path in {*told, *expected} if told.get(path) != expected.get(path)}


def without_rates(findings):
    return [line for line in findings.splitlines() if b"\tMET-70" not in line]


@pytest.fixture(scope="module")
def present(tmp_path_factory):
    """A ledger of the present layout after some nights, and what the next night makes of it."""
    home = tmp_path_factory.mktemp("present")
    for number in range(1, BEFORE + 1):
        run_night(home, number)
    shutil.copytree(home / "ledger", home / "before")
    return home, run_night(home, BEFORE + 1)


@pytest.fixture
def older(present, tmp_path):
    """The same ledger before the next night, in an older layout."""

    def rebuilt(name):
        shutil.copytree(present[0] / "before", tmp_path / "ledger")
        OLDER_LAYOUTS[name].rebuild(str(tmp_path / "ledger"))
        return tmp_path

    return rebuilt


def rows_of(url, table, version=None):
    rows = LedgerSnapshot(str(url), version).read_rows(table).astype(object).where(lambda frame: frame.notna(), None)
    return sorted(rows.to_dict("records"), key=repr)


@functools.cache
def rows_of_present(home, table):
    return rows_of(home / "ledger", table)


def stored_files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@each_kind
def test_the_next_night_is_the_same_whatever_the_layout_before(older, present, name):
    home = older(name)
    told, expected = run_night(home, BEFORE + 1), present[1]
    assert differing(told, expected, name) <= UNKNOWN[name]
    for table in (*DATA_TABLES, RUNS):
        assert DeltaTable(str(home / "ledger" / table.name)).metadata().description == layouts.LAYOUT
        assert set(DeltaTable(str(home / "ledger" / table.name)).to_pyarrow_dataset().schema) == set(table.schema)
    unknown = UNKNOWN_COLUMNS[name]
    for table in DATA_TABLES:
        one, two = (
            [
                {column: value for column, value in row.items() if column not in unknown}
                for row in rows
                if row["seq"] == BEFORE + 1
            ]
            for rows in (rows_of(home / "ledger", table), rows_of_present(present[0], table))
        )
        assert sorted(one, key=repr) == sorted(two, key=repr), table.name


@each_kind
def test_reading_and_a_dry_run_leave_an_older_ledger_as_it_is(older, present, name):
    home = older(name)
    before = stored_files(home / "ledger")
    expected = str(present[0] / "before")
    for words in (("show",), ("show", ORDER), ("history",), ("show", ORDER, "--version", "1"), ("verify",)):
        one, two = (
            CliRunner().invoke(cli.main, ["ledger", *words, "--ledger", url])
            for url in (str(home / "ledger"), expected)
        )
        assert (one.exit_code, one.output) == (two.exit_code, two.output)
        assert one.exit_code == console.OK
    run_night(home, BEFORE + 1, "--dry-run")
    assert stored_files(home / "ledger") == before


@each_kind
def test_versions_before_the_migration_stay_readable(older, name):
    home = older(name)
    url = str(home / "ledger")
    versions = LedgerSnapshot(url).versions
    before = {
        table.name: DeltaTable(f"{url}/{table.name}", version=versions[table.name]).to_pyarrow_table()
        for table in DATA_TABLES
        if table.name in versions
    }
    stories = [describe_order(LedgerSnapshot(url, number), ORDER) for number in range(1, BEFORE + 1)]
    run_night(home, BEFORE + 1)
    assert stories == [describe_order(LedgerSnapshot(url, number), ORDER) for number in range(1, BEFORE + 1)]
    for table_name, rows in before.items():
        assert DeltaTable(f"{url}/{table_name}", version=versions[table_name]).to_pyarrow_table().equals(rows)


@each_kind
@pytest.mark.parametrize("share", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_run_that_dies_while_it_migrates_leaves_the_older_ledger(older, present, name, share, monkeypatch):
    home = older(name)
    url = home / "ledger"
    before = {table.name: rows_of(url, table) for table in DATA_TABLES}
    places = 0
    real = TableAlterer.set_table_description

    def count_or_fail(self, *args, **options):
        nonlocal places
        places += 1
        if places == last:
            raise OSError("no space left on device")
        return real(self, *args, **options)

    monkeypatch.setattr(TableAlterer, "set_table_description", count_or_fail)
    tables_to_migrate = len(OLDER_LAYOUTS[name].tables_to_migrate())
    for last in range(1, tables_to_migrate) if share else (tables_to_migrate,):  # the last is the table of runs
        places = 0
        words = ["run", str(STORY / "4" / "input"), "--as-of", str(nights.told(STORY)[BEFORE]["as-of"])]
        result = CliRunner().invoke(cli.main, [*words, "--out", str(home / "out-4"), "--ledger", str(url)])
        assert result.exit_code == console.COULD_NOT_FINISH, last
        assert not (home / "out-4").exists()
        assert LedgerSnapshot(str(url)).last == BEFORE
        assert {table.name: rows_of(url, table) for table in DATA_TABLES} == before
    monkeypatch.undo()
    told = run_night(home, BEFORE + 1)
    assert differing(told, present[1], name) <= UNKNOWN[name]


def test_of_two_runs_that_migrate_the_second_fails_and_loses_nothing(older):
    url = str(older("1, first") / "ledger")
    one, _ = commit.prepare_ledger(url)
    two = LedgerSnapshot(url)
    facts = one.last_run_row() | {"run_id": "x", "inputs_hash": "x"}
    del facts["seq"], facts["versions"]
    held = rows_of(url, ORDER_ITEMS)
    assert commit.commit_run(one, facts, {}) == BEFORE + 1
    with pytest.raises(lock.LedgerInUse, match="another run has committed"):
        commit.commit_run(two, facts, {})
    assert LedgerSnapshot(url).last == BEFORE + 1
    assert rows_of(url, ORDER_ITEMS) == held


def test_columns_that_are_only_new_rewrite_no_rows(older):
    url = str(older("2") / "ledger")
    before = set(DeltaTable(f"{url}/confirmations").file_uris())
    ledger, _ = commit.prepare_ledger(url)
    facts = ledger.last_run_row() | {"run_id": "x", "inputs_hash": "x"}
    del facts["seq"], facts["versions"]
    commit.commit_run(ledger, facts, {})
    assert set(DeltaTable(f"{url}/confirmations").file_uris()) == before


def test_an_item_that_is_confirmed_in_part_is_not_overdue_where_nobody_knows_since_when(older):
    home = older("1, first")
    for number in (4, 5):
        told = run_night(home, number)
    expected = json.loads((STORY / "5/expected/reports/metrics.json").read_text("utf-8"))
    assert json.loads(told["reports/metrics.json"])["late_shipment"]["overdue"] == expected["late_shipment"]["overdue"]


def test_the_columns_of_layout_1_are_worked_out_where_they_follow(older):
    url = str(older("1, first") / "ledger")
    known = {(row["order_id"], row["seq"]): row for row in rows_of(url, ORDER_ITEMS)}
    for row in known.values():
        assert (row["counted_at"] is None) == (row["quantity_shipped"] is None)
        assert row["counted_at"] in (None, row["last_seen"])
        assert row["reported"] in (NEVER, row["released"])
    assert any(row["reported"] != NEVER for row in known.values())
    assert rows_of(url, CLAIMS) == []


@pytest.mark.slow
@pytest.mark.parametrize("share", range(test_safety.SHARES))
def test_a_run_killed_at_any_place_of_a_migration_is_finished_or_forgotten(older, tmp_path, share):
    before = older("1, first") / "ledger"
    given = ["run", STORY / str(BEFORE + 1) / "input", "--as-of", nights.told(STORY)[BEFORE]["as-of"]]

    def words(home):
        shutil.copytree(before, home / "ledger")
        return [*given, "--out", home / f"out-{BEFORE + 1}", "--ledger", home / "ledger"]

    counted = test_safety.run(words(tmp_path / "well"))
    places = int(counted.stderr.split()[-1])
    assert places > 40
    for at in range(1 + share, places + 1, test_safety.SHARES):
        harmed = tmp_path / f"harmed-{at}"
        assert test_safety.run(words(harmed), at).returncode == -signal.SIGKILL, at
        told, expected = run_night(harmed, BEFORE + 1), tables.outputs(tmp_path / "well" / f"out-{BEFORE + 1}")
        assert told == expected, at
        for table in DATA_TABLES:
            assert rows_of(harmed / "ledger", table) == rows_of(tmp_path / "well/ledger", table), at


@pytest.mark.slow
@every_layout
def test_a_ledger_that_the_code_of_then_has_written(tmp_path, name):
    """A commit of main that had the layout runs the first nights; today's program goes on from there."""
    layout, then, now = OLDER_LAYOUTS[name], tmp_path / "then", tmp_path / "now"
    packed = subprocess.run(["git", "archive", layout.commit], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip("the history of main is not here")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(tmp_path / "code", filter="data")
    first = NIGHTS_OF_THEN.get(name, BEFORE)
    for number in range(1, first + 1):
        run_night(now, number)
        given = ["run", STORY / str(number) / "input", "--as-of", nights.told(STORY)[number - 1]["as-of"]]
        words = [*given, "--out", then / f"out-{number}", "--ledger", then / "ledger"]
        program = [sys.executable, "-m", "pipeline.cli", *map(str, words)]
        ended = subprocess.run(program, cwd=tmp_path / "code", capture_output=True, check=False)
        assert ended.returncode in (0, 1), ended.stderr
    for table_name, schema in layout.schemas().items():
        written = DeltaTable(str(then / "ledger" / table_name))
        assert written.metadata().description == f"feedwarden ledger, layout {layout.number}"
        assert set(written.to_pyarrow_dataset().schema) == set(schema), table_name
    assert {path.name for path in (then / "ledger").iterdir()} - {".lock"} == set(layout.schemas())
    one, two = (run_night(home, first + 1) for home in (then, now))
    assert {path: data for path, data in one.items() if path.startswith("feeds/")} == {
        path: data for path, data in two.items() if path.startswith("feeds/")
    }
    stand_one, stand_two = (
        [row for row in where_items_stand(outputs) if row[1] not in COUNTED_TWICE.get(name, ())]
        for outputs in (one, two)
    )
    assert stand_one == stand_two
    for number in range(first + 2, len(nights.told(STORY)) + 1):
        run_night(then, number)
    assert CliRunner().invoke(cli.main, ["ledger", "verify", "--ledger", str(then / "ledger")]).exit_code == console.OK


def where_items_stand(outputs):
    lines = [line.split("\t") for line in outputs["reports/orders.tsv"].decode().splitlines()]
    shown = [
        index for index, name in enumerate(lines[0]) if name == "state" or name.endswith("_id") or "quantity" in name
    ]
    return [[line[index] for index in shown] for line in lines]


def test_columns_change_only_with_the_layout():
    """Else ledgers of the same layout differ. To add a layout, see pipeline/ledger/README.md."""
    assert json.loads(COLUMNS.read_text("utf-8")) == present_columns()
