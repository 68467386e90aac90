"""The client over real HTTP: what is repeated, what never is, and what each answer means for a feed."""

import datetime as dt
import os

import pytest

from pipeline.amazon.account import load_amazon_account
from pipeline.amazon.calls import ApiCaller
from pipeline.amazon.client import AmazonClient
from pipeline.amazon.clock import AmazonClock
from pipeline.amazon.credentials import read_secrets
from pipeline.amazon.operations import FEED_CONTENT_TYPE, Forbidden, NotFound, Refused, Throttled, Unreachable, Unsure
from pipeline.amazon.rates import RateBucket, build_buckets
from tests.amazon import model_check, model_rates
from tests.amazon.fake_server import DROP, HANG, LOSE, error, garble, status
from tests.amazon.seller_home import SECRETS, US

FEED_TYPE = "POST_FLAT_FILE_FULFILLMENT_DATA"
SETTINGS = '[wait]\nconnect = "1s"\nread = "1s"\n'


@pytest.fixture
def events():
    return []


@pytest.fixture
def client(home, fake, events, monkeypatch):
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    home.write_account(SETTINGS)
    account = load_amazon_account(home.account)
    clock = AmazonClock(fake.time.machine_time, fake.time.monotonic, fake.time.sleep)
    caller = ApiCaller(account, read_secrets(account, os.environ), clock, events.append)
    made = AmazonClient(account, caller, events.append)
    yield made
    made.close()


@pytest.fixture
def document(client, tmp_path):
    """The id of a document that holds a feed."""
    path = tmp_path / "shipping-confirmation-001.tsv"
    path.write_bytes(b"order-id\r\n111-2222222-3333333\r\n")
    made = client.create_feed_document(FEED_CONTENT_TYPE)
    client.upload_document(made.url, path, FEED_CONTENT_TYPE)
    return made.document_id


def test_feed_on_its_way(client, fake, amazon, document):
    feed_id = client.create_feed(FEED_TYPE, (US,), document)
    assert client.get_feed(feed_id).status == "IN_QUEUE"
    fake.time.sleep(amazon.feed_seconds)
    feed = client.get_feed(feed_id)
    assert (feed.status, feed.feed_type, feed.marketplaces) == ("DONE", FEED_TYPE, (US,))
    assert client.get_feed_document(feed.result_document_id).url
    (stored,) = amazon.processed_parts()
    assert stored == b"order-id\r\n111-2222222-3333333\r\n"


UNSURE_ANSWERS = {
    "s27 answer lost, feed made": (LOSE, 1),
    "s28 connection ends, nothing made": (DROP, 0),
    "s28 no answer": (HANG, 0),
    "s28 500": (status(500), 0),
    "s28 502": (status(502), 0),
    "s28 503 HTML": (status(503, b"<html>busy</html>"), 0),
    "s28 504": (status(504), 0),
    "s29 broken JSON": (garble(b'{"feedId'), 1),
    "s29 no feedId": (garble(b"{}"), 1),
    "s29 empty": (garble(b""), 1),
    "s29 feedId is no text": (garble(b'{"feedId": 7}'), 1),
    "redirect": (status(307, Location="http://127.0.0.1:9/"), 0),
    "other 4xx": (status(408), 0),
    "too large": (garble(b'{"feedId": "1", "x": "' + b"y" * (1 << 20) + b'"}'), 1),
}


@pytest.mark.parametrize("answer", UNSURE_ANSWERS)
def test_create_feed_is_unsure(client, fake, amazon, document, answer):
    planned, made = UNSURE_ANSWERS[answer]
    fake.script["createFeed"] = [planned]
    with pytest.raises(Unsure):
        client.create_feed(FEED_TYPE, (US,), document)
    assert fake.calls("createFeed") == 1
    assert len(amazon.feeds) == made


@pytest.mark.parametrize("code", [400, 403, 404, 413, 415, 429])
def test_s30_s31_create_feed_is_refused(client, fake, amazon, document, code):
    fake.script["createFeed"] = [error(code, "InvalidInput")]
    with pytest.raises(Refused) as refusal:
        client.create_feed(FEED_TYPE, (US,), document)
    assert refusal.value.status == code
    assert fake.calls("createFeed") == 1
    assert not amazon.feeds


def test_create_feed_with_a_token_that_has_ended(client, fake, document):
    """Refused with 401, whatever Amazon says: the next attempt has a new token."""
    expired = error(403, "Unauthorized", "Access to requested resource is denied.", "The access token has expired.")
    fake.script["createFeed"] = [expired, error(401, "Unauthorized")]
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            client.create_feed(FEED_TYPE, (US,), document)
        assert refusal.value.status == 401
    client.create_feed(FEED_TYPE, (US,), document)
    assert fake.calls("token") == 3


def test_create_feed_has_a_connection_of_its_own(client, fake, document):
    client.get_feed(client.create_feed(FEED_TYPE, (US,), document))
    by_operation = {exchange.operation: exchange for exchange in fake.exchanges}
    assert by_operation["createFeed"].headers["connection"] == "close"
    assert by_operation["getFeed"].headers["connection"] == "keep-alive"


def test_create_feed_within_its_rate(client, fake, document):
    """A bucket starts with a third of 15 calls; the sixth has no time before the deadline: nothing is sent."""
    client.set_deadline(fake.time.monotonic() + 60)
    for _ in range(5):
        client.create_feed(FEED_TYPE, (US,), document)
    with pytest.raises(Refused) as refusal:
        client.create_feed(FEED_TYPE, (US,), document)
    assert refusal.value.status == 429
    assert fake.calls("createFeed") == 5


def test_s24_upload_refused(client, fake, tmp_path):
    path = tmp_path / "feed.tsv"
    path.write_bytes(b"order-id\r\n")
    made = client.create_feed_document("text/plain")
    with pytest.raises(Refused) as refusal:
        client.upload_document(made.url, path, FEED_CONTENT_TYPE)
    assert (refusal.value.status, refusal.value.reason) == (403, "SignatureDoesNotMatch")
    assert fake.calls("upload") == 1


def test_s25_upload_address_is_over(client, fake, tmp_path):
    path = tmp_path / "feed.tsv"
    path.write_bytes(b"order-id\r\n")
    made = client.create_feed_document(FEED_CONTENT_TYPE)
    fake.time.sleep(301)
    with pytest.raises(Refused) as refusal:
        client.upload_document(made.url, path, FEED_CONTENT_TYPE)
    assert refusal.value.status == 403


def test_upload_is_repeated(client, fake, amazon, tmp_path):
    path = tmp_path / "feed.tsv"
    path.write_bytes(b"x" * 300_000)
    made = client.create_feed_document(FEED_CONTENT_TYPE)
    fake.script["upload"] = [status(503), DROP]
    client.upload_document(made.url, path, FEED_CONTENT_TYPE)
    assert amazon.documents[made.document_id].content == path.read_bytes()
    (sent,) = [entry for entry in fake.exchanges if entry.operation == "upload" and entry.status == 200]
    assert sent.headers["content-type"] == FEED_CONTENT_TYPE
    assert sent.headers["content-length"] == "300000"


def test_s34_feeds_in_pages(client, fake, document):
    fake.page_size = 1
    made = []
    for _ in range(3):
        made.append(client.create_feed(FEED_TYPE, (US,), document))
        fake.time.sleep(1)
    since = fake.time.amazon_time() - dt.timedelta(days=2)
    assert [feed.feed_id for feed in client.list_feeds(FEED_TYPE, since)] == made[::-1]
    assert fake.calls("getFeeds") == 3


def test_list_that_does_not_end(client, fake):
    fake.script["getFeeds"] = [garble(b'{"feeds": [], "nextToken": "again"}')] * 10
    with pytest.raises(Unreachable):
        client.list_feeds(FEED_TYPE, fake.time.amazon_time())


def test_s33_feeds_refused(client, fake):
    fake.script["getFeeds"] = [error(403, "Unauthorized", "Access denied.")]
    with pytest.raises(Forbidden):
        client.list_feeds(FEED_TYPE, fake.time.amazon_time())
    fake.script["getFeeds"] = [error(429, "QuotaExceeded")] * 50
    client.set_deadline(fake.time.monotonic() + 600)
    with pytest.raises(Throttled):
        client.list_feeds(FEED_TYPE, fake.time.amazon_time())


def test_s37_feed_is_not_known_yet(client):
    with pytest.raises(NotFound):
        client.get_feed("50999")


def test_lower_rate_of_the_header_counts(client, fake):
    fake.script["getFeed"] = [error(429, "QuotaExceeded", x_amzn_RateLimit_Limit="0.01")]
    with pytest.raises(NotFound):
        client.get_feed("50999")
    assert 80 <= fake.time.slept[-1] <= 120


def test_no_url_or_token_is_shown_by_records(client, document):
    made = client.create_feed_document(FEED_CONTENT_TYPE)
    assert "MARKED" not in repr(made)
    assert "MARKED" not in repr(read_secrets(client.account, SECRETS))
    assert document


def test_reason_shows_no_secret(client, fake):
    token = client._caller.access_token()
    words = f"The token {token} of {SECRETS['FEEDWARDEN_LWA_REFRESH_TOKEN']} at https://x/?MARKED"
    fake.script["getFeed"] = [error(400, "InvalidInput", words)]
    with pytest.raises(Refused) as refusal:
        client.get_feed("1")
    assert "MARKED" not in str(refusal.value)
    assert "InvalidInput" in str(refusal.value)


def test_bucket_gives_a_third_of_its_burst_and_then_its_rate(fake):
    bucket = RateBucket(0.5, 15, fake.time.monotonic)
    for _ in range(5):
        assert bucket.seconds_to_wait() == 0
        bucket.take_call()
    assert bucket.seconds_to_wait() == 2
    fake.time.sleep(2)
    assert bucket.seconds_to_wait() == 0
    fake.time.sleep(1000)
    for _ in range(15):
        assert bucket.seconds_to_wait() == 0
        bucket.take_call()
    assert bucket.seconds_to_wait() == 2


def test_rates_are_those_of_the_models():
    folder = model_check.find_models()
    if folder is None:
        pytest.skip("no ../shared/amazon/models beside the repository")
    assert model_rates.RATES.read_text("utf-8") == model_rates.format_limits(model_rates.read_limits(folder))


def test_every_operation_has_a_bucket(fake):
    assert build_buckets(fake.time.monotonic).keys() == set(model_rates.OPERATIONS)
