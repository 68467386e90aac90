"""What travels between the stages: frames, the plan of a file, and the settings of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from schemas.kind import FileKind


MAX_LINE_BYTES = 1 << 24  # of a line, its end among them: a longer one is unreadable, and never held


class FileStamp(NamedTuple):
    """A local file as it was before it was read: its path, its bytes, and when it and its entry were changed (ns)."""

    path: str = ""
    size: int = 0
    modified_ns: int = 0
    changed_ns: int = 0


NO_STAMP = FileStamp()  # of what does not lie on this machine


@dataclass(frozen=True, slots=True)
class InputFile:
    """An input as it was given: ``name`` is its input name, ``path`` where its plain bytes lie."""

    name: str
    url: str
    path: str
    read_error: str = ""  # why its bytes could not be had, for instance a damaged archive
    foreign_format: str = ""  # what it is where it cannot be a flat file, for instance a workbook
    source_encoding: str = ""  # of the file as it was given, where ``path`` is a copy of it in UTF-8
    given: FileStamp = NO_STAMP  # the file as it was given
    sha256: str = ""  # of the file as it was given, where ``path`` is a copy
    size: int = 0  # its bytes, there


@dataclass(frozen=True, slots=True)
class Split:
    """A stretch of whole lines of one file; ``first_line`` is the physical number of its first line.

    A line that ``is_too_long`` to be read is a stretch by itself.
    """

    file: int
    start: int
    end: int
    first_line: int
    is_too_long: bool = False


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What the planning pass knows of one file; ``header`` holds the names, stripped and in lower case.

    ``kind`` is None where the header was not recognised; ``refusal_code`` is the code of a file refused whole.
    """

    file: int
    source: InputFile
    kind: FileKind | None
    encoding: str
    sha256: str
    size: int
    lines: int
    header: tuple[str, ...] = ()
    header_width: int = 0  # cells of the header, unnamed ones at its end among them
    header_line: int = 0
    lines_through_header: int = 0  # lines up to and with the header that are not blank
    blank_lines_above_header: int = 0  # blank lines above the header
    refusal_code: str = ""
    reported_counts: tuple[int, ...] = ()  # what a processing report says it processed, and how much of it with success
    is_utf8: bool = True  # its bytes are UTF-8 and read as such
    splits: tuple[Split, ...] = ()

    @property
    def has_unnamed_column(self) -> bool:
        """True where the header ends in a TAB, and so do its lines (FORMATS §0, 3)."""
        return self.header_width > len(self.header)
