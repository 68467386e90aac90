"""What is to be done about claims and buyers, line by line: the worked examples of the contract's second edition."""

import datetime as dt

import pandas as pd
import pytest

from tests import tables

ORDER, ITEM = "111-0000000-0000001", "10000000000001"
HEADERS = {
    "orders": "order-id order-item-id purchase-date sku quantity-purchased currency item-price latest-ship-date "
    "latest-delivery-date",
    "all-orders": "amazon-order-id order-item-id purchase-date last-updated-date order-status item-status sku quantity "
    "fulfillment-channel",
    "confirmation": "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number",
    "contacts": "contact-id order-id sent-date direction channel topic resolved-date",
    "claims": "claim-id order-id claim-type claim-date claim-amount currency decision decision-date funded-by "
    "info-requested-date info-answered-date refund-date refund-amount",
    "returns": "Order ID\tReturn request date\tReturn request status\tA-to-Z Claim\tReturn delivery date\t"
    "Order Amount\tRefunded Amount\tCurrency code",
}
LISTED = ("orders", ORDER, ITEM, "2026-02-20T10:00:00Z", "S", "1", "USD", "20.00", "2026-02-25T07:59:59Z", "")
SENT = ("confirmation", ORDER, ITEM, "1", "2026-02-23", "OnTrac", "", "TRACK1")
ASKED = ("contacts", "C1", ORDER, "2026-03-02T10:00:00Z", "buyer", "message", "delivery")
REPLIED = ("contacts", "C2", ORDER, "2026-03-02T11:00:00Z", "seller", "message", "delivery")
CLAIM = ("claims", "K1", ORDER, "not-received", "2026-03-06T10:00:00Z", "20.00", "USD")
_TITLES = {kind: header.split("\t" if kind == "returns" else " ") for kind, header in HEADERS.items()}


def run(*rows, as_of="2026-03-10T07:00:00Z", **options):
    """What is found and what there is to do about rows of files."""
    files = {}
    for kind, *cells in rows:
        lines = files.setdefault(f"{kind}.txt", ["\t".join(_TITLES[kind])])
        lines.append("\t".join([*cells, *[""] * (len(_TITLES[kind]) - len(cells))]))
    encoded = {name: ("\n".join(lines) + "\n").encode() for name, lines in files.items()}
    return tables.run(encoded, tables.Options(as_of=dt.datetime.fromisoformat(as_of), **options))


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
