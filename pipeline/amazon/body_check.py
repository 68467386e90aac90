"""Whether a body came whole: its length, and for gzip its trailer, whatever was announced."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping

from pipeline.amazon.operations import AmazonFault

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib: a gzip header, its checksum and its length are read
_MAX_BLOCK = 1 << 18  # bytes that are unpacked at a time


class DocumentBroken(AmazonFault):
    """A document could not be downloaded whole."""

    code = "AMZ-716"


class BodyCheck:
    """Looks at the bytes of a body as they come; nothing of them is kept but the first two."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """A body with these headers of its answer."""
        length = headers.get("content-length", "")
        self._length = int(length) if length.isascii() and length.isdigit() else None
        # Without a length only chunks and gzip say where the end is; a length of -1 stands for another proof.
        self._has_end = bool(length) or "chunked" in headers.get("transfer-encoding", "").lower()
        self._is_coded = "gzip" in headers.get("content-encoding", "").lower()
        self._first_bytes = b""
        self._members: GzipMembers | None = None
        self.size = 0

    def add_bytes(self, chunk: bytes) -> None:
        """These bytes came. Raises DocumentBroken where they cannot be gzip although the first two say so."""
        self.size += len(chunk)
        if self._members is None and len(self._first_bytes) < len(GZIP_MAGIC):
            self._first_bytes += chunk
            chunk = self._first_bytes
            if len(chunk) < len(GZIP_MAGIC):
                return
            self._members = GzipMembers() if chunk.startswith(GZIP_MAGIC) else None
        if self._members is not None:
            for _ in self._members.unpack_blocks(chunk):
                pass

    def check_end(self) -> None:
        """Nothing where the body is whole. Raises DocumentBroken."""
        if self._length is not None and self.size != self._length:
            raise DocumentBroken(f"a document: {self.size} of {self._length} bytes came (AMZ-716)")
        if self._members is not None and not self._members.is_whole:
            raise DocumentBroken("a document: its gzip ends too early (AMZ-716)")
        if self._members is None and not self._has_end:
            raise DocumentBroken("a document: its answer does not say where it ends (AMZ-716)")

    @property
    def is_coded_twice(self) -> bool:
        """Whether HTTP says that it packed the body, and what is inside of it is gzip again."""
        return self._is_coded and self._members is not None and self._members.first_bytes == GZIP_MAGIC


class GzipMembers:
    """Unpacks gzip, one member after the other, with checksum and length of each checked."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
        self._is_padding = False
        self.first_bytes = b""
        self.is_whole = False

    def unpack_blocks(self, data: bytes) -> Iterator[bytes]:
        """What these bytes hold, a block at a time. Raises DocumentBroken where they are no gzip."""
        try:
            while data and not self._is_padding:
                if self._unpacker.eof:
                    self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
                block = self._unpacker.decompress(data, _MAX_BLOCK)
                self.first_bytes = (self.first_bytes + block[: len(GZIP_MAGIC)])[: len(GZIP_MAGIC)]
                if block:
                    yield block
                data = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
                self.is_whole = self._unpacker.eof
                self._is_padding = self.is_whole and bool(data) and not data.strip(b"\0")
        except zlib.error:
            raise DocumentBroken("a document: its gzip is damaged (AMZ-716)") from None


def gunzip_blocks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What is inside of the gzip, a block at a time."""
    members = GzipMembers()
    for block in blocks:
        yield from members.unpack_blocks(block)
