"""The kinds of reports that are fetched: Amazon's type of each, its range, and its options (SPEC §11.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

_HOUR, _DAY = 3600.0, 86_400.0  # seconds
_SALES_CHANNEL = MappingProxyType({"ShowSalesChannel": "true"})


class ReportKind(NamedTuple):
    """A kind: seconds are None where Amazon takes no range for it.

    A range begins ``overlap`` seconds before the end of the last, the first one ``first`` seconds ago; a longer one
    than ``longest`` is asked for in several reports.
    """

    name: str
    report_type: str
    is_restricted: bool = False
    options: Mapping[str, str] = MappingProxyType({})
    overlap: float | None = None
    first: float = 0.0
    longest: float = 0.0


class TimeRange(NamedTuple):
    """From when until when a report is asked for; None where Amazon takes no range."""

    start: dt.datetime | None
    end: dt.datetime | None


FETCHED_KINDS = (
    ReportKind("unshipped", "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING", True, _SALES_CHANNEL),
    ReportKind(
        name="orders",
        report_type="GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING",
        is_restricted=True,
        options=_SALES_CHANNEL,
        overlap=_HOUR,
        first=7 * _DAY,
        longest=30 * _DAY,
    ),
    ReportKind(
        name="all-orders",
        report_type="GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
        overlap=_HOUR,
        first=30 * _DAY,
        longest=30 * _DAY,
    ),
    ReportKind(
        name="returns",
        report_type="GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE",
        overlap=3 * _DAY,
        first=60 * _DAY,
        longest=60 * _DAY,
    ),
    ReportKind("performance", "GET_V2_SELLER_PERFORMANCE_REPORT"),
)
KINDS_BY_NAME = MappingProxyType({kind.name: kind for kind in FETCHED_KINDS})


def plan_ranges(
    kind: ReportKind, covered: Sequence[TimeRange], instant: dt.datetime, since: dt.datetime | None
) -> list[TimeRange]:
    """The ranges to ask for at this instant, given those that were had before, the oldest first."""
    if kind.overlap is None:
        return [TimeRange(None, None)]
    last_end = covered_until(covered)
    if since is not None:
        start = min(since, instant)
    elif last_end is not None:
        start = last_end - dt.timedelta(seconds=kind.overlap)
    else:
        start = instant - dt.timedelta(seconds=kind.first)
    longest = dt.timedelta(seconds=kind.longest)
    ranges = []
    while instant - start > longest:
        ranges.append(TimeRange(start, start + longest))
        start += longest
    return [*ranges, TimeRange(start, instant)]


def covered_until(covered: Sequence[TimeRange]) -> dt.datetime | None:
    """The end of what was had without a gap from the first range on; None where nothing was."""
    end: dt.datetime | None = None
    for start, until in sorted((part.start, part.end) for part in covered if part.start and part.end):
        if end is not None and start > end:
            break
        end = until if end is None else max(end, until)
    return end
