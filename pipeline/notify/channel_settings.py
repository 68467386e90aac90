"""One ``[[to]]`` of notify.toml, checked before anything is sent."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.notify.secret_values import read_secret
from pipeline.utils.private_text import read_private_text

MAIL, WEBHOOK, APPRISE = "mail", "webhook", "apprise"
STARTTLS, TLS, NO_TLS = "starttls", "tls", "none"
ALWAYS = "always"
WHEN = ("error", "deadline", "warning-7d", "stopped", ALWAYS)
_SHARED = ("kind", "name", "order-ids", "when")
_OWN_SETTINGS = {MAIL: ("from", "host", "port", "secret", "tls", "to"), WEBHOOK: ("url",), APPRISE: ("url",)}
_DEFAULT_PORTS = {STARTTLS: 587, TLS: 465, NO_TLS: 25}
_MAX_PORT = 65_535
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")
_HOST_PATTERN = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_SECRET_URL = re.compile(r"(?:env|file|credentials|keyring):[^/].*|file:/.*")


class NotifyError(ValueError):
    """Settings, an output or a state that no notice can be made of: one line."""


@dataclass(frozen=True)
class Channel:
    """A way to people or programs; ``url`` and ``secret`` (user:password) are never shown, nor are they in its repr."""

    kind: str
    name: str
    when: tuple[str, ...]
    order_ids: bool
    host: str = ""
    port: int = 0
    tls: str = STARTTLS
    sender: str = ""
    recipients: tuple[str, ...] = ()
    secret: str = ""
    url: str = ""

    def __repr__(self) -> str:
        """The kind and the name alone: a traceback shows no secret."""
        return f"Channel({self.kind}, {self.name})"


def check_names(values: dict[str, Any], known: Sequence[str], what: str) -> None:
    """Every name is a known one. Raises NotifyError."""
    unknown_names = [name for name in values if name not in known]
    if unknown_names:
        raise NotifyError(f"{unknown_names[0]:.60} is not a setting of {what}; they are {', '.join(sorted(known))}")


def read_channel(entry: dict[str, Any], path: Path | None) -> Channel:
    """The channel that the entry of the file ``path`` describes, its secrets read; without a path none is.

    Raises NotifyError, SecretError.
    """
    kind, name = entry.get("kind"), entry["name"]
    if kind not in _OWN_SETTINGS:
        raise NotifyError(f"kind of [[to]] must be one of {', '.join(_OWN_SETTINGS)}")
    check_names(entry, (*_SHARED, *_OWN_SETTINGS[kind]), f"[[to]] of kind {kind}")
    if not isinstance(name, str) or not _CHANNEL_NAME.fullmatch(name):
        raise NotifyError("name of [[to]] must be letters, digits, dots and dashes, at most 40")
    when = entry.get("when", [word for word in WHEN if word != ALWAYS])
    if not isinstance(when, list) or not when or not all(word in WHEN for word in when):
        raise NotifyError(f"when of [[to]] must be a list of {', '.join(WHEN)}")
    if not isinstance(entry["order-ids"], bool):
        raise NotifyError("order-ids must be true or false")
    own = _read_mail(entry, path) if kind == MAIL else {"url": _read_url(entry, kind, path)}
    return Channel(kind, name, tuple(when), entry["order-ids"], **own)


def _read_mail(entry: dict[str, Any], path: Path | None) -> dict[str, Any]:
    host, tls = entry.get("host"), entry.get("tls", STARTTLS)
    if not isinstance(host, str) or not _HOST_PATTERN.fullmatch(host):
        raise NotifyError("host of a mail must be the name of a server")
    if tls not in _DEFAULT_PORTS:
        raise NotifyError(f"tls of a mail must be one of {', '.join(_DEFAULT_PORTS)}")
    if tls == NO_TLS and not is_loopback(host):
        raise NotifyError('tls = "none" is for a server on this machine only; use starttls or tls')
    port = entry.get("port", _DEFAULT_PORTS[tls])
    if type(port) is not int or not 0 < port <= _MAX_PORT:
        raise NotifyError(f"port of a mail must be a whole number up to {_MAX_PORT}")
    sender, recipients = entry.get("from"), entry.get("to")
    if not isinstance(recipients, list) or not recipients or not all(map(_is_address, [sender, *recipients])):
        raise NotifyError("from must be an e-mail address, and to a list of them")
    secret = read_secret(str(entry["secret"]), path.parent) if path and "secret" in entry else ""
    if secret and not (secret.isascii() and all(secret.partition(":"))):
        raise NotifyError("the secret of a mail must be user:password, in ASCII")
    return {
        "host": host,
        "port": port,
        "tls": tls,
        "sender": sender,
        "recipients": tuple(recipients),
        "secret": secret,
    }


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and _MAIL_ADDRESS.fullmatch(value) is not None


def _read_url(entry: dict[str, Any], kind: str, path: Path | None) -> str:
    given = entry.get("url")
    if not isinstance(given, str):
        raise NotifyError(f"[[to]] of kind {kind} needs a url")
    if path is None:
        return ""
    if _SECRET_URL.fullmatch(given):
        url = read_secret(given, path.parent)
    else:
        read_private_text(path)  # the URL is a secret: where it stands in the file, others must not read that
        url = given
    if kind == APPRISE:
        if importlib.util.find_spec("apprise") is None:
            raise NotifyError("kind apprise needs the extra notify; pip install 'feedwarden[notify]'")
        return url
    if not _is_safe_url(url):
        raise NotifyError("url of a webhook must be https://HOST/… (http on this machine only), without a user")
    return url


def _is_safe_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_plain = url.isascii() and url.isprintable() and " " not in url and parts.username is None
        is_complete = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    is_encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    return is_plain and is_complete and is_encrypted


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
