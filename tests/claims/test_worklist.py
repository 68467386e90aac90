"""What is to be done about claims and buyers, line by line: the worked examples of the contract's second edition."""

import datetime as dt
import json

import pandas as pd
import pytest

from tests import tables
from tests.conftest import first_quick

ORDER, ITEM = "111-0000000-0000001", "10000000000001"
HEADERS = {
    "orders": "order-id order-item-id purchase-date sku quantity-purchased currency item-price latest-ship-date "
    "latest-delivery-date",
    "all-orders": "amazon-order-id order-item-id purchase-date last-updated-date order-status item-status sku quantity "
    "fulfillment-channel",
    "confirmation": "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number",
    "contacts": "contact-id order-id sent-date direction channel topic resolved-date",
    "claims": "claim-id order-id claim-type claim-date claim-amount currency decision decision-date funded-by "
    "info-requested-date info-answered-date refund-date refund-amount appeal-date",
    "stock": "sku quantity counted-at",
    "returns": "Order ID\tReturn request date\tReturn request status\tA-to-Z Claim\tReturn delivery date\t"
    "Order Amount\tRefunded Amount\tCurrency code",
}
LISTED = ("orders", ORDER, ITEM, "2026-02-20T10:00:00Z", "S", "1", "USD", "20.00", "2026-02-25T07:59:59Z", "")
SENT = ("confirmation", ORDER, ITEM, "1", "2026-02-23", "OnTrac", "", "TRACK1")
ASKED = ("contacts", "C1", ORDER, "2026-03-02T10:00:00Z", "buyer", "message", "delivery")
REPLIED = ("contacts", "C2", ORDER, "2026-03-02T11:00:00Z", "seller", "message", "delivery")
CLAIM = ("claims", "K1", ORDER, "not-received", "2026-03-06T10:00:00Z", "20.00", "USD")
_TITLES = {kind: header.split("\t" if kind == "returns" else " ") for kind, header in HEADERS.items()}


def encode(rows):
    """The files of rows, each with its kind in front."""
    files = {}
    for kind, *cells in rows:
        lines = files.setdefault(f"{kind}.txt", ["\t".join(_TITLES[kind])])
        lines.append("\t".join([*cells, *[""] * (len(_TITLES[kind]) - len(cells))]))
    return {name: ("\n".join(lines) + "\n").encode() for name, lines in files.items()}


def run(*rows, as_of="2026-03-10T07:00:00Z", **options):
    """What is found and what there is to do about rows of files."""
    return tables.run(encode(rows), tables.Options(as_of=dt.datetime.fromisoformat(as_of), **options))


def todo(*rows, **options):
    """Each line: its action, code, and when it is due."""
    outcome = run(*rows, **options)
    lines = outcome.settled.action_items.to_dict("records")
    return {line["action"]: (line["code"], due(line["due_at"]), line["reason"]) for line in lines}


def due(instant):
    return None if pd.isna(instant) else instant.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("2026-03-15T06:59:59Z", "has no reply: reply by then"),
        ("2026-03-16T07:00:00Z", "has no reply: reply by then"),
        ("2026-03-16T07:00:01Z", "got no reply in time"),
    ],
)
def test_a_return_request_of_a_plain_date_is_due_at_the_earliest_and_late_at_the_latest(as_of, said):
    asked = ("returns", ORDER, "13-Mar-2026", "New", "N")
    code, when, reason = todo(LISTED, SENT, asked, as_of=as_of)["reply"]
    assert (code, when) == ("CLM-401", "2026-03-15T07:00:00Z")
    assert said in reason


def test_a_granted_claim_of_which_nobody_says_who_pays_can_be_appealed():
    claim = (*CLAIM[:4], "2026-02-27", "20.00", "USD", "granted", "2026-03-01")
    outcome = run(LISTED, SENT, ASKED, REPLIED, claim)
    row = outcome.settled.claims.rows.to_dict("records")[0]
    assert (row["counts_in_odr"], due(row["appeal_by"])[:10], str(row["debited"])) == ("yes", "2026-03-31", "20.00")
    assert "CLM-407" in {found.code for found in outcome.findings}
    assert todo(LISTED, SENT, ASKED, REPLIED, claim)["appeal"][0] == "CLM-407"


def test_a_granted_claim_without_its_date_is_to_be_appealed_at_any_time():
    claim = (*CLAIM, "granted", "", "")
    lines = todo(LISTED, SENT, ASKED, REPLIED, claim)
    assert lines["appeal"][:2] == ("CLM-417", None)


EARLY = (*CLAIM[:4], "2026-03-03T10:00:00Z", "20.00", "USD")
ASKED_FOR = ("", "", "", "2026-03-09T10:00:00Z")
NOW = "2026-03-10T07:00:00Z"
ONE_LINE = {
    "asked": ((*CLAIM, *ASKED_FOR), ("answer-claim", "CLM-406", "2026-03-11T10:00:00Z")),
    "early": (EARLY, ("dispute", "CLM-409", NOW)),
    "early, and asked": ((*EARLY, *ASKED_FOR), ("answer-claim", "CLM-406", "2026-03-11T10:00:00Z")),
    "early, and answered while there is time": (
        (*EARLY, *ASKED_FOR, "2026-03-09T11:00:00Z"),
        ("dispute", "CLM-409", "2026-03-11T10:00:00Z"),
    ),
    "refunded before": ((*CLAIM, "", "", "", "", "", "2026-03-05", "20.00"), ("dispute", "CLM-418", NOW)),
}


@pytest.mark.parametrize(("rows", "line"), ONE_LINE.values(), ids=ONE_LINE)
def test_a_claim_has_one_line(rows, line):
    lines = todo(LISTED, SENT, ASKED, REPLIED, rows)
    assert [(action, *rest[:2]) for action, rest in lines.items()] == [line]


def test_a_claim_about_what_was_never_sent_is_refunded_and_nothing_is_shipped_any_more():
    outcome = run(LISTED, ASKED, REPLIED, CLAIM)
    lines = {line["action"]: line for line in outcome.settled.action_items.to_dict("records")}
    assert set(lines) == {"refund"}
    assert str(lines["refund"]["amount"]) == "20.00"
    assert "counts in the order defect rate" in lines["refund"]["reason"]
    assert outcome.settled.items["claimed"].tolist() == [True]


def test_a_claim_without_a_tracking_number_is_confirmed_again():
    lines = todo(LISTED, (*SENT[:-1], ""), ASKED, REPLIED, CLAIM)
    assert {name: line[0] for name, line in lines.items()} == {"confirm": "CLM-402"}


@pytest.mark.parametrize(
    ("topic", "resolved", "said"),
    [
        ("delivery", "", "is not resolved"),
        ("item", "", "guide the buyer to a return request"),
        ("delivery", "2026-03-02T12:00:00Z", ""),
        ("delivery", "2026-03-10T07:00:01Z", "is not resolved"),
        ("address", "", ""),
    ],
)
def test_what_has_a_reply_is_to_be_resolved(topic, resolved, said):
    asked = (*ASKED[:-1], topic)
    lines = todo(LISTED, SENT, asked, (*REPLIED, resolved))
    assert bool(said) == ("resolve" in lines)
    if said:
        assert lines["resolve"][:2] == ("CLM-401", "2026-03-04T10:00:00Z")
        assert said in lines["resolve"][2]


def test_a_claim_that_nobody_wrote_down_is_answered_at_once():
    lines = todo(LISTED, SENT, ("returns", ORDER, "02-Mar-2026", "Completed", "Y", "04-Mar-2026", "20.00"))
    assert {name: line[:2] for name, line in lines.items()} == {"answer-claim": ("CLM-419", "2026-03-10T07:00:00Z")}


@pytest.mark.parametrize(("refunded", "missing"), [("", "27.06"), ("25.00", "2.06"), ("27.06", None)])
def test_what_is_missing_of_a_refund(refunded, missing):
    back = ("returns", ORDER, "02-Mar-2026", "Completed", "N", "04-Mar-2026", "27.06", refunded, "USD")
    items = run(LISTED, SENT, back).settled.action_items
    amounts = [(line["action"], str(line["amount"]), line["currency"]) for line in items.to_dict("records")]
    assert amounts == ([("refund", missing, "USD")] if missing else [])


@pytest.mark.parametrize(("status", "actions"), [("Pending", {"refer"}), ("Cancelled", set())])
def test_the_buyer_of_an_order_that_nobody_could_claim_is_not_waited_for(status, actions):
    row = (
        "all-orders",
        ORDER,
        ITEM,
        "2026-03-01T10:00:00Z",
        "2026-03-09T10:00:00Z",
        status,
        status,
        "S",
        "1",
        "Merchant",
    )
    outcome = run(row, ASKED)
    assert {line["action"] for line in outcome.settled.action_items.to_dict("records")} == actions
    assert "CLM-401" not in {found.code for found in outcome.findings}


GONE = (
    *("all-orders", ORDER, ITEM, "2026-03-01T10:00:00Z", "2026-03-09T10:00:00Z", "Cancelled", "Cancelled", "S", "1"),
    "Merchant",
)


@pytest.mark.parametrize(
    ("left", "rows", "lines"),
    [
        pytest.param("1", [ASKED], {"invite": ("LIF-211", "2026-03-04T10:00:00Z")}, id="there is stock"),
        pytest.param("0", [ASKED], {}, id="there is none"),
        pytest.param("1", [ASKED, REPLIED], {}, id="the seller has replied"),
        pytest.param("1", [ASKED, CLAIM], {"refund": ("CLM-402", NOW)}, id="there is a claim"),
        pytest.param("1", [REPLIED], {}, id="nobody has asked"),
    ],
)
def test_the_buyer_of_a_canceled_order_is_invited_to_order_again_while_there_is_stock(left, rows, lines):
    said = todo(GONE, ("stock", "S", left, "2026-03-08T10:00:00Z"), *rows)
    assert {action: line[:2] for action, line in said.items() if action != "restock"} == lines
    if "invite" in said:
        assert "invite the buyer to place a new order" in said["invite"][2]


def written(tmp_path, as_of, *rows):
    """The reasons of the worklist as it is written, in its order."""
    out = tables.run_night(tmp_path, encode(rows), dt.datetime.fromisoformat(as_of), tables.Options())
    header, *lines = (line.split("\t") for line in (out / "reports/worklist.tsv").read_text("utf-8").splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.mark.parametrize(
    ("as_of", "overdue"),
    [("2026-03-15T07:00:01Z", False), ("2026-03-16T07:00:00Z", False), ("2026-03-16T07:00:01Z", True)],
)
@pytest.mark.parametrize("asked", first_quick(["returns", "claims"]))
def test_what_began_on_a_plain_date_is_called_overdue_when_it_certainly_is(asked, as_of, overdue, tmp_path):
    request = {
        "returns": ("returns", ORDER, "13-Mar-2026", "New", "N"),
        "claims": (*CLAIM, "", "", "", "2026-03-13"),
    }
    (line,) = written(tmp_path, as_of, LISTED, SENT, request[asked])
    assert (line["action"], line["due_at"]) == (
        {"returns": "reply", "claims": "answer-claim"}[asked],
        "2026-03-15T07:00:00Z",
    )
    assert line["reason"].startswith("overdue") == overdue


def test_an_appeal_that_nobody_knows_the_time_of_comes_first(tmp_path):
    asked = ("claims", "K2", ORDER, "not-received", "2026-03-06T10:00:00Z", "20.00", "USD", *ASKED_FOR)
    lines = written(tmp_path, NOW, LISTED, SENT, ASKED, REPLIED, asked, (*CLAIM, "granted", "", ""))
    assert [(line["action"], line["due_at"]) for line in lines] == [
        ("appeal", ""),
        ("answer-claim", "2026-03-11T10:00:00Z"),
    ]


def test_an_appeal_of_a_grant_without_a_date_is_not_held_to_be_late():
    claim = (*CLAIM, "granted", "", "", "", "", "", "", "2026-03-09T10:00:00Z")
    outcome = run(LISTED, SENT, ASKED, REPLIED, claim)
    row = outcome.settled.claims.rows.to_dict("records")[0]
    assert (row["status"], row["counts_in_odr"], str(row["debited"])) == ("appealed", "yes", "20.00")
    assert not len(outcome.settled.action_items)
    assert "CLM-417" in {found.code for found in outcome.findings}


@pytest.mark.parametrize("currency", ["USD", ""])
def test_what_would_be_lost_in_an_unknown_currency_is_an_unknown_amount(currency, tmp_path):
    out = tables.run_night(
        tmp_path,
        encode([(*LISTED[:6], currency, *LISTED[7:]), (*SENT[:-1], "")]),
        dt.datetime.fromisoformat(NOW),
        tables.Options(),
    )
    exposed = json.loads((out / "reports/metrics.json").read_text("utf-8"))["exposure"]["any"]
    known = {"orders": 1, "amount_unknown": 0, "amounts": {"USD": "20.00"}}
    assert exposed == (known if currency else {"orders": 1, "amount_unknown": 1, "amounts": {}})


def test_what_amazon_fulfils_never_counts_and_costs_nothing():
    row = (
        "all-orders",
        ORDER,
        ITEM,
        "2026-02-20T10:00:00Z",
        "2026-03-01T10:00:00Z",
        "Shipped",
        "Shipped",
        "S",
        "1",
        "Amazon",
    )
    claim = (*CLAIM, "granted", "2026-03-08T10:00:00Z", "")
    judged = run(row, ASKED, REPLIED, claim).settled.claims.rows.to_dict("records")[0]
    assert (judged["counts_in_odr"], str(judged["debited"])) == ("no", "0.00")


def test_the_rate_says_what_it_knows_and_what_may_be_lost():
    odr = next(one for one in run(LISTED, ASKED, REPLIED, CLAIM).settled.metrics if one.name == "odr")
    assert (odr.numerator, odr.denominator, odr.known, odr.worst_case_rate) == (0, 1, {"claims"}, 1.0)
