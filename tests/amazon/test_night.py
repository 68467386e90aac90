"""Situation 50 of SPEC §11.11 and §11.8: a night in eight steps, gone on with wherever it was ended."""

import json
import random
import re
import signal
import time
from collections import Counter

import pytest
from deltalake import DeltaTable

from pipeline.app import night_job
from pipeline.notify import delivery
from tests import tables
from tests.amazon.fake_server import DROP, LOSE, FakeAmazon, error
from tests.amazon.forked import fork_command
from tests.amazon.made_up_amazon import MadeUpAmazon, Seller, SimulatedTime
from tests.amazon.seller_home import Home
from tests.amazon.simulated import Killed
from tests.conftest import first_quick
from tests.house import cpu_seconds, report, upload
from tests.notify.conftest import web_entry, web_server

UNSHIPPED = "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING"
STEPS = ("submit", "run", "collect", "fetch", "collect answers")
DAY = 86_400.0


class SellerOfOrders(Seller):
    """Eight orders wait to be shipped."""

    def __init__(self, folder):
        self.unshipped = report(folder / "unshipped.txt", *range(1, 9)).read_bytes()

    def report_content(self, asked):
        return self.unshipped if asked["reportType"] == UNSHIPPED else super().report_content(asked)


@pytest.fixture
def amazon(tmp_path):
    return MadeUpAmazon(SimulatedTime(), SellerOfOrders(tmp_path))


def give_uploads(home, *numbers, name="confirmed.txt"):
    home.inbox.mkdir(mode=0o700, exist_ok=True)
    upload(home.inbox / name, *((number, "1", f"T{number}") for number in numbers))


def play(home, *words):
    return home.run("night", "--home", home.folder, *words)


def outputs(home):
    return sorted((home.folder / "out").iterdir())


def count_feeds(fake):
    return sorted(fake.amazon.processed_parts().values())


def nights(home):
    return [json.loads(path.read_text("utf-8")) for path in sorted((home.state / "nights").glob("*.json"))]


def test_a_night_fetches_runs_submits_collects_and_archives(home, fake):
    give_uploads(home, 1, 2)
    assert play(home) == 0, home.output
    (out,) = outputs(home)
    assert (out / "feeds/shipping-confirmation-001.tsv").is_file()
    assert count_feeds(fake) == [1]
    assert [name for name in home.files() if not name.startswith(".")] == [
        f"processing-report-{feed}.txt.gz" for feed in fake.amazon.feeds
    ]
    archived = sorted(path.name for path in (home.folder / "archive" / out.name).iterdir())
    assert [name.split("-2026")[0] for name in archived] == [
        *("all-orders", "confirmed.txt", "orders", "returns", "unshipped")
    ]
    (night,) = nights(home)
    assert night["status"] == 0
    assert list(night["ends"]) == ["archive", "collect", "collect answers", "fetch", "notify", "open", "run", "submit"]


def test_the_answer_is_judged_by_the_next_night(home, fake):
    give_uploads(home, 1, 2)
    play(home)
    fake.time.passed += DAY
    assert play(home) == 0, home.output
    _, second = outputs(home)
    kinds = {entry["kind"] for entry in json.loads((second / "manifest.json").read_text("utf-8"))["inputs"]}
    assert kinds == {"unshipped", "orders", "all-orders", "returns", "processing-report"}
    assert not home.files() or all(name.startswith(".") for name in home.files())
    assert count_feeds(fake) == [1]


def test_no_report_is_younger_than_as_of(home, fake):
    give_uploads(home, 1)
    play(home)
    (night,) = nights(home)
    made = [report["processingEndTime"] for report in fake.amazon.reports.values()]
    assert all(instant.replace("+00:00", "Z") <= night["as_of"] for instant in made)


def test_a_finished_night_of_that_as_of_is_not_done_again(home, fake):
    give_uploads(home, 1)
    assert play(home, "--as-of", "2026-03-10T07:00:00Z") == 0
    before, calls = tables.outputs(outputs(home)[0]), len(fake.exchanges)
    give_uploads(home, 2, name="more.txt")
    assert play(home, "--as-of", "2026-03-10T07:00:00Z") == 0
    assert tables.outputs(outputs(home)[0]) == before
    assert not [exchange for exchange in fake.exchanges[calls:] if exchange.operation != "token"]


def test_a_night_makes_the_calls_that_it_needs_and_one_with_nothing_new_fewer(home, fake):
    give_uploads(home, 1, 2)
    assert play(home) == 0
    calls = Counter(exchange.operation for exchange in fake.exchanges)
    looks = calls.pop("getFeed")
    assert 1 <= looks <= 5
    fetched = {"createReport": 4, "getReport": 8, "createRestrictedDataToken": 2, "getReportDocument": 4}
    sent = {"createFeedDocument": 1, "upload": 1, "getFeeds": 1, "createFeed": 1, "getFeedDocument": 1}
    assert calls == {"token": 1, **fetched, **sent, "document": 5}
    fake.time.passed += DAY
    before = len(fake.exchanges)
    begun = time.monotonic()
    assert play(home) == 0
    assert time.monotonic() - begun < 30  # seconds; it waits for nothing, and this machine may be busy
    calls = Counter(exchange.operation for exchange in fake.exchanges[before:])
    assert calls == {"token": 1, **fetched, "document": 4}


@pytest.mark.parametrize("step", first_quick(STEPS, 2))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_s50_killed_in_each_step_the_next_start_goes_on(home, fake, step, moment, monkeypatch):
    give_uploads(home, 1, 2)
    call = night_job._call_step

    def call_and_die(work, night, name):
        if name != step:
            return call(work, night, name)
        if moment == "after":
            call(work, night, name)
        raise Killed

    monkeypatch.setattr(night_job, "_call_step", call_and_die)
    with pytest.raises(Killed):
        play(home)
    as_of = nights(home)[0]["as_of"]
    monkeypatch.setattr(night_job, "_call_step", call)
    fake.time.passed += 900
    assert play(home) == 0, home.output
    (night,) = nights(home)
    assert as_of in (None, night["as_of"])
    assert count_feeds(fake) == [1]
    assert len(outputs(home)) == 1
    assert sum(report["reportType"] == UNSHIPPED for report in fake.amazon.reports.values()) == 1


def test_a_night_that_was_left_for_too_long_is_closed(home, fake):
    give_uploads(home, 1)
    fake.script["createReport"] = [error(500)] * 200
    assert play(home) in (3, 4)
    fake.script["createReport"] = []
    fake.time.passed += 21 * 3600
    assert play(home) == 0, home.output
    assert "AMZ-740" in home.codes()
    assert [night["status"] for night in nights(home)] == [None, 0]


def test_a_required_report_that_is_not_had_ends_the_night_with_3(home, fake):
    give_uploads(home, 1)
    fake.amazon.report_fates = ["CANCELLED"] * 9
    assert play(home) == 3, home.output
    assert not (home.folder / "out").exists()
    assert fake.calls("createFeed") == 0


def test_an_unsure_attempt_is_found_before_the_night_is_over(home, fake):
    give_uploads(home, 1, 2)
    fake.script["createFeed"] = [LOSE]
    assert play(home) == 0, home.output
    assert {"AMZ-724", "AMZ-725"} <= set(home.codes())
    assert count_feeds(fake) == [1]


def test_an_attempt_that_made_nothing_is_repeated_in_the_same_night(home, fake):
    give_uploads(home, 1, 2)
    fake.script["createFeed"] = [DROP]
    assert play(home) == 0, home.output
    assert count_feeds(fake) == [1]


def test_a_doubt_that_stays_is_4_and_does_not_stop_the_next_night(home, fake):
    home.write_account('[wait]\nunsure = "ask"\n')
    give_uploads(home, 1, 2)
    fake.script["createFeed"] = [DROP]
    assert play(home) == 4
    fake.time.passed += DAY
    assert play(home) == 4
    assert len(outputs(home)) == 2
    assert home.run("submit", "--give-up", "shipping-confirmation-001.tsv", "--amazon", home.account) == 0
    fake.time.passed += DAY
    assert play(home) == 0, home.output
    assert "ACK-606" in (outputs(home)[-1] / "reports/findings.tsv").read_text("utf-8")


def test_dry_run_says_what_it_would_do_and_does_nothing(home, fake):
    give_uploads(home, 1)
    before = sorted(path for path in home.folder.rglob("*"))
    assert play(home, "--dry-run") == 0
    assert "a new night begins" in home.output
    assert sorted(path for path in home.folder.rglob("*")) == before
    assert {exchange.operation for exchange in fake.exchanges} == {"token"}


def test_options_of_the_run_are_handed_on(home):
    give_uploads(home, 1)
    assert play(home, "--", "--fail-on", "warning") == 1
    assert play(home, "--as-of", "2026-03-11T07:00:00Z", "--", "--no-such-option") == 2


def test_a_state_of_another_account_is_refused(home):
    give_uploads(home, 1)
    assert play(home) == 0
    (home.state / "account.json").write_text(json.dumps({"region": "eu", "sha256": "0" * 64, "is_successor": False}))
    assert play(home) == 2
    assert "AMZ-702" in home.output


FETCHED = re.compile(rb"-20260310T\d{6}Z-\d+")
WITH_RUN_ID = ("manifest.json", "report.html", "reports/summary.txt")


def leave_behind(home, amazon):
    """What a night leaves: its outputs, the feeds that Amazon has, what the ledger has published.

    A report that was asked for when the night was killed is asked for again: it has another number, and with that
    file another name and the run another id.
    """
    written = {
        name: FETCHED.sub(b"", content)
        for name, content in tables.outputs(outputs(home)[0]).items()
        if name not in WITH_RUN_ID
    }
    rows = DeltaTable(str(home.folder / "ledger/confirmations")).to_pyarrow_table()
    published = rows.select(["order_id", "run", "feed", "record", "units", "published_at"]).to_pylist()
    return written, sorted(amazon.processed_parts()), published


def unharmed(tmp_path):
    """What an unharmed night leaves."""
    amazon = MadeUpAmazon(SimulatedTime(), SellerOfOrders(tmp_path))
    with FakeAmazon(amazon) as fake:
        folder = tmp_path / "unharmed"
        folder.mkdir()
        home = Home(folder, fake)
        give_uploads(home, 1, 2, 3)
        assert play(home, "--as-of", "2026-03-10T07:00:00Z") == 0
        return leave_behind(home, amazon)


def kill_night(home, seconds):
    """A night that is killed after so many seconds of real time, if it is not over before; whether it was killed."""
    words = ("night", "--home", home.folder, "--as-of", "2026-03-10T07:00:00Z")
    process = fork_command(words, {**home.environment, "FEEDWARDEN_FAKE": home.fake.url})
    process.join(seconds)
    is_killed = process.is_alive()
    process.kill()
    process.join()
    return is_killed and process.exitcode == -signal.SIGKILL


@pytest.mark.slow
def test_s50_killed_with_sigkill_at_random_instants(tmp_path, record_property):
    kill_at_random(tmp_path, 6, record_property)


def kill_at_random(tmp_path, kills, note=lambda *_: None, seed=1):
    """Nights killed at random instants, each gone on with until it is over: they equal an unharmed one."""
    expected, chance = unharmed(tmp_path), random.Random(seed)
    killed, seconds = 0, 0.0
    fork_command(["--version"], {"FEEDWARDEN_FAKE": None}).join()  # what is forked from is loaded now
    for number in range(-1, kills):  # the first is not killed: it says how long a night takes here
        amazon = MadeUpAmazon(SimulatedTime(), SellerOfOrders(tmp_path))
        with FakeAmazon(amazon) as fake:
            folder = tmp_path / f"home-{number}"
            folder.mkdir()
            home = Home(folder, fake)
            give_uploads(home, 1, 2, 3)
            begun = time.monotonic()
            if number < 0:
                kill_night(home, None)
                seconds = time.monotonic() - begun
            else:
                killed += kill_night(home, chance.uniform(0, seconds))
            statuses = [play(home, "--as-of", "2026-03-10T07:00:00Z") for _ in range(2)]
            assert statuses[-1] == 0, home.output
            assert leave_behind(home, amazon) == expected, number
            assert set(amazon.processed_parts().values()) == {1}
    note("killed", killed)
    assert killed


def test_s61_a_night_that_stopped_is_said_and_so_is_that_it_works_again(home, fake):
    with web_server(None) as hook:
        home.environment["FEEDWARDEN_HOOK"] = hook.url
        (home.folder / "notify.toml").write_text(web_entry('when = ["stopped"]'), encoding="utf-8")
        give_uploads(home, 1)
        fake.script["createReport"] = [error(500)] * 200
        assert play(home) in (3, 4), home.output
        fake.script["createReport"] = []
        (notice,) = [json.loads(request.body) for request in hook.requests]
        assert notice["events"] == {"stopped": 1}
        fake.time.passed += DAY
        assert play(home) == 0, home.output
        assert json.loads(hook.requests[-1].body)["events"] == {"recovered": 1}
        assert len(hook.requests) == 2
        assert not any("111-0000000" in request.body.decode() for request in hook.requests)


def test_a_notice_that_nobody_took_is_in_the_journal_and_the_night_is_1(home, fake, monkeypatch):
    monkeypatch.setattr(delivery, "sleep", fake.time.sleep)
    with web_server(None) as hook:
        hook.status = 410
        home.environment["FEEDWARDEN_HOOK"] = hook.url
        (home.folder / "notify.toml").write_text(web_entry('when = ["always"]'), encoding="utf-8")
        give_uploads(home, 1)
        assert play(home) == 1, home.output
        assert "NTF-801" in (home.state / "journal.jsonl").read_text("utf-8")


@pytest.mark.slow
def test_a_night_with_nothing_new_costs_little_more_than_its_run(home, fake, record_property):
    """Its waits take no time here; the peer is a run of the same files."""
    give_uploads(home, 1, 2)
    nights_cost = []
    for _ in range(3):
        nights_cost.append(cpu_seconds(home.start("night", "--home", home.folder, "--quiet")))
        fake.time.passed += DAY
    files = home.folder / "archive" / outputs(home)[-1].name
    words = ("run", files, "--ledger", home.folder / "another", "--out", home.folder / "peer", "--quiet")
    peer = cpu_seconds(home.start(*words, "--as-of", "2026-03-13T07:00:00Z"))
    record_property("seconds", f"night {nights_cost[-1]:.2f}, run {peer:.2f}")
    assert nights_cost[-1] < 1.5 * peer, (nights_cost, peer)
