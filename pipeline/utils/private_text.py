"""Text of files that hold secrets: read only where nobody but their owner can."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MAX_SECRET_BYTES = 1 << 16  # of a file with secrets
_OTHERS_BITS = 0o077  # what anyone but the owner may do with a file
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class NotPrivate(ValueError):
    """A file that others could have written or can read, or that is no regular file: one line."""


def read_private_text(path: Path) -> str:
    """The text of a regular file that is the user's own and nobody else's to read, as it was when that was checked.

    Raises NotPrivate; OSError where there is no such file, UnicodeDecodeError where it is not UTF-8.
    """
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotPrivate(f"{path} is a link; name the file itself") from None
        raise
    with os.fdopen(descriptor, "rb") as content:
        _check_private(path, os.fstat(descriptor))
        return content.read(MAX_SECRET_BYTES).decode()


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotPrivate(f"{path} is not a regular file")
    if os.name == "posix" and status.st_uid != os.geteuid():
        raise NotPrivate(f"{path} belongs to another user")
    if os.name == "posix" and status.st_mode & _OTHERS_BITS:
        raise NotPrivate(f"{path}: others can read it; run chmod 600 {path.name}")
