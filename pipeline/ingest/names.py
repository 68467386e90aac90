"""What inputs are called: names as short as tell them all apart, and such as an output can bear."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence

_COMPONENT, _WHOLE = 200, 1000  # bytes of a name, and of one with its folders, for which an output has room
_KEPT, _ENDING = 150, 30  # bytes that are kept of one that is longer, and of its ending at most


def shortest(paths: Sequence[tuple[str, ...]], least: Sequence[int]) -> list[str]:
    """For each path so many of its last parts, at least ``least``, as tell them all apart."""
    lengths = list(least)
    while True:
        names = ["/".join(parts[-length:]) for parts, length in zip(paths, lengths, strict=True)]
        counts = Counter(names)
        longer = [
            min(length + 1, len(parts)) if counts[name] > 1 else length
            for parts, length, name in zip(paths, lengths, names, strict=True)
        ]
        if longer == lengths:
            return names
        lengths = longer


def writable(name: str) -> str:
    """The name as it can be written in UTF-8, bytes of another encoding escaped, and no longer than a disk allows."""
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    fitting = "/".join(_cut(part) for part in text.split("/"))
    return fitting if len(fitting.encode()) <= _WHOLE else _cut(fitting.replace("/", "-"))


def apart(names: Sequence[str]) -> Iterator[str]:
    """The names, in their order; one that stands already, or would be both file and folder, gets another."""
    taken: set[str] = set()
    files: set[str] = set()
    folders: set[str] = set()
    for given in names:
        name = given.replace("/", "~") if _folders(given) & files else given
        stem, ending = posixpath.splitext(name)
        number, tried = 1, name
        while tried in taken or _files(tried) & folders:
            number += 1
            tried = f"{stem}~{number}{ending}"
        taken.add(tried)
        files |= _files(tried)
        folders |= _folders(tried)
        yield tried


def _cut(part: str) -> str:
    data = part.encode()
    if len(data) <= _COMPONENT:
        return part
    ending = posixpath.splitext(part)[1]
    kept = data[:_KEPT].decode("utf-8", "ignore")
    return f"{kept}~{hashlib.sha256(data).hexdigest()[:8]}{ending if len(ending.encode()) <= _ENDING else ''}"


def _files(name: str) -> set[str]:
    """The files of an output that are called after the name."""
    return {name, f"{name}.txt"}


def _folders(name: str) -> set[str]:
    parts = name.split("/")
    return {"/".join(parts[:length]) for length in range(1, len(parts))}
