"""What a run has read, moved from the inbox to the archive (SPEC §11.8, step 7)."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from pipeline.amazon.durable_files import ASIDE, PRIVATE_FILE, make_private_folder, sync_folder
from pipeline.amazon.outputs import read_manifest
from pipeline.utils.file_hash import hash_file

_REJECTED_FOLDER = "rejected"


def archive_inputs(output: Path, inbox: Path, archive: Path) -> int:
    """How many files of the inbox, those that the output's manifest names by their hash, were moved to the archive.

    Of files with the same bytes as many are moved as the run read, those of its names first: an answer to a later feed
    may be the same as one that was read, and is still to be read.
    """
    names_read = defaultdict(set)
    for entry in read_manifest(output)["inputs"]:
        names_read[entry["sha256"]].add(entry["name"])
    archived = Counter(map(hash_file, _list_files(archive)))
    same_bytes = defaultdict(list)
    for path in _list_files(inbox):
        same_bytes[hash_file(path)].append(path)
    files = []
    for sha256 in same_bytes.keys() & names_read.keys():
        names = names_read[sha256]
        found = sorted(same_bytes[sha256], key=lambda path: _is_other(path.relative_to(inbox).as_posix(), names))
        files += found[: max(0, len(names) - archived[sha256])]
    for path in files:
        _move_file(path, archive / path.relative_to(inbox))
    return len(files)


def _is_other(name: str, names: set[str]) -> bool:
    """Whether the run read no file of that name."""
    return name not in names


def copy_rejected(output: Path, target: Path) -> int:
    """How many files of rejected lines lie in ``target`` now, as the output has them, to be corrected."""
    files = list(_list_files(output / _REJECTED_FOLDER))
    for path in files:
        _copy_file(path, target / path.relative_to(output / _REJECTED_FOLDER))
    return len(files)


def _list_files(folder: Path) -> Iterator[Path]:
    """The regular files below the folder that a run reads: none that is hidden."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not is_hidden:
            yield path


def _move_file(path: Path, target: Path) -> None:
    make_private_folder(target.parent)
    path.chmod(PRIVATE_FILE)
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_file(path, target)
        path.unlink()
    sync_folder(target.parent)


def _copy_file(path: Path, target: Path) -> None:
    """A copy that is there whole or not at all."""
    make_private_folder(target.parent)
    aside = target.with_name(f".{target.name}{ASIDE}")
    shutil.copyfile(path, aside)
    aside.chmod(PRIVATE_FILE)
    with aside.open("rb") as content:
        os.fsync(content.fileno())
    aside.replace(target)
    sync_folder(target.parent)
