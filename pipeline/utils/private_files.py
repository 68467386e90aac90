"""Whose the files are that a job writes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

_OTHERS_NOTHING = 0o077


@contextlib.contextmanager
def private_files(*, public: bool) -> Iterator[None]:
    """Meanwhile every new file is 0600 and every new folder 0700; with ``public`` as the system has it.

    It holds for all threads of the process, and for the processes that it starts.
    """
    if public:
        yield
        return
    earlier_mask = os.umask(_OTHERS_NOTHING)
    try:
        yield
    finally:
        os.umask(earlier_mask)
