"""What is asked of Amazon, what it answers, and how a call can fail: the words that commands and client share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, FATAL = "IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL"
ENDED_STATUSES = frozenset({DONE, CANCELLED, FATAL})  # any other status, a new one too, is "not ended"
FEED_CONTENT_TYPE = "text/tab-separated-values; charset=UTF-8"


class AmazonReport(NamedTuple):
    """A report as getReport and getReports have it; ``document_id`` is empty where there is none."""

    report_id: str
    report_type: str
    status: str
    created: dt.datetime
    document_id: str = ""
    marketplaces: tuple[str, ...] = ()


class Feed(NamedTuple):
    """A feed as getFeed and getFeeds have it; ``result_document_id`` is empty where there is none."""

    feed_id: str
    feed_type: str
    status: str
    created: dt.datetime
    marketplaces: tuple[str, ...] = ()
    result_document_id: str = ""


class Document(NamedTuple):
    """Where a document can be downloaded once, within minutes; the URL is a secret."""

    url: str
    compression: str = ""
    document_id: str = ""

    def __repr__(self) -> str:
        return "Document(…)"


class FeedDocument(NamedTuple):
    """A document for the bytes of a feed, and where to put them; the URL is a secret."""

    document_id: str
    url: str

    def __repr__(self) -> str:
        return f"FeedDocument({self.document_id})"


class ReportRequest(NamedTuple):
    """What createReport is asked for: no range where Amazon ignores it, and until when to wait where it throttles."""

    report_type: str
    marketplaces: Sequence[str]
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    options: Mapping[str, str] = {}
    patience: float | None = None


class Event(NamedTuple):
    """Something that happened: its rule, what it is about (an id, a kind), one sentence, the severity of this case."""

    code: str
    about: str
    message: str
    severity: str


RecordEvent = Callable[[Event], None]


class Clock(Protocol):
    """The one clock of the commands that talk to Amazon."""

    def amazon_time(self) -> dt.datetime:
        """Amazon's clock: the Date of its last answer and the time since; before any answer, this machine's."""

    def monotonic(self) -> float:
        """Seconds on a clock that only goes forward, for deadlines and waits."""

    def sleep(self, seconds: float) -> None:
        """Nothing is done for so long."""


class AmazonFault(Exception):
    """Why a command could not go on: one line without a secret or URL, the code of the event, the exit status."""

    exit_status = 4
    code = ""

    def __init__(self, message: str, code: str = "") -> None:
        """The line says what is wrong and what next."""
        super().__init__(message)
        self.code = code or type(self).code


class Unreachable(AmazonFault):
    """Amazon did not answer usefully in the time of the step: it may at another time."""


class Throttled(Unreachable):
    """Amazon asked to wait for longer than the step's time."""


class BadCredentials(AmazonFault):
    """A secret is missing, unsafe, refused or expired, and a person must see to it."""

    exit_status = 2
    code = "AMZ-701"


class Forbidden(AmazonFault):
    """Amazon answers 403 with a good token: a role or an authorization is lacking."""

    exit_status = 2
    code = "AMZ-706"


class NotFound(AmazonFault):
    """Amazon knows no such id, or not yet."""


class Refused(AmazonFault):
    """Amazon refused a call and surely did nothing: ``status`` is that of HTTP, ``reason`` Amazon's own code."""

    exit_status = 1

    def __init__(self, status: int, reason: str) -> None:
        """The answer's status and, of its reason, what can be shown."""
        super().__init__(f"Amazon refused it with {status} {reason}".rstrip())
        self.status, self.reason = status, reason


class Unsure(AmazonFault):
    """Whether createFeed made a feed is not known: its answer was lost or cannot be read."""

    code = "AMZ-724"


class Operations(Protocol):
    """The operations that the commands use; all but ``create_feed`` are repeated by themselves until the deadline.

    Every one may raise Unreachable, BadCredentials, Forbidden, NotFound and, for another refusal, Refused.
    """

    def set_deadline(self, monotonic: float | None) -> None:
        """No retry and no wait goes past this instant of ``Clock.monotonic``; None: each call has its own limit."""

    def check_access(self) -> None:
        """Amazon gave an access token: all that a dry run asks for."""

    def create_report(self, request: ReportRequest) -> str:
        """The id of the report that Amazon now makes."""

    def get_report(self, report_id: str) -> AmazonReport:
        """How far the report is."""

    def list_reports(self, report_type: str, created_since: dt.datetime) -> list[AmazonReport]:
        """Every report of the type since then, other people's too, of all pages."""

    def get_report_document(self, document_id: str, *, restricted: bool) -> Document:
        """Where the document is; a restricted one is asked for with a token of its own, which is not kept."""

    def create_feed_document(self, content_type: str) -> FeedDocument:
        """A new document for the bytes of a feed; it lives two days, its URL five minutes."""

    def upload_document(self, url: str, path: Path, content_type: str) -> None:
        """Amazon has the file's bytes; Refused with 403 where the URL is over or the signature does not match."""

    def create_feed(self, feed_type: str, marketplaces: Sequence[str], document_id: str) -> str:
        """The id of the new feed. One POST, never repeated, on a connection of its own.

        Raises Refused where surely nothing was made (400, 401, 403, 404, 413, 415, 429), Unsure for all else that is no
        readable 2xx. What else it raises came before the POST.
        """

    def get_feed(self, feed_id: str) -> Feed:
        """How far the feed is; NotFound where Amazon does not know it yet."""

    def list_feeds(self, feed_type: str, created_since: dt.datetime) -> list[Feed]:
        """Every feed of the type since then, of all pages."""

    def get_feed_document(self, document_id: str) -> Document:
        """Where a feed's processing report is."""

    def download_document(self, document: Document, target: Path) -> str:
        """The document is at ``target`` as it came, whole, fsynced, 0600; the result is its SHA-256.

        One attempt (downloads.py makes several). Raises DocumentExpired, DocumentBroken.
        """
