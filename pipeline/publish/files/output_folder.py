"""The files of one output: written in order, hashed on the way, and on the disk when they are closed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.publish.files import cells
from pipeline.utils.file_hash import hash_file

_PUBLIC_MODE, _PRIVATE_MODE = 0o666, 0o600
_MAX_UNSYNCED_BYTES = 1 << 24  # bytes that wait in memory for the disk at most


class WrittenFile(NamedTuple):
    """A file that was written: its path below the output's folder, the hash of its bytes, its rows of data."""

    path: str
    sha256: str
    rows: int


class OutputFile:
    """One file being written; ``rows`` is for the writer to count. Arrow can write to it as to any file."""

    closed = False

    def __init__(self, file: Any) -> None:
        self.rows = 0
        self._file = file
        self._hash = hashlib.sha256()
        self._size = self._stored = 0

    def write(self, data: Any) -> int:
        """The number of bytes written: all of them."""
        view = memoryview(data).cast("B")
        size = len(view)
        self._hash.update(view)
        while self._file and len(view):
            view = view[self._file.write(view) :]
        self._size += size
        if self._size - self._stored >= _MAX_UNSYNCED_BYTES:
            self.sync_to_disk()
        return size

    def sync_to_disk(self) -> None:
        """What was written is on the disk, and no longer in memory.

        A large output then costs little memory: new pages for all of it took longer than writing it.
        """
        if self._file:
            os.fsync(self._file.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self._stored = self._size

    def tell(self) -> int:
        """The number of bytes written so far."""
        return self._size

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The file stays open until its folder closes it: Arrow closes what it is done with."""

    def hex_digest(self) -> str:
        """The SHA-256 of the bytes written so far."""
        return self._hash.hexdigest()


class OutputFolder:
    """The folder that an output is written into; without a ``root`` nothing is stored, only hashed and counted.

    With ``replaces`` what is done again after its process died writes its files again.
    """

    def __init__(self, root: Path | None, *, replaces: bool = False) -> None:
        self.written: list[WrittenFile] = []
        self.root = root
        self._create_flag = os.O_TRUNC if replaces else os.O_EXCL
        self._mode: int | None = None  # of the files that were made here, but for private ones

    def add_written(self, part: OutputFolder) -> None:
        """The files that were written below the same root by themselves are among those of this folder."""
        self.written += part.written
        self._mode = self._mode or part._mode

    @contextlib.contextmanager
    def create_file(self, path: str, *, private: bool = False) -> Iterator[OutputFile]:
        """A new file at that path; ``private`` is readable by its owner alone from the start.

        OSError where it cannot be written.
        """
        with self._open_file(path, _PRIVATE_MODE if private else _PUBLIC_MODE) as file:
            output = OutputFile(file)
            if file and not private:
                self._mode = os.fstat(file.fileno()).st_mode
            yield output
            output.sync_to_disk()
        self.written.append(WrittenFile(cells.escape_name(path), output.hex_digest(), output.rows))

    def link_file(self, source: str, written: WrittenFile) -> bool:
        """Whether a file of an earlier output stands here too, under the path of ``written``, without being copied.

        It does where it has that hash and what a file that is made here has: its mode, its owner. It is on the disk.
        """
        if self.root is None or not written.sha256 or not self._is_as_made_here(source):
            return False
        file_path = f"{self.root}/{written.path}"
        try:
            os.makedirs(os.path.dirname(file_path), exist_ok=True)  # noqa: PTH103, PTH120  there may be hundreds
            os.link(source, file_path)
        except OSError:  # a file system without links, or the bound of how many a file may have
            return False
        if hash_file(file_path) != written.sha256:
            os.unlink(file_path)  # noqa: PTH108
            return False
        self.written.append(written._replace(path=cells.escape_name(written.path)))
        return True

    def _is_as_made_here(self, source: str) -> bool:
        found = os.lstat(source)
        is_own = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
        return stat.S_ISREG(found.st_mode) and found.st_mode == self._mode and is_own

    def _open_file(self, path: str, mode: int) -> Any:
        if self.root is None:
            return contextlib.nullcontext()
        file_path = self.root / path
        file_path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | self._create_flag | getattr(os, "O_BINARY", 0)
        return open(os.open(file_path, flags, mode), "wb", buffering=0)  # noqa: PTH123  the caller closes it

    def list_outputs(self) -> list[WrittenFile]:
        """What was written, by path."""
        return sorted(self.written)
