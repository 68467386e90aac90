"""Secrets that a settings file names and does not hold: from the environment, a private file, systemd or a keyring."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.utils.private_text import NotPrivate, read_private_text

_KEYRING_USER = "feedwarden"


class SecretError(ValueError):
    """A secret that cannot be had, or that others can read: one line without the secret."""


def read_secret(reference: str, folder: Path) -> str:
    """The secret that ``env:NAME``, ``file:PATH``, ``credentials:NAME`` or ``keyring:SERVICE`` names.

    A relative path is one below ``folder``. Raises SecretError where it is not there, is empty, has a line end within,
    or is in a file that others can read, that is a link, or that belongs to somebody else (SPEC §11.2).
    """
    source, _, name = reference.partition(":")
    readers = {"env": _read_variable, "file": _read_private_file, "credentials": _read_credential}
    if source == "keyring" and name:
        secret = _read_keyring(name)
    elif source in readers and name:
        secret = readers[source](name, folder)
    else:
        raise SecretError("a secret is written as env:NAME, file:PATH, credentials:NAME or keyring:SERVICE")
    secret = secret.strip("\r\n")
    if not secret or not secret.isprintable():
        raise SecretError(f"the secret {source}:{name} is empty, or not one line of text")
    return secret


def _read_variable(name: str, _folder: Path) -> str:
    if name not in os.environ:
        raise SecretError(f"the environment has no {name}")
    return os.environ[name]


def _read_private_file(name: str, folder: Path) -> str:
    path = folder / name
    try:
        return read_private_text(path)
    except NotPrivate as error:
        raise SecretError(str(error)) from error
    except (OSError, ValueError) as error:
        raise SecretError(f"{path}: cannot be read") from error


def _read_credential(name: str, _folder: Path) -> str:
    """What systemd has loaded for the service (LoadCredential=): only the service can read it."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder or Path(name).name != name:
        raise SecretError(f"credentials:{name}: there is no such credential; is $CREDENTIALS_DIRECTORY set?")
    try:
        return (Path(folder) / name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SecretError(f"credentials:{name}: cannot be read") from error


def _read_keyring(service: str) -> str:
    try:
        import keyring
    except ImportError as error:
        raise SecretError("keyring: needs the extra keyring; pip install 'feedwarden[keyring]'") from error
    try:
        secret = keyring.get_password(service, _KEYRING_USER)
    except Exception as error:  # every backend has errors of its own
        raise SecretError(f"keyring:{service}: the keyring cannot be read ({type(error).__name__})") from error
    if secret is None:
        raise SecretError(f"keyring:{service}: has no password of the user {_KEYRING_USER}")
    return secret
