"""The hash by which a file is known again."""

from __future__ import annotations

import hashlib
from pathlib import Path


def hash_file(path: str | Path) -> str:
    """The SHA-256 of the file's bytes, as hexadecimal digits."""
    with Path(path).open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
