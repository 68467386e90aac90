"""HTTP as the commands speak it: verified TLS, no redirect, bounded answers, one log line a call."""

from __future__ import annotations

import logging
import platform
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx2

from pipeline import __version__
from pipeline.amazon.account import InvalidAmazonAccount
from pipeline.amazon.clock import AmazonClock
from pipeline.amazon.operations import Unreachable
from pipeline.amazon.retries import FaultyAttempt
from pipeline.amazon.waits import Waits

log = logging.getLogger("feedwarden")
USER_AGENT = f"feedwarden/{__version__} (Language=Python/{'.'.join(platform.python_version_tuple()[:2])})"
_MAX_BODY_BYTES = 1 << 20  # of an answer in JSON
_MAX_WORDS = 200  # characters of the reason that a connection failed
_SUCCESS, _REDIRECT, _CLIENT_FAULT = 200, 300, 400  # where each class of statuses begins


class HttpRequest(NamedTuple):
    """A request: what it does, to which URL, with which headers and body; ``about`` is the id it is about."""

    operation: str
    method: str
    url: str
    headers: Mapping[str, str]
    about: str = ""
    params: Mapping[str, str] | None = None
    content: Any = None


class HttpAnswer(NamedTuple):
    """An answer: its status, headers (lower case) and body; ``size`` in bytes where the body went to a file."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    size: int = 0

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 2xx."""
        return _SUCCESS <= self.status < _REDIRECT


class HttpSession:
    """Connections to Amazon. Certificates are always verified; proxies are those of the environment."""

    def __init__(self, waits: Waits, clock: AmazonClock) -> None:
        """No connection yet. Raises InvalidAmazonAccount where the environment names a proxy that cannot be one."""
        for name in ("httpx2", "httpcore2"):  # at their INFO they write whole URLs, which are secrets here
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._clock, self._waits = clock, waits
        self._tls = httpx2.create_ssl_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._kept = self._new_client()

    def _new_client(self) -> httpx2.Client:
        timeout = httpx2.Timeout(self._waits.read, connect=self._waits.connect, pool=self._waits.connect)
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        try:
            return httpx2.Client(verify=self._tls, timeout=timeout, headers=headers, follow_redirects=False)
        except ValueError:  # its text may show the proxy's password
            raise InvalidAmazonAccount("HTTPS_PROXY or NO_PROXY cannot be read as addresses") from None

    def close(self) -> None:
        """No connection is open any more."""
        self._kept.close()

    def send_request(self, request: HttpRequest, attempt: int = 1) -> HttpAnswer:
        """The answer to the request, on a connection that may have been used before.

        Raises FaultyAttempt where the connection fails, the answer does not end or is larger than 1 MiB; Unreachable
        for a redirect, which is not followed.
        """
        return self._exchange(self._kept, request, attempt)

    def send_once(self, request: HttpRequest) -> HttpAnswer:
        """The answer to a request that must not be repeated, on a connection of its own; raises as above."""
        with self._new_client() as fresh:
            once = request._replace(headers={**request.headers, "Connection": "close"})
            return self._exchange(fresh, once, 1)

    def _exchange(self, client: httpx2.Client, request: HttpRequest, attempt: int) -> HttpAnswer:
        started = self._clock.monotonic()
        with self.open_stream(request, client) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = bytearray()
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > _MAX_BODY_BYTES:
                    raise FaultyAttempt("the answer is larger than 1 MiB")
                if self._clock.monotonic() - started > self._waits.connect + 2 * self._waits.read:
                    raise FaultyAttempt("the answer does not end")
            answer = HttpAnswer(response.status_code, headers, bytes(body))
        self.log_call(request, answer, attempt, started)
        if _REDIRECT <= answer.status < _CLIENT_FAULT:
            raise Unreachable(f"{request.operation}: answered with a redirect ({answer.status}), which is not followed")
        return answer

    @contextmanager
    def open_stream(self, request: HttpRequest, client: httpx2.Client | None = None) -> Iterator[httpx2.Response]:
        """The response, its body not read yet; FaultyAttempt for whatever happens to the connection meanwhile."""
        fields = request._asdict()
        try:
            with (client or self._kept).stream(
                request.method, request.url, **{name: fields[name] for name in ("headers", "params", "content")}
            ) as response:
                yield response
        except (httpx2.TransportError, httpx2.StreamError, ssl.SSLError) as fault:
            raise FaultyAttempt(describe_fault(fault)) from None
        except (httpx2.InvalidURL, httpx2.HTTPError):  # its text would show the URL
            raise Unreachable(f"{request.operation}: the address cannot be asked") from None

    def log_call(self, request: HttpRequest, answer: HttpAnswer, attempt: int, started: float) -> None:
        """One line of the log: no body, no URL, no header but the request's id."""
        facts = {
            "time": f"{self._clock.amazon_time():%Y-%m-%dT%H:%M:%SZ}",
            "operation": request.operation,
            "id": request.about,
            "status": answer.status,
            "request_id": "".join(filter(str.isprintable, answer.headers.get("x-amzn-requestid", "")))[:64],
            "tries": attempt,
            "seconds": round(self._clock.monotonic() - started, 3),
            "bytes": answer.size or len(answer.body),
        }
        log.info(" ".join(f"{name}={value}" for name, value in facts.items() if value != ""), extra={"facts": facts})


def describe_fault(fault: Exception) -> str:
    """What happened to the connection, in words without a URL."""
    kind = type(fault).__name__
    words = " ".join(str(fault).split())[:_MAX_WORDS] if isinstance(fault, httpx2.ConnectError) else ""
    return f"the connection failed ({kind}{': ' if words else ''}{words})"
