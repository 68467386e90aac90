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

from pipeline.ingest import foreign_formats, sniff
from pipeline.model.file_plan import FilePlan, InputFile, Split
from pipeline.model.run_context import RunContext
from pipeline.rules import build_findings, files
from pipeline.utils import byte_search

SPLIT_SIZE = 1 << 24  # bytes: large enough for the parser to be busy, small enough for several to be read at once
_BOM = b"\xef\xbb\xbf"
_HEAD_SIZE = 1 << 20


def plan_file(
    file: int, source: InputFile, context: RunContext, split_size: int | None = None
) -> tuple[FilePlan, pd.DataFrame]:
    """How one file is to be read, and what there is to say about it as a file; ``split_size``: bytes a split."""
    if source.read_error:
        file_findings = build_findings.file_finding(files.file_empty, file, 1, reason=source.read_error)
        return _refuse_unread(file, source, files.file_empty.code), file_findings
    if source.foreign_format:
        code, file_findings = sniff.refuse_foreign(file, foreign_formats.describe_document(source.foreign_format))
        return _refuse_unread(file, source, code), file_findings
    scan = _FileScan(source.path, split_size or SPLIT_SIZE)
    encoding = "utf-8" if source.source_encoding else context.encoding
    encoding = encoding or ("utf-8" if scan.utf8 else sniff.fallback_encoding(context))
    utf8 = scan.utf8 and encoding == "utf-8"
    head_lines = [line.decode(encoding, "backslashreplace").rstrip("\r") for line in scan.head]
    header = sniff.find_header(head_lines, context)
    refusal_code, file_findings = sniff.check_header(file, header, head_lines, scan.head[0] if scan.head else b"")
    lines_above = [line for line in head_lines[: header.line] if line.strip()] if header.kind else []
    file_plan = FilePlan(
        file=file,
        source=source,
        kind=header.kind,
        encoding=source.source_encoding or encoding,
        sha256=_hash_source(source, scan),
        size=_source_size(source),
        lines=scan.lines,
        header=header.names,
        header_width=header.width,
        header_line=header.line,
        lines_through_header=len(lines_above),
        blank_lines_above_header=min(header.line, scan.lines) - len(lines_above) if header.kind else 0,
        refusal_code=refusal_code,
        is_utf8=utf8,
        reported_counts=sniff.read_summary_counts(head_lines)
        if header.kind and header.kind.name == "processing-report"
        else (),
        splits=scan.make_splits(file, header.line if header.kind else 0),
    )
    return file_plan, file_findings if refusal_code else sniff.find_unknown_columns(file, header)


def _refuse_unread(file: int, source: InputFile, refusal_code: str) -> FilePlan:
    """The plan of a file that is refused before a line of it is read."""
    return FilePlan(
        file=file, source=source, kind=None, encoding="", sha256="", size=0, lines=0, refusal_code=refusal_code
    )


def _hash_source(source: InputFile, scan: _FileScan) -> str:
    """The hash of the file as it was given: of the archive, where it came in one."""
    if source.url.endswith(source.path):
        return scan.sha256
    with fsspec.open(source.url, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _source_size(source: InputFile) -> int:
    fs, path = fsspec.core.url_to_fs(source.url)
    return int(fs.size(path) or 0)


class _FileScan:
    """One reading of a file: its first lines, how many there are, where to split it, its hash, whether it is UTF-8."""

    def __init__(self, path: str, split_size: int) -> None:
        self.path, self.size, self.lines, self.utf8 = path, 0, 0, True
        self.head: list[bytes] = []
        self.cuts: list[tuple[int, int]] = []  # (byte offset, lines before it), each at the start of a line
        self._rest = b""  # a line begun in the block before
        self._hash = hashlib.sha256()
        with Path(path).open("rb", buffering=0) as file, ThreadPoolExecutor(1) as hashing:
            previous_hash, size = (
                hashing.submit(self._hash.update, b""),
                min(split_size, os.fstat(file.fileno()).st_size),
            )
            for block in itertools.cycle((bytearray(size), bytearray(size))):  # one is hashed, the other looked at
                if not (size := file.readinto(block)):
                    break
                next_hash = hashing.submit(self._hash.update, memoryview(block)[:size])
                self._scan_block(memoryview(block)[:size])
                previous_hash.result()
                previous_hash = next_hash
        self.utf8 = self.utf8 and _is_utf8(self._rest)
        self.lines += bool(self._rest)
        self.sha256 = self._hash.hexdigest()

    def _scan_block(self, block: memoryview) -> None:
        if not self.size:
            self.head = bytes(block[:_HEAD_SIZE]).removeprefix(_BOM).split(b"\n")[: sniff.HEAD_LINES]
        ends = byte_search.find_bytes(np.frombuffer(block, np.uint8), lambda chunk: chunk == byte_search.LF)
        self.size += len(block)
        if not ends.size:  # a line longer than a block
            self._rest += bytes(block)
            return
        first_start, last_start = int(ends[0]) + 1, int(ends[-1]) + 1
        if self.utf8:
            self.utf8 = _is_utf8(self._rest + bytes(block[:first_start])) and _is_utf8(block[first_start:last_start])
        self.lines += ends.size
        self.cuts.append((self.size - len(block) + last_start, self.lines))
        self._rest = bytes(block[last_start:])

    def make_splits(self, file: int, header_line: int) -> tuple[Split, ...]:
        """Stretches of whole lines that begin below the header."""
        with Path(self.path).open("rb") as opened:
            for _ in range(header_line):
                opened.readline()
            start = opened.tell()
        ends = [cut for cut in self.cuts if cut[0] > start]
        ends = [*ends[:-1], (self.size, self.lines)]  # what follows the last line end goes with what stands before it
        starts = [(start, header_line), *ends[:-1]]
        return tuple(
            Split(file, start_offset, end, before + 1)
            for (start_offset, before), (end, _) in zip(starts, ends, strict=True)
            if end > start_offset
        )


def _is_utf8(data: Any) -> bool:
    """True where the bytes are UTF-8; Arrow looks at them eight at a time and copies none."""
    offsets = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
