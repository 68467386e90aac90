"""fetch: the reports of an account, asked for once, waited for, and put into the inbox whole (SPEC §11.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.amazon.account import REQUIRED, AmazonAccount
from pipeline.amazon.inbox import Inbox
from pipeline.amazon.report_kinds import FETCHED_KINDS, ReportKind, TimeRange, plan_ranges
from pipeline.amazon.report_queue import ReportQueue
from pipeline.amazon.report_records import ASKED, PLACED, AskedReport, list_asked
from pipeline.amazon.secret_age import report_secret_age
from pipeline.amazon.session import Session
from pipeline.amazon.state import StateReader

ALL_HAD, WANTED_MISSING, REQUIRED_MISSING = 0, 1, 3  # exit statuses
RECENT_SECONDS = 1800.0  # a report that ended so long ago is taken instead of a new one


class FetchRequest(NamedTuple):
    """What is fetched: into which folder, only which kinds (none: those of the account), from when on.

    ``recognize_kind`` names the kind of file that begins with given lines, ``show_step`` tells who watches.
    """

    inbox: Path
    recognize_kind: Callable[[Sequence[str]], str]
    only: Sequence[str] = ()
    since: dt.datetime | None = None
    show_step: Callable[[str], None] = lambda _text: None


class FetchPlan(NamedTuple):
    """What is to be done about one kind: reports that are taken or waited for, and ranges to ask for."""

    kind: ReportKind
    need: str
    taken: Sequence[AskedReport]
    waiting: Sequence[AskedReport]
    ranges: Sequence[TimeRange]

    def describe_plan(self) -> str:
        """What would be done, in one line."""
        name = self.kind.name
        if self.waiting:
            return f"{name}: wait for report {', '.join(report.report_id for report in self.waiting)}"
        if self.taken:
            return f"{name}: take report {self.taken[-1].report_id}, which ended a short while ago"
        parts = [
            f" from {part.start:%Y-%m-%dT%H:%M:%SZ} until {part.end:%Y-%m-%dT%H:%M:%SZ}"
            for part in self.ranges
            if part.start and part.end
        ]
        return f"{name}: ask for {self.kind.report_type}{','.join(parts)}"


def plan_fetch(
    state: StateReader, account: AmazonAccount, request: FetchRequest, instant: dt.datetime
) -> list[FetchPlan]:
    """What fetching at this instant does, a plan for each kind that is wanted, in their order."""
    known = list_asked(state)
    plans = []
    for kind in FETCHED_KINDS:
        need = account.needs[kind.name]
        if (kind.name not in request.only) if request.only else not need:
            continue
        own = [report for report in known if report.kind_name == kind.name]
        placed = [report for report in own if report.outcome == PLACED]
        taken = [report for report in placed if _is_recent(report, instant)]
        waiting = [
            report for report in own if report.outcome == ASKED and (not report.ended_at or _is_recent(report, instant))
        ]
        is_idle = not taken and not waiting
        ranges = plan_ranges(kind, [report.range for report in placed], instant, request.since) if is_idle else []
        plans.append(FetchPlan(kind, need, taken, waiting, ranges))
    return plans


def _is_recent(report: AskedReport, instant: dt.datetime) -> bool:
    """Whether the report ended a short while ago."""
    return report.ended_at is not None and (instant - report.ended_at).total_seconds() < RECENT_SECONDS


def fetch_reports(session: Session, request: FetchRequest) -> int:
    """The exit status, once every report wanted is in the inbox, or could not be had in its time.

    Raises BadCredentials, Unreachable, OSError where nothing more can be done.
    """
    inbox = Inbox(request.inbox, session.operations, session.clock)
    if inbox.is_open_to_others:
        session.report_event("AMZ-705", "inbox", folder=str(inbox.folder))
    session.operations.check_access()
    report_secret_age(session)
    plans = plan_fetch(session.state, session.account, request, session.clock.amazon_time())
    queue = ReportQueue(session, inbox, request.recognize_kind, request.show_step)
    for plan in plans:
        for report in plan.taken:
            request.show_step(f"{plan.kind.name}: report {report.report_id} is recent enough")
        for report in plan.waiting:
            queue.watch_report(report, 0)
        for part in plan.ranges:
            queue.ask_later(plan.kind, part, 0)
    queue.work_off()
    missing = [plan for plan in plans if plan.kind.name in queue.missing]
    if any(plan.need == REQUIRED for plan in missing):
        return REQUIRED_MISSING
    return WANTED_MISSING if missing else ALL_HAD
