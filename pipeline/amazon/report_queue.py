"""What is still to be done about each report, in the order in which it comes due: ask for it, look at it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from pipeline.amazon.account import REQUIRED
from pipeline.amazon.inbox import Inbox
from pipeline.amazon.operations import (
    CANCELLED,
    DONE,
    FATAL,
    AmazonReport,
    Forbidden,
    NotFound,
    Refused,
    ReportRequest,
    Throttled,
)
from pipeline.amazon.report_documents import keep_fatal_document, place_report, seconds_to_repeat
from pipeline.amazon.report_kinds import ReportKind, TimeRange
from pipeline.amazon.report_records import NOT_HAD, AskedReport, save_report
from pipeline.amazon.retries import ThrottledFor, throttle_pause
from pipeline.amazon.session import Session
from pipeline.model.severity import ERROR

_FIRST_LOOKS, _LOOK_SECONDS = (15.0, 30.0, 60.0), 60.0  # between the looks at a report
_FATAL_PAUSE = 300.0  # seconds before a report that failed is asked for once more
_ASKING_FACTOR = 2  # of wait.report: how long createReport may be repeated
REPORT_ROLES = "Inventory and Order Tracking, and for orders Direct to Consumer Shipping (Restricted)"


class _DueStep(NamedTuple):
    """What is to be done at an instant of the monotonic clock; ``number`` keeps the order of what is due at once."""

    due: float
    number: int
    act: Callable[[], None]


class _ReportWish(NamedTuple):
    """A report to ask for; until when (monotonic), and how often Amazon has asked to wait."""

    kind: ReportKind
    part: TimeRange
    is_repeat: bool = False
    deadline: float | None = None
    refusals: int = 0


class ReportQueue:
    """Reports that are asked for and waited for; ``missing`` are the kinds of which one could not be had."""

    def __init__(
        self,
        session: Session,
        inbox: Inbox,
        recognize_kind: Callable[[Sequence[str]], str],
        show_step: Callable[[str], None],
    ) -> None:
        """Nothing is to be done yet."""
        self._session, self._inbox = session, inbox
        self._recognize_kind, self._show_step = recognize_kind, show_step
        self._steps: list[_DueStep] = []
        self._numbers = itertools.count()
        self.missing: set[str] = set()

    def work_off(self) -> None:
        """Everything was done, with the waits in between."""
        clock = self._session.clock
        while self._steps:
            step = heapq.heappop(self._steps)
            if step.due > clock.monotonic():
                clock.sleep(step.due - clock.monotonic())
            step.act()

    def ask_later(self, kind: ReportKind, part: TimeRange, seconds: float, *, is_repeat: bool = False) -> None:
        """In so many seconds the report of the range is asked for."""
        self._add_step(seconds, lambda: self._ask_for_report(_ReportWish(kind, part, is_repeat)))

    def watch_report(self, report: AskedReport, first_look: float) -> None:
        """The report is looked at until it ends, or wait.report is over."""
        deadline = self._session.clock.monotonic() + self._session.account.waits.report
        self._add_step(first_look, lambda: self._look_at_report(report, deadline, iter(_FIRST_LOOKS[1:])))

    def _add_step(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(
            self._steps, _DueStep(self._session.clock.monotonic() + max(seconds, 0), next(self._numbers), act)
        )

    def _ask_for_report(self, wish: _ReportWish) -> None:
        """The report is asked for; where Amazon throttles it, another time, so that it holds up no other."""
        session, kind, part = self._session, wish.kind, wish.part
        instant = session.clock.monotonic()
        deadline = wish.deadline or instant + _ASKING_FACTOR * session.account.waits.report
        session.operations.set_deadline(deadline)
        request = ReportRequest(kind.report_type, session.account.marketplaces, part.start, part.end, kind.options)
        try:
            report_id = session.operations.create_report(request._replace(patience=instant))
        except Throttled as throttled:
            self._ask_again(wish._replace(deadline=deadline), throttled)
        except Forbidden:
            self._miss_report("AMZ-706", kind, operation=f"to ask for {kind.name}", role=REPORT_ROLES)
        except (Refused, NotFound) as refusal:
            self._miss_report("AMZ-713", kind, report=f"(not made: {refusal})")
        else:
            asked = AskedReport(report_id, kind.name, session.clock.amazon_time(), part.start, part.end)
            self.watch_report(save_report(session.state, asked._replace(is_repeat=wish.is_repeat)), _FIRST_LOOKS[0])
            self._show_step(f"{kind.name}: asked for report {report_id}")
        finally:
            session.operations.set_deadline(None)

    def _ask_again(self, wish: _ReportWish, throttled: Throttled) -> None:
        """The report is asked for later, where there is time."""
        if isinstance(throttled, ThrottledFor):
            times = wish.refusals + throttled.by_amazon
            pause = throttle_pause(throttled.seconds, times) if throttled.by_amazon else throttled.seconds
            if wish.deadline is not None and self._session.clock.monotonic() + pause <= wish.deadline:
                later = wish._replace(refusals=times)
                self._add_step(pause, lambda: self._ask_for_report(later))
                return
        self._miss_report("AMZ-711", wish.kind, report="(not asked for yet: Amazon asks to wait)")

    def _look_at_report(self, report: AskedReport, deadline: float, pauses: Iterator[float]) -> None:
        session = self._session
        session.operations.set_deadline(deadline)
        try:
            found = session.operations.get_report(report.report_id)
        except Throttled:
            self._miss_report("AMZ-711", report.kind, report=report.report_id)
            return
        except (NotFound, Forbidden, Refused):
            save_report(session.state, report._replace(outcome=NOT_HAD, status="unknown"))
            self._miss_report("AMZ-713", report.kind, report=report.report_id)
            return
        finally:
            session.operations.set_deadline(None)
        handle = {DONE: self._take_done, CANCELLED: self._note_cancelled, FATAL: self._note_fatal}.get(found.status)
        if handle is not None and (found.status != DONE or found.document_id):
            ended_at = report.ended_at or session.clock.amazon_time()
            handle(report._replace(status=found.status, ended_at=ended_at), found)
            return
        pause = next(pauses, _LOOK_SECONDS)
        if session.clock.monotonic() + pause > deadline:
            self._miss_report("AMZ-711", report.kind, report=report.report_id)
        else:
            self._add_step(pause, lambda: self._look_at_report(report, deadline, pauses))

    def _take_done(self, report: AskedReport, found: AmazonReport) -> None:
        placed, code, reason = place_report(self._session, self._inbox, (report, found), self._recognize_kind)
        save_report(self._session.state, placed)
        if code:
            self._miss_report(code, report.kind, **reason)
        else:
            self._show_step(f"{report.kind_name}: {placed.file} is in the inbox")

    def _note_cancelled(self, report: AskedReport, found: AmazonReport) -> None:
        """No file, and no proof of anything; asked once more where another had asked a short while before."""
        save_report(self._session.state, report._replace(outcome=NOT_HAD))
        seconds = None if report.is_repeat else seconds_to_repeat(self._session, found)
        self._end_without_file("AMZ-712", report, seconds)

    def _note_fatal(self, report: AskedReport, found: AmazonReport) -> None:
        """No file but what Amazon explains; asked once more."""
        keep_fatal_document(self._session, report, found)
        save_report(self._session.state, report._replace(outcome=NOT_HAD))
        self._end_without_file("AMZ-713", report, None if report.is_repeat else _FATAL_PAUSE)

    def _end_without_file(self, code: str, report: AskedReport, seconds: float | None) -> None:
        if seconds is None:
            self._miss_report(code, report.kind, report=report.report_id)
            return
        self._show_step(f"{report.kind_name}: report {report.report_id} ended {report.status}; asked for once more")
        self.ask_later(report.kind, report.range, seconds, is_repeat=True)

    def _miss_report(self, code: str, kind: ReportKind, **words: str) -> None:
        """One of the kind could not be had, and the event says why."""
        self.missing.add(kind.name)
        is_required = self._session.account.needs[kind.name] == REQUIRED
        self._session.report_event(code, kind.name, ERROR if is_required else "", **words)
