"""The seller's account: plan, marketplace, limits, read from ``account.toml`` (SPEC §2)."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.utils.escape import to_one_line
from pipeline.utils.settings_file import read_settings
from schemas import lists

PROFESSIONAL, INDIVIDUAL = "professional", "individual"
_ALLOWED_VALUES = {"plan": (PROFESSIONAL, INDIVIDUAL), "unshipped": ("complete", "partial")}
_SECTION_SETTINGS = {"reports": ("unshipped",), "limits": ("feed-bytes", "feed-records"), "carriers": ("also",)}
_MAX_NUMBER = 1 << 53  # of a limit
_CARRIERS_ALSO = "carriers-also"  # under [carriers]: what is added to the list of carrier codes


class AccountError(ValueError):
    """An account file that cannot be used: one line saying where, what and what next."""


@dataclass(frozen=True)
class Account:
    """What a seller's account is like; the defaults apply where no ``account.toml`` says otherwise."""

    plan: str = PROFESSIONAL
    marketplace: str = "Amazon.com"
    home_country: str = "US"
    policy: str = ""
    unshipped: str = "partial"
    feed_bytes: int = 10_485_760
    feed_records: int = 30_000
    carriers_also: tuple[str, ...] = ()  # sorted, each once

    def settings(self) -> dict[str, Any]:
        """The settings by name; carriers_also only where there are any."""
        values = asdict(self)
        return values if self.carriers_also else {name: values[name] for name in values if name != "carriers_also"}

    @property
    def store(self) -> lists.Marketplace:
        """The account's marketplace, as the list of stores has it."""
        return lists.find_marketplace(self.marketplace)

    @property
    def time_zone(self) -> str:
        """The IANA time zone of the account's marketplace."""
        return self.store.time_zone


def load_account(path: str | Path) -> Account:
    """The account that a file describes; AccountError where the file cannot be read or says what is not known."""
    try:
        settings = tomllib.loads(read_settings(path))
        return Account(**_check_settings(str(path), _flatten_sections(str(path), settings)))
    except AccountError:
        raise
    except FileNotFoundError as error:
        message = f"{path}: no such account file; name one with --account, or leave it out: README, section Account"
        raise AccountError(message) from error
    except IsADirectoryError as error:
        message = f"{path}: is a folder; name the account file in it, for example {Path(path) / 'account.toml'}"
        raise AccountError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); name a readable account file with --account"
        raise AccountError(message) from error
    except Exception as error:  # whatever text and numbers do to those who read them
        message = f"{path}: not a readable account file ({to_one_line(error)}); see README, section Account"
        raise AccountError(message) from error


def _flatten_sections(path: str, settings: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if name == _CARRIERS_ALSO:
            message = f"{path}: write {_CARRIERS_ALSO} as [carriers] also"
            raise AccountError(message)
        if name not in _SECTION_SETTINGS:
            section = next((section for section, names in _SECTION_SETTINGS.items() if name in names), None)
            if section:
                raise AccountError(f"{path}: {name} belongs in the section [{section}]; write it below that heading")
            flat[name] = value
            continue
        unknown_names = (
            [setting for setting in value if setting not in _SECTION_SETTINGS[name]]
            if isinstance(value, dict)
            else [name]
        )
        if unknown_names:
            message = f"{path}: [{name}] has no setting {unknown_names[0]}; it has {', '.join(_SECTION_SETTINGS[name])}"
            raise AccountError(message)
        flat |= {_CARRIERS_ALSO: _check_carriers(path, value["also"])} if name == "carriers" and value else value
    return flat


def _check_settings(path: str, flat: dict[str, Any]) -> dict[str, Any]:
    fields_by_name = {field.name.replace("_", "-"): field for field in fields(Account)}
    for name, value in flat.items():
        if name not in fields_by_name:
            message = f"{path}: {name} is not a setting of an account; they are {', '.join(sorted(fields_by_name))}"
            raise AccountError(message)
        if name == _CARRIERS_ALSO:
            continue
        expected_type = int if fields_by_name[name].type == "int" else str
        if type(value) is not expected_type or (isinstance(value, int) and not 0 < value <= _MAX_NUMBER):
            wanted = "a whole number above 0" if expected_type is int else "text"
            raise AccountError(f"{path}: {name}{_quote(value)} must be {wanted}")
        if name in _ALLOWED_VALUES and value not in _ALLOWED_VALUES[name]:
            message = f"{path}: {name}{_quote(value)} must be one of {', '.join(_ALLOWED_VALUES[name])}"
            raise AccountError(message)
    return {name.replace("-", "_"): value for name, value in flat.items()} | _check_places(path, flat)


def _quote(value: Any) -> str:
    """The value as a message repeats it; nothing of one that is large."""
    is_large = isinstance(value, (list, dict)) or (isinstance(value, int) and abs(value) > _MAX_NUMBER)
    return "" if is_large else f" = {value!r:.60}"


def _check_carriers(path: str, codes: Any) -> tuple[str, ...]:
    """The carrier codes, sorted, each once; AccountError for what is no list of them."""
    is_code = (
        [isinstance(code, str) and code == code.strip() and code.isprintable() and bool(code) for code in codes]
        if isinstance(codes, list)
        else [False]
    )
    if not all(is_code):
        wrong = codes[is_code.index(False)] if isinstance(codes, list) else codes
        message = f"{path}: [carriers] also must be a list of carrier codes as Amazon spells them, not {wrong!r:.60}"
        raise AccountError(message)
    return tuple(sorted(set(codes)))


def _check_places(path: str, flat: dict[str, Any]) -> dict[str, str]:
    """The marketplace in its own spelling, and the home country checked; AccountError for those unknown."""
    places = {}
    if "marketplace" in flat:
        try:
            places["marketplace"] = lists.find_marketplace(flat["marketplace"]).name
        except KeyError as unknown:
            message = f"{path}: marketplace: {unknown.args[0]}"
            raise AccountError(message) from unknown
    if "home-country" in flat and flat["home-country"] not in lists.country_codes():
        message = f"{path}: home-country = {flat['home-country']!r} is not an ISO 3166 alpha-2 code, for example GB"
        raise AccountError(message)
    return places
