"""notify.toml: who is notified of what, and how (SPEC §12)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.notify import channel_settings
from pipeline.notify.channel_settings import Channel, NotifyError
from pipeline.utils.escape import to_one_line
from pipeline.utils.settings_file import read_settings

_SETTINGS = ("deadlines", "link", "locale", "order-ids", "to")
_LOCALES = ("en",)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DEADLINES_PATTERN = re.compile(r"(?P<number>[1-9][0-9]{0,3})(?P<unit>[smhd])")
_LINK_PATTERN = re.compile(r"https?://[!-~]{1,300}")
_DEFAULT_DEADLINES = "24h"
_NAME_DIGITS = 8  # of what stands for a channel that has no name


@dataclass(frozen=True)
class NotifySettings:
    """The ``channels``, which get what is due within ``deadlines``; ``link`` stands before the names of files."""

    channels: tuple[Channel, ...]
    deadlines: dt.timedelta
    deadlines_text: str
    link: str = ""


def load_settings(path: str | Path, *, with_secrets: bool = True) -> NotifySettings:
    """The settings of the file, every secret read, or where nothing is sent none of them.

    Raises NotifyError, one line, where the file cannot be read, says what is not known, or names a secret that cannot
    be had or that others can read.
    """
    try:
        content = tomllib.loads(read_settings(path))
    except FileNotFoundError as error:
        raise NotifyError(f"{path}: no such file; pipeline/notify/README.md shows what is in it") from error
    except Exception as error:  # whatever text does to those who read it
        raise NotifyError(f"{path}: not a readable notify.toml ({to_one_line(error)})") from error
    try:
        return _check_settings(Path(path), content, with_secrets=with_secrets)
    except ValueError as error:
        raise NotifyError(f"{path}: {to_one_line(error)}") from error


def _check_settings(path: Path, content: dict[str, Any], *, with_secrets: bool) -> NotifySettings:
    channel_settings.check_names(content, _SETTINGS, "a notify.toml")
    deadlines = content.get("deadlines", _DEFAULT_DEADLINES)
    match = _DEADLINES_PATTERN.fullmatch(deadlines) if isinstance(deadlines, str) else None
    if not match:
        raise NotifyError('deadlines must be a length of time such as "24h" or "2d"')
    if content.get("locale", "en") not in _LOCALES:
        raise NotifyError(f"locale must be one of {', '.join(_LOCALES)}")
    link = content.get("link", "")
    if link and not (isinstance(link, str) and _LINK_PATTERN.fullmatch(link)):
        raise NotifyError("link must be an address such as https://intranet/feedwarden/")
    entries = content.get("to", [])
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise NotifyError("there must be at least one [[to]], each with a kind")
    default_ids = {"order-ids": content.get("order-ids", True)}
    channels = tuple(
        channel_settings.read_channel(
            default_ids | {"name": _name_channel(entry)} | entry, path if with_secrets else None
        )
        for entry in entries
    )
    if len({channel.name for channel in channels}) < len(channels):
        raise NotifyError("two [[to]] are the same, or have the same name")
    duration = dt.timedelta(**{_UNITS[match["unit"]]: int(match["number"])})
    return NotifySettings(channels, duration, deadlines, link)


def _name_channel(entry: dict[str, Any]) -> str:
    """By what a channel without a name is known: not by what it gets, and without showing where it leads."""
    where = {key: value for key, value in entry.items() if key not in ("when", "order-ids", "secret")}
    digest = hashlib.sha256(json.dumps(where, sort_keys=True, default=str).encode()).hexdigest()
    return f"{entry.get('kind')}-{digest[:_NAME_DIGITS]}"
