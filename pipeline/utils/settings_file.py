"""The text of a file of settings."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_MAX_BYTES = 1 << 20


def read_settings(path: str | Path) -> str:
    """The text of a regular file of at most 1 MiB in UTF-8, without its byte order mark.

    Raises OSError for any other file, a pipe among them, for which it would have to wait; ValueError where the bytes
    are not UTF-8.
    """
    status = os.stat(path)  # noqa: PTH116  it may be a text
    if not stat.S_ISREG(status.st_mode):
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "a folder, not a file")
        raise OSError(errno.EINVAL, "not a regular file")
    if status.st_size > _MAX_BYTES:
        raise OSError(errno.EFBIG, "larger than 1 MiB")
    return Path(path).read_text(encoding="utf-8-sig")
