"""The lines of a group of files one behind the other, and which file, line and record each of them is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.ingest.split_bytes import read_bytes
from pipeline.model.split_groups import SplitGroup
from pipeline.utils.arrow import to_frame
from pipeline.utils.dtypes import Array, IntArray


class LinePlaces(NamedTuple):
    """Where the lines of a group stand, which are counted from 0 through all its files.

    ``first_lines`` and ``first_bytes`` say where those of each file begin; the others are of the splits in the files.
    """

    files: IntArray
    first_lines: IntArray
    first_bytes: IntArray
    split_lines: IntArray
    split_starts: IntArray

    @classmethod
    def locate(cls, group: SplitGroup, texts: list[bytes]) -> LinePlaces:
        """The places of lines of which the texts are those of each file."""
        line_counts = [text.count(b"\n") for text in texts[:-1]]
        return cls(
            files=group.files,
            first_lines=np.cumsum([0, *line_counts]),
            first_bytes=np.cumsum([0, *map(len, texts[:-1])]),
            split_lines=np.array([split.first_line for split in group.splits]),
            split_starts=np.array([split.start for split in group.splits]),
        )

    def find_members(self, line: IntArray) -> IntArray:
        """The place in the group of the file that each line is of."""
        return np.searchsorted(self.first_lines, line, side="right") - 1

    def count_members(self, line: IntArray) -> IntArray:
        """How many of the lines are of each file."""
        return np.bincount(self.find_members(line), minlength=len(self.files))

    def count_before(self, records_by_line: IntArray) -> IntArray:
        """How many records of the group stand before each file; ``records_by_line`` counts them on from 0."""
        return np.where(self.first_lines > 0, records_by_line[self.first_lines - 1] + 1, 0)

    def describe_lines(self, line: IntArray, records_by_line: IntArray) -> dict[str, IntArray]:
        """The file, the physical line, and the record within the split, of each line."""
        member = self.find_members(line)
        return {
            "file": self.files[member],
            "line": line - self.first_lines[member] + self.split_lines[member],
            "record": records_by_line[line] - self.count_before(records_by_line)[member] + 1,
        }

    def build_rows(self, line: IntArray, records_by_line: IntArray) -> pd.DataFrame:
        """The lines as rows that findings are about."""
        return to_frame(pa.table(self.describe_lines(line, records_by_line)))

    def file_offsets(self, line: IntArray, offsets: Array) -> Array:
        """Where in their files the bytes are that stand in these lines, at the ``offsets`` in the text."""
        member = self.find_members(line)
        return offsets - self.first_bytes[member] + self.split_starts[member]


def read_members(group: SplitGroup) -> list[bytes]:
    """The bytes of each file of the group. Raises InputChanged where one is not the file that was hashed."""
    return [read_bytes(plan, split) for plan, split in zip(group.plans, group.splits, strict=True)]


def end_last_line(text: bytes) -> bytes:
    """The text with an end to its last line; a carriage return that is no such end stays none.

    A last line that is blank may end in a carriage return.
    """
    if not text or text.endswith(b"\n"):
        return text
    if not text.endswith(b"\r"):
        return text + b"\n"
    is_blank = not text[text.rfind(b"\n") + 1 : -1].strip(b" \t")
    return text[:-1] + b"\n" if is_blank else text + b" \n"
