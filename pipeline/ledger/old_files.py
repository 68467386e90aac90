"""Files of a table that nobody needs any more: of versions before the last run's, of its log, and of runs that died."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deltalake import DeltaTable
from pyarrow.fs import FileSelector, FileType, PyFileSystem

from pipeline.ledger.delta_tables import table_url
from pipeline.ledger.tables import LedgerTable

LOG_FOLDER = "_delta_log"
_VERSION_DIGITS = 20  # with which the name of a file of the log begins
_CHECKPOINT = ".checkpoint"


def remove_old_files(delta_table: DeltaTable, url: str, table: LedgerTable, kept_version: int) -> None:
    """The table is left with the files of its version and of the one kept, and with the log from before that on.

    The version kept is that which the last run in ``runs`` names: it must be there for as long as the run under way has
    not committed. Files that no version names are removed once they are a week old: until then a run may be writing
    them. The log is read from a checkpoint of the table's version.
    """
    location = table_url(url, table)
    delta_table.create_checkpoint()
    kept_names = {_base_name(uri) for uri in DeltaTable(location, version=kept_version).file_uris()}
    replaced = delta_table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=True)
    abandoned = delta_table.vacuum(dry_run=True, full=True)
    filesystem = open_files(location)
    files = list_files(filesystem)
    old_paths = {path for path in (*replaced, *abandoned) if _base_name(path) not in kept_names}
    delete_files(filesystem, {*(old_paths & files), *_list_old_log(files, kept_version)})


def open_files(location: str) -> Any:
    """The file system of a table, whose paths begin in its folder."""
    from deltalake.fs import DeltaStorageHandler

    return PyFileSystem(DeltaStorageHandler(location))


def list_files(filesystem: Any) -> set[str]:
    """The paths of all files of a table, those of its log among them."""
    infos = filesystem.get_file_info(FileSelector("", recursive=True))
    return {info.path for info in infos if info.type == FileType.File}


def delete_files(filesystem: Any, paths: Iterable[str]) -> None:
    """The files are gone, the oldest of the log first."""
    for path in sorted(paths):
        filesystem.delete_file(path)


def _list_old_log(files: set[str], kept_version: int) -> set[str]:
    """The files of the log before the last checkpoint from which the version kept can be read."""
    by_path = {
        path: int(_base_name(path)[:_VERSION_DIGITS])
        for path in files
        if path.startswith(f"{LOG_FOLDER}/") and _base_name(path)[:_VERSION_DIGITS].isdigit()
    }
    checkpoints = [version for path, version in by_path.items() if _CHECKPOINT in path and version <= kept_version]
    first_needed = max(checkpoints, default=0)
    return {path for path, version in by_path.items() if version < first_needed}


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]
