"""Situations 45, 46, 51 and 52: proxies, certificates, clocks, networks that fail, redirects."""

import contextlib
import datetime as dt
import socket
import ssl
import threading

import pytest
import trustme

from tests.amazon.conftest import assert_wire_is_right
from tests.amazon.fake_server import FakeAmazon, garble, status
from tests.amazon.seller_home import Home

KIND = ("--only", "unshipped")


@pytest.fixture
def authority():
    return trustme.CA()


@contextlib.contextmanager
def serve_tls(amazon, tmp_path, certificate, authority, **server):
    """The fake over TLS, and a home that trusts the authority."""
    with FakeAmazon(amazon, certificate, **server) as fake:
        folder = tmp_path / "tls-home"
        folder.mkdir()
        home = Home(folder, fake)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        home.environment["SSL_CERT_FILE"] = str(tmp_path / "ca.pem")
        yield home, fake
    home.assert_no_secret_written()
    assert_wire_is_right(fake)


class Proxy:
    """A proxy that opens tunnels, or refuses to."""

    def __init__(self, answer=b"HTTP/1.1 200 Connection established\r\n\r\n"):
        self.answer, self.asked = answer, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://user:MARKED@127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.socket.accept()
                threading.Thread(target=self.tunnel, args=(near,), daemon=True).start()

    def tunnel(self, near):
        with contextlib.suppress(OSError), near:
            head = b""
            while b"\r\n\r\n" not in head:
                head += near.recv(4096)
            target = head.split()[1].decode()
            self.asked.append(target)
            near.sendall(self.answer)
            if b" 200 " not in self.answer:
                return
            host, port = target.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as far:
                threading.Thread(target=copy_bytes, args=(far, near), daemon=True).start()
                copy_bytes(near, far)


def copy_bytes(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_s45_own_authority(amazon, tmp_path, authority):
    with serve_tls(amazon, tmp_path, authority.issue_cert("localhost"), authority) as (home, _):
        assert home.fetch(*KIND) == 0, home.output
        assert home.kinds() == ["unshipped"]


def test_s45_unknown_authority(amazon, tmp_path, authority):
    with serve_tls(amazon, tmp_path, trustme.CA().issue_cert("localhost"), authority) as (home, fake):
        assert home.fetch(*KIND) == 4
        assert "CERTIFICATE_VERIFY_FAILED" in home.output
        assert not fake.exchanges


def test_s45_expired_certificate(amazon, tmp_path, authority):
    old = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    expired = authority.issue_cert("localhost", not_before=old, not_after=old + dt.timedelta(days=1))
    with serve_tls(amazon, tmp_path, expired, authority) as (home, fake):
        assert home.fetch(*KIND) == 4
        assert "expired" in home.output
        assert not fake.exchanges


def test_s45_certificate_of_another_host(amazon, tmp_path, authority):
    with serve_tls(amazon, tmp_path, authority.issue_cert("example.org"), authority) as (home, fake):
        assert home.fetch(*KIND) == 4
        assert not fake.exchanges


def test_s45_old_tls(amazon, tmp_path, authority):
    certificate = authority.issue_cert("localhost")
    with serve_tls(amazon, tmp_path, certificate, authority, tls_version=ssl.TLSVersion.TLSv1_1) as (home, fake):
        assert home.fetch(*KIND) == 4
        assert not fake.exchanges


def test_s45_proxy(amazon, tmp_path, authority):
    server = serve_tls(amazon, tmp_path, authority.issue_cert("localhost"), authority)
    with Proxy() as proxy, server as (home, fake):
        port = fake.server.server_address[1]
        assert home.fetch(*KIND, HTTPS_PROXY=proxy.url) == 0, home.output
        assert set(proxy.asked) == {f"localhost:{port}"}
        proxy.asked.clear()
        assert home.fetch("--only", "returns", HTTPS_PROXY=proxy.url, NO_PROXY="localhost") == 0
        assert not proxy.asked


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"HTTP/1.1 403 No\r\n\r\n"])
def test_s45_proxy_refuses(amazon, tmp_path, authority, answer):
    server = serve_tls(amazon, tmp_path, authority.issue_cert("localhost"), authority)
    with Proxy(answer) as proxy, server as (home, fake):
        assert home.fetch(*KIND, HTTPS_PROXY=proxy.url) == 4
        assert not fake.exchanges


def test_s45_proxy_is_no_address(home):
    assert home.fetch(*KIND, HTTPS_PROXY="gopher://user:MARKED@x:1") == 2


@pytest.mark.parametrize("minutes", [10, -10])
def test_s46_clock_minutes_away(home, fake, minutes):
    fake.time.skew = minutes * 60
    assert home.fetch(*KIND) == 0
    assert home.events() == [("AMZ-704", "warning")]


def test_s46_clock_nearly_right(home, fake):
    fake.time.skew = 299
    assert home.fetch(*KIND) == 0
    assert home.events() == []


@pytest.mark.parametrize("days", [2, -2])
def test_s46_clock_days_away(home, fake, days):
    fake.time.skew = days * 86_400
    assert home.fetch(*KIND) == 2
    assert "AMZ-704" in home.codes()
    assert [exchange.operation for exchange in fake.exchanges] == ["token"]


def test_s46_ranges_are_by_the_clock_of_amazon(home, fake):
    fake.time.skew = 3600
    assert home.fetch("--only", "returns") == 0
    (asked,) = [exchange.body for exchange in fake.exchanges if exchange.operation == "createReport"]
    assert asked["dataEndTime"] == "2026-03-10T02:00:00Z"


@pytest.mark.parametrize("address", ["https://no-such-host.invalid", "http://127.0.0.1:9", "https://127.0.0.1:9"])
def test_s51_nobody_there(home, fake, address):
    home.write_account(endpoint=address, token_endpoint=f"{address}/auth/o2/token")
    before = fake.time.monotonic()
    assert home.fetch(*KIND) == 4
    assert fake.time.monotonic() - before < 200
    home.write_account()
    assert home.fetch(*KIND) == 0


def test_s51_network_fails_in_mid_night(home, fake):
    fake.script["getReport"] = ["drop"] * 8
    assert home.fetch(*KIND) == 4
    assert home.fetch(*KIND) == 0
    assert fake.calls("createReport") == 1


@pytest.mark.parametrize("operation", ["token", "createReport", "getReport", "document"])
def test_s52_redirect(home, fake, amazon, operation):
    with FakeAmazon(amazon) as other:
        fake.script[operation] = [status(307, Location=f"{other.url}/elsewhere")] * 4
        assert home.fetch(*KIND) == 4
        assert not other.exchanges
    assert home.files() == []


def test_slow_answers_are_asked_for_again(home, fake):
    fake.script["getReport"] = [status(503), status(500), status(502, b"<html>"), status(504), status(408)]
    fake.script["createReport"] = [status(503, b"<html>")]
    assert home.fetch(*KIND) == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b"[]", b'{"reportId": 7}', b'{"x": "' + b"y" * (1 << 20) + b'"}']
)
def test_unreadable_answer_is_a_fault_of_its_attempt(home, fake, body):
    fake.script["createReport"] = [garble(body)]
    assert home.fetch(*KIND) == 0
    assert fake.calls("createReport") == 2
