"""The bytes of a split as they stand in the file."""

from __future__ import annotations

from pipeline.ingest.stamps import InputChanged, check_unchanged
from pipeline.model.file_plan import FilePlan, Split


def read_bytes(plan: FilePlan, split: Split) -> bytes:
    """The bytes of the split. Raises InputChanged where the file is not the one that was hashed."""
    with open(plan.source.path, "rb") as file:  # noqa: PTH123
        file.seek(split.start)
        data = file.read(split.end - split.start)
        if plan.source.path == plan.source.given.path:
            check_unchanged(plan.source, file.fileno())
    if len(data) < split.end - split.start:
        raise InputChanged(plan.source.name)
    return data
