"""Reading takes time in proportion to the bytes, and no line is held that is too long to be read."""

import os
import time

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.ingest import file_scan, input_names, invalid_bytes, plan, read, unread_lines
from pipeline.model import file_plan, summary_lines
from pipeline.model.file_plan import InputFile
from pipeline.model.split_groups import SplitGroup, group_splits
from tests.house import CONFIRMATION, order, report, upload
from tests.test_reading import CONTEXT

LIMIT = 5000  # bytes of a line, in the place of 16 MiB
SECONDS = 3  # of work, for what takes a tenth of it where it is linear, and minutes where it is not


@pytest.fixture
def short_limit(monkeypatch):
    for module in (file_plan, file_scan, unread_lines):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", LIMIT)


@pytest.fixture
def working_time():
    begin = time.process_time()
    yield
    assert time.process_time() - begin < SECONDS


def planned(tmp_path, data, split_size=None):
    path = tmp_path / "some.txt"
    path.write_bytes(data)
    return plan.plan_file(0, InputFile("some.txt", str(path), str(path)), CONTEXT, split_size)


def run(*words, out):
    ran = CliRunner().invoke(
        cli.main, ["run", *map(str, words), "--no-ledger", "--as-of", "2026-03-10T07:00:00Z", "--out", str(out)]
    )
    assert ran.exception is None or isinstance(ran.exception, SystemExit)
    return ran


@pytest.mark.usefixtures("working_time")
@pytest.mark.parametrize("line", ["  x" + " " * 400_000 + "y", "\tx" + " " * 400_000 + "1y", "  x  1" * 60_000 + "y"])
def test_a_summary_line_of_blanks(tmp_path, line):
    made, _ = planned(tmp_path, f"{line}\n  y\n".encode())
    assert made.refusal_code == "FIL-008"


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("\tNumber of records processed\t\t12", "12"),
        ("  Number of records processed  0012 ", "12"),
        ("\tprocessed\t0", "0"),
        ("    a b  7", "7"),
        (" processed\t1", None),
        ("\t\tprocessed\t1", None),
        ("\tpro\tcessed\t1", None),
        ("\tpro\tcessed  1", None),
        ("\tprocessed 1", None),
        ("\tprocessed\t", None),
        ("\t\t1", None),
        ("  1", None),
        ("  2  1", "1"),
    ],
)
def test_a_summary_line_is_a_label_and_a_count(line, count):
    assert summary_lines.read_count(line) == count


@pytest.mark.usefixtures("working_time")
def test_equal_names_are_told_apart():
    names = list(input_names.deduplicate_names(["c.zip/a.txt"] * 30_000))
    assert names[:3] == ["c.zip/a.txt", "c.zip/a~2.txt", "c.zip/a~3.txt"]
    assert len(set(names)) == len(names)


@pytest.mark.usefixtures("working_time")
def test_a_header_of_many_columns(tmp_path):
    names = [*CONFIRMATION, *(f"c{number}" for number in range(40_000))]
    made, _ = planned(tmp_path, "\t".join([*names, *names]).encode() + b"\n")
    assert made.refusal_code == "FIL-001"


def test_short_lines_below_a_wide_header(tmp_path, monkeypatch):
    """They are made wide some at a time, and their numbers go on."""
    names = [*CONFIRMATION, *(f"c{number}" for number in range(1000))]
    rows = [f"111-0000000-{number:07d}" for number in range(64)]
    rows[3], rows[40], rows[50] = "", "\x00" + rows[40], rows[50] + "\t" * 1200 + "x"
    made, _ = planned(tmp_path, "\n".join(["\t".join(names), *rows, ""]).encode())
    (group,) = group_splits([made])
    whole = read.read_group(group, made.kind.columns)
    monkeypatch.setattr(read, "_MAX_WIDENED", 3000)
    parts = read.read_group(group, made.kind.columns)
    told = [[counts.tolist() for counts in (text.records, text.blank, text.unreadable)] for text in (parts, whole)]
    assert told == [[[63], [1], [2]]] * 2
    assert parts.rows[whole.rows.columns].equals(whole.rows)
    assert sorted(parts.findings.itertuples(index=False)) == sorted(whole.findings.itertuples(index=False))
    assert parts.layout.is_short.tolist() == whole.layout.is_short.tolist() if whole.layout else parts.layout is None


@pytest.mark.usefixtures("working_time")
def test_bytes_that_are_no_text():
    data = b"111\t\xff\xffx" + b"\xff" * (1 << 22) + b"\n\xfe\x00\n"
    found = invalid_bytes.InvalidBytes()
    found.decode(data, "utf-8", 0, 0)
    ((_, lines, values, offsets),) = found.found
    assert (lines.tolist(), values.tolist(), offsets.tolist()) == ([0, 1], ["0xff", "0xfe"], [4, data.index(b"\xfe")])


@pytest.mark.parametrize("split_size", [100, LIMIT - 1, LIMIT, LIMIT + 1, 1 << 24])
@pytest.mark.parametrize("surplus", [-1, 0, 1, 2 * LIMIT])
@pytest.mark.usefixtures("short_limit")
def test_a_line_too_long_is_a_stretch_by_itself(tmp_path, split_size, surplus):
    lines = [
        b"\t".join(name.encode() for name in CONFIRMATION),
        b"1",
        b"x" * (LIMIT - 1 + surplus),
        b"2",
        b"\xff" * 9999,
    ]
    made, _ = planned(tmp_path, b"\n".join(lines), split_size)
    assert (made.lines, made.is_utf8) == (5, True)
    data = (tmp_path / "some.txt").read_bytes()
    assert b"".join(data[split.start : split.end] for split in made.splits) == data[len(lines[0]) + 1 :]
    long_lines = [split.first_line for split in made.splits if split.is_too_long]
    assert long_lines == ([3, 5] if surplus > 0 else [5])
    for split in made.splits:
        assert data[: split.start].count(b"\n") + 1 == split.first_line


@pytest.mark.usefixtures("short_limit")
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_too_long_is_unreadable_and_those_beside_it_are_read(tmp_path, monkeypatch, end):
    report(tmp_path / "unshipped.txt", 1, 2, 3)
    good = upload(tmp_path / "c.txt", (1, "2", "T1"), (9, "1", "T9"), (2, "2", "T2")).read_text("utf-8").splitlines()
    long_line = "x" * (2 * LIMIT)
    (tmp_path / "c.txt").write_text("\n".join([*good[:2], long_line, "", *good[2:], long_line]) + end, "utf-8")
    outputs = []
    for split_size in (100, 1 << 24):
        monkeypatch.setattr(plan, "SPLIT_SIZE", split_size)
        monkeypatch.setattr("pipeline.app.run_job.choose_split_bytes", lambda _, size=split_size: size)
        out = tmp_path / f"out-{split_size}"
        assert run(tmp_path / "unshipped.txt", tmp_path / "c.txt", out=out).exit_code == 1
        outputs.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    assert outputs[0] == outputs[1]
    rows = [line.split("\t") for line in (out / "reports/findings.tsv").read_text("utf-8").splitlines()]
    found = [(row[1], row[2], row[6]) for row in rows if row[0] == "c.txt"]
    assert found == [("3", "2", "FIL-005"), ("5", "3", "SHP-101"), ("7", "5", "FIL-005")]
    assert (out / "rejected/c.txt").read_text("utf-8") == "\n".join([good[0], long_line, good[2], long_line]) + end


def test_a_header_longer_than_a_piece_is_read_whatever_the_memory(tmp_path):
    header = "\t".join([*CONFIRMATION, "x" * 60_000]).encode()
    row = "\t".join((*order(1), "1", "2026-03-05", "GLS", "", "T1", "")).encode()
    plans = [planned(tmp_path, header + b"\n" + row + b"\n", size)[0] for size in (1 << 13, 1 << 24)]
    assert plans[0] == plans[1]
    assert plans[0].header[-1] == "x" * 60_000


def test_a_header_of_which_only_the_begin_is_at_hand_is_none(tmp_path):
    header = "\t".join([*CONFIRMATION, "x" * (1 << 20)]).encode()
    made, found = planned(tmp_path, header + b"\n")
    assert (made.refusal_code, found["message"].iloc[0]) == (
        "FIL-001",
        "no header found: the first line is longer than 1 MiB",
    )


@pytest.mark.usefixtures("short_limit")
def test_a_file_without_a_line_end_is_one_line(tmp_path):
    path = tmp_path / "zeros.txt"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 1 << 24)
    report(tmp_path / "unshipped.txt", 1)
    assert run(path, tmp_path / "unshipped.txt", out=tmp_path / "out").exit_code == 1
    assert "zeros.txt" in (tmp_path / "out/reports/summary.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("data", "lines", "blank"),
    [(b"", 0, 0), (b"\n", 1, 1), (b"\n\n", 2, 2), (b"a\n \t\r\n\nb", 4, 2), (b" \r", 1, 1), (b"a\r\r\n\r\n", 2, 1)],
)
def test_lines_that_are_not_read_are_counted(tmp_path, data, lines, blank):
    path = tmp_path / "x"
    path.write_bytes(data)
    source = InputFile("x", str(path), str(path))
    made = plan._refuse_unread(0, source, "FIL-001")
    group = SplitGroup((made,), (file_plan.Split(0, 0, len(data), 1),))
    counted = unread_lines.count_group_lines(group)
    assert (counted.record_counts.tolist(), counted.blank_lines.tolist()) == ([lines - blank], [blank])
    old = data.removesuffix(b"\n").split(b"\n") if data else []
    assert sum(not line.removesuffix(b"\r").strip(b" \t") for line in old) == blank


def test_the_scan_knows_characters_at_the_ends_of_pieces(tmp_path):
    text = "aé€𝄞\n𝄞€é" * 3
    for data, wanted in (
        (text.encode(), True),
        (text.encode()[:-1], False),
        (b"a\n\xe2\x82\n", False),
        (b"\x80", False),
    ):
        for size in (1, 2, 3, 5, 100):
            path = tmp_path / "x"
            path.write_bytes(data)
            assert file_scan.FileScan(str(path), size).is_utf8 == wanted, (data, size)
