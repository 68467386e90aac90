"""What pass one makes of one split of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.utils.dtypes import LATEST, NEVER

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.model import profiles
    from pipeline.utils.dtypes import Array


class CheckedRows(NamedTuple):
    """Rows that still travel, and what there is to say about them."""

    rows: pd.DataFrame
    findings: pd.DataFrame


class FileFacts(NamedTuple):
    """What the rows of a split say about their file as a whole; instants are UTC µs, NEVER where there is none.

    ``newest_report_date`` is the newest reporting-date, ``newest_evidence`` the newest reporting-date or
    last-updated-date of all rows, ``latest_moment`` by when an Unshipped Orders report was made, LATEST where that is
    not known, ``channels`` and ``countries`` how many of its rows are of each; ``order_keys`` are the different orders
    (keys) of a confirmation of an account that may confirm but one at a time.
    """

    newest_report_date: int = NEVER
    newest_evidence: int = NEVER
    latest_moment: int = LATEST
    channels: tuple[tuple[str, int], ...] = ()
    countries: tuple[tuple[str, int], ...] = ()
    order_keys: Array | None = None


class SplitResult(NamedTuple):
    """What pass one made of a split: its rows, believed or not, and what became of its lines."""

    file: int
    rows: pd.DataFrame
    findings: pd.DataFrame
    record_count: int
    blank_lines: int
    unreadable_lines: int
    size_bytes: int  # bytes
    file_facts: FileFacts
    profile: profiles.KindProfile | None
    read_error: str = ""  # why it could not be read, and its file with it


class FileDates(NamedTuple):
    """For each file its newest reporting-date and its newest evidence, NEVER without any, and by when it was made.

    The last only of Unshipped Orders reports, LATEST where it is not known; all UTC µs. ``places`` are the sales
    channels of these, where none is known the country of most of their rows.
    """

    reported: Array
    evidence: Array
    latest: Array
    places: list[frozenset[str]]
