"""A notice as JSON to a webhook: over verified TLS, without following a redirect."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from pipeline import __version__
from pipeline.notify.channel_settings import Channel
from pipeline.notify.notice import Notice

_MAX_NOTICE_BYTES = 16_384


def post_notice(channel: Channel, notice: Notice, timeout: float) -> None:
    """The notice is taken: the server answered 2xx.

    Raises HTTPError for any other status, a redirect among them; OSError where the server is not reached or its
    certificate cannot be verified. The standard library does all that is needed, so no other is asked for: its opener
    has no handler of redirects here, verifies with the system's store or ``SSL_CERT_FILE``, and goes through
    ``HTTPS_PROXY``; plain HTTP goes to this machine alone, and through no proxy.
    """
    body = json.dumps(notice.document, ensure_ascii=False).encode()
    if len(body) > _MAX_NOTICE_BYTES:
        raise ValueError("the notice is too large")
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": notice.key,
        "User-Agent": f"feedwarden/{__version__}",
    }
    request = urllib.request.Request(channel.url, body, headers, method="POST")  # noqa: S310  checked when it was read
    try:
        with _build_opener(urlsplit(channel.url).scheme).open(request, timeout=timeout):
            pass  # what else the server says is not read
    except urllib.error.HTTPError as error:
        error.close()
        raise


def _build_opener(scheme: str) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    transport = [
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
    ]
    for handler in (
        *(transport if scheme == "https" else [urllib.request.HTTPHandler()]),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener
