"""feedwarden submit and collect as commands against the fake over HTTP: lost answers end in one feed each."""

from collections import Counter

import pytest

from tests.amazon.fake_server import DROP, LOSE, cut, error, garble, status
from tests.amazon.simulated import write_output

NAMES = ("shipping-confirmation-001.tsv", "order-cancellation-001.tsv")


@pytest.fixture
def output(home, fake):
    """An output with one part of each feed, published when the fake's time begins."""
    return write_output(home.folder / "out", fake.time.amazon_time(), NAMES)


def submit(home, output, *words):
    return home.run("submit", output, "--amazon", home.account, *words)


def collect(home, *words):
    return home.run("collect", "--amazon", home.account, "--into", home.inbox, *words)


def test_submitted_and_answered(home, fake, amazon):
    assert collect(home) == 0  # the state is begun: what is published after it cannot have been submitted before
    output = write_output(home.folder / "out", fake.time.amazon_time(), NAMES)
    before = len(fake.exchanges)
    assert submit(home, output) == 0, home.output
    assert list(amazon.processed_parts().values()) == [1, 1]
    expected = {"token": 1, "createFeedDocument": 2, "upload": 2, "getFeeds": 2, "createFeed": 2}
    assert Counter(entry.operation for entry in fake.exchanges[before:]) == expected
    fake.time.sleep(amazon.feed_seconds)
    assert collect(home) == 0, home.output
    assert home.kinds() == sorted(f"processing-report-{feed}.txt.gz" for feed in amazon.feeds)
    calls = len(fake.exchanges)
    assert submit(home, output) == 0
    assert fake.calls("createFeed") == 2
    assert home.codes().count("AMZ-721") == 2
    assert len(fake.exchanges) <= calls + 1  # a token at most


LOST = {
    "s27 answer lost": (LOSE, True),
    "s28 connection ends": (DROP, False),
    "s28 500": (status(500), False),
    "s28 502": (status(502), False),
    "s28 503 HTML": (status(503, b"<html>"), False),
    "s28 504": (status(504), False),
    "s29 broken JSON": (garble(b'{"feed'), True),
}


@pytest.mark.parametrize("case", LOST)
def test_lost_answer(home, fake, amazon, output, case):
    planned, is_made = LOST[case]
    fake.script["createFeed"] = [planned]
    assert submit(home, output) == 4
    assert "AMZ-724" in home.codes()
    for _ in range(8):
        fake.time.sleep(300)
        if submit(home, output) == 0:
            break
    else:
        pytest.fail(home.output)
    assert list(amazon.processed_parts().values()) == [1, 1]
    assert ("AMZ-725" in home.codes()) == is_made
    assert fake.calls("createFeed") == 2 if is_made else 3


@pytest.mark.parametrize("code", [400, 403, 413])
def test_s30_refused(home, fake, amazon, output, code):
    fake.script["createFeed"] = [error(code, "InvalidInput")] * 2
    assert submit(home, output) == 1
    assert home.codes().count("AMZ-723") == 2
    assert not amazon.feeds
    assert submit(home, output) == 1
    assert fake.calls("createFeed") == 2


def test_s31_throttled(home, fake, amazon, output):
    fake.script["createFeed"] = [error(429, "QuotaExceeded")] * 3
    assert submit(home, output) == 0, home.output
    assert list(amazon.processed_parts().values()) == [1, 1]


def test_s24_s25_upload_refused(home, fake, amazon, output):
    fake.script["upload"] = [status(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")]
    assert submit(home, output) == 0, home.output
    assert list(amazon.processed_parts().values()) == [1, 1]
    assert fake.calls("createFeedDocument") == 3


def test_s24_upload_always_refused(home, fake, output):
    fake.script["upload"] = [status(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")] * 9
    assert submit(home, output) == 1
    assert fake.calls("createFeed") == 0
    assert "AMZ-723" in home.codes()


def test_s07_token_ends_before_create_feed(home, fake, amazon, output):
    expired = error(403, "Unauthorized", "Access to requested resource is denied.", "The access token has expired.")
    fake.script["createFeed"] = [expired]
    assert submit(home, output) == 0, home.output
    assert fake.calls("token") == 2
    assert list(amazon.processed_parts().values()) == [1, 1]


def test_dry_run(home, fake, output):
    assert submit(home, output, "--dry-run") == 0
    assert [entry.operation for entry in fake.exchanges] == ["token"]
    assert not home.state.exists()


def test_processing_report_cut_short(home, fake, amazon, output):
    assert submit(home, output) == 0
    fake.time.sleep(amazon.feed_seconds)
    fake.script["document"] = [cut("gzip"), cut("length")]
    assert collect(home) == 0, home.output
    assert len(home.files()) == 2


def test_feed_of_another_application_in_pages(home, fake, amazon, output):
    """s34: the feed whose answer was lost is found on the last of three pages, older feeds of others before it."""
    document = amazon.create_feed_document({"contentType": "text/plain"})
    amazon.documents[document].content = b"x"
    other = {"feedType": "POST_FLAT_FILE_FULFILLMENT_DATA", "marketplaceIds": ["A2EUQ1WTGCTBG2"]}
    for _ in range(2):
        amazon.create_feed({**other, "inputFeedDocumentId": document})
    fake.page_size = 1
    fake.time.sleep(400)
    fake.script["createFeed"] = [LOSE]
    assert submit(home, output) == 4
    fake.time.sleep(60)
    for _ in range(2):
        amazon.create_feed({**other, "inputFeedDocumentId": document})
    assert submit(home, output) == 0, home.output
    assert "AMZ-725" in home.codes()
    contents = [(output / "feeds" / name).read_bytes() for name in NAMES]
    assert [amazon.processed_parts()[content] for content in contents] == [1, 1]
