"""The operations of Amazon that are used, over HTTP: thin, each repeated where that is harmless, createFeed never."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from pipeline.amazon import answers, documents
from pipeline.amazon.account import AmazonAccount
from pipeline.amazon.calls import ApiCall, ApiCaller
from pipeline.amazon.event_words import build_event
from pipeline.amazon.operations import (
    ENDED_STATUSES,
    IN_PROGRESS,
    IN_QUEUE,
    AmazonReport,
    Document,
    Feed,
    FeedDocument,
    RecordEvent,
    ReportRequest,
    Unreachable,
)

T = TypeVar("T")
_REPORTS_PATH, _FEEDS_PATH = "/reports/2021-06-30", "/feeds/2021-06-30"
_RESTRICTED_TOKENS = "/tokens/2021-03-01/restrictedDataToken"
_PAGE_SIZE = "100"
_MAX_PAGES = 1000  # of a list; one that goes on is no list
_KNOWN_STATUSES = ENDED_STATUSES | {IN_QUEUE, IN_PROGRESS}


class _ListPage(NamedTuple):
    """A page of a list, and the token of the next; an empty one where it is the last."""

    records: list[Any]
    next_token: str


class AmazonClient:
    """What :class:`pipeline.amazon.operations.Operations` says, over HTTP."""

    def __init__(self, account: AmazonAccount, caller: ApiCaller, record_event: RecordEvent) -> None:
        """Nothing is asked yet."""
        self.account, self._caller, self._record_event = account, caller, record_event
        self._new_statuses: set[str] = set()

    def close(self) -> None:
        """No connection is open any more."""
        self._caller.session.close()

    def set_deadline(self, monotonic: float | None) -> None:
        """No retry and no wait goes past this instant of the monotonic clock."""
        self._caller.repeater.deadline = monotonic

    def check_access(self) -> None:
        """Amazon gave an access token."""
        self._caller.access_token()

    def create_report(self, request: ReportRequest) -> str:
        """The id of the report that Amazon now makes."""
        body: dict[str, Any] = {"reportType": request.report_type, "marketplaceIds": list(request.marketplaces)}
        for key, instant in (("dataStartTime", request.start), ("dataEndTime", request.end)):
            if instant is not None:
                body[key] = answers.format_time(instant)
        if request.options:
            body["reportOptions"] = dict(request.options)
        call = ApiCall("createReport", "POST", f"{_REPORTS_PATH}/reports", request.report_type, body=body)
        call = call._replace(patience=request.patience)
        return self._caller.ask(call, lambda content: answers.read_text(content, "reportId"))

    def get_report(self, report_id: str) -> AmazonReport:
        """How far the report is."""
        call = ApiCall("getReport", "GET", f"{_REPORTS_PATH}/reports/{quote(report_id, safe='')}", report_id)
        return self._note_status(self._caller.ask(call, answers.read_report))

    def list_reports(self, report_type: str, created_since: dt.datetime) -> list[AmazonReport]:
        """Every report of the type since then, other people's too, of all pages."""
        call = ApiCall("getReports", "GET", f"{_REPORTS_PATH}/reports", report_type)
        return self._list_pages(call, {"reportTypes": report_type}, created_since, ("reports", answers.read_report))

    def get_report_document(self, document_id: str, *, restricted: bool) -> Document:
        """Where the document is; a restricted one is asked for with a token of its own, which is not kept."""
        path = f"{_REPORTS_PATH}/documents/{quote(document_id, safe='')}"
        token = self._create_restricted_token(path, document_id) if restricted else ""
        call = ApiCall("getReportDocument", "GET", path, document_id, restricted_token=token)
        return self._caller.ask(call, lambda content: _read_document(content, document_id))

    def _create_restricted_token(self, path: str, document_id: str) -> str:
        body = {"restrictedResources": [{"method": "GET", "path": path}]}
        call = ApiCall("createRestrictedDataToken", "POST", _RESTRICTED_TOKENS, document_id, body=body)
        return self._caller.ask(call, lambda content: answers.read_text(content, "restrictedDataToken"))

    def create_feed_document(self, content_type: str) -> FeedDocument:
        """A new document for the bytes of a feed; it lives two days, its URL five minutes."""
        call = ApiCall("createFeedDocument", "POST", f"{_FEEDS_PATH}/documents", body={"contentType": content_type})
        return self._caller.ask(
            call,
            lambda content: FeedDocument(
                answers.read_text(content, "feedDocumentId"), answers.read_text(content, "url")
            ),
        )

    def upload_document(self, url: str, path: Path, content_type: str) -> None:
        """Amazon has the file's bytes; Refused with 403 where the URL is over or the signature does not match."""
        self._check_address(url)
        documents.upload_file(self._caller, url, path, content_type)

    def create_feed(self, feed_type: str, marketplaces: Sequence[str], document_id: str) -> str:
        """The id of the new feed. One POST, never repeated, on a connection of its own.

        Raises Refused where surely nothing was made, Unsure where that is not known.
        """
        body = {"feedType": feed_type, "marketplaceIds": list(marketplaces), "inputFeedDocumentId": document_id}
        return self._caller.ask_once(
            ApiCall("createFeed", "POST", f"{_FEEDS_PATH}/feeds", document_id, body=body), "feedId"
        )

    def get_feed(self, feed_id: str) -> Feed:
        """How far the feed is; NotFound where Amazon does not know it yet."""
        call = ApiCall("getFeed", "GET", f"{_FEEDS_PATH}/feeds/{quote(feed_id, safe='')}", feed_id)
        return self._caller.ask(call, answers.read_feed)

    def list_feeds(self, feed_type: str, created_since: dt.datetime) -> list[Feed]:
        """Every feed of the type since then, of all pages."""
        call = ApiCall("getFeeds", "GET", f"{_FEEDS_PATH}/feeds", feed_type)
        return self._list_pages(call, {"feedTypes": feed_type}, created_since, ("feeds", answers.read_feed))

    def get_feed_document(self, document_id: str) -> Document:
        """Where a feed's processing report is."""
        path = f"{_FEEDS_PATH}/documents/{quote(document_id, safe='')}"
        call = ApiCall("getFeedDocument", "GET", path, document_id)
        return self._caller.ask(call, lambda content: _read_document(content, document_id))

    def download_document(self, document: Document, target: Path) -> str:
        """The document's bytes are at ``target`` as they came, whole, fsynced, 0600; the result is their SHA-256."""
        self._check_address(document.url)
        return documents.download_file(self._caller, document, target, self.account.waits.document)

    def _check_address(self, url: str) -> None:
        if not documents.is_document_url(url, self.account.endpoint):
            raise Unreachable("a document: the address that Amazon names is not https")

    def _list_pages(
        self,
        call: ApiCall,
        wanted: Mapping[str, str],
        created_since: dt.datetime,
        content: tuple[str, Callable[[Mapping[str, Any]], T]],
    ) -> list[T]:
        """The records of all pages; Unreachable where the list does not end."""
        key, read_record = content
        params = {**wanted, "createdSince": answers.format_time(created_since), "pageSize": _PAGE_SIZE}
        records: list[T] = []
        for _ in range(_MAX_PAGES):
            page = self._caller.ask(call._replace(params=params), lambda found: _read_page(found, key, read_record))
            records.extend(map(self._note_status, page.records))
            if not page.next_token:
                return records
            if params.get("nextToken") == page.next_token:
                break
            params = {"nextToken": page.next_token}
        raise Unreachable(f"{call.operation}: the list does not end")

    def _note_status(self, record: T) -> T:
        """The record as it is; a status that no model knows is told once."""
        status = str(getattr(record, "status", ""))
        if status not in _KNOWN_STATUSES and status not in self._new_statuses:
            self._new_statuses.add(status)
            name = "".join(filter(str.isalnum, status.replace("_", "-")))[:40]
            words = "Amazon names a status that is new; it counts as not ended"
            self._record_event(build_event("AMZ-718", f"status {name}", reason=words))
        return record


def _read_document(content: Mapping[str, Any], document_id: str) -> Document:
    return Document(answers.read_text(content, "url"), str(content.get("compressionAlgorithm") or ""), document_id)


def _read_page(content: Mapping[str, Any], key: str, read_record: Callable[[Mapping[str, Any]], Any]) -> _ListPage:
    return _ListPage([read_record(record) for record in content[key]], str(content.get("nextToken") or ""))
