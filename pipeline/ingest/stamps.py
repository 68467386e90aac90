"""Whether an input is still the file that was hashed."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pipeline.model.file_plan import FilePlan, FileStamp, InputFile
from pipeline.utils.file_hash import hash_file


class InputChanged(RuntimeError):
    """An input is not the file that it was when the run began: one line."""

    def __init__(self, name: str) -> None:
        """The input is called ``name``."""
        super().__init__(f"{name} changed while it was read; run it again when it is complete")

    def __reduce__(self) -> tuple[type[RuntimeError], tuple[object, ...]]:
        """From another process it comes as its line."""
        return RuntimeError, self.args


def take_stamp(path: str) -> FileStamp:
    """The stamp of a local file as it is now. Raises OSError."""
    return _to_stamp(path, os.stat(path))  # noqa: PTH116  no error for a name too long


def check_unchanged(source: InputFile, descriptor: int | None = None) -> None:
    """The local file given has the size and time of its stamp; ``descriptor`` is the file where it is open.

    Raises InputChanged.
    """
    if not source.given.path:
        return
    try:
        now = _to_stamp(source.given.path, os.stat(source.given.path) if descriptor is None else os.fstat(descriptor))  # noqa: PTH116
    except OSError as error:
        raise InputChanged(source.name) from error
    if (now.size, now.modified_ns) != (source.given.size, source.given.modified_ns):
        raise InputChanged(source.name)


def check_inputs(plans: Iterable[FilePlan]) -> None:
    """All local files are what they were when they were hashed. Raises InputChanged.

    A file whose entry alone changed, or that was written and given its old time again, is hashed once more.
    """
    for plan in plans:
        given = plan.source.given
        if given.path and plan.source.path == given.path and plan.sha256:
            check_unchanged(plan.source)
            if take_stamp(given.path).changed_ns != given.changed_ns and hash_file(given.path) != plan.sha256:
                raise InputChanged(plan.source.name)


def _to_stamp(path: str, status: os.stat_result) -> FileStamp:
    return FileStamp(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
