"""What pass one makes of a group of files that are read together, or of one split of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.utils.dtypes import LATEST, NEVER

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.model import profiles
    from pipeline.utils.dtypes import Array, IntArray


class CheckedRows(NamedTuple):
    """Rows that still travel, and what there is to say about them."""

    rows: pd.DataFrame
    findings: pd.DataFrame


PLACE_COUNTS = pa.schema(
    [("file", pa.int64()), ("is_country", pa.bool_()), ("place", pa.string()), ("rows", pa.int64())]
)


class FileFacts(NamedTuple):
    """What the rows of a group say about each of its files as a whole; instants are UTC µs, NEVER where there is none.

    ``newest_report_date`` is the newest reporting-date, ``newest_evidence`` the newest reporting-date or
    last-updated-date of all rows, ``latest_moment`` by when an Unshipped Orders report was made, LATEST where that is
    not known, ``places`` (PLACE_COUNTS) how many of its rows are of each sales channel and country; ``order_keys`` are
    the different orders (keys) of confirmations of an account that may confirm but one at a time.
    """

    newest_report_date: IntArray
    newest_evidence: IntArray
    latest_moment: IntArray
    places: pa.Table | None = None
    order_keys: Array | None = None

    @classmethod
    def know_nothing(cls, file_count: int) -> FileFacts:
        """Of so many files nothing is known."""
        return cls(*(np.full(file_count, unknown) for unknown in (NEVER, NEVER, LATEST)))


class GroupResult(NamedTuple):
    """What pass one made of a group: its rows, believed or not, and what became of the lines of each file."""

    files: IntArray
    rows: pd.DataFrame
    findings: pd.DataFrame
    record_counts: IntArray
    blank_lines: IntArray
    unreadable_lines: IntArray
    size_bytes: int  # bytes
    file_facts: FileFacts
    profile: profiles.KindProfile | None
    read_error: str = ""  # why it could not be read, and its one file with it


class FileDates(NamedTuple):
    """For each file its newest reporting-date and its newest evidence, NEVER without any, and by when it was made.

    The last only of Unshipped Orders reports, LATEST where it is not known; all UTC µs. ``places`` are the sales
    channels of these, where none is known the country of most of their rows.
    """

    reported: Array
    evidence: Array
    latest: Array
    places: list[frozenset[str]]
