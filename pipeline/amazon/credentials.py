"""The three secrets of an account, from where its file says they are (SPEC §11.2)."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.amazon.account import AmazonAccount
from pipeline.amazon.operations import BadCredentials
from pipeline.utils.private_text import MAX_SECRET_BYTES, NotPrivate, read_private_text

SECRET_VARIABLES = ("FEEDWARDEN_LWA_CLIENT_ID", "FEEDWARDEN_LWA_CLIENT_SECRET", "FEEDWARDEN_LWA_REFRESH_TOKEN")
_NEXT_STEP = "put it there as pipeline/amazon/README.md says, then try feedwarden amazon check"
_SECRET_KEYS = ("client-id", "client-secret", "refresh-token")


class Secrets(NamedTuple):
    """Client id and secret of Login with Amazon, and the seller's refresh token; never shown."""

    client_id: str
    client_secret: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Secrets(…)"

    def account_fingerprint(self, region: str) -> dict[str, Any]:
        """What a state knows its account by: the region, and a SHA-256 that no secret can be read from."""
        digest = hashlib.sha256(f"{self.client_id}\n{self.refresh_token}".encode()).hexdigest()
        return {"region": region, "sha256": digest}


def read_secrets(account: AmazonAccount, environment: Mapping[str, str]) -> Secrets:
    """The account's secrets. Raises BadCredentials (AMZ-701) where one is missing or others could read it."""
    source, _, place = account.secrets.partition(":")
    readers: dict[str, Callable[[], Mapping[str, str]]] = {
        "env": lambda: environment,
        "file": lambda: _read_file(account.path.parent / Path(place).expanduser()),
        "credentials": lambda: _read_credentials(environment),
        "keyring": lambda: _read_keyring(place),
    }
    names = _SECRET_KEYS if source == "file" else SECRET_VARIABLES
    found = readers[source]()
    values = [found.get(name, "") for name in names]
    for name, value in zip(names, values, strict=True):
        if not isinstance(value, str) or not value.strip():
            raise BadCredentials(f"the secret {name} is missing from {account.secrets} (AMZ-701); {_NEXT_STEP}")
        if not value.strip().isprintable() or not value.isascii():
            raise BadCredentials(f"the secret {name} has characters that none has (AMZ-701); {_NEXT_STEP}")
    return Secrets(*(value.strip() for value in values))


def _read_file(path: Path) -> Mapping[str, str]:
    try:
        text = read_private_text(path)
        return tomllib.loads(text)
    except NotPrivate as error:
        raise BadCredentials(f"{error} (AMZ-701)") from None
    except OSError as error:
        raise BadCredentials(f"{path}: {error.strerror or 'it cannot be read'} (AMZ-701); {_NEXT_STEP}") from None
    except ValueError:  # its text would show a secret
        raise BadCredentials(f"{path} is not TOML with the keys {', '.join(_SECRET_KEYS)} (AMZ-701)") from None


def _read_credentials(environment: Mapping[str, str]) -> Mapping[str, str]:
    """What systemd put into the service's credentials directory."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise BadCredentials("$CREDENTIALS_DIRECTORY is not set: systemd sets it for LoadCredential= (AMZ-701)")
    found = {}
    for name in SECRET_VARIABLES:
        try:
            with (Path(folder) / name).open("rb") as content:
                found[name] = content.read(MAX_SECRET_BYTES).decode()
        except (OSError, ValueError):
            raise BadCredentials(f"{Path(folder) / name} cannot be read (AMZ-701); {_NEXT_STEP}") from None
    return found


def _read_keyring(service: str) -> Mapping[str, str]:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise BadCredentials('secrets = "keyring:…" needs: pip install "feedwarden[keyring]" (AMZ-701)') from None
    try:
        return {name: keyring.get_password(service, name) or "" for name in SECRET_VARIABLES}
    except keyring.errors.KeyringError as error:
        raise BadCredentials(f"the keyring cannot be read: {type(error).__name__} (AMZ-701)") from None
