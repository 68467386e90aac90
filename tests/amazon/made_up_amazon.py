"""A made-up Amazon in memory: reports, feeds and documents as its models have them, without any network.

`MadeUpAmazon` is what Amazon keeps for one seller. What a report holds and what becomes of a feed is asked of a
`Seller`. The HTTP fake (`fake_server.py`) and the tests in process stand on it.
"""

import datetime as dt
import gzip
import itertools
from dataclasses import dataclass, field

QUEUED, RUNNING, DONE, CANCELLED, FATAL = "IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL"
UPLOAD_DAYS = 2


class SimulatedTime:
    """Time that goes by only where somebody sleeps; Amazon's clock and the machine's differ by ``skew`` seconds."""

    def __init__(self, start=dt.datetime(2026, 3, 10, 2, 0, tzinfo=dt.UTC), skew=0.0):
        self.start, self.passed, self.skew = start, 0.0, skew
        self.slept = []

    def amazon_time(self):
        return self.start + dt.timedelta(seconds=self.passed)

    def machine_time(self):
        return self.amazon_time() + dt.timedelta(seconds=self.skew)

    def monotonic(self):
        return 1000.0 + self.passed

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.passed += seconds


class Seller:
    """What reports hold and what becomes of feeds: the least there can be. Sub-classes know more."""

    def report_content(self, report):
        """The bytes of the report's document; None where Amazon has no data."""
        return HEADERS[report["reportType"]]

    def process_feed(self, feed, content):  # noqa: ARG002  a seller that knows its feeds asks
        """The bytes of the processing report of a feed; None where there is none."""
        records = max(len(content.splitlines()) - 1, 0)
        return processing_report(records, [])


HEADERS = {
    "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING": (
        b"order-id\torder-item-id\tpurchase-date\tpayments-date\treporting-date\tpromise-date\tdays-past-promise\t"
        b"sku\tproduct-name\tquantity-purchased\tquantity-shipped\tquantity-to-ship\tsales-channel\r\n"
    ),
    "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING": (
        b"order-id\torder-item-id\tpurchase-date\tpayments-date\tsku\tproduct-name\tquantity-purchased\t"
        b"currency\titem-price\tsales-channel\r\n"
    ),
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": (
        b"amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\t"
        b"sales-channel\tsku\titem-status\tquantity\tcurrency\titem-price\r\n"
    ),
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": (
        b"Order ID\tOrder date\tReturn request date\tReturn request status\tAmazon RMA ID\tReturn quantity\t"
        b"A-to-Z Claim\tMerchant SKU\r\n"
    ),
    "GET_V2_SELLER_PERFORMANCE_REPORT": b'{"accountStatuses": [], "performanceMetrics": []}',
}


def processing_report(records, errors):
    """A processing report as Amazon writes it for flat files: summary, then a table of (record, sku, code, message)."""
    lines = ["Feed Processing Summary:", f"\tNumber of records processed\t\t{records}"]
    lines.append(f"\tNumber of records successful\t\t{records - len({row[0] for row in errors})}")
    lines.append("")
    lines.append("original-record-number\tsku\terror-code\terror-type\terror-message")
    lines += [f"{record}\t{sku}\t{code}\tError\t{message}" for record, sku, code, message in errors]
    return ("\r\n".join(lines) + "\r\n").encode()


@dataclass
class StoredDocument:
    content: bytes | None = None
    content_type: str = ""
    made: dt.datetime = None
    compression: str = ""


@dataclass
class MadeUpAmazon:
    """Reports, feeds and documents of one seller; each method answers in the words of Amazon's models.

    ``report_seconds`` and ``feed_seconds`` are how long work takes, ``feed_lag`` is how far getFeeds is behind. The
    lists say what the next reports and feeds become; they are DONE where a list is empty.
    """

    time: SimulatedTime
    seller: Seller = field(default_factory=Seller)
    report_seconds: float = 40.0
    feed_seconds: float = 100.0
    feed_lag: float = 0.0
    compresses: bool = True
    report_fates: list = field(default_factory=list)
    feed_fates: list = field(default_factory=list)
    reports: dict = field(default_factory=dict)
    feeds: dict = field(default_factory=dict)
    documents: dict = field(default_factory=dict)
    numbers: object = field(default_factory=lambda: itertools.count(50_001))

    def create_report(self, body):
        number = next(self.numbers)
        report = {"reportId": str(number), **{key: body[key] for key in body if key != "reportOptions"}}
        outcome = self.report_fates.pop(0) if self.report_fates else DONE
        report |= {"createdTime": show(self.time.amazon_time()), "processingStatus": QUEUED, "_outcome": outcome}
        report["_options"] = body.get("reportOptions", {})
        self.reports[report["reportId"]] = report
        return {"reportId": report["reportId"]}

    def get_report(self, report_id):
        report = self.reports.get(report_id)
        return None if report is None else public(self._advance_report(report))

    def list_reports(self, report_type, since):
        found = [
            self._advance_report(report) for report in self.reports.values() if report["reportType"] == report_type
        ]
        return [public(report) for report in newest_first(found) if read(report["createdTime"]) >= since]

    def _advance_report(self, report):
        age = (self.time.amazon_time() - read(report["createdTime"])).total_seconds()
        if report["processingStatus"] in (QUEUED, RUNNING) and report["_outcome"] != "stuck":
            if age >= self.report_seconds:
                self._end_report(report)
            elif age >= self.report_seconds / 2:
                report["processingStatus"] = RUNNING
        return report

    def _end_report(self, report):
        outcome = report["_outcome"]
        content = self.seller.report_content(report) if outcome == DONE else None
        if outcome == DONE and content is None:
            outcome = CANCELLED
        if outcome == "FATAL with document":
            outcome, content = FATAL, b"The report could not be made.\nAsk again later.\n"
        report["processingStatus"] = outcome
        report["processingEndTime"] = show(self.time.amazon_time())
        if content is not None:
            report["reportDocumentId"] = self.store(content)

    def store(self, content):
        """The id of a new document with these bytes."""
        number = f"amzn1.spdoc.1.4.na.{next(self.numbers)}"
        packed = gzip.compress(content, mtime=0) if self.compresses else content
        compression = "GZIP" if self.compresses else ""
        self.documents[number] = StoredDocument(packed, "", self.time.amazon_time(), compression)
        return number

    def create_feed_document(self, body):
        number = f"amzn1.tortuga.4.na.{next(self.numbers)}"
        self.documents[number] = StoredDocument(None, body["contentType"], self.time.amazon_time())
        return number

    def upload(self, document_id, content, content_type):
        """True where the bytes are stored: the type must be the one that the document was made for."""
        document = self.documents[document_id]
        if content_type != document.content_type:
            return False
        document.content = content
        return True

    def create_feed(self, body):
        """The answer and its status: 400 for a document that is not there, or older than two days."""
        document = self.documents.get(body["inputFeedDocumentId"])
        oldest = self.time.amazon_time() - dt.timedelta(days=UPLOAD_DAYS)
        if document is None or document.content is None or document.made < oldest:
            return 400, {"errors": [{"code": "InvalidInput", "message": "The feed document cannot be used."}]}
        number = str(next(self.numbers))
        outcome = self.feed_fates.pop(0) if self.feed_fates else DONE
        self.feeds[number] = {
            "feedId": number,
            "feedType": body["feedType"],
            "marketplaceIds": body["marketplaceIds"],
            "createdTime": show(self.time.amazon_time()),
            "processingStatus": QUEUED,
            "_outcome": outcome,
            "_document": body["inputFeedDocumentId"],
        }
        return 202, {"feedId": number}

    def get_feed(self, feed_id):
        feed = self.feeds.get(feed_id)
        return None if feed is None else public(self._advance_feed(feed))

    def list_feeds(self, feed_type, since):
        until = self.time.amazon_time() - dt.timedelta(seconds=self.feed_lag)
        found = [self._advance_feed(feed) for feed in self.feeds.values() if feed["feedType"] == feed_type]
        return [public(feed) for feed in newest_first(found) if since <= read(feed["createdTime"]) <= until]

    def _advance_feed(self, feed):
        age = (self.time.amazon_time() - read(feed["createdTime"])).total_seconds()
        stuck = {"stuck": QUEUED, "stuck in progress": RUNNING}.get(feed["_outcome"])
        if stuck:
            feed["processingStatus"] = stuck
        elif feed["processingStatus"] in (QUEUED, RUNNING) and age >= self.feed_seconds:
            self._end_feed(feed)
        elif feed["processingStatus"] == QUEUED and age >= self.feed_seconds / 2:
            feed["processingStatus"] = RUNNING
        return feed

    def _end_feed(self, feed):
        outcome = feed["_outcome"]
        content = None
        if outcome in (DONE, "DONE without result", "FATAL with result"):
            content = self.seller.process_feed(feed, self.documents[feed["_document"]].content)
        feed["processingStatus"] = outcome.split(" with")[0]
        if content is not None and outcome != "DONE without result":
            feed["resultFeedDocumentId"] = self.store(content)

    def processed_parts(self):
        """How often each sequence of bytes was worked off: what law 11 counts."""
        contents = [
            self.documents[feed["_document"]].content for feed in self.feeds.values() if feed["_outcome"] != CANCELLED
        ]
        return {content: contents.count(content) for content in contents}


def newest_first(records):
    return sorted(records, key=lambda record: record["createdTime"], reverse=True)


def public(record):
    """The record without what Amazon does not tell."""
    return {key: value for key, value in record.items() if not key.startswith("_")}


def show(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def read(text):
    return dt.datetime.fromisoformat(text)
