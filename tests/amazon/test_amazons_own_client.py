"""Amazon's own client against the fake: it makes the requests that ours makes, and reads the same answers."""

import datetime as dt
import importlib
import json
import logging
import warnings

import pytest

from pipeline.amazon.operations import FEED_CONTENT_TYPE, ReportRequest
from tests.amazon.fake_server import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from tests.amazon.seller_home import US
from tests.amazon.test_client import client, events  # noqa: F401  fixtures

FEED_TYPE = "POST_FLAT_FILE_FULFILLMENT_DATA"
REPORT_TYPE = "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING"
START, END = (dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (1, 8))


@pytest.fixture
def theirs(fake, monkeypatch):
    """Amazon's client for the fake. Importing it writes to the root logger, which is put back."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fake.has_other_clients = True
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings(action="ignore"):
        spapi = importlib.import_module("spapi")
        config = spapi.SPAPIConfig(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, refresh_token=REFRESH_TOKEN, region="NA"
        )
        made = spapi.SPAPIClient(config, oauth_endpoint=f"{fake.url}/auth/o2/token", endpoint=fake.url)
        yield made.api_client
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("spapi", "urllib3"):
        logging.getLogger(name).handlers.clear()


def load(module, name):
    return getattr(importlib.import_module(f"spapi.{module}"), name)


def last_request(fake, operation):
    """What the last call of the operation asked for, lists in the query taken apart."""
    exchange = [entry for entry in fake.exchanges if entry.operation == operation][-1]
    query = {
        name: sorted(part for value in values for part in value.split(",")) for name, values in exchange.query.items()
    }
    for name in ("createdSince",):
        if name in query:
            query[name] = [dt.datetime.fromisoformat(query[name][0])]
    body = json.loads(json.dumps(exchange.body or None, default=bytes.decode))
    for name in ("dataStartTime", "dataEndTime"):
        if isinstance(body, dict) and name in body:
            body[name] = dt.datetime.fromisoformat(body[name])
    return exchange.method, exchange.path, query, body


def compare(fake, operation, ours, their_call):
    """Both ask the same way; the answers of both."""
    answer = ours()
    asked = last_request(fake, operation)
    read = their_call()
    assert last_request(fake, operation) == asked
    return answer, read


def test_reports(client, theirs, fake, amazon):  # noqa: F811
    reports = load("api.reports_v2021_06_30.reports_api", "ReportsApi")(theirs)
    specification = load("models.reports_v2021_06_30", "CreateReportSpecification")(
        report_options={"ShowSalesChannel": "true"},
        report_type=REPORT_TYPE,
        data_start_time=START,
        data_end_time=END,
        marketplace_ids=[US],
    )
    request = ReportRequest(REPORT_TYPE, (US,), START, END, {"ShowSalesChannel": "true"})
    report_id, read = compare(
        fake, "createReport", lambda: client.create_report(request), lambda: reports.create_report(specification)
    )
    assert read.report_id in amazon.reports
    fake.time.sleep(amazon.report_seconds)
    ours, read = compare(fake, "getReport", lambda: client.get_report(report_id), lambda: reports.get_report(report_id))
    assert (ours.report_id, ours.status, ours.document_id, ours.created) == (
        *(read.report_id, read.processing_status, read.report_document_id, read.created_time),
    )
    since = START - dt.timedelta(days=1)
    listed, read = compare(
        fake,
        "getReports",
        lambda: client.list_reports(REPORT_TYPE, since),
        lambda: reports.get_reports(report_types=[REPORT_TYPE], created_since=since, page_size=100),
    )
    assert [report.report_id for report in listed] == [report.report_id for report in read.reports]


def test_restricted_document(client, theirs, fake, amazon):  # noqa: F811
    models = "models.tokens_v2021_03_01"
    report_id = client.create_report(ReportRequest(REPORT_TYPE, (US,), START, END))
    fake.time.sleep(amazon.report_seconds)
    document_id = client.get_report(report_id).document_id
    path = f"/reports/2021-06-30/documents/{document_id}"
    resource = load(models, "RestrictedResource")(method="GET", path=path)
    body = load(models, "CreateRestrictedDataTokenRequest")(restricted_resources=[resource])
    tokens = load("api.tokens_v2021_03_01.tokens_api", "TokensApi")(theirs)
    document, read = compare(
        fake,
        "createRestrictedDataToken",
        lambda: client.get_report_document(document_id, restricted=True),
        lambda: tokens.create_restricted_data_token(body),
    )
    assert read.restricted_data_token in fake.restricted_tokens
    assert document.compression == "GZIP"


def test_feeds(client, theirs, fake, amazon, tmp_path):  # noqa: F811
    feeds = load("api.feeds_v2021_06_30.feeds_api", "FeedsApi")(theirs)
    models = "models.feeds_v2021_06_30"
    wanted = load(models, "CreateFeedDocumentSpecification")(content_type=FEED_CONTENT_TYPE)
    document, read = compare(
        fake,
        "createFeedDocument",
        lambda: client.create_feed_document(FEED_CONTENT_TYPE),
        lambda: feeds.create_feed_document(wanted),
    )
    assert read.feed_document_id in amazon.documents
    path = tmp_path / "feed.tsv"
    path.write_bytes(b"order-id\r\n")
    client.upload_document(document.url, path, FEED_CONTENT_TYPE)
    feed = load(models, "CreateFeedSpecification")(
        feed_type=FEED_TYPE, marketplace_ids=[US], input_feed_document_id=document.document_id
    )
    feed_id, read = compare(
        fake,
        "createFeed",
        lambda: client.create_feed(FEED_TYPE, (US,), document.document_id),
        lambda: feeds.create_feed(feed),
    )
    assert read.feed_id in amazon.feeds
    fake.time.sleep(amazon.feed_seconds)
    ours, read = compare(fake, "getFeed", lambda: client.get_feed(feed_id), lambda: feeds.get_feed(feed_id))
    assert (ours.status, ours.result_document_id) == (read.processing_status, read.result_feed_document_id)
    since = fake.time.start - dt.timedelta(days=2)
    listed, read = compare(
        fake,
        "getFeeds",
        lambda: client.list_feeds(FEED_TYPE, since),
        lambda: feeds.get_feeds(feed_types=[FEED_TYPE], created_since=since, page_size=100),
    )
    assert [feed.feed_id for feed in listed] == [feed.feed_id for feed in read.feeds]
    result_id = ours.result_document_id
    found, read = compare(
        fake,
        "getFeedDocument",
        lambda: client.get_feed_document(result_id),
        lambda: feeds.get_feed_document(result_id),
    )
    assert found.compression == read.compression_algorithm


def test_token(client, theirs, fake, amazon):  # noqa: F811
    client.check_access()
    ours = last_request(fake, "token")
    report_id = amazon.create_report({"reportType": REPORT_TYPE, "marketplaceIds": [US]})["reportId"]
    load("api.reports_v2021_06_30.reports_api", "ReportsApi")(theirs).get_report(report_id)
    method, path, query, _ = last_request(fake, "token")
    assert (method, path, query) == ours[:3]
