"""What the worklist asks to do about an item in place of shipping it (SPEC §4, 7)."""

import datetime as dt

import pytest
from click.testing import CliRunner

from pipeline import cli
from tests import tables

ITEM = ("order-id", "order-item-id", "purchase-date", "reporting-date", "promise-date")
BOUGHT, REPORTED, PROMISED = "2026-03-01T10:00:00Z", "2026-03-05T06:00:00Z", "2026-03-20T10:00:00Z"


def written(tmp_path, nights):
    """The worklist of the last of the nights on one ledger; each is its as-of and the files of it, a table a kind."""
    for as_of, files in nights:
        data = {
            f"{kind}.txt": "".join("\t".join(cells) + "\n" for cells in rows).encode() for kind, rows in files.items()
        }
        out = tables.run_night(tmp_path, data, dt.datetime.fromisoformat(as_of), tables.Options())
    header, *lines = (line.split("\t") for line in (out / "reports/worklist.tsv").read_text("utf-8").splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


def unshipped(*rows, more=()):
    """An Unshipped Orders report of the short order numbers, each with its further cells."""
    report = [(*ITEM, "sku", "quantity-purchased", "quantity-shipped", "quantity-to-ship", *more)]
    for number, *cells in rows:
        ids = f"111-0000000-000000{number}", f"1000000000000{number}"
        report.append((*ids, BOUGHT, REPORTED, PROMISED, "S", "1", "0", "1", *cells))
    return report


def told(lines):
    return [(line["action"], line["order_id"][-1], line["code"], line["due_at"]) for line in lines]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("false", ""), [("ship", "1", "", PROMISED)]),
        (("true", ""), [("cancel", "1", "SHP-125", PROMISED)]),
        (("", "Easy Ship"), []),
        (("true", "Easy Ship"), [("cancel", "1", "SHP-125", PROMISED)]),
    ],
)
def test_a_wish_to_cancel_and_easy_ship_stand_in_place_of_shipping(tmp_path, cells, expected):
    more = ("is-buyer-requested-cancellation", "fulfilled-by")
    report = unshipped((1, *cells), more=more)
    assert told(written(tmp_path, [("2026-03-09T07:00:00Z", {"unshipped": report})])) == expected


@pytest.mark.slow
def test_what_vanished_is_reviewed_and_not_shipped_until_it_is_listed_again(tmp_path):
    both, other = unshipped((1,), (2,)), unshipped((2,))
    nights = [("2026-03-09T07:00:00Z", {"unshipped": both}), ("2026-03-10T07:00:00Z", {"unshipped": other})]
    reviewed = [("review", "1", "LIF-206", PROMISED), ("ship", "2", "", PROMISED)]
    assert told(written(tmp_path / "two", nights)) == reviewed
    third = ("2026-03-10T08:00:00Z", {"unshipped": unshipped((2,), (3,))})
    assert told(written(tmp_path / "three", [*nights, third]))[:2] == reviewed
    again = ("2026-03-10T08:00:00Z", {"unshipped": unshipped((2,), (1,))})
    assert {line[0] for line in told(written(tmp_path / "again", [*nights, again]))} == {"ship"}


def test_the_buyers_wish_goes_before_a_review(tmp_path):
    mark = ("is-buyer-requested-cancellation",)
    nights = [
        ("2026-03-09T07:00:00Z", {"unshipped": unshipped((1, "true"), (2, ""), more=mark)}),
        ("2026-03-10T07:00:00Z", {"unshipped": unshipped((2, ""), more=mark)}),
    ]
    assert told(written(tmp_path, nights))[0][:3] == ("cancel", "1", "SHP-125")


@pytest.mark.parametrize(("as_of", "is_old"), [("2026-03-10T07:00:00Z", False), ("2026-03-10T07:00:01Z", True)])
def test_old_evidence_is_verified_before_it_is_shipped(tmp_path, as_of, is_old):
    stock = [("sku", "quantity", "counted-at"), ("S", "5", BOUGHT)]
    nights = [("2026-03-09T07:00:00Z", {"unshipped": unshipped((1,))}), (as_of, {"stock": stock})]
    (line,) = written(tmp_path, nights)
    assert line["action"] == "ship"
    assert ("verify" in line["reason"]) == is_old


def test_a_confirmation_that_never_arrived_is_to_be_confirmed(tmp_path):
    confirmation = [
        ("order-id", "order-item-id", "quantity", "ship-date", "carrier-code", "carrier-name", "tracking-number"),
        ("111-0000000-0000001", "10000000000001", "1", "2026-03-06", "OnTrac", "", "T1"),
    ]
    later = unshipped((1,), (2,))
    later[2] = (*later[2][:3], "2026-03-08T07:00:01Z", *later[2][4:])
    nights = [
        ("2026-03-07T07:00:00Z", {"unshipped": unshipped((1,)), "confirmation": confirmation}),
        ("2026-03-08T08:00:00Z", {"unshipped": later}),
    ]
    assert ("confirm", "1", "LIF-215", "2026-03-31T10:00:00Z") in told(written(tmp_path, nights))


def test_what_amazon_refused_is_confirmed_again_and_not_shipped_twice(tmp_path):
    """Night after night, until it is confirmed again; what was never confirmed is shipped."""
    columns = ("order-id", "order-item-id", "quantity", "ship-date", "carrier-code", "tracking-number")
    sent = [columns, ("111-0000000-0000001", "10000000000001", "1", "2026-03-08", "GLS", "T1")]
    answer = [
        ("Feed Processing Summary:",),
        ("", "Number of records processed", "", "1"),
        ("", "Number of records successful", "", "0"),
        ("",),
        ("original-record-number", "order-id", "order-item-id", "error-code", "error-type", "error-message"),
        ("1", "111-0000000-0000001", "", "18028", "Error", "Your order cannot be found."),
    ]
    nights = [
        ("2026-03-09T07:00:00Z", {"unshipped": unshipped((1,), (2,)), "confirmation": sent}),
        ("2026-03-10T07:00:00Z", {"processing-report": answer}),
        ("2026-03-10T08:00:00Z", {"unshipped": unshipped((1,), (2,), (3,))}),
    ]
    for number, last in ((2, "answered"), (3, "later")):
        lines = written(tmp_path / last, nights[:number])
        assert {line["action"] for line in lines} == {"ship"}
        refused = [line["order_id"][-1] for line in lines if "do not ship it twice" in line["reason"]]
        assert refused == ["1"]
    again = ("2026-03-10T09:00:00Z", {"confirmation": sent})
    assert "1" not in {line["order_id"][-1] for line in written(tmp_path / "again", [*nights, again])}


CANCELED = [
    (
        "TemplateType=OrderCancellation",
        "Version=1.0/1.0.3",
        "This row for Amazon.com use only.  Do not modify or delete.",
    ),
    ("order-id", "cancellation-reason-code", "amazon-order-item-code"),
    ("111-0000000-0000001", "NoInventory", "10000000000001"),
]


@pytest.mark.parametrize("is_uploaded", [False, True])
def test_what_we_canceled_and_is_wanted_all_the_same_is_not_shipped_before_a_decision(tmp_path, is_uploaded):
    """Its cancellation may never have reached Amazon: then the seller has sold what is not there."""
    newer = [
        *unshipped((1,), (3,)),
        ("111-0000000-0000002", "10000000000002", BOUGHT, "2026-03-10T06:00:00Z", *("",) * 5),
    ]
    first = ("2026-03-09T07:00:00Z", {"unshipped": unshipped((1,), (3,)), "cancellation": CANCELED})
    last = ("2026-03-10T07:00:01Z", {"unshipped": newer})
    if is_uploaded:
        written(tmp_path, [first])
        words = ["feeds", "uploaded", "1", "--ledger", str(tmp_path / "ledger"), "--as-of", "2026-03-09T08:00:00Z"]
        assert CliRunner().invoke(cli.main, words).exit_code == 0
    lines = {line["order_id"][-1]: line for line in written(tmp_path, [last] if is_uploaded else [first, last])}
    assert (lines["1"]["action"], lines["1"]["code"], lines["1"]["due_at"]) == ("ship", "LIF-214", PROMISED)
    says = "order-cancellation of run 1 cancels it, and nobody is known to have uploaded that: do not ship before you"
    assert lines["1"]["reason"].startswith("you canceled it, and Amazon still wants it" if is_uploaded else says)
    assert (lines["3"]["code"], lines["3"]["reason"]) == ("", "ship by the promised date")
    summary = " ".join(next(tmp_path.glob("20260310*/out/reports/summary.txt")).read_text("utf-8").split())
    assert "Decide, before you ship, about 1 order item that you canceled" in summary
    assert "Ship 1 order item" in summary
