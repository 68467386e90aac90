"""The inputs of a run: files and folders, plain, gzipped or zipped, each with a name of its own."""

from __future__ import annotations

import gzip
import json
import posixpath
import shutil
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import fsspec

from pipeline.batch import Source

ACCOUNT = "account.toml"
MANIFEST = "manifest.json"
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
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
    here = [str(Path(path) / ACCOUNT) for path in paths if "://" not in path and Path(path).is_dir()]
    return [path for path in here if Path(path).is_file()]


def discover(paths: Iterable[str], scratch: str) -> list[Source]:
    """Every file below the paths, once, sorted by input name, its plain bytes at hand.

    Archives are unpacked into ``scratch``. Hidden files, account files and folders that hold a feedwarden output
    are passed over. MissingInput where a path does not exist.
    """
    found = {one.url: one for path in paths for one in _below(path)}
    named = zip(map(_writable, _names(list(found.values()))), found.values(), strict=True)
    sources = [source for name, one in named for source in _plain(name, one.url, scratch)]
    return sorted(sources, key=lambda source: source.name)


def _writable(name: str) -> str:
    """The name as it can be written in UTF-8: bytes of another encoding stand escaped."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def present(path: str) -> tuple[Any, str]:
    """The file system of the path, and the path in its terms; MissingInput where nothing is there."""
    fs, root = fsspec.core.url_to_fs(path)
    if not fs.exists(root):
        message = f"{path}: no such file or folder"
        raise MissingInput(message)
    return fs, root


def _below(path: str) -> list[_Found]:
    fs, root = present(path)
    if not fs.isdir(root):
        parts = _parts(fs, root)
        return [_Found(fs.unstrip_protocol(root), parts, 1)]
    outputs = {posixpath.dirname(file) for file in fs.find(root) if _is_output(fs, file)}
    depth = len(_parts(fs, root))
    found = []
    for file in fs.find(root):
        below = _parts(fs, file)[depth:]
        mine = any(posixpath.dirname(file) == out or file.startswith(out + "/") for out in outputs)
        if not mine and below[-1] != ACCOUNT and not any(part.startswith(".") for part in below):
            found.append(_Found(fs.unstrip_protocol(file), _parts(fs, file), len(below)))
    return found


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


def _names(found: list[_Found]) -> list[str]:
    """An input name for each, as short as tells them all apart."""
    lengths = [one.named for one in found]
    while True:
        names = ["/".join(one.parts[-length:]) for one, length in zip(found, lengths, strict=True)]
        counts = Counter(names)
        longer = [
            min(length + 1, len(one.parts)) if counts[name] > 1 else length
            for one, length, name in zip(found, lengths, names, strict=True)
        ]
        if longer == lengths:
            return names
        lengths = longer


def _plain(name: str, url: str, scratch: str) -> list[Source]:
    """The file's plain bytes: where it lies if it is local and plain, else a copy in ``scratch``."""
    fs, path = fsspec.core.url_to_fs(url)
    try:
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
        inner = [member for member in archive.infolist() if not member.is_dir()]
        return [
            Source(
                name if len(inner) == 1 else posixpath.normpath(posixpath.join(name, "./" + _safe(member.filename))),
                url,
                _unzipped(archive.open(member), scratch),
            )
            for member in inner
        ]


def _safe(member: str) -> str:
    return "/".join(part for part in member.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _copied(fs: Any, path: str, scratch: str) -> str:
    return _unzipped(fs.open(path, "rb"), scratch)


def _unzipped(stream: Any, scratch: str) -> str:
    with stream, tempfile.NamedTemporaryFile(dir=scratch, delete=False) as copy:
        shutil.copyfileobj(stream, copy, _BLOCK)
        return copy.name
