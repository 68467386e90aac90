"""The document of a report that has ended: into the inbox, or, where Amazon explains a failure, kept aside."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Sequence

from pipeline.amazon.body_check import DocumentBroken
from pipeline.amazon.documents import DocumentExpired
from pipeline.amazon.downloads import save_document
from pipeline.amazon.durable_files import make_private_folder
from pipeline.amazon.inbox import Inbox, PlacedFile, WrongDocument, decode_lines, read_head
from pipeline.amazon.operations import (
    AmazonFault,
    AmazonReport,
    Document,
    Forbidden,
    NotFound,
    Refused,
    Throttled,
)
from pipeline.amazon.report_records import NOT_HAD, PLACED, AskedReport
from pipeline.amazon.session import Session

log = logging.getLogger("feedwarden")
FATAL_FOLDER = "fatal"
PERFORMANCE_FOLDER = ".kept"  # of the inbox: no run reads what is in it
RESTRICTED_ROLE_NAME = "Direct to Consumer Shipping (Restricted)"
_PERFORMANCE = "performance"
_OWN_INTERVAL = 1800.0  # seconds before which Amazon may cancel a second report of a type
_LOGGED_LINES = 2
Placing = tuple[AskedReport, str, dict[str, str]]  # what is to be noted, the code of an event, its words


def place_report(
    session: Session,
    inbox: Inbox,
    done: tuple[AskedReport, AmazonReport],
    recognize_kind: Callable[[Sequence[str]], str],
) -> Placing:
    """The report as it is once its file was tried to be put into the inbox; the code and words of what went wrong."""
    report, _ = done
    session.operations.set_deadline(session.clock.monotonic() + session.account.waits.document)
    try:
        placed = _place_document(session, inbox, done, recognize_kind)
    except WrongDocument as wrong:
        return report._replace(outcome=NOT_HAD), "AMZ-717", {"reason": str(wrong)}
    except (DocumentBroken, DocumentExpired, NotFound, Refused) as fault:
        return report, "AMZ-716", {"reason": str(fault).removesuffix(" (AMZ-716)")}
    except Forbidden:
        return report, "AMZ-706", {"operation": f"the document of {report.kind_name}", "role": RESTRICTED_ROLE_NAME}
    except Throttled:
        return report, "AMZ-711", {"report": report.report_id}
    finally:
        session.operations.set_deadline(None)
    downloaded_at = session.clock.amazon_time()
    done_report = report._replace(outcome=PLACED, downloaded_at=downloaded_at, file=placed.name, sha256=placed.sha256)
    return done_report, "", {}


def _place_document(
    session: Session,
    inbox: Inbox,
    done: tuple[AskedReport, AmazonReport],
    recognize_kind: Callable[[Sequence[str]], str],
) -> PlacedFile:
    """The file of the report, named by its kind, by when it was made, and by its id."""
    report, found = done
    if report.kind_name == _PERFORMANCE:
        inbox = Inbox(inbox.folder / PERFORMANCE_FOLDER, session.operations, session.clock)
    return inbox.place_document(
        lambda: find_address(session, report, found.document_id),
        f"{report.kind_name}-{found.created.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}-{report.report_id}",
        lambda lines: _find_header_fault(report.kind_name, lines, recognize_kind),
    )


def find_address(session: Session, report: AskedReport, document_id: str) -> Document:
    """Where the report's document is now."""
    return session.operations.get_report_document(document_id, restricted=report.kind.is_restricted)


def _find_header_fault(kind_name: str, lines: list[str], recognize_kind: Callable[[Sequence[str]], str]) -> str:
    """Why a file that begins so is not a report of the kind; an empty text where it is one."""
    first = "".join(lines).lstrip()[:1]
    if kind_name == _PERFORMANCE:
        return "" if first == "{" and '"errors"' not in "".join(lines) else "it is no report on performance"
    found = recognize_kind(lines)
    if found == kind_name:
        return ""
    if found:
        return f"it is a file of the kind {found}"
    return {"<": "it is XML or HTML", "{": "it is JSON"}.get(first, "its header is that of no report")


def seconds_to_repeat(session: Session, found: AmazonReport) -> float | None:
    """Seconds until Amazon makes another report of the type, where one was asked for shortly before; else None."""
    since = found.created - dt.timedelta(seconds=_OWN_INTERVAL)
    session.operations.set_deadline(session.clock.monotonic() + session.account.waits.report)
    try:
        listed = session.operations.list_reports(found.report_type, since)
    except (Throttled, Forbidden, NotFound, Refused):
        return None
    finally:
        session.operations.set_deadline(None)
    others = [
        other.created
        for other in listed
        if other.report_id != found.report_id and since <= other.created <= found.created
    ]
    if not others:
        return None
    free_at = max(others) + dt.timedelta(seconds=_OWN_INTERVAL)
    return max(0.0, (free_at - session.clock.amazon_time()).total_seconds())


def keep_fatal_document(session: Session, report: AskedReport, found: AmazonReport) -> None:
    """What Amazon says of a failed report lies in the state; its first lines are logged where nothing is private."""
    if not found.document_id:
        return
    folder = session.state.folder / FATAL_FOLDER
    make_private_folder(folder)
    target = folder / f"{report.report_id}.txt"
    try:
        save_document(
            session.operations, session.clock, lambda: find_address(session, report, found.document_id), target
        )
    except AmazonFault as fault:  # the report failed anyway
        log.debug("%s: its document cannot be had: %s", report.report_id, fault)
        return
    for line in decode_lines(read_head(target))[:_LOGGED_LINES]:
        if line.isascii() and line.isprintable() and "@" not in line:
            log.warning("%s: Amazon says: %s", report.report_id, json.dumps(line[:200]))
