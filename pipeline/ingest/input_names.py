"""What inputs are called: the shortest names that are unique, safe for use in outputs."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.utils.escape import escape_controls

_MAX_COMPONENT, _MAX_NAME = 200, 1000  # bytes of a name, and of one with its folders, for which an output has room
_TRUNCATED_LENGTH, _MAX_SUFFIX = 150, 30  # bytes that are kept of one that is longer, and of its ending at most


def shorten_names(paths: Sequence[tuple[str, ...]], min_lengths: Sequence[int]) -> list[str]:
    """For each path so many of its last parts, at least ``min_lengths``, as make them unique."""
    lengths = list(min_lengths)
    while True:
        names = ["/".join(parts[-length:]) for parts, length in zip(paths, lengths, strict=True)]
        counts = Counter(names)
        next_lengths = [
            min(length + 1, len(parts)) if counts[name] > 1 else length
            for parts, length, name in zip(paths, lengths, names, strict=True)
        ]
        if next_lengths == lengths:
            return names
        lengths = next_lengths


def make_writable(name: str) -> str:
    """The name as it can be written in UTF-8, and no longer than a disk allows.

    Bytes of another encoding and what acts on a terminal or ends a cell are escaped.
    """
    text = escape_controls(name.encode("utf-8", "backslashreplace").decode("utf-8"))
    text = text.replace("\t", "\\x09").replace("\n", "\\x0a")
    shortened = "/".join(_truncate_component(part) for part in text.split("/"))
    return shortened if len(shortened.encode()) <= _MAX_NAME else _truncate_component(shortened.replace("/", "-"))


def deduplicate_names(names: Sequence[str]) -> Iterator[str]:
    """The names, in their order; one that stands already, or would be both file and folder, gets another."""
    taken: set[str] = set()
    files: set[str] = set()
    folders: set[str] = set()
    last_numbers: dict[str, int] = {}  # by name: the number tried last, as all before it are taken for good
    for original in names:
        name = original.replace("/", "~") if _parent_folders(original) & files else original
        stem, suffix = posixpath.splitext(name)
        number = last_numbers.get(name, 1)
        candidate = name if number == 1 else f"{stem}~{number}{suffix}"
        while candidate in taken or _output_files(candidate) & folders:
            number += 1
            candidate = f"{stem}~{number}{suffix}"
        last_numbers[name] = number
        taken.add(candidate)
        files |= _output_files(candidate)
        folders |= _parent_folders(candidate)
        yield candidate


def _truncate_component(part: str) -> str:
    data = part.encode()
    if len(data) <= _MAX_COMPONENT:
        return part
    suffix = posixpath.splitext(part)[1]
    beginning = data[:_TRUNCATED_LENGTH].decode("utf-8", "ignore")
    return f"{beginning}~{hashlib.sha256(data).hexdigest()[:8]}{suffix if len(suffix.encode()) <= _MAX_SUFFIX else ''}"


def _output_files(name: str) -> set[str]:
    """The files of an output that are called after the name."""
    return {name, f"{name}.txt"}


def _parent_folders(name: str) -> set[str]:
    parts = name.split("/")
    return {"/".join(parts[:length]) for length in range(1, len(parts))}
