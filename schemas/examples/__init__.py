"""A small valid file of each kind, to start from: together they are one night of a made-up seller.

The seller's own kinds have every column, and every value that a column of a closed list takes.
"""

from __future__ import annotations

from importlib import resources

from schemas.kind import FileKind


def read_example(kind: FileKind) -> str:
    """The example of the kind, without its last line end."""
    return resources.files(__name__).joinpath(f"{kind.name}.txt").read_text(encoding="utf-8").removesuffix("\n")
