"""The example of each kind is read back without findings, and all together are a night of a made-up seller."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console
from schemas import examples
from schemas.examples import read_example
from schemas.kinds import KINDS, find_kind

AS_OF = "2026-03-10T07:00:00Z"  # an hour after the reports of the examples were made
FOLDER = Path(examples.__file__).parent
OWN_KINDS = [kind for kind in KINDS if not kind.place]
ROW_FAMILIES = {"FIL", "FMT", "ORD"}  # what is wrong with a file, a cell or a row of a report


def by_name(value):
    return value.name


def call(*words):
    result = CliRunner().invoke(cli.main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def rows(path):
    header, *lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.fixture(scope="module")
def inbox(tmp_path_factory):
    """A folder with what the command prints for every kind, as a person saves it."""
    folder = tmp_path_factory.mktemp("inbox")
    for kind in KINDS:
        (folder / f"{kind.name}.txt").write_text(call("schema", kind.name, "--example").output, encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", KINDS, ids=by_name)
def test_what_is_printed_is_the_file_itself(inbox, kind):
    assert (inbox / f"{kind.name}.txt").read_bytes() == (FOLDER / f"{kind.name}.txt").read_bytes()
    assert read_example(kind) + "\n" == (FOLDER / f"{kind.name}.txt").read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS, ids=by_name)
def test_an_example_is_read_without_findings(inbox, tmp_path, kind):
    """By an audit, which checks every column."""
    result = call(
        "audit", inbox / f"{kind.name}.txt", "--as-of", AS_OF, "--out", tmp_path / "out", "--fail-on", "warning"
    )
    assert result.exit_code == console.OK, result.output
    assert f"  {kind.name}\n" in result.output
    assert rows(tmp_path / "out/reports/findings.tsv") == []


def test_all_of_them_are_a_night_of_which_no_line_is_rejected(inbox, tmp_path):
    """Without the processing report, which answers a feed that a first night has not published."""
    shutil.copytree(inbox, tmp_path / "in")
    (tmp_path / "in/processing-report.txt").unlink()
    result = call("run", tmp_path / "in", "--no-ledger", "--as-of", AS_OF, "--out", tmp_path / "out")
    assert result.exit_code == console.OK, result.output
    findings = rows(tmp_path / "out/reports/findings.tsv")
    assert [row for row in findings if row["severity"] == "error" or row["code"][:3] in ROW_FAMILIES] == []
    assert "SHP-119" not in {row["code"] for row in findings}  # the tracking numbers fit their carriers
    feed = (tmp_path / "out/feeds/shipping-confirmation-001.tsv").read_text("utf-8")
    assert feed.count("\n") == read_example(find_kind("confirmation")).count("\n") + 1
    assert {"not-received", "extra-charges"} < {row["claim_type"] for row in rows(tmp_path / "out/reports/claims.tsv")}


@pytest.mark.parametrize("kind", OWN_KINDS, ids=by_name)
def test_an_own_kind_shows_every_column_and_every_value(kind):
    header, *lines = [line.split("\t") for line in read_example(kind).split("\n")]
    assert header == [column.name for column in kind.columns]
    for position, column in enumerate(kind.columns):
        shown = {line[position] for line in lines} - {""}
        assert shown, column.name
        if column.type.vocabulary and column.type.code == "FMT-006":
            assert shown == set(column.type.vocabulary())


def test_a_cancellation_shows_every_reason():
    reasons = find_kind("cancellation").find_column("cancellation-reason-code").type.vocabulary()
    assert all(f"\t{reason}\t" in read_example(find_kind("cancellation")) for reason in reasons)


@pytest.mark.parametrize("words", [("--example",), ("stock", "--example", "--json"), ("nothing", "--example")])
def test_what_has_no_example_ends_with_one_line_and_2(words, monkeypatch):
    monkeypatch.setattr(console.log, "handlers", [])  # as in a new process, where errors are printed
    result = call("schema", *words)
    assert (result.exit_code, result.output.count("\n")) == (console.WRONG_USAGE, 1)
