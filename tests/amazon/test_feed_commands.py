"""submit, collect and amazon status as a user calls them, against the made-up Amazon over HTTP."""

import errno
import os

import pytest

from tests.amazon.fake_server import LOSE, error, garble, status
from tests.amazon.made_up_amazon import show
from tests.amazon.simulated import write_output
from tests.conftest import first_quick

PART = "shipping-confirmation-001.tsv"


@pytest.fixture
def output(home, amazon):
    home.fetch("--only", "unshipped")  # the state is older than the output
    return write_output(home.folder / "published", as_of=amazon.time.amazon_time())


def submit(home, *words):
    return home.run("submit", *words, "--amazon", home.account)


def collect(home, *words):
    return home.run("collect", "--into", home.inbox, "--amazon", home.account, *words)


def test_a_feed_goes_out_and_its_answer_comes_in(home, fake, output):
    assert submit(home, output) == 0, home.output
    assert f"{PART}  2026-03-10T02" in home.output
    assert collect(home, "--wait", "30m") == 0
    (feed,) = fake.amazon.feeds
    assert f"processing-report-{feed}.txt.gz" in home.files()
    assert home.run("amazon", "status", "--amazon", home.account) == 0
    assert f"{feed} DONE" in home.output
    assert "answered" in home.output


@pytest.mark.parametrize(
    "answer",
    first_quick(
        [status(500), garble(b"{"), LOSE, status(502), status(503, b"<html>"), status(504), garble(b"[]"), status(408)],
        3,
    ),
)
def test_s28_what_is_no_readable_202_is_unsure_and_never_posted_again_at_once(home, fake, output, answer):
    fake.script["createFeed"] = [answer]
    assert submit(home, output) == 4
    assert fake.calls("createFeed") == 1
    assert home.codes()[-1] == "AMZ-724"
    statuses = []
    for _ in range(4):
        fake.time.passed += 480
        statuses.append(submit(home, output))
    assert statuses[-1] == 0
    assert list(fake.amazon.processed_parts().values()) == [1]


@pytest.mark.parametrize("code", [400, 403, 413, 415])
def test_s30_a_refusal_is_1_and_not_repeated(home, fake, output, code):
    fake.script["createFeed"] = [error(code, "InvalidInput", "")]
    assert submit(home, output) == 1
    assert submit(home, output) == 1
    assert fake.calls("createFeed") == 1
    assert "AMZ-723" in home.codes()


def test_s31_throttled_the_feed_is_sent_once(home, fake, output):
    fake.script["createFeed"] = [error(429, "QuotaExceeded")] * 2
    assert submit(home, output) == 0
    assert list(fake.amazon.processed_parts().values()) == [1]


def test_s34_the_candidate_on_the_last_of_three_pages_is_adopted(home, fake, output):
    fake.page_size = 2
    for minutes in range(5):
        made = show(fake.time.amazon_time().replace(minute=minutes))
        number = f"900{minutes}"
        fake.amazon.feeds[number] = {
            "feedId": number,
            "feedType": "POST_FLAT_FILE_FULFILLMENT_DATA",
            "marketplaceIds": ["A2EUQ1WTGCTBG2"],  # of another marketplace: no candidate
            "createdTime": made,
            "processingStatus": "DONE",
            "_outcome": "DONE",
            "_document": "",
        }
    fake.time.passed += 600
    fake.script["createFeed"] = [LOSE]
    assert submit(home, output) == 4
    assert submit(home, output) == 0
    assert "AMZ-725" in home.codes()


def test_dry_run_asks_for_a_token_alone_and_writes_nothing(home, fake, output):
    before = {path: path.stat().st_mtime_ns for path in home.folder.rglob("*")}
    calls = len(fake.exchanges)
    assert submit(home, output, "--dry-run") == 0
    assert "would be submitted as POST_FLAT_FILE_FULFILLMENT_DATA" in home.output
    assert {exchange.operation for exchange in fake.exchanges[calls:]} == {"token"}
    assert {path: path.stat().st_mtime_ns for path in home.folder.rglob("*")} == before


@pytest.mark.parametrize("words", [(), ("--again", "x", "--give-up", "y"), ("no-such-folder",), ("--again", "nothing")])
def test_wrong_usage_is_2(home, fake, words):
    assert submit(home, *words) == 2
    assert fake.calls("createFeed") == fake.calls("createFeedDocument") == 0


def test_s22_a_changed_feed_is_2_without_a_call(home, fake, output):
    calls = len(fake.exchanges)
    (output / "feeds" / PART).write_bytes(b"order-id\n")
    assert submit(home, output) == 2
    assert "AMZ-720" in home.output
    assert len(fake.exchanges) == calls


def test_s32_a_person_ends_the_doubt(home, fake, output):
    fake.script["createFeed"] = [LOSE]
    submit(home, output)
    (own,) = fake.amazon.feeds
    fake.amazon.feeds["77"] = {**fake.amazon.feeds[own], "feedId": "77"}
    assert submit(home, output) == 4
    assert home.codes()[-1] == "AMZ-727"
    home.run("amazon", "status", "--amazon", home.account)
    assert "--adopt" in home.output
    assert submit(home, "--adopt", PART, own) == 0
    assert submit(home, output) == 0
    assert fake.calls("createFeed") == 1


def test_s44_new_keys_statuses_and_ids_of_feeds(home, fake, amazon, output):
    new_keys = {"aNewKey": {"deep": [1, None]}, "feedOptions": ["x"]}
    called = ("createFeedDocument", "createFeed", "getFeed", "getFeeds", "getFeedDocument")
    fake.extra_keys = dict.fromkeys(called, new_keys)
    fake.answers_as_the_models = False
    amazon.numbers = (f"amzn1.feed.{number}:x/y z" for number in range(1, 99))
    listed, looked, looks = amazon.list_feeds, amazon.get_feed, iter(["ON_HOLD", "ON_HOLD"])
    amazon.list_feeds = lambda *given: [feed | new_keys for feed in listed(*given)]
    amazon.get_feed = lambda feed_id: (
        (feed := looked(feed_id)) | {"processingStatus": next(looks, feed["processingStatus"])}
    )
    fake.script["createFeed"] = [LOSE]
    assert submit(home, output) == 4  # the answer is lost: the feed is found in a list with new keys
    assert submit(home, output) == 0
    assert collect(home, "--wait", "45m") == 0
    assert {call for call in called if fake.calls(call)} == set(called)
    assert home.codes() == ["AMZ-724", "AMZ-725", "AMZ-721", "AMZ-718"]
    assert [name for name in home.files() if name.startswith("processing-report-")]
    assert list(amazon.processed_parts().values()) == [1]


def night(home, _output):
    (home.folder / "inbox").mkdir(exist_ok=True)
    return home.run("night", "--home", home.folder)


COMMANDS = {"submit": submit, "collect": lambda home, _output: collect(home), "night": night}


@pytest.mark.parametrize("place", ["append_line", "write_json", "make_private_folder"])
@pytest.mark.parametrize("command", COMMANDS)
def test_s48_a_state_that_is_read_only_is_4_and_nothing_is_sent(home, fake, output, command, place, monkeypatch):
    if command == "collect":
        assert submit(home, output) == 0
        fake.time.passed += 3600
    posted = fake.calls("createFeed")

    def refuse(path, *_):
        if home.state in (path, *path.parents):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(f"pipeline.amazon.state.{place}", refuse)
        assert COMMANDS[command](home, output) == 4, home.output
    assert "Read-only file system" in home.output
    assert fake.calls("createFeed") == posted
    assert submit(home, output) == 0
    assert collect(home, "--wait", "30m") == 0
    assert list(amazon_parts(fake)) == [1]


def amazon_parts(fake):
    return fake.amazon.processed_parts().values()


def test_each_command_says_in_a_line_what_became_of_each_report_and_feed(home, fake, output):
    fake.amazon.report_fates = ["CANCELLED"]
    assert home.fetch("--only", "orders") == 1
    (asked,) = [report for report in fake.amazon.reports.values() if "ORDER_REPORT" in report["reportType"]]
    assert f"orders: report {asked['reportId']} ended CANCELLED, without a file" in home.output
    fake.time.passed += 3600
    assert home.fetch("--only", "unshipped") == 0
    name = max(name for name in home.files() if name.startswith("unshipped"))
    assert home.output.splitlines()[-1] == f"unshipped: {home.inbox / name}"
    assert submit(home, output) == 0
    (feed,) = fake.amazon.feeds
    assert f"submitted  {feed} IN_QUEUE" in home.output
    assert collect(home) == 0
    assert f"{PART} (" in home.output
    assert home.output.endswith(f"): feed {feed} is IN_QUEUE\n")
    fake.time.passed += 3600
    assert collect(home) == 0
    assert home.output.endswith(f"feed {feed} is DONE, {home.inbox / f'processing-report-{feed}.txt.gz'}\n")
    assert collect(home) == 0
    assert home.output.splitlines()[-1] == "no feed waits for an answer"


def test_a_quiet_command_says_nothing(home, fake, output):
    statuses = [home.fetch("--only", "unshipped", "--quiet"), submit(home, output, "--quiet"), collect(home, "--quiet")]
    assert statuses == [0, 0, 0]
    assert home.printed[-3:] == ["", "", ""]
    assert fake.calls("createFeed") == 1
