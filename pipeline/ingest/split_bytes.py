"""The bytes of a split as they stand in the file."""

from __future__ import annotations

from pipeline.model.file_plan import FilePlan, Split


def read_bytes(plan: FilePlan, split: Split) -> bytes:
    """The bytes of the split."""
    with open(plan.source.path, "rb") as file:  # noqa: PTH123
        file.seek(split.start)
        return file.read(split.end - split.start)
