"""The real files beside the project, where they are: read or refused as they should be, and confirmed line by line."""

import csv
import datetime as dt
import json
from collections import defaultdict

import pytest
from click.testing import CliRunner

from pipeline import cli

AS_OF = "2021-02-01T20:00:00Z"
CARRIER = {"ship-date": "2021-01-19", "carrier-code": "GLS"}
HEADER = (
    *("order-id", "order-item-id", "quantity", "ship-date", "carrier-code", "carrier-name", "tracking-number"),
    *("ship-method", "transparency_code", "ship_from_address_countrycode", "ship-to-address-1"),
)
ALL_ORDERS = """
amazon-order-id order-item-id purchase-date last-updated-date order-status fulfillment-channel sku
item-status quantity
"""


def run(*args):
    """Exit status of the program, which never ends in a traceback."""
    result = CliRunner().invoke(cli.main, [*map(str, args), "--no-ledger"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_a_night_of_unshipped_reports(samples, tmp_path):
    reports = sorted(samples.glob("unshipped_2021-01-18_*.txt"))
    assert run("run", *reports, "--as-of", "2021-01-18T07:00:00Z", "--out", tmp_path / "out") == 0
    orders = table(tmp_path / "out/reports/orders.tsv")
    assert len(orders) == 153
    assert {row["state"] for row in orders} == {"unshipped"}
    assert "error" not in {row["severity"] for row in table(tmp_path / "out/reports/findings.tsv")}


KINDS = {
    "unshipped_": "unshipped",
    "orders_": "orders",
    "all_orders_cancelled": "all-orders",
    "confirmation_": "confirmation",
    "cancellation_": "cancellation",
    "processing_report_": "processing-report",
    "returns_": "returns",
}
REFUSED = (
    "all_orders_2020",
    "fba_",
    "invloader",
    "price_",
    "encoding_",
    "carrier",
    "README",
    "processing_report_18021.xml",
)


def test_every_sample_is_read_or_refused_by_name(samples, tmp_path):
    assert run("run", samples, "--as-of", "2021-08-10T07:00:00Z", "--out", tmp_path / "out") == 1
    inputs = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))["inputs"]
    assert len(inputs) == len(list(samples.iterdir()))
    for one in inputs:
        if one["name"].startswith(REFUSED):
            assert one["kind"] is None, one
        else:
            assert one["kind"] == next(kind for start, kind in KINDS.items() if one["name"].startswith(start)), one
        fates = one["accepted"] + one["rejected"] + one["skipped"] + one["unreadable"]
        assert one["lines"] - one["header"] - one["blank"] == fates


def test_confirmations_of_another_seller_are_unknown_and_nothing_else(samples, tmp_path):
    uploads = sorted(samples.glob("confirmation_2021_*.txt"))
    reports = [word for report in sorted(samples.glob("unshipped_2021*.txt")) for word in ("--reports", report)]
    assert run("confirm", *uploads, *reports, "--as-of", "2021-08-10T07:00:00Z", "--out", tmp_path / "out") == 1
    said = [row for row in table(tmp_path / "out/reports/findings.tsv") if row["source_file"].startswith("confirm")]
    assert {row["code"] for row in said} == {"SHP-101"}
    assert len(said) == sum(len(upload.read_bytes().splitlines()) - 1 for upload in uploads)
    for upload in uploads:
        assert (tmp_path / "out/rejected" / upload.name).read_bytes() == upload.read_bytes()
    assert not (tmp_path / "out/feeds").exists()


def told(samples):
    """Rows of a confirmation over the real reports, with the codes that each must get and no other."""
    us = [row for row in table(samples / "unshipped_2021-01-18_US.txt") if row["quantity-purchased"] == "1"]
    once = {row["order-id"]: row for row in reversed(us)}
    fast = next(
        row for row in table(samples / "unshipped_2021-01-18_AU.txt") if row["ship-service-level"] == "Expedited"
    )
    orders = iter(once.values())
    old = table(samples / "unshipped_2018_AU_24cols.txt")[0]
    made = {
        "1": "111-0000000-0000001",
        "2": "111-0000000-0000002",
        "3": "111-0000000-0000003",
        "4": "111-0000000-0000004",
    }

    def row(codes="", order=None, **cells):
        order = order or next(orders)
        ids = {"order-id": order["order-id"], "order-item-id": order["order-item-id"]}
        ids["tracking-number"] = f"T-{order['order-id']}"
        return codes, ids | CARRIER | {name.replace("__", "-"): value for name, value in cells.items()}

    def other(number):
        return {"order-id": made[number], "order-item-id": ""}

    twice, parcel = next(orders), {"tracking__number": "SHARED"}
    return [
        row(),
        row(quantity="1"),
        row(order__item__id=""),
        row("FMT-001", ship__date=""),
        row("FMT-002", order__id="1-2-3"),
        row("FMT-003", ship__date="03/04/2021"),
        row("FMT-004", quantity="0"),
        row("FMT-006", carrier__code="Pigeon"),
        row("FMT-007", carrier__name="x" * 51),
        row("FMT-008", ship_from_address_countrycode="UK"),
        row("FMT-010", order__item__id="1.1E+13"),
        row("FMT-011 SHP-102", order__item__id="12345678901"),
        row("FMT-012", carrier__code="gls"),
        row("FMT-013", order__item__id="", quantity="1"),
        row("SHP-101", other("4")),
        row("SHP-102", order__item__id="10000000000001"),
        row("SHP-103", other("1")),
        row("SHP-104", other("2")),
        row("SHP-105", other("3")),
        row("SHP-106", quantity="9"),
        row("", twice),
        row("SHP-107", twice, ship__date="20210119"),
        row("SHP-108", ship__date="2021-01-01"),
        row("SHP-109 SHP-113", ship__date="2021-02-02"),
        row("SHP-110 SHP-113", old),
        row("SHP-111", carrier__code="Other"),
        row("SHP-112", tracking__number=""),
        row("SHP-113", ship__date="2021-01-30"),
        row("SHP-114", ship__to__address__1="1 Elsewhere Rd"),
        row("SHP-117", **parcel),
        row("SHP-117", **parcel),
        row("SHP-118", {"order-id": "111-0000000-0000005", "order-item-id": ""}),
        row("SHP-119", carrier__code="UPS", tracking__number="1Z999AA10123456785"),
        row("SHP-120", {"order-id": "111-0000000-0000006", "order-item-id": ""}),
        row("SHP-122", tracking__number="NULL"),
        row("SHP-123", fast, ship__method="Economy"),
    ]


def all_orders(path):
    """Orders in every state that the real Unshipped reports cannot show."""
    states = [
        ("1", "Pending", "Merchant", "Unshipped", "1"),
        ("2", "Cancelled", "Merchant", "Cancelled", "0"),
        ("3", "Shipped", "Merchant", "Shipped", "1"),
        ("5", "Shipping", "Amazon", "Unshipped", "1"),
        ("6", "Shipping", "Merchant", "Unshipped", "x"),
    ]
    lines = ["\t".join(ALL_ORDERS.split())]
    lines += [
        "\t".join(
            [
                f"111-0000000-000000{n}",
                f"1000000000000{n}",
                "2021-01-15T00:00:00+00:00",
                "2021-01-16T00:00:00+00:00",
                order,
                channel,
                "SKU",
                item,
                count,
            ]
        )
        for n, order, channel, item, count in states
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_one_line_for_each_rule(samples, tmp_path):
    rows = told(samples)
    upload = tmp_path / "confirm.txt"
    lines = ["\t".join(HEADER), *("\t".join(cells.get(name, "") for name in HEADER) for _, cells in rows)]
    upload.write_text("\n".join(lines) + "\n", encoding="utf-8")
    reports = [
        *samples.glob("unshipped_2021-01-18_*.txt"),
        samples / "unshipped_2018_AU_24cols.txt",
        all_orders(tmp_path / "all.txt"),
    ]
    given = [word for report in reports for word in ("--reports", report)]
    assert run("confirm", upload, *given, "--as-of", AS_OF, "--out", tmp_path / "out") == 1
    found = defaultdict(set)
    for one in table(tmp_path / "out/reports/findings.tsv"):
        if one["source_file"] == upload.name and one["code"] != "FIL-003":
            found[int(one["line"])].add((one["code"], one["severity"]))
    codes = {line: {code for code, _ in said} for line, said in found.items()}
    assert {line: codes.get(line, set()) for line in range(2, len(rows) + 2)} == {
        line: set(expected.split()) for line, (expected, _) in enumerate(rows, 2)
    }
    refused = {line for line, said in found.items() if "error" in {severity for _, severity in said}}
    feed = tmp_path / "out/feeds/shipping-confirmation-001.tsv"
    assert [row["order-id"] for row in table(feed)] == [
        cells["order-id"] for line, (_, cells) in enumerate(rows, 2) if line not in refused
    ]
    run("confirm", feed, *given, "--as-of", AS_OF, "--out", tmp_path / "again")
    again = [one for one in table(tmp_path / "again/reports/findings.tsv") if one["source_file"] == feed.name]
    assert {one["code"] for one in again} <= {"SHP-112", "SHP-113", "SHP-117", "SHP-119", "SHP-122", "SHP-123"}


@pytest.mark.parametrize("name", ["carrier-codes.txt"])
def test_the_carrier_list_is_the_feed_schemas(samples, name):
    from schemas import lists as schemas_lists

    of_schema = (samples / name).read_text(encoding="utf-8").split("\n")[:-1]
    assert list(schemas_lists.carrier_codes())[: len(of_schema)] == of_schema


def read(path):
    """Every order item of a real report as (order id, item id), with its purchase, its reporting and its promise."""
    names = ("purchase-date", "reporting-date", "promise-date")
    return {
        (row["order-id"], row["order-item-id"]): [dt.datetime.fromisoformat(row[name]) for name in names]
        for row in table(path)
    }


NIGHTS = (
    ("2021-01-18T07:00:00+00:00", ("2021-01-18_AU", "2021-01-18_CA", "2021-01-18_UK", "2021-01-18_US")),
    ("2021-01-19T07:00:00+00:00", ("2021-01-18_CA", "2021-01-18_US")),
    ("2021-03-07T07:00:00+00:00", ("2021-03-07_CA", "2021-03-07_UK")),
    ("2021-07-02T07:00:00+00:00", ("2021-07-02_CA",)),
    ("2021-08-06T07:00:00+00:00", ("2021-08-06_CA", "2021-08-06_UK", "2021-08-06_US")),
)


@pytest.mark.slow
def test_the_real_reports_as_nights_in_date_order(samples, tmp_path):
    (tmp_path / "account.toml").write_text('[reports]\nunshipped = "complete"\n', encoding="utf-8")
    held, lost, reviewed, processed = {}, set(), set(), set()
    for number, (as_of, names) in enumerate(NIGHTS):
        now, files = dt.datetime.fromisoformat(as_of), [samples / f"unshipped_{name}.txt" for name in names]
        words = ["--as-of", as_of, "--account", tmp_path / "account.toml", "--out", tmp_path / f"out{number}"]
        result = CliRunner().invoke(
            cli.main, [*map(str, ["run", *files, *words]), "--ledger", str(tmp_path / "ledger")]
        )
        assert result.exit_code == 0, result.output
        new_files = [file for file in files if file not in processed]  # the others say nothing new
        processed |= set(files)
        tonight = {item: dates for file in new_files for item, dates in read(file).items()}
        newest = max((reported for _, reported, _ in tonight.values()), default=None)
        held |= tonight
        late = {item for item, (bought, _, _) in held.items() if now > bought + dt.timedelta(days=30)}
        gone = {
            item
            for item, (bought, _, _) in held.items()
            if newest is not None
            and item not in late
            and item not in tonight
            and newest - dt.timedelta(days=38) <= bought < newest - dt.timedelta(minutes=30)
        }
        found = defaultdict(set)
        for row in table(tmp_path / f"out{number}/reports/findings.tsv"):
            found[row["code"]].add((row["order_id"], row["order_item_id"]))
        assert found["LIF-206"] == gone
        reviewed = (reviewed | gone) - tonight.keys()
        assert found["LIF-202"] == late - lost
        assert bool(found["LIF-207"]) == (number > 1)
        todo = table(tmp_path / f"out{number}/reports/worklist.tsv")
        due = {item: f"{promise:%Y-%m-%dT%H:%M:%SZ}" for item, (_, _, promise) in held.items() if item not in late}
        for action, code in (("ship", ("", "LIF-204")), ("review", ("LIF-206",))):
            told = [row for row in todo if row["action"] == action and row["code"] in code]
            assert {(row["order_id"], row["order_item_id"]): row["due_at"] for row in told} == {
                item: promise for item, promise in due.items() if (item in reviewed) == (action == "review")
            }
        lost |= late
    assert len(lost) > 160
