"""CLM-413 on either side of its boundary: a table of fixtures/rules is one seller, and this takes several."""

import datetime as dt

import pytest

from tests import tables

ORDERS = (
    "order-id order-item-id purchase-date sku quantity-purchased currency item-price latest-ship-date "
    "latest-delivery-date"
)
CLAIMS = "claim-id order-id claim-type claim-date claim-amount currency decision decision-date funded-by"


DEFECT = ("D1", "111-0000000-0000000", "negative-feedback", "2026-03-05")


def text(header, rows):
    return "".join("\t".join(row) + "\n" for row in [header.split(), *rows]).encode()


def instant(days):
    return (tables.AS_OF - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def rate(orders, granted, denied=0):
    """What is said of the order defect rate of so many orders, some with a claim."""
    ids = [f"111-0000000-{number:07d}" for number in range(orders)]
    listed = [
        (one, f"1{at:013d}", instant(9), "S", "1", "USD", "20.00", instant(-5), instant(-9))
        for at, one in enumerate(ids)
    ]
    files = {"orders.txt": text(ORDERS, listed)}
    told = [("granted", "seller")] * granted + [("denied", "")] * denied
    if told:
        claims = [
            (f"K{at}", ids[at], "not-received", instant(3), "20.00", "USD", decision, instant(2), funded)
            for at, (decision, funded) in enumerate(told)
        ]
        files["claims.txt"] = text(CLAIMS, claims)
    outcome = tables.run(files)
    metric = next(one for one in outcome.settled.metrics if one.name == "odr")
    assert (metric.numerator, metric.denominator) == (granted, orders)
    found = outcome.settled.findings
    return found.loc[found["code"] == "CLM-413", "message"].tolist()


@pytest.mark.parametrize(
    ("orders", "granted", "denied", "left"),
    [
        pytest.param(100, 1, 0, "it is missed", id="at the target of 1 %"),
        pytest.param(99, 1, 0, "it is missed", id="above the target"),
        pytest.param(101, 1, 0, "one more defect misses it", id="below it, and one defect away"),
        pytest.param(200, 1, 0, "one more defect misses it", id="the last number of orders that is one defect away"),
        pytest.param(201, 1, 0, "", id="one order more, and it is two defects away"),
        pytest.param(100, 0, 1, "one more defect misses it", id="a claim that does not count, and one defect away"),
        pytest.param(101, 0, 1, "", id="a claim that does not count, and two defects away"),
        pytest.param(100, 0, 0, "", id="one defect away, and no claim at all"),
    ],
)
def test_the_rate_is_told_from_one_defect_before_its_target(orders, granted, denied, left):
    found = rate(orders, granted, denied)
    assert [message.rpartition(": ")[2] for message in found] == [left] * bool(left)


@pytest.mark.parametrize(
    ("defects", "title", "at_risk"),
    [
        pytest.param([], "A-to-z part of the order defect rate", "0 of 1 in 60 days, 100.00 %", id="claims alone"),
        pytest.param([DEFECT], "Order defect rate", "1 of 1 in 60 days<", id="feedback, too"),
    ],
)
def test_the_page_calls_the_rate_by_what_is_known_of_it(defects, title, at_risk, tmp_path):
    order = ("111-0000000-0000000", f"1{0:013d}", instant(9), "S", "1", "USD", "20.00", instant(-5), instant(-9))
    claim = ("K1", order[0], "not-received", instant(3), "20.00", "USD", "", "", "")
    files = {"orders.txt": text(ORDERS, [order]), "claims.txt": text(CLAIMS, [claim])}
    if defects:
        files["defects.txt"] = text("defect-id order-id defect-type defect-date", defects)
    page = (tables.run_night(tmp_path, files, tables.AS_OF, tables.Options()) / "report.html").read_text("utf-8")
    assert title in page
    assert ("A-to-z part" in page) == (not defects)
    assert at_risk in page
