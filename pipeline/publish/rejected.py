"""rejected/: the lines of each upload that were not taken, byte for byte, to be corrected and given again."""

from __future__ import annotations

import contextlib
import gzip
import posixpath
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings, frames, octets
from pipeline.batch import FilePlan
from pipeline.frames import Array
from pipeline.publish.output import Folder, Output
from pipeline.ready import Ready
from pipeline.rules import files

FOLDER = "rejected"
_UNREADABLE = pa.array([rule.code for rule in (files.too_many_cells, files.undecodable, files.control_character)])
_BLOCK = 1 << 22
_LF = 10
_DATED = (1980, 1, 1, 0, 0, 0)  # the first day a zip archive knows: the same bytes whenever it is made
_UNIX = 3  # the system a zip archive says it was made on: the same bytes wherever it is made


def write(folder: Folder, ready: Ready) -> list[str]:
    """The paths of the files written, one for each upload of which any line was rejected or could not be read."""
    paths = []
    for plan, tally in zip(ready.plans, ready.tallies, strict=True):
        count = tally.rejected + tally.unreadable
        if plan.kind and plan.kind.upload and count:
            paths.append(f"{FOLDER}/{plan.source.name}")
            with folder.file(paths[-1], private=True) as output:
                output.rows = count
                with _packed(output, plan) as file:
                    _copy(plan, None if plan.refused else _lines(ready, plan.file), file)
    return paths


def refused(uploads: Iterable[pd.DataFrame]) -> Array:
    """The rows that are neither accepted nor skipped, as file and line in one number, rising."""
    parts = [np.zeros(0, np.int64)]
    for rows in uploads:
        if len(rows):
            out = ~frames.flags(rows["accepted"]) & ~frames.flags(rows["skipped"])
            file, line = (frames.numbers(rows[name])[out] for name in ("file", "line"))
            parts.append(findings.address(file, line))
    return np.sort(np.concatenate(parts))


def unreadable(found: pa.Table, plans: Sequence[FilePlan]) -> Array:
    """The lines of uploads that could not be read, by what was found, as file and line in one number."""
    uploads = pa.array([plan.file for plan in plans if plan.kind and plan.kind.upload], pa.int64())
    mine = pc.and_(pc.is_in(found["code"], value_set=_UNREADABLE), pc.is_in(found["file"], value_set=uploads))
    told = found.filter(mine)
    return frames.distinct(findings.address(told["file"].to_numpy(), told["line"].to_numpy()))


def _lines(ready: Ready, file: int) -> Array:
    """The physical numbers of the file's lines that are neither accepted nor skipped, rising."""
    first, behind = findings.address(file, 0), findings.address(file + 1, 0)
    begin, end = np.searchsorted(ready.refused, [first, behind])
    return ready.refused[begin:end] - first


def _copy(plan: FilePlan, lines: Array | None, out: Any) -> None:
    """The head of the file and the lines given are written as they stand in it, or without ``lines`` all of it."""
    with Path(plan.source.path).open("rb") as given:
        if lines is None:
            shutil.copyfileobj(given, out, _BLOCK)
            return
        for _ in range(plan.header_line):
            out.write(given.readline())
        ends = [split.first_line for split in plan.splits[1:]] + [plan.lines + 1]
        for split, end in zip(plan.splits, ends, strict=True):
            begin, stop = np.searchsorted(lines, [split.first_line, end])
            if stop > begin:
                given.seek(split.start)
                out.write(_picked(given.read(split.end - split.start), lines[begin:stop] - split.first_line))


def _picked(data: bytes, lines: Array) -> pa.Buffer:
    """The lines of the data, counted from 0, one behind the other."""
    text = np.frombuffer(data, np.uint8)
    ends = octets.places(text, lambda piece: piece == _LF) + 1
    offsets = np.concatenate([[0], ends, [len(data)]])  # behind the last line end an empty line, or one without an end
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    picked = pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers).take(pa.array(lines))
    return picked.buffers()[2]


@contextlib.contextmanager
def _packed(output: Output, plan: FilePlan) -> Iterator[Any]:
    """What is written goes to the output, packed as the file's name says where the input itself was packed."""
    name = posixpath.basename(plan.source.name)
    plain = plan.source.url.endswith(plan.source.path)
    if name.lower().endswith(".gz") and not plain:
        with gzip.GzipFile("", "wb", mtime=0, fileobj=_file(output)) as file:
            yield file
    elif name.lower().endswith(".zip") and not plain:
        member = zipfile.ZipInfo(name[: -len(".zip")] or FOLDER, _DATED)
        member.compress_type, member.create_system = zipfile.ZIP_DEFLATED, _UNIX
        with (
            zipfile.ZipFile(_file(output), "w") as archive,
            archive.open(member, "w", force_zip64=_large(plan)) as file,
        ):
            yield file
    else:
        yield output


def _large(plan: FilePlan) -> bool:
    return Path(plan.source.path).stat().st_size > zipfile.ZIP64_LIMIT // 2  # with room for what packing may add


def _file(output: Output) -> IO[bytes]:
    return output  # type: ignore[return-value]  # it can be written to and told: enough for both
