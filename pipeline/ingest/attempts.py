"""The one place at which what reading a file raises becomes something to say of that file."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import TypeVar

from pipeline.ingest.stamps import InputChanged, check_unchanged
from pipeline.model.file_plan import InputFile
from pipeline.utils.escape import to_one_line

T = TypeVar("T")
NO_PERMISSION = "no permission to read it"
NOT_A_FILE = "a pipe, a device or a linked folder, not a file"
_NOT_A_FILE_HINT = "Give a file: write into one what the pipe or device gives, or name the linked folder itself."
_UNREADABLE_HINT = (
    "Check that this user may read the file and that its download or copy is complete; if it is damaged, download it "
    "again."
)
# Their texts speak of the file and its packing; what others say may hold what stands in a cell.
_QUOTED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, NotImplementedError)


def attempt(read: Callable[[], T], source: InputFile, refuse: Callable[[str], T]) -> T:
    """What ``read`` gives of the source; where it raises anything, what ``refuse`` makes of the reason.

    Raises InputChanged where the source is not the file it was.
    """
    try:
        return read()
    except InputChanged:
        raise
    except Exception as error:  # noqa: BLE001  one file never ends the night of the others
        check_unchanged(source)
        return refuse(describe_error(error, source))


def describe_error(error: Exception, source: InputFile) -> str:
    """Why the source could not be read, in one line."""
    if isinstance(error, PermissionError):
        return NO_PERMISSION
    if not isinstance(error, _QUOTED):
        return type(error).__name__
    text = f"{type(error).__name__}: {error}"
    for path in filter(None, (source.given.path, source.path)):
        text = text.replace(path, source.name)
    return to_one_line(text)


def advise_reading(reason: str) -> str:
    """What to do about a file that could not be read for that reason."""
    return _NOT_A_FILE_HINT if reason == NOT_A_FILE else _UNREADABLE_HINT
