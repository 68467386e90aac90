"""``feedwarden init``: a folder to work in, with an account file, an inbox, a nightly script and what starts it."""

from __future__ import annotations

import os
import shlex
import string
import sys
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from pipeline.utils.private_files import private_files
from schemas import lists

_EMPTY_FOLDERS = ("inbox", "out")
_SCRIPT = "bin/nightly"
_TEMPLATES = {  # path below the folder → its template
    "account.toml": "account.toml",
    _SCRIPT: "nightly.txt",
    "schedule/crontab": "crontab.txt",
    "schedule/feedwarden.service": "service.txt",
    "schedule/feedwarden.timer": "timer.txt",
}
_EXECUTABLE = 0o700
_PROGRAM_FOLDER = Path(sys.executable).parent  # where pip puts the program beside its Python
_NEXT_STEPS = """\
$folder is ready.

  account.toml   what feedwarden must know of your account: read it through
  inbox/         put the day's reports, the files to upload and Amazon's processing reports here
  bin/nightly    one night: reads inbox/, writes feeds and reports below out/
  schedule/      lines for cron, and a service and a timer for systemd: use one of them

Next: download the Unshipped Orders report into inbox/ and run $script
`feedwarden schema` says where each report is, `feedwarden schema KIND --example` gives a file to start from:
examples are of March 2026, so judge them with --as-of 2026-03-10T07:00:00Z and --no-ledger."""


class FolderRefused(ValueError):
    """The folder cannot be begun there: one line saying why and what next."""


class _NewFile(NamedTuple):
    """A file to be written: its path, its text, and whether it is a program."""

    path: Path
    text: str
    is_program: bool


def begin_folder(path: str, marketplace: str) -> str:
    """What to do next, in words: the folder has all its files, each readable by its owner alone.

    Raises FolderRefused where one of them is there already, or the folder cannot be written to; nothing is written
    then. Raises KeyError for an unknown marketplace, OSError where the disk fails.
    """
    folder = Path(path).absolute()
    store = lists.find_marketplace(marketplace)
    new_files = [
        _NewFile(folder / name, _fill_template(template, folder, store), name == _SCRIPT)
        for name, template in _TEMPLATES.items()
    ]
    _check_absent(folder, [file.path for file in new_files])
    try:
        with private_files(public=False):
            _write_files(folder, new_files)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        message = f"{path}: no folder can be begun there ({error.strerror}: {error.filename}); name another"
        raise FolderRefused(message) from error
    values = {"folder": str(folder), "script": shlex.quote(str(folder / _SCRIPT))}
    return string.Template(_NEXT_STEPS).substitute(values)


def _check_absent(folder: Path, paths: list[Path]) -> None:
    """Raises FolderRefused where one of the files is there, or the folder cannot be one."""
    if not str(folder).isprintable():
        message = f"{str(folder)!r}: no script can name this path; name one of printable characters"
        raise FolderRefused(message)
    if os.path.lexists(folder) and not folder.is_dir():
        message = f"{folder}: not a folder; name a new or an empty one"
        raise FolderRefused(message)
    existing = next((path for path in paths if os.path.lexists(path)), None)
    if existing:
        message = f"{existing}: there already, and never overwritten; name another folder, or move it away"
        raise FolderRefused(message)


def _write_files(folder: Path, new_files: list[_NewFile]) -> None:
    """Every file and folder; where one cannot be written, the files before it are taken back."""
    written: list[Path] = []
    try:
        for name in _EMPTY_FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for file in new_files:
            file.path.parent.mkdir(exist_ok=True)
            with file.path.open("x", encoding="utf-8", newline="\n") as output:
                written.append(file.path)
                output.write(file.text)
            if file.is_program:
                file.path.chmod(_EXECUTABLE)
    except OSError:
        for path in written:
            path.unlink()
        raise


def _fill_template(name: str, folder: Path, store: lists.Marketplace) -> str:
    """The text of a file; the path of the script is spelt as the file that names it needs it."""
    script = str(folder / _SCRIPT)
    spellings = {"crontab.txt": _quote_for_cron, "service.txt": _quote_for_systemd}
    values = {
        "marketplace": store.name,
        "country": store.country,
        "program_folder": shlex.quote(str(_PROGRAM_FOLDER)),
        "script": spellings.get(name, shlex.quote)(script),
    }
    template = resources.files("pipeline.app.folder_templates").joinpath(name).read_text(encoding="utf-8")
    return string.Template(template).substitute(values)


def _quote_for_cron(path: str) -> str:
    """The path as a word of the shell, in which cron takes no % for the end of the command."""
    return shlex.quote(path).replace("%", "\\%")


def _quote_for_systemd(path: str) -> str:
    """The path as a word of a unit file, in which % and $ have a meaning of their own."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
