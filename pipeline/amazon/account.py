"""amazon.toml: the account file of one seller in one region (SPEC §11.2)."""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.amazon.hosts import is_allowed_url
from pipeline.amazon.operations import AmazonFault
from pipeline.amazon.waits import Waits, parse_duration, parse_waits, refuse_unknown
from pipeline.utils.settings_file import read_settings

REQUIRED, WANTED = "required", "wanted"
_NEEDS = {"required": REQUIRED, "wanted": WANTED, False: ""}
_REPORT_DEFAULTS: dict[str, str | bool] = {
    "unshipped": REQUIRED,
    "orders": WANTED,
    "all-orders": WANTED,
    "returns": WANTED,
    "performance": False,
}
_MAX_KEEP = "30d"
_SECRETS_PATTERN = re.compile(r"env|credentials|(?:file|keyring):.+")
_MAX_MARKETPLACES = 25
_ACCOUNT_KEYS = {
    "region",
    "marketplaces",
    "feed-marketplaces",
    "secrets",
    "secret-created",
    "endpoint",
    "token-endpoint",
}
_TOKEN_URL = "https://api.amazon.com/auth/o2/token"  # noqa: S105  an address


class InvalidAmazonAccount(AmazonFault):
    """The account file cannot be used: one line that says why."""

    exit_status = 2


class AmazonAccount(NamedTuple):
    """What the account file says; ``needs`` has required, wanted or nothing for each kind, ``keep`` is in seconds."""

    path: Path
    region: str
    marketplaces: tuple[str, ...]
    feed_marketplaces: tuple[str, ...]
    secrets: str
    secret_created: dt.date | None
    endpoint: str
    token_url: str
    needs: Mapping[str, str]
    waits: Waits
    keep: float


@functools.cache
def load_marketplaces() -> Mapping[str, Mapping[str, str]]:
    """The store of each marketplace id, by region."""
    return tomllib.loads((files("pipeline.amazon") / "marketplaces.toml").read_text("utf-8"))


def load_amazon_account(path: str | Path) -> AmazonAccount:
    """The account that the file describes; InvalidAmazonAccount where it cannot be read or says what cannot be."""
    try:
        settings = tomllib.loads(read_settings(path))
    except FileNotFoundError:
        raise InvalidAmazonAccount(
            f"{path}: no such file; to begin, write one as pipeline/amazon/README.md shows, then try feedwarden amazon "
            f"check --amazon {path}"
        ) from None
    except OSError as error:
        raise InvalidAmazonAccount(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise InvalidAmazonAccount(f"{path} is not TOML in UTF-8: {error}") from None
    try:
        return _parse_account(Path(path), settings)
    except ValueError as error:
        raise InvalidAmazonAccount(f"{path}: {error}") from None


def _parse_account(path: Path, settings: dict[str, Any]) -> AmazonAccount:
    tables = {name: _take_table(settings, name) for name in ("reports", "wait", "privacy")}
    refuse_unknown("", settings, _ACCOUNT_KEYS)
    region = settings.get("region")
    if not isinstance(region, str) or region not in load_marketplaces():
        raise ValueError('region must be one of "na", "eu" and "fe"; write one account file for each region')
    marketplaces = _parse_marketplaces("marketplaces", settings.get("marketplaces"), region)
    endpoint, token_url = _parse_endpoints(settings, region)
    refuse_unknown("privacy.", tables["privacy"], {"keep"})
    keep = parse_duration("privacy.keep", tables["privacy"].get("keep", _MAX_KEEP))
    if keep > parse_duration("", _MAX_KEEP):
        raise ValueError(f"privacy.keep is longer than {_MAX_KEEP}, which Amazon's data protection policy allows")
    return AmazonAccount(
        path=path,
        region=region,
        marketplaces=marketplaces,
        feed_marketplaces=_parse_marketplaces(
            "feed-marketplaces", settings.get("feed-marketplaces", [marketplaces[0]]), region
        ),
        secrets=_parse_secrets(settings.get("secrets", "env")),
        secret_created=_parse_date(settings.get("secret-created")),
        endpoint=endpoint,
        token_url=token_url,
        needs=_parse_needs(tables["reports"]),
        waits=parse_waits(tables["wait"]),
        keep=keep,
    )


def _take_table(settings: dict[str, Any], name: str) -> dict[str, Any]:
    table = settings.pop(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"{name} must be a table: [{name}]")  # noqa: TRY004  a fault of the file
    return table


def _parse_marketplaces(key: str, ids: Any, region: str) -> tuple[str, ...]:
    if not isinstance(ids, list) or not 1 <= len(ids) <= _MAX_MARKETPLACES or len(set(map(str, ids))) < len(ids):
        raise ValueError(f"{key} must list 1 to {_MAX_MARKETPLACES} different marketplace ids")
    for marketplace in ids:
        homes = [name for name, stores in load_marketplaces().items() if marketplace in stores]
        if not homes:
            raise ValueError(f"{key}: {marketplace!r} is not the id of a marketplace")
        if homes != [region]:
            raise ValueError(
                f'{key}: {marketplace} belongs to the region "{homes[0]}", not "{region}": '
                "each region needs an account file, a state, a ledger and an inbox of its own"
            )
    return tuple(ids)


def _parse_endpoints(settings: Mapping[str, Any], region: str) -> tuple[str, str]:
    given = [settings.get(key) for key in ("endpoint", "token-endpoint")]
    if given == [None, None]:
        return f"https://sellingpartnerapi-{region}.amazon.com", _TOKEN_URL
    for key, url in zip(("endpoint", "token-endpoint"), given, strict=True):
        if not isinstance(url, str) or not is_allowed_url(url, may_be_plain=True):
            raise ValueError(f"{key} must be an https address, or http on this machine; give both endpoints or none")
    return str(given[0]).rstrip("/"), str(given[1])


def _parse_secrets(text: Any) -> str:
    if not isinstance(text, str) or not _SECRETS_PATTERN.fullmatch(text):
        raise ValueError('secrets must be "env", "file:PATH", "credentials" or "keyring:SERVICE"')
    return text


def _parse_date(value: Any) -> dt.date | None:
    if value is not None and (not isinstance(value, dt.date) or isinstance(value, dt.datetime)):
        raise ValueError("secret-created must be a date, for example 2026-08-01 without quotes")
    return value


def _parse_needs(table: Mapping[str, Any]) -> dict[str, str]:
    refuse_unknown("reports.", table, set(_REPORT_DEFAULTS))
    needs = {**_REPORT_DEFAULTS, **table}
    for kind, need in needs.items():
        if not isinstance(need, str | bool) or need not in _NEEDS:
            raise ValueError(f'reports.{kind} must be "required", "wanted" or false')
    return {kind: _NEEDS[need] for kind, need in needs.items()}
