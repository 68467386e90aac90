"""The plain bytes of an input, as UTF-8 where it was UTF-16: where it lies, or a copy made while it is brought in."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import os
import posixpath
import shutil
import stat
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.ingest import foreign_formats
from pipeline.ingest.attempts import NOT_A_FILE, attempt
from pipeline.ingest.stamps import check_unchanged, take_stamp
from pipeline.model.file_plan import InputFile
from pipeline.utils import addresses

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF16 = "utf-16"
_COPY_SIZE = 1 << 22
_UNDECODABLE = "\ud800"  # in UTF-8 it is no character, so the reader finds the line (FIL-006)


def unpack_source(name: str, url: str, scratch: str) -> list[InputFile]:
    """The file's plain bytes: where it lies if it is local and plain, else a copy in ``scratch``."""
    source = InputFile(name, url, "")
    return attempt(
        lambda: _unpack_regular(source, scratch), source, lambda reason: [replace(source, read_error=reason)]
    )


def _unpack_regular(source: InputFile, scratch: str) -> list[InputFile]:
    fs, path = addresses.open_file_system(source.url)
    if "file" not in fs.protocol:
        return _unpack(source, _copy_stream(fs.open(path, "rb"), scratch), scratch)
    mode = Path(path).stat().st_mode
    if stat.S_ISDIR(mode):
        os.scandir(path).close()  # PermissionError where that is why it was not looked into
    if not stat.S_ISREG(mode):  # a pipe would be waited for
        return [replace(source, read_error=NOT_A_FILE)]
    source = replace(source, given=take_stamp(path))
    sources = _unpack(source, path, scratch)
    check_unchanged(source)
    return sources


def _unpack(source: InputFile, path: str, scratch: str) -> list[InputFile]:
    """The plain bytes of the file as it was given, which lies at ``path``, hashed where it is not plain itself."""
    with Path(path).open("rb") as file:
        magic = file.read(4)
        is_plain = path == source.given.path and not magic.startswith((_GZIP, _ZIP, *_UTF16_MARKS))
        if is_plain:
            return [replace(source, path=path)]
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    source = replace(source, sha256=sha256, size=Path(path).stat().st_size)
    unpack = _unpack_gzip if magic.startswith(_GZIP) else _unpack_zip if magic == _ZIP else _unpack_text
    return attempt(lambda: unpack(source, path, scratch), source, lambda reason: [replace(source, read_error=reason)])


def _unpack_text(source: InputFile, path: str, scratch: str) -> list[InputFile]:
    return [_to_plain_file(source, path, scratch)]


def _unpack_gzip(source: InputFile, path: str, scratch: str) -> list[InputFile]:
    return [_to_plain_file(source, _copy_stream(gzip.open(path), scratch), scratch)]


def _to_plain_file(source: InputFile, path: str, scratch: str) -> InputFile:
    """The file at ``path``, transcoded where it begins with the byte order mark of UTF-16."""
    with Path(path).open("rb") as file:
        encoding = _UTF16_MARKS.get(file.read(2))
    if encoding is None:
        return replace(source, path=path)
    return replace(source, path=_transcode_utf16(path, encoding, scratch), source_encoding=_UTF16)


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


def _unpack_zip(source: InputFile, path: str, scratch: str) -> list[InputFile]:
    """The files in the archive, each with what is wrong with it where it cannot be unpacked."""
    with zipfile.ZipFile(path) as archive:
        document = foreign_formats.recognize_document(archive.namelist())
        if document:
            return [replace(source, foreign_format=document)]
        members = [member for member in archive.infolist() if not member.is_dir() and not _is_hidden(member.filename)]

        def unpack_member(member: zipfile.ZipInfo) -> InputFile:
            inner = source if len(members) == 1 else replace(source, name=_name_member(source.name, member.filename))
            return attempt(
                lambda: _to_plain_file(inner, _copy_stream(archive.open(member), scratch), scratch),
                inner,
                lambda reason: replace(inner, read_error=reason),
            )

        return [unpack_member(member) for member in members]


def _name_member(archive: str, member: str) -> str:
    """The name of a member below that of its archive."""
    return posixpath.normpath(posixpath.join(archive, "./" + (_safe_member_name(member) or "member")))


def _is_hidden(member: str) -> bool:
    return any(part.startswith(".") for part in _safe_member_name(member).split("/"))


def _safe_member_name(member: str) -> str:
    return "/".join(part for part in member.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _copy_stream(stream: Any, scratch: str) -> str:
    with stream, tempfile.NamedTemporaryFile(dir=scratch, delete=False) as copy:
        try:
            shutil.copyfileobj(stream, copy, _COPY_SIZE)
        except BaseException:
            Path(copy.name).unlink()  # half of it is of no use, and may fill the disk
            raise
        return copy.name
