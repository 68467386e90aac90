"""rejected/: the lines of each upload that were not accepted, unchanged, ready to correct and resubmit."""

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

from pipeline.model import findings
from pipeline.model.file_plan import FilePlan
from pipeline.model.run_result import RunResult
from pipeline.publish.files.output_folder import OutputFile, OutputFolder
from pipeline.rules import files
from pipeline.utils import arrow, byte_search, groups
from pipeline.utils.dtypes import Array

REJECTED_FOLDER = "rejected"
_UNREADABLE_CODES = pa.array([rule.code for rule in (files.too_many_cells, files.undecodable, files.control_character)])
_COPY_BYTES = 1 << 22
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the first day a zip archive knows: the same bytes whenever it is made
_ZIP_SYSTEM = 3  # the system a zip archive says it was made on: the same bytes wherever it is made


def write_rejected(folder: OutputFolder, result: RunResult) -> list[str]:
    """The paths of the files written, one for each upload of which any line was rejected or could not be read."""
    paths = []
    for plan, tally in zip(result.plans, result.tallies, strict=True):
        line_count = tally.rejected + tally.unreadable
        if plan.kind and plan.kind.is_upload and line_count:
            paths.append(f"{REJECTED_FOLDER}/{plan.source.name}")
            with folder.create_file(paths[-1], private=True) as output:
                output.rows = line_count
                with _open_packed(output, plan) as file:
                    _copy_lines(plan, None if plan.refusal_code else _find_refused_lines(result, plan.file), file)
    return paths


def list_refused(uploads: Iterable[pd.DataFrame]) -> Array:
    """The rows that are neither accepted nor skipped, as file and line in one number, rising."""
    address_parts = [np.zeros(0, np.int64)]
    for upload_rows in uploads:
        if len(upload_rows):
            is_refused = ~arrow.to_bool(upload_rows["accepted"]) & ~arrow.to_bool(upload_rows["skipped"])
            file, line = (arrow.to_int64(upload_rows[name])[is_refused] for name in ("file", "line"))
            address_parts.append(findings.line_key(file, line))
    return np.sort(np.concatenate(address_parts))


def list_unreadable(finding_parts: Iterable[pa.Table], plans: Sequence[FilePlan]) -> Array:
    """The lines of uploads that could not be read, by what was found, as file and line in one number, rising."""
    upload_files = pa.array([plan.file for plan in plans if plan.kind and plan.kind.is_upload], pa.int64())
    addresses = [np.zeros(0, np.int64)]
    for part in finding_parts:
        is_unreadable = pc.is_in(part["code"], value_set=_UNREADABLE_CODES)
        found = part.filter(is_unreadable)
        found = found.filter(pc.is_in(found["file"], value_set=upload_files)) if len(found) else found
        addresses.append(findings.line_key(found["file"].to_numpy(), found["line"].to_numpy()))
    return groups.sorted_unique(np.concatenate(addresses))


def _find_refused_lines(result: RunResult, file: int) -> Array:
    """The physical numbers of the file's lines that are neither accepted nor skipped, rising."""
    first_address, end_address = findings.line_key(file, 0), findings.line_key(file + 1, 0)
    begin, end = np.searchsorted(result.rejected_lines, [first_address, end_address])
    return result.rejected_lines[begin:end] - first_address


def _copy_lines(plan: FilePlan, lines: Array | None, destination: Any) -> None:
    """The head of the file and the lines given are written as they stand in it, or without ``lines`` all of it."""
    with Path(plan.source.path).open("rb") as source:
        if lines is None:
            shutil.copyfileobj(source, destination, _COPY_BYTES)
            return
        for _ in range(plan.header_line):
            destination.write(source.readline())
        ends = [split.first_line for split in plan.splits[1:]] + [plan.lines + 1]
        for split, end in zip(plan.splits, ends, strict=True):
            begin, stop = np.searchsorted(lines, [split.first_line, end])
            if stop > begin:
                source.seek(split.start)
                if split.is_too_long:
                    _copy_bytes(source, split.end - split.start, destination)
                    continue
                destination.write(
                    _pick_lines(source.read(split.end - split.start), lines[begin:stop] - split.first_line)
                )


def _copy_bytes(source: IO[bytes], size: int, destination: Any) -> None:
    """So many bytes are written, some at a time."""
    for done in range(0, size, _COPY_BYTES):
        destination.write(source.read(min(_COPY_BYTES, size - done)))


def _pick_lines(data: bytes, lines: Array) -> pa.Buffer:
    """The lines of the data, counted from 0, one behind the other."""
    data_bytes = np.frombuffer(data, np.uint8)
    line_starts = byte_search.find_bytes(data_bytes, lambda block: block == byte_search.LF) + 1
    offsets = np.concatenate(
        [[0], line_starts, [len(data)]]
    )  # behind the last line end an empty line, or one without an end
    return byte_search.take_pieces(data, offsets, lines)


@contextlib.contextmanager
def _open_packed(output: OutputFile, plan: FilePlan) -> Iterator[Any]:
    """What is written goes to the output, packed as the file's name says where the input itself was packed."""
    name = posixpath.basename(plan.source.name)
    is_unpacked = not plan.source.sha256
    if name.lower().endswith(".gz") and not is_unpacked:
        with gzip.GzipFile("", "wb", mtime=0, fileobj=_as_binary_file(output)) as file:
            yield file
    elif name.lower().endswith(".zip") and not is_unpacked:
        member = zipfile.ZipInfo(name[: -len(".zip")] or REJECTED_FOLDER, _ZIP_DATE)
        member.compress_type, member.create_system = zipfile.ZIP_DEFLATED, _ZIP_SYSTEM
        with (
            zipfile.ZipFile(_as_binary_file(output), "w") as archive,
            archive.open(member, "w", force_zip64=_needs_zip64(plan)) as file,
        ):
            yield file
    else:
        yield output


def _needs_zip64(plan: FilePlan) -> bool:
    return Path(plan.source.path).stat().st_size > zipfile.ZIP64_LIMIT // 2  # with room for what packing may add


def _as_binary_file(output: OutputFile) -> IO[bytes]:
    return output  # type: ignore[return-value]  # it has write and tell: enough for both
