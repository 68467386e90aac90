"""Situations 14 to 21: documents that expire, are cut short, mislabelled, huge, wrong, or find no room."""

import errno
import gzip
import json
import os
import signal
import time

import pytest

from tests.amazon.fake_server import cut, packed, send, status
from tests.amazon.made_up_amazon import HEADERS

UNSHIPPED = "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING"
HEADER = HEADERS[UNSHIPPED]
ROW = "111-2222222-3333333\t{}\t2026-03-09T10:00:00+00:00\t\t\t\t\t\tMüller\t1\t0\t1\tAmazon.com\r\n"
EXPIRED = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"


def fetch_unshipped(home, **environment):
    return home.fetch("--only", "unshipped", **environment)


def only_file(home):
    (path,) = home.inbox.iterdir()
    return path


def test_s14_document_address_expired(home, fake):
    fake.script["document"] = [status(403, EXPIRED)]
    assert fetch_unshipped(home) == 0
    assert fake.calls("getReportDocument") == 2
    assert gzip.decompress(only_file(home).read_bytes()) == HEADER


def test_s14_second_address_expired_too(home, fake):
    fake.script["document"] = [status(403, EXPIRED)] * 2
    assert fetch_unshipped(home) == 3
    assert fake.calls("getReportDocument") == 2
    assert home.events() == [("AMZ-716", "error")]
    assert home.files() == []


def test_s14_each_address_is_used_once(home, fake):
    fake.script["document"] = [cut("length"), cut("gzip")]
    assert fetch_unshipped(home) == 0
    numbers = [exchange.query["number"] for exchange in fake.exchanges if exchange.operation == "document"]
    assert len(numbers) == len({number for (number,) in numbers}) == 3


@pytest.mark.parametrize("how", ["length", "chunk", "gzip"])
def test_s15_document_cut_short_once(home, fake, how):
    fake.script["document"] = [cut(how)]
    assert fetch_unshipped(home) == 0
    assert fake.calls("document") == 2
    assert gzip.decompress(only_file(home).read_bytes()) == HEADER


@pytest.mark.parametrize("how", ["length", "chunk", "gzip"])
def test_s15_document_never_whole(home, fake, how):
    seen = []

    def cut_and_look(_):
        seen.extend(name for name in home.files() if not name.startswith("."))
        return cut(how)

    fake.script["document"] = [cut_and_look] * 4
    assert fetch_unshipped(home) == 3
    assert home.events() == [("AMZ-716", "error")]
    assert home.files() == []
    assert not seen
    assert fetch_unshipped(home) == 0  # the report is still there
    assert fake.calls("createReport") == 1


def test_s15_another_report_is_asked_for_in_the_end(home, fake):
    """A document that never comes whole: after half an hour a new report is asked for."""
    fake.script["document"] = [cut("gzip")] * 4
    assert fetch_unshipped(home) == 3
    fake.time.sleep(31 * 60)
    assert fetch_unshipped(home) == 0
    assert fake.calls("createReport") == 2
    assert home.kinds() == ["unshipped"]


def test_s15_plain_document_without_an_end(home, fake, amazon):
    """Neither a length nor chunks: nothing says that it is whole."""
    amazon.compresses = False

    def send_without_length(request):
        request.close_connection = True
        request.send_response_only(200)
        request.end_headers()
        request.wfile.write(HEADER)
        return "lose"

    fake.script["document"] = [send_without_length] * 4
    assert fetch_unshipped(home) == 3
    assert home.files() == []


@pytest.mark.parametrize("is_announced", [True, False])
@pytest.mark.parametrize("is_packed", [True, False])
def test_s16_gzip_is_told_by_its_first_bytes(home, amazon, is_announced, is_packed):
    amazon.compresses = is_packed
    plain = amazon.store

    def store(content):
        number = plain(content)
        amazon.documents[number].compression = "GZIP" if is_announced else ""
        return number

    amazon.store = store
    assert fetch_unshipped(home) == 0
    path = only_file(home)
    assert path.name.endswith(".txt.gz" if is_packed else ".txt")
    content = path.read_bytes()
    assert (gzip.decompress(content) if is_packed else content) == HEADER


def test_s16_content_encoding_on_top(home, fake):
    fake.script["document"] = [send(packed(HEADER), Content_Encoding="gzip")]
    assert fetch_unshipped(home) == 0
    assert gzip.decompress(only_file(home).read_bytes()) == HEADER


def test_s16_packed_twice(home, fake):
    """What HTTP packed once more is unpacked once: the document is gzip as Amazon keeps it."""
    fake.script["document"] = [send(packed(packed(HEADER)), Content_Encoding="gzip")]
    assert fetch_unshipped(home) == 0
    path = only_file(home)
    assert path.read_bytes() == packed(HEADER)
    assert path.name.endswith(".txt.gz")


def test_s16_nothing_but_identity_is_asked_for(home, fake):
    assert fetch_unshipped(home) == 0
    assert {exchange.headers["accept-encoding"] for exchange in fake.exchanges} == {"identity"}


def test_s17_killed_in_mid_download(home):
    home.inbox.mkdir(mode=0o700)
    left = home.inbox / ".unshipped-20260309T020000Z-50001.download"
    left.write_bytes(HEADER[:10])
    mine = home.inbox / "my-confirmations.txt"
    mine.write_text("order-id\n")
    assert fetch_unshipped(home) == 0
    assert not left.exists()
    assert mine.exists()
    assert len(home.files()) == 2


@pytest.mark.parametrize(
    "body",
    [
        HEADERS["GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"],
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        EXPIRED,
        json.dumps({"errors": [{"code": "InternalFailure", "message": "x"}]}).encode(),
        b"",
        b"\x00\x01\x02",
    ],
)
@pytest.mark.parametrize("pack", [packed, bytes])
def test_s19_another_document(home, fake, body, pack):
    fake.script["document"] = [send(pack(body))]
    assert fetch_unshipped(home) == 3
    assert home.events() == [("AMZ-717", "error")]
    assert home.files() == []


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_s20_bytes_as_sent(home, fake, amazon, encoding, is_packed):
    amazon.compresses = is_packed
    text = HEADER.decode() + ROW.format("1").replace("ü", "ソ" if encoding == "cp932" else "ü")
    body = text.encode(encoding)
    sent = packed(body) if is_packed else body
    fake.script["document"] = [send(sent)]
    assert fetch_unshipped(home) == 0
    assert only_file(home).read_bytes() == sent


def no_room(*_args, **_words):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "place",
    [
        "pipeline.amazon.documents.BodyCheck.add_bytes",
        "pipeline.amazon.state.write_json",
        "pipeline.amazon.state.append_line",
        "pipeline.amazon.inbox.sync_folder",
    ],
)
def test_s21_disk_full(home, monkeypatch, place):
    assert home.fetch("--only", "returns") == 0
    with monkeypatch.context() as patch:
        patch.setattr(place, no_room)
        assert fetch_unshipped(home) == 4
        assert "No space left" in home.output
    assert [name for name in home.files() if name.startswith(".")] == []
    assert fetch_unshipped(home) == 0
    assert home.kinds() == ["returns", "unshipped"]
    for path in home.state.rglob("*.json"):
        json.loads(path.read_text())


def test_performance_report_is_kept_where_no_run_reads_it(home):
    assert home.fetch("--only", "performance") == 0
    (path,) = (home.inbox / ".kept").iterdir()
    assert path.name.startswith("performance-2026")


def test_s17_killed_in_mid_download_by_the_system(home, fake):
    """A process of its own, ended by SIGKILL while half of a document has come."""
    started = []

    def send_half_and_kill(request):
        body = HEADER * 5000
        request.send_response_only(200)
        request.send_header("Content-Length", str(2 * len(body)))
        request.end_headers()
        request.wfile.write(body)
        request.wfile.flush()
        while not any(path.stat().st_size for path in home.inbox.glob(".*.download")):
            time.sleep(0.01)
        started[0].kill()
        return "lose"

    fake.script["document"] = [send_half_and_kill]
    started.append(home.start("fetch", "--amazon", home.account, "--into", home.inbox, "--only", "unshipped"))
    with started[0] as process:
        home.printed.append(process.stdout.read())
    assert process.returncode == -signal.SIGKILL
    (left,) = home.files()
    assert left.startswith(".")
    assert fetch_unshipped(home) == 0
    assert home.kinds() == ["unshipped"]
    assert fake.calls("createReport") == 1
