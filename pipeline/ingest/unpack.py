"""The plain bytes of an input, as UTF-8 where it was UTF-16: where it lies, or a copy made while it is brought in."""

from __future__ import annotations

import codecs
import gzip
import posixpath
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import fsspec

from pipeline.ingest import foreign_formats
from pipeline.model.file_plan import InputFile

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF16 = "utf-16"
_COPY_SIZE = 1 << 22
_UNDECODABLE = "\ud800"  # in UTF-8 it is no character, so the reader finds the line (FIL-006)


def unpack_source(name: str, url: str, scratch: str) -> list[InputFile]:
    """The file's plain bytes: where it lies if it is local and plain, else a copy in ``scratch``."""
    fs, path = fsspec.core.url_to_fs(url)
    try:
        if "file" in fs.protocol and not stat.S_ISREG(Path(path).stat().st_mode):
            return [InputFile(name, url, "", read_error="a pipe, a device or a linked folder, not a file")]
        with fs.open(path, "rb") as file:
            magic = file.read(4)
        local_path = path if "file" in fs.protocol else _copy_stream(fs.open(path, "rb"), scratch)
        if magic.startswith(_GZIP):
            return [_to_plain_file(name, url, _copy_stream(gzip.open(local_path), scratch), scratch)]
        if magic == _ZIP:
            return _unpack_zip(name, url, local_path, scratch)
        return [_to_plain_file(name, url, local_path, scratch)]
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        return [InputFile(name, url, "", read_error=f"{type(error).__name__}: {error}".replace(str(path), name))]


def _to_plain_file(name: str, url: str, path: str, scratch: str) -> InputFile:
    """The file at ``path``, transcoded where it begins with the byte order mark of UTF-16."""
    with Path(path).open("rb") as file:
        encoding = _UTF16_MARKS.get(file.read(2))
    if encoding is None:
        return InputFile(name, url, path)
    return InputFile(name, url, _transcode_utf16(path, encoding, scratch), source_encoding=_UTF16)


def _transcode_utf16(path: str, encoding: str, scratch: str) -> str:
    """A copy of the file as UTF-8 without its byte order mark; what is no character stays none."""
    codecs.register_error("feedwarden-utf16", lambda error: (_UNDECODABLE, error.end))  # type: ignore[attr-defined]
    decoder = codecs.getincrementaldecoder(encoding)("feedwarden-utf16")
    with Path(path).open("rb") as source, tempfile.NamedTemporaryFile(dir=scratch, delete=False) as copy:
        source.read(2)
        while block := source.read(_COPY_SIZE):
            copy.write(decoder.decode(block).encode("utf-8", "surrogatepass"))
        copy.write(decoder.decode(b"", final=True).encode("utf-8", "surrogatepass"))
        return copy.name


def _unpack_zip(name: str, url: str, local_path: str, scratch: str) -> list[InputFile]:
    with zipfile.ZipFile(local_path) as archive:
        document = foreign_formats.recognize_document(archive.namelist())
        if document:
            return [InputFile(name, url, "", foreign_format=document)]
        members = [member for member in archive.infolist() if not member.is_dir() and not _is_hidden(member.filename)]
        return [
            _to_plain_file(
                name
                if len(members) == 1
                else posixpath.normpath(posixpath.join(name, "./" + (_safe_member_name(member.filename) or "member"))),
                url,
                _copy_stream(archive.open(member), scratch),
                scratch,
            )
            for member in members
        ]


def _is_hidden(member: str) -> bool:
    return any(part.startswith(".") for part in _safe_member_name(member).split("/"))


def _safe_member_name(member: str) -> str:
    return "/".join(part for part in member.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _copy_stream(stream: Any, scratch: str) -> str:
    with stream, tempfile.NamedTemporaryFile(dir=scratch, delete=False) as copy:
        shutil.copyfileobj(stream, copy, _COPY_SIZE)
        return copy.name
