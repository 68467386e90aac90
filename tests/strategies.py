"""Made-up nights: few orders, few items and few ids, so that the lines of a night collide as often as can be.

``night(pick, orders)`` asks ``pick`` to choose wherever there is a choice: ``random.Random(seed).choice`` makes big
nights at once, ``drawn(data)`` lets hypothesis choose, and shrink what it chose.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Pick = Callable[[Sequence[Any]], Any]
Row = dict[str, str]

HEADERS = {
    "unshipped": (
        *("order-id", "order-item-id", "purchase-date", "reporting-date", "promise-date", "sku"),
        *("quantity-purchased", "quantity-shipped", "quantity-to-ship", "sales-channel"),
    ),
    "orders": ("order-id", "order-item-id", "purchase-date", "sku", "quantity-purchased", "currency", "sales-channel"),
    "all-orders": (
        *("amazon-order-id", "order-item-id", "purchase-date", "last-updated-date", "order-status"),
        *("fulfillment-channel", "sales-channel", "sku", "item-status", "quantity"),
    ),
    "confirmation": (
        *("order-id", "order-item-id", "quantity", "ship-date", "carrier-code", "carrier-name", "tracking-number"),
        *("ship-method", "ship_from_address_countrycode"),
    ),
    "cancellation": ("order-id", "cancellation-reason-code", "amazon-order-item-code"),
}
# (order-status, item-status): those that reports have been seen to hold, and one that nobody knows.
STATUSES = (
    *(("Pending", "Unshipped"), ("Shipping", "Unshipped"), ("Shipping", "Shipped"), ("Shipped", "Shipped")),
    *(("Cancelled", "Cancelled"), ("Shipping", "Cancelled"), ("Unfulfillable", "Unfulfillable")),
)
AS_OFS = ("2026-03-10T07:00:00", "2026-03-10T06:59:59", "2026-03-29T22:00:00", "2026-03-09T15:00:00")
CHANNELS = ("", "Amazon.com", "Amazon.de", "Amazon.co.jp")


@dataclass
class Night:
    """The rows of a night's files, by file name; the name begins with the kind."""

    as_of: dt.datetime
    marketplace: str
    complete: bool
    files: dict[str, list[Row]] = field(default_factory=dict)
    ages: dict[str, int] = field(default_factory=dict)  # in hours, of the newest that each report can say

    @property
    def account(self) -> str:
        """The account.toml of the night."""
        return (
            f'marketplace = "{self.marketplace}"\n[reports]\nunshipped = "{"complete" if self.complete else "partial"}"'
        )

    def written(self) -> dict[str, bytes]:
        """The files as bytes."""
        return {name: written(name.removesuffix(".txt").split("_")[0], rows) for name, rows in self.files.items()}

    def put(self, file: str, row: Row) -> None:
        """One more row in a file."""
        self.files.setdefault(file, []).append(row)


def written(kind: str, rows: Sequence[Row]) -> bytes:
    """A file of the kind with the rows."""
    names = HEADERS[kind]
    lines = ["\t".join(names), *("\t".join(row.get(name, "") for name in names) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def drawn(data: st.DataObject) -> Pick:
    """A pick that hypothesis makes."""
    return lambda options: data.draw(st.sampled_from(list(options)))


def night(pick: Pick, orders: int) -> Night:
    """A night of that many orders."""
    as_of = dt.datetime.fromisoformat(pick(AS_OFS)).replace(tzinfo=dt.UTC)
    made = Night(as_of, pick(("Amazon.com", "Amazon.de", "Amazon.co.jp")), pick((False, False, True)))
    made.ages = {
        f"{kind}{more}": pick((1, 2, 3)) for kind in ("unshipped", "all-orders", "orders") for more in ("", "_b")
    }
    for number in range(1, orders + 1):
        _order(made, pick, f"{100 + number // 9000:03}-{number % 9000:07}-0000001", number)
    return made


def _order(made: Night, pick: Pick, order: str, number: int) -> None:
    """The rows of all files about one order."""
    skus = {"1": "A", "2": pick("AB")}
    bought = {item: _bought(made.as_of, pick) for item in "12"}
    common = {"order-id": order, "amazon-order-id": order, "sales-channel": pick(CHANNELS), "currency": "USD"}
    with_ids = pick((True, True, False))
    for _ in range(pick((0, 1, 1, 2, 2, 3, 4))):
        item, kind = pick("112"), pick(("unshipped", "unshipped", "orders", "all-orders"))
        row = common | {"order-item-id": _item(item), "sku": skus[item], "purchase-date": bought[item]}
        row |= {"quantity-purchased": pick("1223")}
        _report_row(made, pick, kind, row, with_ids=with_ids)
    for _ in range(pick((1, 1, 2, 2, 3, 4))):
        made.put(pick(("confirmation.txt", "confirmation_b.txt")), _confirmation(made.as_of, pick, order, number))
    if pick((True, False, False, False, False)):
        item = pick(("", "1", "2"))
        reason = pick(("NoInventory", "NoInventory", "", "Whatever") if item else ("", "", "NoInventory"))
        row = {"order-id": order, "amazon-order-item-code": _item(item), "cancellation-reason-code": reason}
        made.put("cancellation.txt", row)


def _bought(as_of: dt.datetime, pick: Pick) -> str:
    midnight = as_of.replace(hour=0, minute=0, second=0)
    second, day, hour = dt.timedelta(seconds=1), dt.timedelta(days=1), dt.timedelta(hours=1)
    choice = pick(
        (
            *(as_of - 30 * day, as_of - 30 * day - second, as_of - 31 * day, as_of - 5 * day, as_of - 5 * day),
            *(midnight - 2 * day + 8 * hour, midnight - 2 * day + 7 * hour, midnight - 2 * day - second + 8 * hour),
            *(midnight - 2 * day + 15 * hour, midnight - 2 * day + 23 * hour, as_of - hour, as_of - 2 * day),
        )
    )
    return instant(choice)


def instant(when: dt.datetime) -> str:
    """An instant as reports spell it."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _item(item: str) -> str:
    return f"1000000000000{item}" if item else ""


def _report_row(made: Night, pick: Pick, kind: str, row: Row, *, with_ids: bool) -> None:
    report = f"{kind}{pick(('', '', '_b'))}"
    made_at = instant(made.as_of - dt.timedelta(hours=made.ages[report] + pick((0, 0, 1, 29))))
    if pick((False,) * 6 + (True,)):
        row |= pick(({"sku": ""}, {"order-item-id": "abc"}, {"quantity-purchased": "x"}, {"purchase-date": "soon"}))
    if kind == "unshipped":
        shipped = pick("00012")
        promise = made.as_of + dt.timedelta(days=1) * pick((-2, -1, 0, 1, 4))
        row |= {"reporting-date": made_at, "promise-date": instant(promise), "quantity-shipped": shipped}
        row |= {"quantity-to-ship": "1"}
    if kind == "all-orders":
        order_status, item_status = pick(STATUSES)
        row |= {"last-updated-date": made_at, "order-status": order_status, "item-status": item_status}
        row |= {"quantity": row["quantity-purchased"], "fulfillment-channel": pick(("Merchant",) * 4 + ("Amazon",))}
        row |= {} if with_ids else {"order-item-id": ""}
    made.put(f"{report}.txt", row)


def _confirmation(as_of: dt.datetime, pick: Pick, order: str, number: int) -> Row:
    day = as_of.date() + dt.timedelta(days=pick((-1, -1, -1, -1, -1, -2, 0, 0, 1, -6)))
    strange = f"{pick('23')}00-{number:07}-0000009"
    fine = pick((True, True, True, False))  # else every cell may be wrong
    return {
        "order-id": order if fine else pick((order,) * 8 + (strange, "", "123")),
        "order-item-id": pick(
            ("", "", *(_item(item) for item in "11122"), *(() if fine else ("abc", "1.1E+13", _item("3"))))
        ),
        "quantity": pick(("", "", "1", "1", "2", *(() if fine else ("3", "0", "x")))),
        "ship-date": pick(
            (day.strftime("%Y-%m-%d"),) * 4
            + (day.strftime("%Y%m%d"), day.strftime("%Y/%m/%d"), *(() if fine else ("", "?")))
        ),
        "carrier-code": pick(("OnTrac",) * 5 + (() if fine else ("GLS", "ontrac", "Other", "Pigeon", ""))),
        "carrier-name": pick(("",) if fine else ("", "", "X", "X" * 51)),
        "tracking-number": pick((f"T{number}", f"T{number}", f"P{number}", "", "NULL")),
        "ship_from_address_countrycode": pick(("",) if fine else ("", "", "UK")),
    }


# --- laws


def law(examples: int, *drawn_from: st.SearchStrategy[Any], often: int = 100) -> Callable[[Callable[..., None]], Any]:
    """A law as a test of so many drawn examples, and of ``often`` in the slow suite."""

    def to_test(check: Callable[..., None]) -> Any:
        def test(examples: int) -> None:
            settings(max_examples=examples)(given(*drawn_from)(check))()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return pytest.mark.parametrize("examples", [examples, pytest.param(often, marks=pytest.mark.slow)])(test)

    return to_test


# --- any bytes


def lines_of(rows: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Lines joined by whatever may end one, or almost."""
    ends = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r", b"\r\r\n", b"\n\n", b"\n\t\t\n"])
    return st.lists(st.tuples(rows, ends), max_size=12).map(lambda parts: b"".join(line + end for line, end in parts))


SCRAPS = st.sampled_from(
    [
        *(
            b"",
            b"\n",
            b"\r\n",
            b" ",
            b"\t",
            b"\t\t\t",
            b"\x00",
            b"\x0b",
            b"\r",
            b"\x1f",
            b'"',
            b"\\",
            b"\xef\xbb\xbf",
            b"\xff",
            b"\x81",
        ),
        *(b"\xc3\xa9", b"\xe2\x80\xa8", b"\xc2\x85", b"\xc2\xa0", b"\xf0\x9f\x9a\x9a", b"\xed\xa0\x80", b"\x81\x40"),
        *(b"NULL", b"NaN", b"1.1E+13", b"46090", b"-1", b"2026-03-09", b"x" * 300, b"\xe3\x80\x80", b"'", b"=1+1"),
    ]
)
NOISE = lines_of(st.binary(max_size=40) | st.lists(SCRAPS, max_size=8).map(b"".join))


@st.composite
def spoiled(draw: st.DrawFn, whole: bytes) -> bytes:
    """A good file with a few of its bytes cut out, doubled, or with scraps put in."""
    data = whole
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        upto = min(len(data), at + draw(st.sampled_from([0, 0, 0, 1, 1, 5, 80])))
        data = data[:at] + draw(SCRAPS) + data[at if draw(st.booleans()) else upto :]
    return data
