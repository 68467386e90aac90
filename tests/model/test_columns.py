"""Declared columns: each says what it holds, a difference is found, and without --verify nothing is looked at."""

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from pipeline.claims import columns as claims_columns
from pipeline.cli import main
from pipeline.ingest import empty_rows
from pipeline.lifecycle import columns as lifecycle_columns
from pipeline.model import columns
from pipeline.model.columns import ColumnTable, WrongColumns, flag, instant, made_by, text, verified, whole
from pipeline.model.file_columns import bucket_table, split_table
from pipeline.reconcile import columns as reconcile_columns
from pipeline.utils import arrow
from schemas.kinds import KINDS

MODULES = (reconcile_columns, lifecycle_columns, claims_columns)
TABLES = [table for module in MODULES for table in vars(module).values() if isinstance(table, ColumnTable)]
TABLES += [split_table(kind) for kind in KINDS]
TABLE = ColumnTable(
    "parcels",
    (
        whole("line", "the line"),
        instant("sent_at", "when it was sent", "it was not"),
        *made_by("a test", flag("tracked", "it has a number"), optional=True),
    ),
)
LINE, SENT_AT = pa.array([1, 2]), pa.array([0, None], pa.timestamp("us", "UTC"))


def frame(**given):
    return arrow.to_frame(pa.table(given))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_holds_and_who_makes_it(table):
    assert len(table.names()) == len(table.columns)
    for column in table.columns:
        assert column.meaning, column
        assert column.made_by, column
        assert not isinstance(column.dtype, str), column
        if pa.types.is_timestamp(column.dtype) or pa.types.is_date(column.dtype) or pa.types.is_decimal(column.dtype):
            assert column.unit, column


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_rows_of_a_kind_are_as_declared(kind):
    """Values are parsed in the dtypes that are declared of them."""
    bucket_table(kind.name).check(empty_rows(kind))


@pytest.mark.parametrize(
    "rows",
    [
        frame(line=LINE, sent_at=SENT_AT),
        frame(sent_at=SENT_AT, line=LINE, tracked=pa.array([True, False])),
        frame(line=LINE.slice(0, 0), sent_at=SENT_AT.slice(0, 0)),
    ],
    ids=["without the optional column", "with it, in another order", "no rows"],
)
def test_what_is_declared_passes(rows):
    TABLE.check(rows)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (frame(line=LINE), "sent_at is missing"),
        (frame(line=LINE, sent_at=SENT_AT, send_at=SENT_AT), "send_at is not declared"),
        (frame(line=LINE.cast("int32"), sent_at=SENT_AT), "line is int32, not int64"),
        (frame(line=LINE, sent_at=SENT_AT.cast(pa.timestamp("us"))), "sent_at is timestamp[us], not timestamp"),
        (frame(line=pa.array([1, None]), sent_at=SENT_AT), "line is null in 1 rows"),
        (frame(line=LINE, sent_at=SENT_AT, tracked=pa.array([None, True])), "tracked is null in 1 rows"),
        (frame(line=LINE, sent_at=SENT_AT).assign(line=[1, 2]), "line is int64, not an Arrow column"),
    ],
)
def test_what_is_not_is_named(rows, fault):
    with pytest.raises(WrongColumns) as caught:
        TABLE.check(rows)
    assert str(caught.value).startswith("parcels: ")
    assert fault in str(caught.value)


def test_rows_are_checked_only_where_that_is_asked_for(monkeypatch):
    wrong = pd.DataFrame({"other": [1]})
    monkeypatch.delenv("FEEDWARDEN_VERIFY")
    assert verified(wrong, TABLE) is wrong
    columns.switch_on(verify=False)
    assert verified(wrong, TABLE) is wrong
    monkeypatch.setenv("FEEDWARDEN_VERIFY", "")  # so that the next line is undone
    columns.switch_on(verify=True)
    with pytest.raises(WrongColumns):
        verified(wrong, TABLE)


def test_a_later_column_of_a_name_counts():
    extended = TABLE.extend("letters", text("line", "the line in words"))
    assert extended.names() == TABLE.names()
    assert [column.dtype for column in extended.columns if column.name == "line"] == [pa.string()]
    assert extended.select("lines", ["line"]).names() == {"line"}


@pytest.mark.parametrize(
    ("command", "fault", "status"),
    [
        (("run", "confirmation.txt"), "order_items", 4),
        (("confirm", "confirmation.txt", "--reports", "confirmation.txt"), "order_items", 4),
        (("claims", "confirmation.txt"), "order_items", 4),
        (("run", "confirmation.txt"), "", 1),
    ],
)
def test_a_fault_of_the_program_ends_a_verified_run(command, fault, status, monkeypatch, tmp_path):
    """With --verify alone; without it the same run ends as its lines say."""
    monkeypatch.setenv("FEEDWARDEN_VERIFY", "")
    monkeypatch.chdir(tmp_path)
    header, cells = "order-id ship-date carrier-code tracking-number", "111-0000000-0000001 2026-03-09 UPS 1Z"
    lines = ("\t".join(line.split()) + "\n" for line in (header, cells))
    (tmp_path / "confirmation.txt").write_text("".join(lines), encoding="utf-8")
    check = ColumnTable.check

    def check_with_fault(table, rows):
        check(table, rows.assign(undeclared=0) if table.name == fault else rows)

    monkeypatch.setattr(ColumnTable, "check", check_with_fault)
    words = [*command, "--no-ledger", "--as-of", "2026-03-10T07:00:00Z", "--out", "out"]
    assert CliRunner().invoke(main, words).exit_code == 1
    ended = CliRunner().invoke(main, [*words, "--verify"])
    assert ended.exit_code == status, ended.output
    assert ("order_items: undeclared is not declared" in ended.output) == bool(fault)
