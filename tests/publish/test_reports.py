import datetime as dt
import json
import re
import zoneinfo
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.model import action_items, calendar, findings
from pipeline.publish.reports import item_actions, orders, worklist, worklist_order, worklist_rows
from pipeline.utils import arrow, dtypes
from schemas.unshipped import KIND as UNSHIPPED

ORDERS = ["order-id", "order-item-id", "purchase-date", "sku", "quantity-purchased", "currency", "item-price"]
ALL_ORDERS = (
    "amazon-order-id order-item-id purchase-date last-updated-date order-status item-status sku quantity".split()
)
AS_OF = dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC)


def new_order(night, number, **cells):
    """A line of an Orders report, which gives no promise."""
    return {
        "order-id": night.order(number),
        "order-item-id": night.item(number),
        "purchase-date": "2026-03-08T10:00:00+00:00",
        "sku": "SKU-1",
        "quantity-purchased": "1",
        "currency": "EUR",
    } | {name.replace("_", "-"): value for name, value in cells.items()}


def test_every_order_item(night):
    night.report([2, 1], quantity_shipped="1", quantity_to_ship="1")
    night.confirm([1], quantity="1")
    night.publish()
    first, second = night.rows("reports/orders.tsv")
    assert first == {
        "order_id": night.order(1),
        "order_item_id": night.item(1),
        "sku": "SKU-1",
        "state": "shipped",
        "purchase_date": "2026-03-08T10:00:00Z",
        "released_at": "2026-03-08T10:31:00Z",
        "promise_date": "2026-03-12T06:59:59Z",
        "confirm_by": "2026-04-07T10:00:00Z",
        "quantity_purchased": "2",
        "quantity_shipped": "2",
        "quantity_confirmed": "1",
        "quantity_remaining": "0",
        "fulfillment_channel": "Merchant",
        "sales_channel": "",
        "first_seen": "2026-03-10T07:00:00Z",
        "last_seen": "2026-03-10T07:00:00Z",
    }
    assert (second["order_id"], second["state"]) == (night.order(2), "partially-shipped")


def test_pending_orders_are_not_released(night):
    row = {
        "amazon-order-id": night.order(1),
        "order-item-id": night.item(1),
        "purchase-date": "2026-03-08T10:00:00+00:00",
        "last-updated-date": "2026-03-08T10:05:00+00:00",
        "order-status": "Pending",
        "item-status": "Unshipped",
        "sku": "SKU-1",
        "quantity": "1",
    }
    night.table("all.txt", ALL_ORDERS, [row])
    night.publish()
    (told,) = night.rows("reports/orders.tsv")
    assert (told["state"], told["released_at"], told["fulfillment_channel"]) == ("pending", "", "")
    assert night.rows("reports/worklist.tsv") == []


@pytest.mark.parametrize("name", ["orders", "findings"])
def test_parquet_says_the_same_as_text(night, name):
    night.report([1, 2, 3])
    night.confirm([1, 9, 8])
    night.publish()
    told = pq.read_table(night.out / f"reports/{name}.parquet").to_pylist()
    assert [{column: spelt(value) for column, value in row.items()} for row in told] == night.rows(
        f"reports/{name}.tsv"
    )


def spelt(value):
    return (
        value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, dt.datetime) else "" if value is None else str(value)
    )


def test_types_of_parquet(night):
    night.report([1])
    night.publish()
    schema = pq.read_schema(night.out / "reports/orders.parquet")
    assert schema.field("promise_date").type == pa.timestamp("us", "UTC")
    assert schema.field("quantity_remaining").type == pa.int64()
    schema = pq.read_schema(night.out / "reports/findings.parquet")
    assert [schema.field(name).type for name in ("line", "record", "hint")] == [pa.int64(), pa.int64(), pa.string()]


def held(*ids, loose="SKU"):
    """Items as reconciling sorts them: by the numbers of their ids."""
    rows = [
        {
            "order_id": f"111-{order:07d}-0000000",
            "order_item_id": item or None,
            "sku": loose,
            "order_key": order,
            "item_key": (int(item) * 32 + len(item)) % 2**63 if item else -2,
        }
        for order, item in ids
    ]
    types = pa.schema([*((name, pa.string()) for name in ("order_id", "order_item_id", "sku"))])
    types = types.append(pa.field("order_key", pa.int64())).append(pa.field("item_key", pa.int64()))
    made = arrow.to_frame(pa.Table.from_pylist(rows, schema=types))
    at = np.lexsort((arrow.to_int64(made["item_key"]), arrow.to_int64(made["order_key"])))
    return arrow.take_rows(made, at)


@pytest.mark.parametrize(
    "items",
    [
        held((1, "0" * 13 + "1"), (2, "0" * 13 + "5"), (2, "0" * 13 + "9")),
        held((1, "9" * 11), (1, "1" * 14), (2, "2" * 20), (2, "9" * 12), (3, "8" * 14)),
        held((1, ""), (1, "5" * 14), (2, ""), (3, "4" * 14)),
        held((2, "1" * 14), (1, "9" * 12), (1, "8" * 15)).assign(order_id=["S01-9", "S01-80", "111-0000001-0000000"]),
    ],
)
def test_items_are_in_the_order_of_their_text(items):
    rows = items[["order_id", "order_item_id"]].fillna("").to_numpy().tolist()
    assert [rows[at] for at in orders.sort_by_ids(items, np.arange(len(items)))] == sorted(rows)


def test_what_is_to_be_done(night):
    night.report([1], promise_date="2026-03-10T06:59:59+00:00")
    night.report([2], "b.txt", promise_date="2026-03-12T06:30:00+00:00", quantity_shipped="1", quantity_to_ship="1")
    night.table("c.txt", ORDERS, [new_order(night, 3, quantity_purchased="2")])
    night.report([4], "d.txt", purchase_date="2026-02-10T07:00:00+00:00", payments_date="2026-02-10T07:00:00+00:00")
    night.publish()
    told = night.rows("reports/worklist.tsv")
    assert [(row["order_id"][6:11], row["action"], row["code"], row["due_at"], row["hours_left"]) for row in told] == [
        ("00002", "ship", "", "2026-03-12T06:30:00Z", "47.5"),
        ("00004", "ship", "", "2026-03-12T06:59:59Z", "48.0"),
        ("00004", "confirm", "LIF-201", "2026-03-12T07:00:00Z", "48.0"),
        ("00003", "ship", "", "", ""),
        ("00001", "ship", "LIF-204", "2026-03-10T06:59:59Z", "0.0"),
    ]
    assert [row["quantity"] for row in told] == ["1", "2", "2", "2", "2"]
    assert [row["due_local"] for row in told] == [
        "2026-03-11 23:30 PDT",
        "2026-03-11 23:59 PDT",
        "2026-03-12 00:00 PDT",
        "",
        "2026-03-09 23:59 PDT",
    ]
    assert list(told[0])[-1] == "due_local"
    assert [row["reason"].split(":")[0] == "overdue" for row in told] == [False] * 4 + [True]


def test_local_time_is_that_of_the_orders_marketplace(night):
    markets = {1: "Amazon.de", 2: "Amazon.co.jp", 3: ""}
    for number, market in markets.items():
        path = night.report([number], f"{number}.txt", promise_date="2026-03-30T21:59:59+00:00")
        header, row = path.read_text().splitlines()
        path.write_text(f"{header}\tsales-channel\n{row}\t{market}\n")
    night.publish()
    assert [row["due_local"] for row in night.rows("reports/worklist.tsv")] == [
        "2026-03-30 23:59 CEST",
        "2026-03-31 06:59 JST",
        "2026-03-30 14:59 PDT",
    ]


NOW_US = dtypes.instant_to_us(AS_OF)


def action(order_id, action, code, due_us, **cells):
    """A line that a stage asks for; ``due_us`` from as-of."""
    due_at = None if due_us is None else dt.datetime.fromtimestamp((NOW_US + due_us) / 10**6, dt.UTC)
    return {"order_id": order_id, "action": action, "code": code, "due_at": due_at, "reason": "do it"} | cells


def build_actions(rows):
    filled = [dict.fromkeys(action_items.SCHEMA.names) | row for row in rows]
    return arrow.to_frame(pa.Table.from_pylist(filled, schema=action_items.SCHEMA))


def test_order_of_the_worklist(night):
    night.report([1])
    settled = night.settle()
    later = AS_OF + dt.timedelta(hours=1)
    actions = build_actions(
        [
            action("4", "answer-claim", "CLM-406", -1),
            action("9", "answer-claim", "CLM-406", -3_600_000_000),
            action("3", "dispute", "CLM-409", None),
            action("2", "appeal", "CLM-407", 1),
            action("8", "appeal", "CLM-417", None),
            action("5", "review", "LIF-202", 0),
            action("6", "refund", "CLM-420", 0),
            action("7", "reply", "CLM-401", -1, overdue_after=later),
            action("0", "reply", "CLM-401", -1, overdue_after=AS_OF),
        ]
    )
    table, counts = worklist_rows.build_worklist(settled.items.head(0), actions, settled.context, settled.items)
    assert table["order_id"].to_pylist() == ["8", "0", "7", "6", "5", "2", "3", "9", "4"]
    assert worklist_order.is_overdue(table).tolist() == [False] * 7 + [True] * 2
    count = counts.by_step["answer-claim CLM-406"]
    assert (count.lines, count.overdue, count.undated, count.order_id) == (2, 2, 0, "9")
    assert counts.by_step["appeal CLM-417"].undated == 1


@pytest.mark.parametrize("seconds", [-1, 0, 1, 59, 60])
def test_local_times_are_cut_to_the_minute(seconds):
    zone = calendar.ZONES.index("Asia/Tokyo")
    due_us = NOW_US + seconds * 10**6
    (told,) = calendar.format_local_times(np.array([due_us]), np.array([zone])).to_pylist()
    local = (AS_OF + dt.timedelta(seconds=seconds)).astimezone(zoneinfo.ZoneInfo("Asia/Tokyo"))
    assert told == f"{local:%Y-%m-%d %H:%M} JST"


def test_local_times_keep_their_places():
    zones = np.array([calendar.ZONES.index(name) for name in ("Europe/Berlin", "Asia/Tokyo", "Europe/Berlin")])
    told = calendar.format_local_times(np.array([NOW_US, dtypes.NEVER, NOW_US + 1]), zones).to_pylist()
    assert told == ["2026-03-10 08:00 CET", None, "2026-03-10 08:00 CET"]


@pytest.mark.parametrize(
    ("as_of", "warned"),
    [
        ("2026-03-05T06:59:59Z", False),
        ("2026-03-05T07:00:00Z", True),
        ("2026-03-12T07:00:00Z", True),
        ("2026-03-12T07:00:01Z", False),
    ],
)
def test_the_warning_before_the_end(night, as_of, warned):
    night.report([1], purchase_date="2026-02-10T07:00:00+00:00", payments_date="2026-02-10T07:00:00+00:00")
    settled = night.settle(dt.datetime.fromisoformat(as_of))
    kinds = item_actions.find_item_actions(settled.items, settled.context).action_kind
    assert ("confirm" in {item_actions.KIND_ACTIONS[kind] for kind in kinds}) == warned


def test_amounts_are_exact(night):
    night.table("orders.txt", ORDERS, [new_order(night, 1, item_price="1234567890123456.7")])
    night.publish()
    (told,) = night.rows("reports/worklist.tsv")
    assert (Decimal(told["amount"]), told["currency"]) == (Decimal("1234567890123456.70"), "EUR")


@pytest.mark.parametrize("seconds", [0, 1, 179, 180, 181, 3599, 3600, 86_399, 10**9])
@pytest.mark.parametrize("sign", [1, -1])
def test_hours_left(seconds, sign):
    (told,) = worklist._format_hours_left(np.array([sign * seconds * 10**6 + 5]), 5).to_pylist()
    assert abs(float(told) - sign * seconds / 3600) <= 0.05 + 1e-9
    assert told.startswith("-") == (sign * seconds < 0 and seconds >= 180)  # half of a tenth of an hour
    assert len(told.partition(".")[2]) == 1


def test_findings_name_their_file(night):
    night.report([1])
    night.confirm([1, 9])
    night.publish()
    told = [row for row in night.rows("reports/findings.tsv") if row["source_file"] != "ledger"]
    assert [(row["source_file"], row["line"], row["record"], row["code"], row["value"]) for row in told] == [
        ("confirm.txt", "3", "2", "SHP-101", night.order(9))
    ]


@pytest.mark.parametrize(
    ("names", "expected"), [(["a", "z"], [0, -1, 1]), (["m", "z"], [-1, 0, 1]), (["a", "b"], [0, 1, -1])]
)
def test_what_is_about_no_file_is_sorted_as_ledger(names, expected):
    told = arrow.to_frame(findings.empty_findings().pipe(arrow.to_table, findings.COLUMNS).schema.empty_table())
    rows = pd.DataFrame({"file": [findings.LEDGER_FILE, 0, 1]}).reindex(columns=told.columns).astype(told.dtypes)
    placed = findings.to_report_order(rows, names)
    assert placed["file"].to_pylist() == expected
    assert placed["place"].to_pylist() == sorted(placed["place"].to_pylist())


def test_what_the_buyer_wrote_is_masked_whoever_quoted_it(night):
    night.report([1])
    header = [*night.confirmed(1), "ship-to-name", "ship-to-address-1", "ship-to-city"]
    there = {"ship-to-name": "Ann Otherperson", "ship-to-address-1": "1 Elsewhere Road", "ship-to-city": "Farvale"}
    night.table("confirm.txt", header, [night.confirmed(1) | there])
    night.publish()
    assert "SHP-114" in night.text("reports/findings.tsv")
    everything = b"".join((night.out / path).read_bytes() for path in night.files() if "rejected/" not in path)
    for word in (*there.values(), "Quillfeather", "Millrace", "Cinderford", "85803"):
        assert word.encode() not in everything


def test_an_address_in_the_place_of_the_country_is_masked(night):
    night.report([1], ship_country="Millrace Terrace")
    night.report([2], "other.txt", ship_country="UK")
    night.publish()
    told = [(row["code"], row["value"]) for row in night.rows("reports/findings.tsv") if row["code"] == "FMT-008"]
    assert told == [("FMT-008", "UK"), ("FMT-008", "‹masked›")]
    assert not [path for path in night.files() if b"Millrace" in (night.out / path).read_bytes()]


def test_no_personal_column_is_in_any_output(night):
    night.report([1, 2, 3])
    night.confirm([1, 9])
    night.publish()
    personal = {column.name.replace("-", "_") for column in UNSHIPPED.columns if column.personal}
    for path in night.files():
        if path.endswith(".tsv"):
            assert not personal & {name.replace("-", "_") for name in night.lines(path)[0].split("\t")}


def test_reports_of_nothing(night):
    night.write("odd.txt", "nothing known\n")
    night.publish()
    assert night.rows("reports/orders.tsv") == []
    assert night.rows("reports/worklist.tsv") == []
    assert len(night.lines("reports/worklist.tsv")[0].split("\t")) == 12
    assert pq.read_table(night.out / "reports/orders.parquet").num_rows == 0
    assert json.loads(night.text("manifest.json"))["inputs"][0]["refused"] == "FIL-008"
    assert pd.read_parquet(night.out / "reports/findings.parquet")["code"].tolist() == ["FIL-008"]


def test_a_spreadsheet_finds_no_formula_in_any_report(night):
    """Feeds, rejected lines and Parquet hold what was given."""
    texts = night.evil()
    evil = [text for text in texts if text.startswith(("=", "@", "+", "-"))]
    night.report(range(1001, 1001 + len(evil)), name="sold.txt")
    cells = [{"order-id": night.order(at), "tracking-number": text} for at, text in enumerate(evil, 1001)]
    header = ["order-id", "ship-date", "carrier-code", "tracking-number"]
    night.table("sent.txt", header, [one | {"ship-date": "2026-03-09", "carrier-code": "GLS"} for one in cells])
    night.publish()
    for name in ("findings", "orders", "worklist"):
        for row in night.rows(f"reports/{name}.tsv"):
            assert not any(re.match(r"[=@]|[+-](?![0-9.]*$)", cell) for cell in row.values()), row
    values = pq.read_table(night.out / "reports/findings.parquet").column("value").to_pylist()
    assert set(evil) <= set(values)
    assert set(evil) <= set(pq.read_table(night.out / "reports/orders.parquet").column("sku").to_pylist())
    sent = [row["tracking-number"] for row in night.rows("feeds/shipping-confirmation-001.tsv")]
    assert [text for text in sent if text in evil] == evil
    assert all(text in night.text("rejected/confirm.txt") for text in evil)
