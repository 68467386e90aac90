"""What a path is: a place on this machine, or an address such as s3://bucket/folder."""

from __future__ import annotations

import os
import re
from typing import Any

import fsspec

_SCHEME_PATTERN = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")


def is_address(path: str) -> bool:
    """True for an address; a local path may hold anything, ``::`` and ``:`` among it."""
    return _SCHEME_PATTERN.match(path) is not None


def open_file_system(path: str) -> tuple[Any, str]:
    """The file system of a path, and the path in its terms; nothing in it names a second file system.

    ValueError or ImportError where there is none of the address's kind, and whatever that one raises.
    """
    scheme = _SCHEME_PATTERN.match(path)
    if scheme is None:
        return fsspec.filesystem("file"), os.path.abspath(path)  # noqa: PTH100  no error for a name too long
    file_system_class = fsspec.get_filesystem_class(scheme[1])
    options = file_system_class._get_kwargs_from_urls(path)  # noqa: SLF001  fsspec's own way
    return file_system_class(**options), file_system_class._strip_protocol(path)  # noqa: SLF001  the same
