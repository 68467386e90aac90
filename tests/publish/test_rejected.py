import gzip
import io
import stat
import zipfile

import pytest

HEADER = b"order-id\torder-item-id\tquantity\tship-date\tcarrier-code\ttracking-number"


def row(night, number, **cells):
    cells = night.confirmed(number, **cells)
    return "\t".join(cells[name] for name in HEADER.decode().split("\t")).encode()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"\n", b"\r\n"])
def test_lines_byte_for_byte(night, end, last):
    night.report([1])
    good, bad, other = row(night, 1), row(night, 2, quantity=" 2 ").rpartition(b"\t")[0], row(night, 3)
    night.write("up.txt", end.join([HEADER + b"\t", bad, b"", good, other]) + last)
    night.publish()
    assert (night.out / "rejected/up.txt").read_bytes() == end.join([HEADER + b"\t", bad, other]) + last


def test_unreadable_lines_are_there_too(night):
    night.report([1])
    lines = [HEADER, row(night, 1) + b"\tsurplus", row(night, 1), b"\x01", b"\xef\xbb\xbf\xff caf\xe9 \x81"]
    night.write("up.txt", b"\n".join(lines))
    night.publish()
    kept = (night.out / "rejected/up.txt").read_bytes().split(b"\n")
    assert kept == [lines[0], lines[1], lines[3], lines[4]]


def test_what_stands_above_the_header_is_kept(night):
    night.report([1])
    head = b"\xef\xbb\xbfTemplateType=OrderFulfillment\tVersion=2011.1102\r\n\r\n" + HEADER + b"\r\n"
    bad = row(night, 2) + b"\r\n"
    night.write("up.txt", head + row(night, 1) + b"\r\n" + bad)
    night.publish()
    assert (night.out / "rejected/up.txt").read_bytes() == head + bad


@pytest.mark.slow
def test_many_stretches_of_a_file(night, monkeypatch):
    monkeypatch.setattr("pipeline.ingest.plan.SPLIT_SIZE", 400)
    night.report(range(1, 31))
    lines = [row(night, number) for number in range(1, 61)]
    night.write("up.txt", b"\n".join([HEADER, *lines]))
    settled = night.settle()
    assert len(settled.plans[1].splits) > 3
    night.publish()
    assert (night.out / "rejected/up.txt").read_bytes() == b"\n".join([HEADER, *lines[30:]])


def test_a_file_refused_whole_is_given_back_whole(night):
    content = b"order-id\tship-date\ttracking-number\r\n" + b"1\t2\t3\n\n4\t5"
    night.write("sub/up.txt", content)
    night.publish()
    assert (night.out / "rejected/sub/up.txt").read_bytes() == content


def test_readable_by_the_owner_alone(night):
    night.report([1])
    night.confirm([2])
    night.publish()
    assert stat.S_IMODE((night.out / "rejected/confirm.txt").stat().st_mode) == 0o600


def test_nothing_where_nothing_was_rejected_and_never_for_reports(night):
    night.report([1, 2], sku="")
    night.report([3], "good.txt")
    night.confirm([3])
    settled = night.settle()
    assert sum(tally.rejected for tally in settled.tallies) == 2
    night.publish()
    assert not [path for path in night.files() if path.startswith("rejected/")]


def packed(content):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("inner.txt", content)
    return made.getvalue()


def test_the_name_tells_how_it_is_packed(night):
    night.report([1])
    content = HEADER + b"\n" + row(night, 1) + b"\n" + row(night, 2)
    expected = HEADER + b"\n" + row(night, 2)
    night.write("a.txt.gz", gzip.compress(content))
    night.write("b.zip", packed(content.replace(b"111-0000001", b"111-0000007")))
    night.write("c.gz", content.replace(b"111-0000001", b"111-0000008"))
    night.publish()
    given = (night.out / "rejected/a.txt.gz").read_bytes()
    assert gzip.decompress(given) == expected
    with zipfile.ZipFile(night.out / "rejected/b.zip") as archive:
        assert archive.namelist() == ["b"]
        assert archive.read("b").startswith(HEADER)
    assert (night.out / "rejected/c.gz").read_bytes().startswith(HEADER)
    again = (night.out / "rejected/b.zip").read_bytes()
    night.publish()
    assert (night.out / "rejected/a.txt.gz").read_bytes() == given
    assert (night.out / "rejected/b.zip").read_bytes() == again


def test_lines_of_a_stock_count_are_corrected_in_the_file_and_it_is_among_those_shown(night):
    """There is no copy of them in rejected/; and the file has room in the list, however many come before it."""
    night.report(range(1, 8))
    for number in range(1, 8):
        night.confirm([number], f"a{number}.txt")
    night.table(
        "stock.txt", ["sku", "quantity", "counted-at"], [dict(zip(("sku", "quantity"), ("S", "x"), strict=True))]
    )
    night.publish()
    summary = " ".join((night.out / "reports/summary.txt").read_text("utf-8").split())
    assert "Correct the rejected lines of stock.txt in the file itself: reports/findings.tsv names them." in summary
    assert "stock.txt 1 line = 0 accepted + 1 rejected" in summary
    assert "rejected/stock.txt" not in summary
