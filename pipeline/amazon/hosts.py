"""Which addresses may be asked: https anywhere, http on this machine alone."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_allowed_url(url: str, *, may_be_plain: bool) -> bool:
    """True for https, and for http to this machine itself where that ``may_be_plain``."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "http" or not may_be_plain:
        return parts.scheme == "https" and bool(host) and "@" not in parts.netloc
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
