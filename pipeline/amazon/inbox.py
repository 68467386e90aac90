"""The inbox: reports as Amazon sent them, put there whole, for their owner alone."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from pipeline.amazon.body_check import GZIP_MAGIC, DocumentBroken, GzipMembers
from pipeline.amazon.downloads import save_document
from pipeline.amazon.durable_files import make_private_folder, sync_folder
from pipeline.amazon.operations import Clock, Document, Operations

OTHERS_RIGHTS = 0o077
_DOWNLOAD_ASIDE = ".download"  # behind a dot: no run reads it
_HEADER_BYTES = 1 << 17  # in which a header ends
_HEAD_LINES = 12
HeaderTest = Callable[
    [list[str]], str
]  # the first lines of a file to what is wrong with them, nothing where all is well


class WrongDocument(Exception):
    """A document is not what was asked for: what it seems to be, in words without its text."""


class PlacedFile(NamedTuple):
    """A file in the inbox and the SHA-256 of its bytes."""

    name: str
    sha256: str


class Inbox:
    """The folder that reports are put into."""

    def __init__(self, folder: Path, operations: Operations, clock: Clock) -> None:
        """The folder is there, without what a killed download left in it."""
        make_private_folder(folder)
        self.folder, self._operations, self._clock = folder, operations, clock
        for aside in folder.glob(f".*{_DOWNLOAD_ASIDE}*"):
            aside.unlink()

    @property
    def is_open_to_others(self) -> bool:
        """Whether group or others have any right to the folder."""
        return bool(stat.S_IMODE(self.folder.stat().st_mode) & OTHERS_RIGHTS)

    def place_document(self, find_document: Callable[[], Document], stem: str, test_header: HeaderTest) -> PlacedFile:
        """The document lies in the inbox under that name, with .txt or .txt.gz, its bytes unchanged.

        Raises WrongDocument where ``test_header`` says so, DocumentBroken where it never came whole.
        """
        name = quote(stem, safe="")
        aside = self.folder / f".{name}{_DOWNLOAD_ASIDE}"
        sha256 = save_document(self._operations, self._clock, find_document, aside)
        try:
            head = read_head(aside)
            fault = test_header(decode_lines(head))
            if fault:
                raise WrongDocument(fault)
            target = self.folder / (f"{name}.txt.gz" if is_gzip(aside) else f"{name}.txt")
            aside.replace(target)
            sync_folder(self.folder)
        finally:
            aside.unlink(missing_ok=True)
        return PlacedFile(target.name, sha256)


def is_gzip(path: Path) -> bool:
    """Whether the file begins as gzip does."""
    with path.open("rb") as content:
        return content.read(len(GZIP_MAGIC)) == GZIP_MAGIC


def read_head(path: Path) -> bytes:
    """The first bytes of the file, unpacked where it is gzip."""
    with path.open("rb") as content:
        data = content.read(_HEADER_BYTES)
    if not data.startswith(GZIP_MAGIC):
        return data
    try:
        return next(GzipMembers().unpack_blocks(data), b"")[:_HEADER_BYTES]
    except (DocumentBroken, zlib.error):
        return b""


def decode_lines(head: bytes) -> list[str]:
    """The first lines of a file as text: headings are ASCII in every encoding of Amazon's, the rest may be lost."""
    text = head.decode("utf-8-sig", "replace")
    return [line.rstrip("\r") for line in text.split("\n", _HEAD_LINES)[:_HEAD_LINES]]
