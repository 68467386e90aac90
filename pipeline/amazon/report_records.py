"""What the state knows of the reports that were asked for: one record a report."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from pipeline.amazon.report_kinds import KINDS_BY_NAME, ReportKind, TimeRange
from pipeline.amazon.state import REPORT_RECORDS, StateFolder, StateReader, parse_instant
from pipeline.utils.instants import format_instant

ASKED, PLACED, NOT_HAD = "asked", "placed", "not had"
_INSTANTS = ("asked_at", "start", "end", "ended_at", "downloaded_at")


class AskedReport(NamedTuple):
    """A report that was asked for; ``outcome`` is asked, placed (in the inbox) or not had.

    ``start`` and ``end`` are its range, ``ended_at`` is when it was first seen ended, by Amazon's clock; ``is_repeat``
    marks one that was asked for after another had failed. ``file`` and ``sha256`` are those of its file.
    """

    report_id: str
    kind_name: str
    asked_at: dt.datetime
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    outcome: str = ASKED
    status: str = ""
    ended_at: dt.datetime | None = None
    downloaded_at: dt.datetime | None = None
    file: str = ""
    sha256: str = ""
    is_repeat: bool = False

    @property
    def kind(self) -> ReportKind:
        """The kind of the report."""
        return KINDS_BY_NAME[self.kind_name]

    @property
    def range(self) -> TimeRange:
        """The range that it was asked for."""
        return TimeRange(self.start, self.end)


def save_report(state: StateFolder, report: AskedReport) -> AskedReport:
    """The report as it is, once the state has it on the disk."""
    values = report._asdict()
    record = {
        name: format_instant(value) if isinstance(value, dt.datetime) else value for name, value in values.items()
    }
    state.save_record(REPORT_RECORDS, report.report_id, record)
    return report


def list_asked(state: StateReader) -> list[AskedReport]:
    """Every report that the state knows, in the order in which they were asked for."""
    reports = []
    for record in state.list_records(REPORT_RECORDS):
        values = {name: record[name] for name in AskedReport._fields}
        values |= {name: parse_instant(values[name]) for name in _INSTANTS if values[name]}
        reports.append(AskedReport(**values))
    return sorted(reports, key=lambda report: (report.asked_at, report.report_id))
