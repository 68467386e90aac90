"""The inputs of a run: files and folders, plain, gzipped or zipped, each with a name of its own."""

from __future__ import annotations

import dataclasses
import json
import os
import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.ingest import input_names, unpack
from pipeline.ingest.attempts import NO_PERMISSION
from pipeline.model.file_plan import InputFile
from pipeline.utils import addresses
from pipeline.utils.escape import to_one_line

ACCOUNT_FILE = "account.toml"
MANIFEST_FILE = "manifest.json"
_DELTA_LOG = "_delta_log"  # the folder that makes another a table of a ledger


class MissingInput(ValueError):
    """A path that was given and is not there: one line."""


class _FoundFile(NamedTuple):
    """A file as it was found: its address and the parts of its path, the input name being the last ``name_length``."""

    url: str
    path_parts: tuple[str, ...]
    name_length: int


def find_account_files(paths: Iterable[str]) -> list[str]:
    """The account files that lie in the folders given."""
    folders = [path for path in paths if not addresses.is_address(path) and os.path.isdir(path)]  # noqa: PTH112  no error for a name too long
    candidates = [str(Path(folder) / ACCOUNT_FILE) for folder in folders]
    return [path for path in candidates if os.path.isfile(path)]  # noqa: PTH113  no error for a folder that is closed


def discover_sources(paths: Iterable[str], scratch: str) -> list[InputFile]:
    """Every file below the paths, once, sorted by input name, its plain bytes at hand.

    Archives are unpacked into ``scratch``, and UTF-16 is transcoded there. Hidden files, account files and folders
    that hold a feedwarden output or a ledger are passed over. MissingInput where a path does not exist or cannot be
    looked at, and where no file may be read.
    """
    found_files = list({found_file.url: found_file for path in paths for found_file in _find_files(path)}.values())
    short_names = map(
        input_names.make_writable,
        input_names.shorten_names(
            [found_file.path_parts for found_file in found_files],
            [found_file.name_length for found_file in found_files],
        ),
    )
    named_urls = sorted(zip(short_names, (found_file.url for found_file in found_files), strict=True))
    sources = [source for name, url in named_urls for source in unpack.unpack_source(name, url, scratch)]
    unique_names = input_names.deduplicate_names([input_names.make_writable(source.name) for source in sources])
    sources = [dataclasses.replace(source, name=name) for source, name in zip(sources, unique_names, strict=True)]
    if sources and all(source.read_error == NO_PERMISSION for source in sources):
        names = f"{sources[0].name}{f' and {len(sources) - 1:,} more' if len(sources) > 1 else ''}"
        raise MissingInput(f"{names}: no permission to read; let the user who runs feedwarden read the inputs")
    return sorted(sources, key=lambda source: source.name)


def resolve_path(path: str) -> tuple[Any, str]:
    """The file system of the path, and the path in its terms, a local one without ``..``.

    MissingInput where nothing is there.
    """
    try:
        fs, root = addresses.open_file_system(path)
        exists = bool(path) and fs.exists(root)
    except Exception as error:  # whatever a file system of its own raises
        message = f"{path[:200]}: cannot be read ({to_one_line(error)})"
        raise MissingInput(message) from error
    if not exists:
        message = f"{path or 'an empty path'}: no such file or folder"
        raise MissingInput(message)
    return fs, os.path.realpath(root) if ".." in _split_path(fs, root) and "file" in fs.protocol else root


def _find_files(path: str) -> list[_FoundFile]:
    fs, root = resolve_path(path)
    if not fs.isdir(root):
        parts = _split_path(fs, root)
        return [_FoundFile(fs.unstrip_protocol(root), parts, 1)]
    files = fs.find(root) + (_find_denied_folders(root) if "file" in fs.protocol else [])
    skipped_folders = {posixpath.dirname(file) for file in files if _is_output(fs, file)} | _find_ledger_tables(files)
    depth = len(_split_path(fs, root))
    found_files = []
    for file in files:
        relative_parts = _split_path(fs, file)[depth:] or _split_path(fs, file)[-1:]
        is_skipped = bool(skipped_folders) and not skipped_folders.isdisjoint(_parent_folders(file))
        if (
            not is_skipped
            and relative_parts[-1] != ACCOUNT_FILE
            and not any(part.startswith(".") for part in relative_parts)
        ):
            found_files.append(_FoundFile(fs.unstrip_protocol(file), _split_path(fs, file), len(relative_parts)))
    return found_files


def _find_denied_folders(root: str) -> list[str]:
    """The folders that may not be looked into: of what is in them, nothing can be said but that."""
    denied: list[str] = []
    for _ in os.walk(root, onerror=lambda error: denied.append(error.filename)):
        pass
    return [folder for folder in denied if os.path.isdir(folder)]  # noqa: PTH112  no error for a name too long


def _parent_folders(file: str) -> Iterator[str]:
    """The folders in which the file lies, from its own outwards."""
    folder, outer = posixpath.dirname(file), file
    while folder != outer:
        yield folder
        folder, outer = posixpath.dirname(folder), folder


def _find_ledger_tables(files: Iterable[str]) -> set[str]:
    """The folders of the files that are tables of a ledger."""
    folders = {posixpath.dirname(file) for file in files}
    return {posixpath.dirname(folder) for folder in folders if posixpath.basename(folder) == _DELTA_LOG}


def _is_output(fs: Any, file: str) -> bool:
    """Whether the file is the manifest of a feedwarden output."""
    if posixpath.basename(file) != MANIFEST_FILE or ("file" in fs.protocol and not Path(file).is_file()):
        return False
    try:
        document = json.loads(fs.cat_file(file))
    except Exception:  # noqa: BLE001  then it is none
        return False
    return isinstance(document, dict) and "run_id" in document


def _split_path(fs: Any, path: str) -> tuple[str, ...]:
    return tuple(part for part in fs._strip_protocol(path).split("/") if part)  # noqa: SLF001  fsspec's own way
