"""What nobody means to give: names, archives, paths and options that end in findings or in one line."""

import io
import os
import subprocess
import sys
import warnings
import zipfile

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.ingest import input_names, sniff
from tests.house import UNSHIPPED, report, upload, written

AS_OF = "2026-03-10T07:00:00Z"


def run(*words, out, as_of=AS_OF):
    ran = CliRunner().invoke(cli.main, ["run", *map(str, words), "--as-of", as_of, "--out", str(out)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit)
    return ran


@pytest.fixture
def inbox(tmp_path):
    """A folder with a report of orders 1 and 2."""
    (tmp_path / "in").mkdir()
    report(tmp_path / "in/unshipped.txt", 1, 2)
    return tmp_path / "in"


def bad(folder, name="bad"):
    """The bytes of a confirmation of which the second line is refused."""
    return upload(folder / name, (1, "2", "T1"), (9, "1", "T9")).read_bytes()


def findings(out):
    lines = (out / "reports/findings.tsv").read_text("utf-8").split("\n")[1:-1]
    return [
        dict(zip(("file", "line", "code"), (line.split("\t")[at] for at in (0, 1, 6)), strict=True)) for line in lines
    ]


def refused(out):
    return sorted(
        path.relative_to(out / "rejected").as_posix() for path in (out / "rejected").rglob("*") if path.is_file()
    )


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        (["c.txt", "c.txt"], ["c.zip/c.txt", "c.zip/c~2.txt"]),
        (["a\\c.txt", "a/c.txt"], ["c.zip/a/c.txt", "c.zip/a/c~2.txt"]),
        (["..", "x/y.txt"], ["c.zip/member", "c.zip/x/y.txt"]),
        (["__MACOSX/._c.txt", "c.txt"], ["c.zip"]),
    ],
)
def test_members_of_an_archive_have_names_of_their_own(inbox, tmp_path, members, wanted):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for member in members:
            archive.writestr(member, bad(tmp_path))
    (inbox / "c.zip").write_bytes(packed.getvalue())
    assert run(inbox, "--no-ledger", out=tmp_path / "out").exit_code == 1
    assert refused(tmp_path / "out") == wanted


@pytest.mark.parametrize("name", ["x" * 251 + ".txt", os.fsdecode(b"\xff" * 80) + ".txt"])
def test_a_name_too_long_for_an_output_is_cut(inbox, tmp_path, name):
    (inbox / name).write_bytes(bad(tmp_path))
    assert run(inbox, "--no-ledger", out=tmp_path / "out").exit_code == 1
    assert [len(name.encode()) < 200 for name in refused(tmp_path / "out")] == [True]


def test_a_file_and_a_folder_do_not_want_one_place(inbox, tmp_path):
    (inbox / "a").write_bytes(bad(tmp_path))
    (inbox / "a.txt").mkdir()
    (inbox / "a.txt/b").write_bytes(bad(tmp_path))
    assert run(inbox, "--no-ledger", out=tmp_path / "out").exit_code == 1
    assert refused(tmp_path / "out") == ["a", "a.txt~b"]


def test_names_that_are_no_trouble_stay():
    given = ["a.txt", "b/a.txt", "b/c.zip/d.txt", "é.txt"]
    assert list(input_names.deduplicate_names([input_names.make_writable(name) for name in given])) == given


def test_a_detour_names_the_same_file(inbox, tmp_path):
    upload(inbox / "c.txt", (1, "2", "T1"))
    ran = run(inbox, inbox / "c.txt", inbox / ".." / "in" / "c.txt", "--no-ledger", out=tmp_path / "out")
    assert ran.exit_code == 0
    assert not [one for one in findings(tmp_path / "out") if one["code"] == "SHP-107"]


def test_a_pipe_is_not_waited_for(inbox, tmp_path):
    os.mkfifo(inbox / "pipe")
    assert run(inbox, "--no-ledger", out=tmp_path / "out").exit_code == 1
    assert {"file": "pipe", "line": "1", "code": "FIL-001"} in findings(tmp_path / "out")


def test_a_ledger_inside_the_inbox_is_no_input(inbox, tmp_path):
    for _ in range(2):
        assert run(inbox, "--ledger", inbox / "ledger", out=tmp_path / "out").exit_code == 0


def test_a_file_of_which_no_line_can_be_counted_is_not_all_accepted(inbox, tmp_path):
    (inbox / "c.gz").write_bytes(b"\x1f\x8b broken")
    assert run(inbox, "--no-ledger", out=tmp_path / "out").exit_code == 1


@pytest.mark.parametrize("given", ["", "-", "x://y", "a" * 5000, "zip://x::y"])
def test_what_cannot_be_an_input_is_said_in_a_line(tmp_path, given):
    ran = run(given, "--no-ledger", out=tmp_path / "out")
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("as_of", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
def test_an_as_of_at_the_end_of_the_calendar_is_refused(inbox, tmp_path, as_of):
    assert run(inbox, "--no-ledger", out=tmp_path / "out", as_of=as_of).exit_code == 2


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize("ledger", ["", "in/unshipped.txt", "in/unshipped.txt/ledger"])
def test_what_cannot_be_a_ledger_is_said_in_a_line(tmp_path, monkeypatch, ledger):
    monkeypatch.chdir(tmp_path)
    ran = run("in", "--ledger", ledger, out=tmp_path / "out")
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


@pytest.mark.parametrize("name", ["hex", "zlib", "bz2", "idna", "punycode", "unicode_escape", "undefined", "utf-16"])
def test_an_encoding_that_is_none_of_lines_of_text_is_refused(name):
    assert not sniff.is_usable_encoding(name)


def test_an_account_nested_without_end_is_refused(inbox, tmp_path):
    (inbox / "account.toml").write_text("d=" + "[" * 5000, encoding="utf-8")
    assert run(inbox, "--no-ledger", out=tmp_path / "out").exit_code == 2


@pytest.mark.parametrize("lost", [(b"\n", b"\r"), (b"standard\n", b"standard")])
def test_no_cell_of_a_report_is_quoted_as_a_heading(tmp_path, lost):
    header = [*UNSHIPPED[:-1], "buyer-name", "recipient-name", "standard"]
    report(tmp_path / "unshipped.txt", 1)
    row = (tmp_path / "unshipped.txt").read_text("utf-8").split("\n")[1].split("\t")[:-1]
    told = "\t".join(header) + "\n" + "\t".join([*row, "Ann Example", "Ann Example", "x"]) + "\n"
    (tmp_path / "unshipped.txt").write_bytes(told.encode().replace(*lost, 1))
    assert run(tmp_path / "unshipped.txt", "--no-ledger", out=tmp_path / "out").exit_code == 3
    assert [one["code"] for one in findings(tmp_path / "out")] == ["FIL-001"]
    assert not [
        path for path in (tmp_path / "out").rglob("*") if path.is_file() and b"Ann Example" in path.read_bytes()
    ]


def test_an_instant_at_the_end_of_the_calendar_is_not_readable(tmp_path):
    """A line for each such year in each column, behind one in which every instant is readable."""
    columns = ("purchase-date", "reporting-date", "promise-date")
    ends = [(column, year) for column in columns for year in ("0001", "0999", "9000", "9999")]
    path = report(tmp_path / "unshipped.txt", *range(len(ends) + 1))
    header, good, *rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    for row, (column, year) in zip(rows, ends, strict=True):
        row[UNSHIPPED.index(column)] = f"{year}-12-31T23:59:59-14:00"
    written(path, header, [good, *rows])
    assert run(path, "--no-ledger", out=tmp_path / "out").exit_code == 1
    unreadable = [int(one["line"]) for one in findings(tmp_path / "out") if one["code"] == "FMT-003"]
    assert unreadable == list(range(3, len(ends) + 3))


@pytest.mark.parametrize("where", ["/dev/full", "closed"])
def test_a_standard_output_that_takes_nothing_is_no_traceback(where):
    words = f"{sys.executable} -m pipeline.cli rules {'>&-' if where == 'closed' else '> /dev/full'}"
    ended = subprocess.run(["/bin/sh", "-c", words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr
