"""The inputs of a run: files and folders, plain, gzipped or zipped, each with a name of its own."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import posixpath
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import fsspec

from pipeline.batch import Source
from pipeline.ingest import names

ACCOUNT = "account.toml"
MANIFEST = "manifest.json"
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_TABLE = "_delta_log"  # the folder that makes another a table of a ledger
_BLOCK = 1 << 22


class MissingInput(ValueError):
    """A path that was given and is not there: one line."""


class _Found(NamedTuple):
    """A file as it was found: its address and the parts of its path, the input name being the last ``named``."""

    url: str
    parts: tuple[str, ...]
    named: int


def accounts(paths: Iterable[str]) -> list[str]:
    """The account files that lie in the folders given."""
    here = [str(Path(path) / ACCOUNT) for path in paths if "://" not in path and os.path.isdir(path)]  # noqa: PTH112  no error for a name too long
    return [path for path in here if Path(path).is_file()]


def discover(paths: Iterable[str], scratch: str) -> list[Source]:
    """Every file below the paths, once, sorted by input name, its plain bytes at hand.

    Archives are unpacked into ``scratch``. Hidden files, account files and folders that hold a feedwarden output or a
    ledger are passed over. MissingInput where a path does not exist or cannot be looked at.
    """
    found = list({one.url: one for path in paths for one in _below(path)}.values())
    called = map(names.writable, names.shortest([one.parts for one in found], [one.named for one in found]))
    named = sorted(zip(called, (one.url for one in found), strict=True))
    sources = [source for name, url in named for source in _plain(name, url, scratch)]
    told_apart = names.apart([names.writable(source.name) for source in sources])
    sources = [dataclasses.replace(source, name=name) for source, name in zip(sources, told_apart, strict=True)]
    return sorted(sources, key=lambda source: source.name)


def present(path: str) -> tuple[Any, str]:
    """The file system of the path, and the path in its terms, a local one without ``..``.

    MissingInput where nothing is there.
    """
    try:
        fs, root = fsspec.core.url_to_fs(path)
        there = bool(path) and fs.exists(root)
    except (ValueError, ImportError, OSError) as trouble:
        message = f"{path[:200]}: cannot be read ({trouble})"
        raise MissingInput(message) from trouble
    if not there:
        message = f"{path or 'an empty path'}: no such file or folder"
        raise MissingInput(message)
    return fs, os.path.realpath(root) if ".." in _parts(fs, root) and "file" in fs.protocol else root


def _below(path: str) -> list[_Found]:
    fs, root = present(path)
    if not fs.isdir(root):
        parts = _parts(fs, root)
        return [_Found(fs.unstrip_protocol(root), parts, 1)]
    files = fs.find(root)
    passed = {posixpath.dirname(file) for file in files if _is_output(fs, file)} | _tables(files)
    depth = len(_parts(fs, root))
    found = []
    for file in files:
        below = _parts(fs, file)[depth:]
        mine = any(posixpath.dirname(file) == one or file.startswith(one + "/") for one in passed)
        if not mine and below[-1] != ACCOUNT and not any(part.startswith(".") for part in below):
            found.append(_Found(fs.unstrip_protocol(file), _parts(fs, file), len(below)))
    return found


def _tables(files: Iterable[str]) -> set[str]:
    """The folders of the files that are tables of a ledger."""
    folders = {posixpath.dirname(file) for file in files}
    return {posixpath.dirname(folder) for folder in folders if posixpath.basename(folder) == _TABLE}


def _is_output(fs: Any, file: str) -> bool:
    if posixpath.basename(file) != MANIFEST:
        return False
    try:
        told = json.loads(fs.cat_file(file))
    except (ValueError, OSError):
        return False
    return isinstance(told, dict) and "run_id" in told


def _parts(fs: Any, path: str) -> tuple[str, ...]:
    return tuple(part for part in fs._strip_protocol(path).split("/") if part)  # noqa: SLF001  fsspec's own way


def _plain(name: str, url: str, scratch: str) -> list[Source]:
    """The file's plain bytes: where it lies if it is local and plain, else a copy in ``scratch``."""
    fs, path = fsspec.core.url_to_fs(url)
    try:
        if "file" in fs.protocol and not stat.S_ISREG(Path(path).stat().st_mode):
            return [Source(name, url, "", trouble="a pipe, a device or a linked folder, not a file")]
        with fs.open(path, "rb") as file:
            magic = file.read(4)
        local = path if "file" in fs.protocol else _copied(fs, path, scratch)
        if magic.startswith(_GZIP):
            return [Source(name, url, _unzipped(gzip.open(local), scratch))]
        if magic == _ZIP:
            return _members(name, url, local, scratch)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as trouble:
        return [Source(name, url, "", trouble=f"{type(trouble).__name__}: {trouble}".replace(str(path), name))]
    return [Source(name, url, local)]


def _members(name: str, url: str, local: str, scratch: str) -> list[Source]:
    with zipfile.ZipFile(local) as archive:
        if "[Content_Types].xml" in archive.namelist():
            return [Source(name, url, "", trouble="a spreadsheet workbook, not a text file")]
        inner = [member for member in archive.infolist() if not member.is_dir() and not _hidden(member.filename)]
        return [
            Source(
                name
                if len(inner) == 1
                else posixpath.normpath(posixpath.join(name, "./" + (_safe(member.filename) or "member"))),
                url,
                _unzipped(archive.open(member), scratch),
            )
            for member in inner
        ]


def _hidden(member: str) -> bool:
    return any(part.startswith(".") for part in _safe(member).split("/"))


def _safe(member: str) -> str:
    return "/".join(part for part in member.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _copied(fs: Any, path: str, scratch: str) -> str:
    return _unzipped(fs.open(path, "rb"), scratch)


def _unzipped(stream: Any, scratch: str) -> str:
    with stream, tempfile.NamedTemporaryFile(dir=scratch, delete=False) as copy:
        shutil.copyfileobj(stream, copy, _BLOCK)
        return copy.name
