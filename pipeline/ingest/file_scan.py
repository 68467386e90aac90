"""One reading of a file: its first lines, how many there are, where to split it, its hash, whether it is UTF-8.

No line is held: a file may be one line, and a line longer than ``MAX_LINE_BYTES`` is only measured.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.model.file_plan import MAX_LINE_BYTES, Split
from pipeline.utils import byte_search

_BOM = b"\xef\xbb\xbf"
_HEAD_BYTES = 1 << 20  # in which the header ends: a longer line is none
_BLOCK_BYTES = 1 << 22  # bytes that are read at once
_MIN_LINE_BYTES = 1 << 7  # bytes that a line counts as at least: a short one takes as much memory as any
_MAX_CHARACTER = 4  # bytes of a character in UTF-8


class FileScan:
    """What a file is like; splits begin at ``cuts``, (byte offset, lines before it), each at the start of a line."""

    def __init__(self, path: str, split_size: int) -> None:
        self.size, self.lines, self.is_utf8 = 0, 0, True
        self.cuts: list[tuple[int, int]] = []
        self.too_long: set[int] = set()  # where lines begin that are too long
        self._split_size, self._block_size = split_size, min(split_size, _BLOCK_BYTES, MAX_LINE_BYTES)
        self._line = _OpenLine()  # the line under way, which began in this block or before
        self._head = bytearray()
        self._hash = hashlib.sha256()
        with Path(path).open("rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size < self._block_size:
                data = bytearray(file.readall())
                self._hash.update(data)
                self._scan_block(data, len(data))
            else:
                self._scan_blocks(file)
        if self._line.start < self.size:
            self.lines += 1
            self._end_line(self.size)
        self.sha256 = self._hash.hexdigest()

    @property
    def head(self) -> bytes:
        """The begin of the file, without its byte order mark."""
        return bytes(self._head).removeprefix(_BOM)

    @property
    def is_head_cut(self) -> bool:
        """Whether the last line of the head goes on behind it."""
        return self.size > len(self._head)

    def _scan_blocks(self, file: FileIO) -> None:
        """All of a large file, some at a time: one block is hashed, the other looked at."""
        with ThreadPoolExecutor(1) as hashing:
            previous_hash = hashing.submit(self._hash.update, b"")
            for block in itertools.cycle((bytearray(self._block_size), bytearray(self._block_size))):
                if not (size := file.readinto(block)):
                    break
                next_hash = hashing.submit(self._hash.update, memoryview(block)[:size])
                self._scan_block(block, size)
                previous_hash.result()
                previous_hash = next_hash

    def _scan_block(self, block: bytearray, size: int) -> None:
        if len(self._head) < _HEAD_BYTES:
            self._head += memoryview(block)[: min(size, _HEAD_BYTES - len(self._head))]
        begin, self.size = self.size, self.size + size
        first_start, last_start = block.find(b"\n", 0, size) + 1, block.rfind(b"\n", 0, size) + 1
        view = memoryview(block)
        if not first_start:
            self._line.add(view[:size])
            return
        self._line.add(view[:first_start])
        self.lines += _count_line_ends(np.frombuffer(view[:first_start], np.uint8))
        self._end_line(begin + first_start)
        self.lines += _count_line_ends(np.frombuffer(view[first_start:last_start], np.uint8))
        self.is_utf8 = self.is_utf8 and _is_utf8(view[first_start:last_start])
        cut = begin + last_start
        self._cut_short_lines(block, begin, (first_start, last_start))
        if cut - (self.cuts[-1][0] if self.cuts else 0) + self._block_size > self._split_size:
            self.cuts.append((cut, self.lines))
        self._line = _OpenLine(cut)
        self._line.add(view[last_start:size])

    def _cut_short_lines(self, block: bytearray, begin: int, bounds: tuple[int, int]) -> None:
        """Splits begin between the ``bounds`` too, of the block that begins there, where its lines are many."""
        most, (first, last) = max(self._split_size // _MIN_LINE_BYTES, 1), bounds
        if self.lines - (self.cuts[-1][1] if self.cuts else 0) <= most:
            return
        ends = byte_search.find_bytes(np.frombuffer(block, np.uint8)[first:last], lambda data: data == byte_search.LF)
        before = self.lines - len(ends)
        offset = max((self.cuts[-1][1] if self.cuts else 0) + most - before - 1, 0)
        places = np.arange(offset, len(ends), most)
        self.cuts += zip((ends[places] + 1 + first + begin).tolist(), (before + places + 1).tolist(), strict=True)

    def _end_line(self, end: int) -> None:
        """The line under way is counted and ends here, behind its line end if it has one."""
        if end - self._line.start > MAX_LINE_BYTES:
            self.too_long.add(self._line.start)
            self.cuts += [(self._line.start, self.lines - 1), (end, self.lines)]
        else:
            self.is_utf8 = self.is_utf8 and self._line.is_utf8

    def make_splits(self, file: int, header_line: int) -> tuple[Split, ...]:
        """Stretches of whole lines that begin below the header; a line that is too long is one by itself."""
        start = 0
        for _ in range(header_line):  # the header ends in the head
            start = self._head.find(b"\n", start) + 1 or len(self._head)
        ends = [*(cut for cut in self.cuts if start < cut[0] < self.size), (self.size, self.lines)]
        return tuple(
            Split(file, start_offset, end, before + 1, is_too_long=start_offset in self.too_long)
            for (start_offset, before), (end, _) in itertools.pairwise([(start, header_line), *ends])
            if end > start_offset
        )


class _OpenLine:
    """A line whose end is not known yet: where it starts, and whether what was seen of it is UTF-8."""

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self._is_valid = True
        self._unfinished = b""  # the bytes of a character that goes on

    @property
    def is_utf8(self) -> bool:
        """Whether it is UTF-8, if it ends here."""
        return self._is_valid and not self._unfinished

    def add(self, piece: memoryview) -> None:
        """The line goes on with the bytes of the piece."""
        data = b"".join((self._unfinished, piece))
        end = len(data) - _count_unfinished(data)
        self._unfinished = data[end:]
        self._is_valid = self._is_valid and _is_utf8(memoryview(data)[:end])


def _count_unfinished(data: bytes) -> int:
    """How many bytes at the end begin a character of UTF-8 and do not finish it."""
    for count in range(1, min(len(data), _MAX_CHARACTER - 1) + 1):
        byte = data[-count]
        if byte >= 0xC0:  # noqa: PLR2004  the first byte of a character of two bytes or more
            needed = 2 + (byte >= 0xE0) + (byte >= 0xF0)  # noqa: PLR2004  of three, of four
            return count if count < needed else 0
        if byte < 0x80:  # noqa: PLR2004  a character of one byte
            return 0
    return 0


def _count_line_ends(data: Any) -> int:
    step = byte_search.BLOCK_BYTES
    return sum(
        int(np.count_nonzero(data[begin : begin + step] == byte_search.LF)) for begin in range(0, len(data), step)
    )


def _is_utf8(data: Any) -> bool:
    """True where the bytes are UTF-8; Arrow looks at them eight at a time and copies none."""
    offsets = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
