"""One file never ends the night of the others, and what was hashed is what is judged."""

import hashlib
import io
import os
import struct
import zipfile

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.ingest import read, sniff, stamps
from pipeline.passes import split_pass
from tests.conftest import first_quick
from tests.house import ANSWER, order, report, upload, written

AS_OF = "2026-03-10T07:00:00Z"


def run(*words, out, command="run"):
    words = [command, *map(str, words), *(["--no-ledger"] if command == "run" else [])]
    ran = CliRunner().invoke(cli.main, [*words, "--as-of", AS_OF, "--out", str(out)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran


@pytest.fixture
def inbox(tmp_path):
    """A folder with a report of orders 1 and 2, and a confirmation of both."""
    (tmp_path / "in").mkdir()
    report(tmp_path / "in/unshipped.txt", 1, 2)
    upload(tmp_path / "in/c.txt", (1, "2", "T1"), (2, "2", "T2"))
    return tmp_path / "in"


def codes(out):
    rows = [line.split("\t") for line in (out / "reports/findings.tsv").read_text("utf-8").splitlines()[1:]]
    return {(row[0], row[6]) for row in rows if row[6].startswith("FIL")}


def hint_of(out, code):
    rows = [line.split("\t") for line in (out / "reports/findings.tsv").read_text("utf-8").splitlines()[1:]]
    (hint,) = {row[10] for row in rows if row[6] == code}
    return hint


def fed(out):
    return (out / "feeds/shipping-confirmation-001.tsv").read_text("utf-8").count("\n") - 1


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()


def damaged_lzma():
    text = b"sku\tquantity\tcounted-at\n" + b"A\t1\t2026-03-09T10:00:00Z\n" * 99
    data = bytearray(zipped(("stock.txt", text), method=zipfile.ZIP_LZMA))
    data[60:90] = b"\xff" * 30
    return bytes(data)


def no_utf8_name():
    data = bytearray(zipped(("stoc\u00e9.txt", b"x")))
    return bytes(data).replace("stoc\u00e9.txt".encode(), b"stoc\xff\xfe.txt")


def many_digits():
    header = "\t".join(ANSWER).encode()
    return b"Feed Processing Summary:\n\tprocessed\t" + b"9" * 5000 + b"\n\tsuccessful\t1\n\n" + header + b"\n"


def half_a_member():
    data = bytearray(zipped(("a.txt", b"sku\tquantity\tcounted-at\n"), ("b.txt", b"x" * 999)))
    at = data.index(b"PK\x03\x04", 4)
    data[at + 35 : at + 40] = b"\xff" * 5
    return bytes(data)


BROKEN = {
    "lzma.zip": damaged_lzma(),
    "name.zip": no_utf8_name(),
    "b.txt": many_digits(),
    "members.zip": half_a_member(),
    "extra.zip": zipped(("x.txt", b"x"))[:-40] + struct.pack("<I", 7) * 10,
    "manifest.json": b"[" * 200_000,
    "sub::zip::/a.txt": b"x",
    "zip::file:": b"x",
    "~root": b"x",
}


@pytest.mark.parametrize("command", first_quick(["run", "audit"]))
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_beside_good_ones(inbox, tmp_path, name, command):
    (inbox / name).parent.mkdir(exist_ok=True)
    (inbox / name).write_bytes(BROKEN[name])
    assert run(inbox, out=tmp_path / "out", command=command).exit_code in (0, 1)
    assert command == "audit" or fed(tmp_path / "out") == 2


def test_a_sound_member_beside_a_broken_one_is_read(inbox, tmp_path):
    (inbox / "members.zip").write_bytes(half_a_member())
    run(inbox, out=tmp_path / "out")
    assert codes(tmp_path / "out") == {("members.zip/b.txt", "FIL-001")}


@pytest.mark.parametrize("name", ["a::b.txt", "s3::c.txt", "::", "file:c.txt"])
def test_a_local_name_is_no_address(inbox, tmp_path, name):
    (inbox / "c.txt").rename(tmp_path / name)
    assert run(inbox, tmp_path / name, out=tmp_path / "out").exit_code == 0
    assert fed(tmp_path / "out") == 2


def test_a_pipe_with_a_name_of_ours_is_not_opened(inbox, tmp_path):
    os.mkfifo(inbox / "manifest.json")
    assert run(inbox, out=tmp_path / "out").exit_code == 1
    assert codes(tmp_path / "out") == {("manifest.json", "FIL-001")}
    assert hint_of(tmp_path / "out", "FIL-001").startswith("Give a file: write into one what the pipe or device gives")


def test_the_hint_of_a_file_that_cannot_be_read_is_no_hint_about_its_header(inbox, tmp_path):
    (inbox / "c.gz").write_bytes(b"\x1f\x8b broken")
    assert run(inbox, out=tmp_path / "out").exit_code == 1
    assert hint_of(tmp_path / "out", "FIL-001").startswith("Check that this user may read the file")


@pytest.mark.parametrize("option", ["--account", "--policy"])
def test_a_pipe_is_no_setting(inbox, tmp_path, option):
    os.mkfifo(tmp_path / "pipe")
    ran = run(inbox, option, tmp_path / "pipe", out=tmp_path / "out")
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("name", ["raw_unicode_escape", "utf-7", "hz", "iso2022_jp", "iso2022_kr", "\0", "é" * 9])
def test_an_encoding_with_escapes_is_refused(inbox, tmp_path, name):
    assert not sniff.is_usable_encoding(name)
    assert run(inbox, "--encoding", name, out=tmp_path / "out").exit_code == 2


@pytest.mark.parametrize("name", ["utf-8", "ascii", "latin-1", "cp1252", "cp932", "gb18030", "big5", "euc_jp"])
def test_an_encoding_that_extends_ascii_is_taken(name):
    assert sniff.is_usable_encoding(name)


@pytest.mark.parametrize("command", ["run", "audit"])
@pytest.mark.parametrize("fault", [MemoryError("1 order of Ann Example"), KeyError("Ann Example"), OSError(5, "EIO")])
def test_whatever_reading_raises_is_said_of_the_file(inbox, tmp_path, monkeypatch, fault, command):
    upload(inbox / "d.txt", (3, "2", "T3"), (4, "2", "T4"))
    reading = split_pass.read_group

    def read_group(group, *rest):
        if any(plan.source.name == "d.txt" for plan in group.plans):
            raise fault
        return reading(group, *rest)

    monkeypatch.setattr(split_pass, "read_group", read_group)
    assert run(inbox, out=tmp_path / "out", command=command).exit_code == 1
    assert codes(tmp_path / "out") == {("d.txt", "FIL-001")}
    assert command == "audit" or fed(tmp_path / "out") == 2
    if command == "run":
        summary = " ".join((tmp_path / "out/reports/summary.txt").read_text("utf-8").split())
        assert "d.txt 2 lines = 0 accepted + 2 rejected" in summary
    assert b"Ann" not in b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())


def truncate(path):
    os.truncate(path, path.stat().st_size - 40)


def grow(path):
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")


def rewrite(path):
    """Other bytes, as many, at the same time of day."""
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"T2", b"T3"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace(path):
    path.with_name("new").write_bytes(path.read_bytes() + b"\n")
    path.with_name("new").replace(path)


@pytest.mark.parametrize("change", [truncate, grow, rewrite, replace, os.unlink])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("command", first_quick(["run", "audit"]))
def test_a_file_that_changes_ends_the_run(inbox, tmp_path, monkeypatch, command, change, moment):
    reading, done = split_pass.read_group, []

    def read_group(group, *rest):
        if all(plan.source.name != "c.txt" for plan in group.plans) or done:
            return reading(group, *rest)
        done.append(1)
        if moment == "before":
            change(inbox / "c.txt")
        text = reading(group, *rest)
        if moment == "after":
            change(inbox / "c.txt")
        return text

    monkeypatch.setattr(split_pass, "read_group", read_group)
    ran = run(inbox, out=tmp_path / "out", command=command)
    assert ran.exit_code == 4
    assert "c.txt changed while it was read" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_that_grows_while_it_is_planned_ends_the_run(inbox, tmp_path, monkeypatch):
    taking = stamps.take_stamp

    def take_stamp(path):
        stamp = taking(path)
        if path.endswith("c.txt") and (inbox / "c.txt").stat().st_size == stamp.size:
            grow(inbox / "c.txt")
        return stamp

    monkeypatch.setattr("pipeline.ingest.unpack.take_stamp", take_stamp)
    assert run(inbox, out=tmp_path / "out").exit_code == 4


def test_an_entry_that_changes_is_no_change(inbox, tmp_path, monkeypatch):
    reading = read.read_group

    def read_group(group, *rest):
        os.chmod(inbox / "c.txt", 0o600)  # noqa: PTH101
        return reading(group, *rest)

    monkeypatch.setattr(split_pass, "read_group", read_group)
    assert run(inbox, out=tmp_path / "out").exit_code == 0


def test_an_archive_is_hashed_once(inbox, tmp_path, monkeypatch):
    """However many members it has."""
    hashed = []
    digest = hashlib.file_digest
    monkeypatch.setattr("hashlib.file_digest", lambda file, *rest: hashed.append(file.name) or digest(file, *rest))
    (inbox / "many.zip").write_bytes(zipped(*((f"{number}.txt", b"x") for number in range(50))))
    run(inbox, out=tmp_path / "out")
    assert hashed.count(str(inbox / "many.zip")) == 1


def test_what_cannot_be_read_is_hashed_all_the_same(inbox, tmp_path):
    texts = set()
    for byte in (b"1", b"2"):
        (inbox / "c.gz").write_bytes(b"\x1f\x8b broken" + byte)
        run(inbox, out=tmp_path / "out")
        texts.add((tmp_path / "out/manifest.json").read_text("utf-8"))
    assert len(texts) == 2


def test_a_file_of_one_line_end_in_many_pieces(inbox, tmp_path):
    written(inbox / "e.txt", ["order-id", "cancellation-reason-code"], [(order(1)[0], "x" * 70_000)])
    assert run(inbox, "--memory", "1MiB", out=tmp_path / "out").exit_code == 1
