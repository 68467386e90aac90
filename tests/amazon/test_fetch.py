"""feedwarden fetch against the fake Amazon over HTTP: what happens when all is well."""

import gzip
import itertools
import json
import stat
from collections import Counter

from tests.amazon import model_rates
from tests.amazon.fake_server import garble, status

KINDS = ["all-orders", "orders", "returns", "unshipped"]


def test_every_report_wanted_is_in_the_inbox(home, fake):
    assert home.fetch() == 0, home.output
    assert home.kinds() == KINDS
    assert fake.calls("createReport") == len(KINDS)
    for path in home.inbox.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.name.endswith(".txt.gz")
        assert gzip.decompress(path.read_bytes()).count(b"\n") == 1
    assert stat.S_IMODE(home.inbox.stat().st_mode) == 0o700
    assert home.codes() == []


def test_no_call_too_many(home, fake):
    """What §11 needs and no more: the reports are ready after 40 s, so each is looked at twice."""
    assert home.fetch() == 0
    assert Counter(exchange.operation for exchange in fake.exchanges) == {
        "token": 1,
        "createReport": 4,
        "getReport": 8,
        "createRestrictedDataToken": 2,
        "getReportDocument": 4,
        "document": 4,
    }
    assert sum(fake.time.slept) == 45


def test_what_is_asked_for(home, fake):
    assert home.fetch() == 0
    asked = {entry.body["reportType"]: entry.body for entry in fake.exchanges if entry.operation == "createReport"}
    options = {kind: body.get("reportOptions") for kind, body in asked.items()}
    assert options == {
        "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING": {"ShowSalesChannel": "true"},
        "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING": {"ShowSalesChannel": "true"},
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": None,
        "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": None,
    }
    assert "dataStartTime" not in asked["GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING"]


def test_restricted_token_is_for_one_document(home, fake):
    assert home.fetch() == 0
    paths = [entry.path for entry in fake.exchanges if entry.operation == "getReportDocument"]
    assert list(fake.restricted_tokens.values()) == paths[:2]
    restricted = [
        entry.headers["x-amz-access-token"] in fake.restricted_tokens
        for entry in fake.exchanges
        if entry.operation == "getReportDocument"
    ]
    assert restricted == [True, True, False, False]


def test_rate_of_the_model_is_kept(home, fake):
    """15 reports: a third of the burst at once, then one a minute."""
    assert home.fetch("--only", "all-orders", "--since", "2025-01-01T00:00:00Z") == 0
    instants = [entry.at for entry in fake.exchanges if entry.operation == "createReport"]
    assert len(instants) == 15
    assert instants[4] == instants[0]
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(instants[4:])]
    assert all(59 < gap < 61 for gap in gaps)


def test_rate_that_others_have_used(home, fake):
    """Other programs of the seller have emptied the bucket: Amazon answers 429 until it fills, one report a kind."""
    fake.limits = {"createReport": (0.0167, 15)}
    fake.allowances = {"createReport": (0.5, fake.time.amazon_time())}
    assert home.fetch("--only", "returns", "--only", "unshipped") == 0
    refused = [entry for entry in fake.exchanges if entry.status == 429]
    assert refused
    assert len(fake.amazon.reports) == 2


def test_rates_of_the_models_are_never_exceeded(home, fake):
    """The fake keeps Amazon's rates: a night as it usually is meets no 429."""
    limits = json.loads(model_rates.RATES.read_text("utf-8"))
    fake.limits = {name: (limit["rate"], limit["burst"]) for name, limit in limits.items()}
    for _ in range(3):
        assert home.fetch() == 0
        fake.time.sleep(3600)
    assert all(entry.status < 300 for entry in fake.exchanges)


def test_log_says_what_was_called(home):
    assert home.fetch("--log-format", "json", "--only", "unshipped") == 0
    lines = [json.loads(line) for line in home.output.splitlines() if line.startswith("{")]
    calls = [line for line in lines if "operation" in line]
    assert {"time", "operation", "id", "status", "request_id", "tries", "seconds", "bytes"} <= calls[1].keys()
    assert [call["operation"] for call in calls][:2] == ["token", "createReport"]
    document = next(call for call in calls if call["operation"] == "document")
    assert document["bytes"] > 0


def test_quiet_and_verbose(home, fake):
    assert home.fetch("-q", "--only", "unshipped") == 0
    assert home.output == ""
    fake.script["createReport"] = [status(503)]
    assert home.fetch("-v", "--only", "returns") == 0
    assert "createReport: waiting" in home.output


def test_document_elsewhere_than_https(home, fake):
    """An address that is neither https nor this machine's own is not asked."""
    answer = {"reportDocumentId": "x", "url": "http://example.com/document?secret=MARKED"}
    fake.script["getReportDocument"] = [garble(json.dumps(answer).encode())]
    assert home.fetch("--only", "returns") == 4
    assert "not https" in home.output
    assert not fake.calls("document")


def test_state_open_to_others(home):
    assert home.fetch("--only", "returns") == 0
    home.state.chmod(0o750)
    assert home.fetch("--only", "orders") == 0
    assert home.events() == [("AMZ-705", "warning")]


def test_what_ends_a_command_is_said_once(home, fake):
    fake.script["token"] = [status(401, b'{"error": "invalid_client"}')]
    assert home.fetch() == 2
    assert home.output.count("client id or secret") == 1
