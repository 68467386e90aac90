"""Files that survive a crash whole: written aside, fsynced, renamed, their folder fsynced; for their owner alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ASIDE = ".aside"
PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


def write_json(path: Path, content: dict[str, Any]) -> None:
    """The file holds the content, whole and fsynced; before that it holds what it held."""
    aside = path.with_name(path.name + ASIDE)
    data = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as output:
        output.write(data)
        output.flush()
        os.fsync(output.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def append_line(path: Path, line: str) -> None:
    """The line stands at the end of the file, fsynced; where the disk is full the file is as it was."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    try:
        size_before = os.fstat(descriptor).st_size
        try:
            remaining = f"{line}\n".encode()
            while remaining:
                remaining = remaining[os.write(descriptor, remaining) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size_before)
            raise
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """The folder is there, a new one readable by its owner alone."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """The names in the folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
