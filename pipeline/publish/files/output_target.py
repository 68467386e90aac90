"""Where outputs go, and whether they may be written there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.model.output_names import MANIFEST_NAME
from pipeline.publish import manifest
from pipeline.publish.files.cells import escape_name

RUN_ID_PREFIX_LENGTH = 12  # of the run's number in the names of what lies beside the output


class OutputRefused(ValueError):
    """A place where no output can go: one line saying why and what next."""

    def __init__(self, message: str) -> None:
        """The message is one line, whatever a path holds."""
        super().__init__(" ".join(escape_name(message).split()))


def resolve_target(out: str | Path) -> Path:
    """The folder meant, symbolic links followed. Raises OutputRefused for what is no folder's name."""
    if "://" in str(out):
        raise OutputRefused(f"{out}: the output must be a local folder; copy it elsewhere from there")
    target = Path(os.path.realpath(out))
    if not target.name or os.path.ismount(target):
        raise OutputRefused(f"{out}: cannot be replaced as a whole; give a folder inside it")
    return target


def sibling_path(target: Path, run_id: str, suffix: str) -> Path:
    """A path beside the target, hidden and named after the run."""
    return target.with_name(f".{target.name}.{run_id[:RUN_ID_PREFIX_LENGTH]}.{suffix}")


def check_replaceable(target: Path) -> None:
    """At the place is nothing, an empty folder, or an output of ours and nothing else. Raises OutputRefused."""
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise OutputRefused(f"{target}: is a file; give a folder")
    existing_paths = set(_list_paths(target))
    manifest_path = target / MANIFEST_NAME
    listed_paths = manifest.parse_output_paths(manifest_path.read_bytes()) if manifest_path.is_file() else None
    if existing_paths and listed_paths is None:
        raise OutputRefused(f"{target}: is not empty and not an output of feedwarden; give another folder")
    foreign_paths = sorted(existing_paths - (listed_paths or set()))
    if foreign_paths:
        raise OutputRefused(
            f"{target}: also contains {foreign_paths[0]}, which feedwarden did not write; move it away first"
        )


def holds_output(folder: Path) -> bool:
    """Whether the folder is an output of ours, of one account or of several."""
    try:
        return manifest.parse_output_paths((folder / MANIFEST_NAME).read_bytes()) is not None
    except OSError:
        return False


def _list_paths(folder: Path) -> Iterator[str]:
    """The paths below the folder of all that is no folder, and of folders that are empty or links."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        entries = _list_entries(f"{folder}/{below}")
        if below and entries == []:
            yield escape_name(below)
        for entry in entries or ():
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            else:
                yield escape_name(path)


def _list_entries(folder: str) -> list[os.DirEntry[str]] | None:
    """What is in the folder; None of one that cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return None


def check_writable(target: Path) -> None:
    """A folder can be made beside the output, tried by making one. Raises OutputRefused."""
    parent = next(path for path in target.parents if os.path.lexists(path))
    probe = parent / sibling_path(target, "0" * RUN_ID_PREFIX_LENGTH, "tmp").name
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise OutputRefused(
            f"{target}: {parent} cannot be written to ({error.strerror}); give another folder"
        ) from error
