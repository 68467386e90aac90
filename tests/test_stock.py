"""What the orders leave of the stock counted: what the offer shows, and what is to be restocked (SPEC §4, Stock).

Each case is one sku, ``A``: its counts, and its orders as they come night after night. The codes have their tables,
fixtures/rules/INV-*.tsv.
"""

import datetime as dt

import pytest

from pipeline.app import resources
from tests import tables

NIGHTS = [dt.datetime(2026, 3, day, 7, tzinfo=dt.UTC) for day in (9, 10)]
COUNTED = "2026-03-01T00:00:00Z"
AFTER, A_SECOND_AFTER = "2026-03-02T10:00:00Z", "2026-03-01T00:00:01Z"
STILL_OPEN, AUTO_CANCELED = "2026-02-08T07:00:00Z", "2026-02-08T06:59:59Z"  # on the second night
EARLY = "2026-02-01T00:00:00Z"


def count(units, at=COUNTED, sku="A"):
    return "stock", {"sku": sku, "quantity": str(units), "counted-at": at}


def order(number, units, bought=AFTER, **cells):
    ids = {"order-id": str(number), "order-item-id": str(number)}
    return "unshipped", {**ids, "sku": "A", "quantity-purchased": str(units), "purchase-date": bought, **cells}


def amazon_says(number, status, units=2, bought=AFTER):
    _, cells = order(number, units, bought)
    item = {"Pending": "Unshipped", "Shipping": "Unshipped"}.get(status, status)
    return "all-orders", {**cells, "order-status": status, "item-status": item}


def canceled(number):
    return "cancellation", {"order-id": str(number)}


def night(home, rows, as_of=NIGHTS[1]):
    """A night of these rows; the folder of what it wrote."""
    kinds = dict.fromkeys(kind for kind, _ in rows)
    files = {f"{one}.txt": tables._written(one, [row for kind, row in rows if kind == one], as_of) for one in kinds}
    return tables.run_night(home, files, as_of, tables.Options())


def cells(path):
    """The rows of a table that was written; none where there is no such file."""
    header, *rows = path.read_text("utf-8").splitlines() if path.is_file() else [""]
    return [dict(zip(header.split("\t"), row.split("\t"), strict=True)) for row in rows]


def offers(out):
    return {row["sku"]: row["quantity"] for row in cells(out / "feeds/stock.tsv")}


# By what is special about a sku: its counts and orders, and the offer that follows.
OFFERS = {
    "nothing ordered": ([count(5)], "5"),
    "orders add up": ([count(5), order(1, 2), order(2, 1)], "2"),
    "bought at the moment of the count": ([count(5), order(1, 2, COUNTED)], "5"),
    "bought a second later": ([count(5), order(1, 2, A_SECOND_AFTER)], "3"),
    "sold out": ([count(2), order(1, 2)], "0"),
    "oversold, and never below nothing": ([count(1), order(1, 2)], "0"),
    "a pending order takes stock": ([count(5), amazon_says(1, "Pending")], "3"),
    "and what was shipped since the count": ([count(5), amazon_says(1, "Shipped")], "3"),
    "a canceled order takes none": ([count(5), amazon_says(1, "Cancelled")], "5"),
    "nor one that this run cancels": ([count(5), order(1, 2), canceled(1)], "5"),
    "thirty days old to the second": ([count(5, EARLY), order(1, 2, STILL_OPEN)], "3"),
    "a second older: auto-canceled": ([count(5, EARLY), order(1, 2, AUTO_CANCELED)], "5"),
    "the later of two counts": ([count(5), count(9, AFTER)], "9"),
    "wherever it stands": ([count(9, AFTER), count(5)], "9"),
    "of two counts of one moment the last line": ([count(5), count(9)], "9"),
}


@pytest.fixture(scope="module")
def offers_of_all(tmp_path_factory):
    """The offer of each of OFFERS in one night of them all: each has a sku and order ids of its own."""
    rows = []
    for number, (own_rows, _) in enumerate(OFFERS.values(), 1):
        for kind, row in own_rows:
            ids = {name: f"{number}{row[name]}" for name in ("order-id", "order-item-id") if name in row}
            rows.append((kind, row | ids | ({"sku": f"S{number}"} if "sku" in row else {})))
    made = offers(night(tmp_path_factory.mktemp("offers"), rows))
    return {name: made.get(f"S{number}") for number, name in enumerate(OFFERS, 1)}


@pytest.mark.parametrize("name", OFFERS)
def test_the_offer_shows_what_is_left(name, offers_of_all):
    _, expected = OFFERS[name]
    assert offers_of_all[name] == expected


def test_each_sku_counted_is_offered_and_no_other(tmp_path):
    others = [order(2, 3, sku="B"), order(3, 1, sku="not counted")]
    out = night(tmp_path, [count(4, sku="B"), count(5), order(1, 2), *others])
    assert list(offers(out).items()) == [("A", "3"), ("B", "1")]


def test_without_a_count_there_is_no_offer(tmp_path):
    assert not (night(tmp_path, [order(1, 2)]) / "feeds/stock.tsv").exists()


def test_orders_of_earlier_nights_are_taken_off_too(tmp_path):
    night(tmp_path, [order(1, 2), order(2, 1), order(3, 1, EARLY)], NIGHTS[0])
    out = night(tmp_path, [count(9), order(4, 1), amazon_says(2, "Cancelled", 1)])
    assert offers(out) == {"A": "6"}


def restock(out):
    lines = [row for row in cells(out / "reports/worklist.tsv") if row["action"] == "restock"]
    return [(row["sku"], row["quantity"], row["due_at"]) for row in lines]


FIRST, SECOND = "2026-03-12T10:00:00Z", "2026-03-13T10:00:00Z"


@pytest.mark.parametrize(
    ("units", "lines"),
    [
        pytest.param(4, [], id="nothing lacks"),
        pytest.param(3, [("A", "1", FIRST)], id="one lacks"),
        pytest.param(1, [("A", "3", FIRST)], id="three lack"),
    ],
)
def test_what_lacks_is_to_be_restocked_by_the_first_open_promise(units, lines, tmp_path):
    promises = {1: SECOND, 2: FIRST}
    orders = [order(number, 2, **{"promise-date": promise}) for number, promise in promises.items()]
    gone = order(3, 2, **{"promise-date": "2026-03-11T10:00:00Z"})
    assert restock(night(tmp_path, [count(units), *orders, gone, canceled(3)])) == lines


def test_the_orders_of_every_bucket_take_stock(tmp_path, monkeypatch):
    """Six orders spread over buckets: each takes a unit of every sku, and is the first to be due for one of them."""
    monkeypatch.setattr(resources, "choose_bucket_count", lambda *_: 5)
    numbers = range(1, 7)
    items = [
        order(
            number,
            1,
            **{
                "order-item-id": f"{number}{sku}",
                "sku": f"S{sku}",
                "promise-date": FIRST if sku == number else SECOND,
            },
        )
        for number in numbers
        for sku in numbers
    ]
    out = night(tmp_path, [*(count(5, sku=f"S{sku}") for sku in numbers), *items])
    assert offers(out) == {f"S{sku}": "0" for sku in numbers}
    assert sorted(restock(out)) == [(f"S{sku}", "1", FIRST) for sku in numbers]


def test_a_sku_counted_as_none_is_out_of_stock_and_was_not_sold(tmp_path):
    """What was never ordered is not said to be sold (INV-302)."""
    out = night(tmp_path, [count(0)])
    (finding,) = [one for one in cells(out / "reports/findings.tsv") if one["code"] == "INV-302"]
    assert finding["message"] == "A is out of stock: 0 counted, 0 ordered since"
    assert "sold" not in finding["hint"]
