"""The planning pass: reads each file once, in order, and says how it is to be split and read."""

from __future__ import annotations

import hashlib
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import findings, octets
from pipeline.batch import Context, FilePlan, Source, Split
from pipeline.ingest import sniff
from pipeline.rules import files as rules

SPLIT = 1 << 24  # bytes: large enough for the parser to be busy, small enough for several to be read at once
_BOM = b"\xef\xbb\xbf"
_HEAD = 1 << 20
LF = ord("\n")


def plan(file: int, source: Source, context: Context, split: int | None = None) -> tuple[FilePlan, pd.DataFrame]:
    """How one file is to be read, and what there is to say about it as a file; ``split`` is about the bytes of each."""
    if source.trouble:
        found = findings.about_file(rules.file_empty, file, 1, reason=source.trouble)
        return FilePlan(file, source, None, "", "", 0, 0, refused=rules.file_empty.code), found
    scan = _Scan(source.path, split or SPLIT)
    encoding = context.encoding or ("utf-8" if scan.utf8 else sniff.fallback(context))
    utf8 = scan.utf8 and encoding == "utf-8"
    text = [line.decode(encoding, "backslashreplace").rstrip("\r") for line in scan.head]
    head = sniff.header(text, context)
    refused, found = sniff.refusal(file, head, text)
    above = [line for line in text[: head.line] if line.strip()] if head.kind else []
    made = FilePlan(
        file,
        source,
        head.kind,
        encoding,
        _digest(source, scan),
        _size(source),
        scan.lines,
        head.names,
        head.line,
        header_lines=len(above),
        blank_head=min(head.line, scan.lines) - len(above) if head.kind else 0,
        refused=refused,
        utf8=utf8,
        counts=sniff.counts(text) if head.kind and head.kind.name == "processing-report" else (),
        splits=scan.splits(file, head.line if head.kind else 0),
    )
    return made, found if refused else sniff.unknown_columns(file, head)


def _digest(source: Source, scan: _Scan) -> str:
    """The hash of the file as it was given: of the archive, where it came in one."""
    if source.url.endswith(source.path):
        return scan.sha256
    with fsspec.open(source.url, "rb") as given:
        return hashlib.file_digest(given, "sha256").hexdigest()


def _size(source: Source) -> int:
    fs, path = fsspec.core.url_to_fs(source.url)
    return int(fs.size(path) or 0)


class _Scan:
    """One reading of a file: its first lines, how many there are, where to split it, its hash, whether it is UTF-8."""

    def __init__(self, path: str, split: int) -> None:
        self.path, self.size, self.lines, self.utf8 = path, 0, 0, True
        self.head: list[bytes] = []
        self.cuts: list[tuple[int, int]] = []  # (byte offset, lines before it), each at the start of a line
        self._rest = b""  # a line begun in the block before
        self._hash = hashlib.sha256()
        with Path(path).open("rb", buffering=0) as file, ThreadPoolExecutor(1) as hashing:
            before, size = hashing.submit(self._hash.update, b""), min(split, os.fstat(file.fileno()).st_size)
            for block in itertools.cycle((bytearray(size), bytearray(size))):  # one is hashed, the other looked at
                if not (size := file.readinto(block)):
                    break
                hashed = hashing.submit(self._hash.update, memoryview(block)[:size])
                self._take(memoryview(block)[:size])
                before.result()
                before = hashed
        self.utf8 = self.utf8 and _is_utf8(self._rest)
        self.lines += bool(self._rest)
        self.sha256 = self._hash.hexdigest()

    def _take(self, block: memoryview) -> None:
        if not self.size:
            self.head = bytes(block[:_HEAD]).removeprefix(_BOM).split(b"\n")[: sniff.LOOKED_AT]
        ends = octets.places(np.frombuffer(block, np.uint8), lambda piece: piece == LF)
        self.size += len(block)
        if not ends.size:  # a line longer than a block
            self._rest += bytes(block)
            return
        first, last = int(ends[0]) + 1, int(ends[-1]) + 1
        if self.utf8:
            self.utf8 = _is_utf8(self._rest + bytes(block[:first])) and _is_utf8(block[first:last])
        self.lines += ends.size
        self.cuts.append((self.size - len(block) + last, self.lines))
        self._rest = bytes(block[last:])

    def splits(self, file: int, header_line: int) -> tuple[Split, ...]:
        """Stretches of whole lines that begin below the header."""
        with Path(self.path).open("rb") as opened:
            for _ in range(header_line):
                opened.readline()
            start = opened.tell()
        stops = [cut for cut in self.cuts if cut[0] > start]
        stops = [*stops[:-1], (self.size, self.lines)]  # what follows the last line end goes with what stands before it
        begins = [(start, header_line), *stops[:-1]]
        return tuple(
            Split(file, begin, end, before + 1)
            for (begin, before), (end, _) in zip(begins, stops, strict=True)
            if end > begin
        )


def _is_utf8(data: Any) -> bool:
    """True where the bytes are UTF-8; Arrow looks at them eight at a time and copies none."""
    offsets = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
