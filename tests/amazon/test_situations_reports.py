"""Situations 8 to 13 and 44: reports that are refused, late, lost, cancelled, failed or strange."""

import datetime as dt
import itertools

import pytest

from pipeline.amazon import report_queue
from tests.amazon.fake_server import LOSE, error, status
from tests.amazon.made_up_amazon import DONE, FATAL, show

RETURNS = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
CANCELLED = "CANCELLED"


def only(home, *kinds, **environment):
    return home.fetch(*(word for kind in kinds for word in ("--only", kind)), **environment)


def test_s08_create_report_throttled(home, fake):
    fake.script["createReport"] = [error(429, "QuotaExceeded", x_amzn_RateLimit_Limit="0.0167")] * 10
    assert only(home, "unshipped") == 0
    assert fake.calls("createReport") == 11
    assert len(fake.amazon.reports) == 1
    instants = [exchange.at for exchange in fake.exchanges if exchange.operation == "createReport"]
    waits = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(instants)]
    for number, seconds in enumerate(waits):
        least = min(2**number / 0.0167, 600)
        assert 0.8 * least <= seconds <= 600 + 1
    for instant in instants:
        assert sum(instant <= other < instant + dt.timedelta(minutes=1) for other in instants) <= 15


def test_s08_retry_after_counts_where_it_is_longer(home, fake):
    fake.script["createReport"] = [error(429, "QuotaExceeded", Retry_After="300")]
    assert only(home, "unshipped") == 0
    assert any(240 <= seconds <= 360 for seconds in fake.time.slept)


def test_s08_throttled_for_too_long(home, fake):
    fake.script["createReport"] = [error(429, "QuotaExceeded")] * 100
    assert only(home, "returns") == 1
    assert home.events() == [("AMZ-711", "warning")]
    assert only(home, "unshipped") == 3


def test_s08_one_kind_throttled_holds_up_no_other(home, fake):
    """All Orders is refused for an hour and more; the rest is there within a minute, and All Orders in the end."""

    def refuse_all_orders(request):
        is_meant = b"ALL_ORDERS" in request.content
        return error(429, "QuotaExceeded", x_amzn_RateLimit_Limit="0.0167") if is_meant else None

    fake.script["createReport"] = [refuse_all_orders] * 9
    assert home.fetch() == 0
    documents = [exchange.at for exchange in fake.exchanges if exchange.operation == "document"]
    assert [(instant - fake.time.start).total_seconds() for instant in documents[:3]] == [45, 45, 45]
    asked = [e.at for e in fake.exchanges if e.operation == "createReport" and b"ALL" in str(e.body).encode()]
    waits = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(asked)]
    assert len(waits) >= 5
    for number, seconds in enumerate(waits[:4]):
        assert seconds >= 0.8 * 2**number / 0.0167
    assert home.kinds() == ["all-orders", "orders", "returns", "unshipped"]


def test_s09_answer_of_create_report_lost(home, fake):
    fake.script["createReport"] = [LOSE]
    assert only(home, "unshipped") == 0
    assert len(fake.amazon.reports) == 2
    assert home.kinds() == ["unshipped"]


@pytest.mark.parametrize(("kind", "expected", "severity"), [("returns", 1, "warning"), ("unshipped", 3, "error")])
def test_s10_report_not_ready(home, amazon, kind, expected, severity):
    amazon.report_fates = ["stuck"]
    assert only(home, kind) == expected
    assert home.events() == [("AMZ-711", severity)]
    assert not home.files()
    (report,) = amazon.reports.values()
    report["_outcome"] = DONE
    assert only(home, kind) == 0
    assert len(amazon.reports) == 1
    assert home.kinds() == [kind]


@pytest.mark.parametrize(("kind", "expected", "severity"), [("returns", 1, "warning"), ("unshipped", 3, "error")])
def test_s11_report_cancelled(home, amazon, kind, expected, severity):
    amazon.report_fates = [CANCELLED]
    assert only(home, kind) == expected
    assert home.events() == [("AMZ-712", severity)]
    assert not home.files()
    assert len(amazon.reports) == 1  # nobody had asked shortly before: the same would come


def test_s11_cancelled_as_another_had_asked(home, fake, amazon):
    earlier = fake.time.amazon_time() - dt.timedelta(minutes=10)
    amazon.create_report({"reportType": RETURNS, "marketplaceIds": ["ATVPDKIKX0DER"]})
    next(iter(amazon.reports.values()))["createdTime"] = show(earlier)
    amazon.report_fates = [CANCELLED, DONE]
    assert only(home, "returns") == 0
    created = [exchange.at for exchange in fake.exchanges if exchange.operation == "createReport"]
    assert len(created) == 2
    assert created[1] >= earlier + dt.timedelta(minutes=30)
    assert home.kinds() == ["returns"]


def test_s11_cancelled_twice(home, fake, amazon):
    amazon.create_report({"reportType": RETURNS, "marketplaceIds": ["ATVPDKIKX0DER"]})
    amazon.report_fates = [CANCELLED, CANCELLED]
    assert only(home, "returns") == 1
    assert fake.calls("createReport") == 2


@pytest.mark.parametrize("outcome", [FATAL, "FATAL with document"])
def test_s12_report_failed_once(home, fake, amazon, outcome):
    amazon.report_fates = [outcome, DONE]
    assert only(home, "unshipped") == 0
    created = [exchange.at for exchange in fake.exchanges if exchange.operation == "createReport"]
    assert len(created) == 2
    assert (created[1] - created[0]).total_seconds() >= 300
    assert home.kinds() == ["unshipped"]
    kept = list((home.state / "fatal").glob("*"))
    assert len(kept) == (outcome != FATAL)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept)
    assert ("The report could not be made." in home.output) == (outcome != FATAL)


def test_s12_report_failed_twice(home, amazon):
    amazon.report_fates = [FATAL, FATAL]
    assert only(home, "unshipped") == 3
    assert home.events() == [("AMZ-713", "error")]
    amazon.report_fates = [FATAL, FATAL]
    assert only(home, "returns") == 1


def test_s12_private_lines_are_not_logged(home, amazon, monkeypatch):
    monkeypatch.setattr(amazon, "store", lambda _: type(amazon).store(amazon, b"jo@example.com\nM\xc3\xbcller\n"))
    amazon.report_fates = ["FATAL with document", FATAL]
    assert only(home, "returns") == 1
    assert "example.com" not in home.output
    assert "ller" not in home.output


def test_s13_killed_before_the_report_is_noted(home, amazon, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(report_queue, "save_report", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert only(home, "unshipped") == 4
    assert len(amazon.reports) == 1
    assert only(home, "unshipped") == 0
    assert len(amazon.reports) == 2
    assert home.kinds() == ["unshipped"]


def test_s44_new_status_keys_and_ids(home, fake, amazon):
    fake.extra_keys = {
        name: {"aNewKey": {"deep": [1, None]}} for name in ("createReport", "getReport", "getReportDocument", "token")
    }
    fake.answers_as_the_models = False
    looks = iter(["ON_HOLD", "ON_HOLD"])
    plain = amazon.get_report

    def get_report(report_id):
        report = plain(report_id)
        return {**report, "processingStatus": next(looks, report["processingStatus"])}

    amazon.get_report = get_report
    amazon.numbers = (f"amzn1.report.{number}:x/y z" for number in range(1, 99))
    assert only(home, "unshipped") == 0
    assert home.events() == [("AMZ-718", "info")]
    assert home.kinds() == ["unshipped"]


def test_recent_report_is_taken(home, fake):
    assert only(home, "returns") == 0
    fake.time.sleep(25 * 60)
    assert only(home, "returns") == 0
    assert fake.calls("createReport") == 1
    fake.time.sleep(6 * 60)
    assert only(home, "returns") == 0
    assert fake.calls("createReport") == 2


def ranges(fake):
    return [
        (exchange.body.get("dataStartTime"), exchange.body.get("dataEndTime"))
        for exchange in fake.exchanges
        if exchange.operation == "createReport"
    ]


def test_range_begins_before_the_end_of_the_last(home, fake):
    assert only(home, "orders", "returns", "all-orders") == 0
    assert ranges(fake) == [
        ("2026-03-03T02:00:00Z", "2026-03-10T02:00:00Z"),
        ("2026-02-08T02:00:00Z", "2026-03-10T02:00:00Z"),
        ("2026-01-09T02:00:00Z", "2026-03-10T02:00:00Z"),
    ]
    fake.time.sleep((dt.datetime(2026, 3, 11, 2, tzinfo=dt.UTC) - fake.time.amazon_time()).total_seconds())
    assert only(home, "orders", "returns", "all-orders") == 0
    assert ranges(fake)[3:] == [
        ("2026-03-10T01:00:00Z", "2026-03-11T02:00:00Z"),
        ("2026-03-10T01:00:00Z", "2026-03-11T02:00:00Z"),
        ("2026-03-07T02:00:00Z", "2026-03-11T02:00:00Z"),
    ]


def test_long_range_is_asked_for_in_parts(home, fake):
    assert home.fetch("--only", "all-orders", "--since", "2026-01-01T00:00:00Z") == 0
    assert ranges(fake) == [
        ("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("2026-01-31T00:00:00Z", "2026-03-02T00:00:00Z"),
        ("2026-03-02T00:00:00Z", "2026-03-10T02:00:00Z"),
    ]
    assert home.kinds() == ["all-orders"] * 3


def test_range_of_a_missing_report_is_asked_for_again(home, fake, amazon):
    amazon.report_fates = [DONE, CANCELLED]
    assert only(home, "orders") == 0
    fake.time.sleep(86_400)
    assert only(home, "orders") == 1
    fake.time.sleep(86_400)
    assert only(home, "orders") == 0
    assert ranges(fake)[2][0] == "2026-03-10T01:00:00Z"


def test_dry_run_asks_for_a_token_alone(home, fake):
    assert home.fetch("--dry-run") == 0
    assert [exchange.operation for exchange in fake.exchanges] == ["token"]
    assert not home.state.exists()
    assert not home.inbox.exists()
    assert "unshipped: ask for GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING" in home.output


def test_inbox_open_to_others(home):
    home.inbox.mkdir(mode=0o755)
    home.inbox.chmod(0o755)
    assert only(home, "returns") == 0
    assert home.events() == [("AMZ-705", "warning")]


def test_faults_are_waited_for_while_others_are_due(home, fake):
    """503 is no throttling: createReport is repeated at once, also where other reports are waited for."""
    fake.script["createReport"] = [None, status(503), status(503), None, status(500)]
    assert home.fetch() == 0
    assert fake.calls("createReport") == 7
    assert home.kinds() == ["all-orders", "orders", "returns", "unshipped"]
